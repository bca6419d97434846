package inventory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"loa/controller/fleet"
	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/node/wire"
)

// PlaceNode says where a node stands; nil: that is not known.
func (d *Inventory) PlaceNode(ctx context.Context, id string, p *store.Place) error {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	old, err := d.opt.Store.Node(ctx, id)
	if err == nil {
		err = d.opt.Store.PlaceNode(ctx, id, p)
	}
	if err != nil {
		return err
	}
	d.opt.Access.Renew(ctx)
	d.opt.Trail.Did(ctx, "node.place", id, old.Place, p, id, old.Area)
	d.opt.News("nodes")
	return nil
}

// AddNode names a new node after what people call it.
func (d *Inventory) AddNode(ctx context.Context, name, area string, noReturn bool) (string, error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return "", err
	}
	base := slug(area + "-" + name)
	id := base
	for i := 2; a.Names[id] != ""; i++ {
		id = fmt.Sprint(base, "-", i)
	}
	_, err = d.PutNode(ctx, id, Change{Name: name, Area: area, NoReturn: noReturn})
	return id, err
}

// Node is a node with its state.
type Node struct {
	ID        string         `json:"id"`
	Name      string         `json:"name"`
	Area      string         `json:"area"`
	Volume    int            `json:"volume"`
	DelayMS   int64          `json:"delay_ms" doc:"how much later than its neighbours it plays; negative: earlier"`
	Created   time.Time      `json:"created"`
	State     string         `json:"state" enum:"good,on_air,offline,fault,unknown,no_return"`
	Since     time.Time      `json:"since"`
	VI        string         `json:"vi" doc:"why, in a sentence"`
	EN        string         `json:"en"`
	LastWord  *time.Time     `json:"last_word" doc:"when the node last spoke itself"`
	LastHeard *time.Time     `json:"last_heard" doc:"when it last made a sound"`
	Clips     *Clips         `json:"clips,omitempty" doc:"of the plan the node acts on"`
	Clock     *wire.Clock    `json:"clock,omitempty"`
	Version   string         `json:"version,omitempty"`
	TempC     *float64       `json:"temp_c,omitempty" doc:"of the board, °C"`
	Mains     *bool          `json:"mains,omitempty" doc:"are there; left out: not known"`
	Signal    *int           `json:"signal,omitempty" doc:"of the modem, percent"`
	Modem     *wire.Modem    `json:"modem,omitempty" doc:"what the modem says of its network"`
	DiskFree  *int64         `json:"disk_free,omitempty" doc:"bytes; left out, as all of the board: not known"`
	DiskWear  *int           `json:"disk_wear,omitempty" doc:"of the flash's life, percent used"`
	MemFree   *int64         `json:"mem_free,omitempty" doc:"bytes"`
	Load      *float64       `json:"load,omitempty" doc:"average of a minute"`
	LowVolts  *bool          `json:"undervoltage,omitempty" doc:"the board's supply is too low now"`
	Amp       *bool          `json:"amp,omitempty" doc:"the amplifier is switched on; left out: the board does not switch it"`
	Sound     *wire.Sound    `json:"sound,omitempty" doc:"its output"`
	Ear       bool           `json:"ear" doc:"it has a microphone at its horn, and can test it"`
	SelfTest  *wire.SelfTest `json:"self_test,omitempty" doc:"what came of the last test of its horn"`
	// Inspection is what came of the last silent examination of the board.
	Inspection *wire.Inspection `json:"inspection,omitempty" doc:"what came of its last silent self-test"`
	Spoilt     int              `json:"spoilt,omitempty" doc:"plays that its flash spoilt before they were reported: whether they were heard is not known"`
	Place      *store.Place     `json:"place,omitempty" doc:"where it stands: see place"`
	OnAir      *wire.OnAir      `json:"on_air,omitempty"`
	Care       string           `json:"care,omitempty" doc:"who looks after it while it is offline or unknown"`
	Known      *InCare          `json:"known,omitempty" doc:"what is known of that: it waits to be repaired"`
	Faults     []Fault          `json:"faults"`
	// Maintenance is the work that goes on there.
	Maintenance *AtWork `json:"maintenance,omitempty" doc:"somebody works there: what is silent or wrong is no fault"`
	Revoked     bool    `json:"revoked,omitempty" doc:"its board may connect no more: its silence is no fault"`
	NoReturn    bool    `json:"no_return" doc:"it has no way to say how it is or what it played"`
}

// Good is by its own word.
func (v Node) Good() bool { return v.State == "good" || v.State == "on_air" }

// Further are the faults that the sentence about its state does not say already.
func (v Node) Further() []Fault {
	return slices.DeleteFunc(slices.Clone(v.Faults), func(f Fault) bool { return f.VI == v.VI })
}

// Clips says how much of its plan a node has at hand.
type Clips struct {
	Held int `json:"held"`
	Of   int `json:"of"`
}

// Fault is what is wrong with a node now, in both languages.
type Fault struct {
	Code  string    `json:"code"`
	VI    string    `json:"vi"`
	EN    string    `json:"en"`
	Since time.Time `json:"since"`
	Care  string    `json:"care,omitempty" doc:"who looks after it, till it ends: see care"`
	Known *InCare   `json:"known,omitempty" doc:"what is known of it: it waits to be repaired"`
}

// Nodes joins what was set up with what the nodes say.
func (d *Inventory) Nodes(ctx context.Context) ([]Node, error) {
	v, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	states := map[string]fleet.NodeState{}
	for _, st := range d.opt.Fleet.Snapshot() {
		states[st.Node] = st
	}
	care, err := d.opt.Store.Care(ctx)
	if err != nil { // the carer can be left out, the state cannot
		d.opt.Logger.Error("who looks after the loudspeakers is not known", "err", err)
	}
	now := d.opt.Now()
	works, err := d.Works(ctx, now)
	if err != nil { // this too
		d.opt.Logger.Error("maintenance is not known", "err", err)
	}
	views := make([]Node, len(v.Nodes))
	for i, n := range v.Nodes {
		st, ok := states[n.ID]
		if n.NoReturn {
			st = fleet.WithoutReturn(n.ID, n.Created)
		} else if !ok { // never seen: not on the wire, not in the store
			st = fleet.NeverSeen(n.ID, n.Created)
		}
		views[i] = NodeOf(n, st)
		views[i].cared(care[n.ID], now)
		views[i].Maintenance = maintained(works.At(n.ID, now))
	}
	return views, nil
}

// NodeOf joins what was set up of a node with what is known of it.
func NodeOf(n store.Node, st fleet.NodeState) Node {
	v := Node{ID: n.ID, Name: n.Name, Area: n.Area, Volume: n.Volume, DelayMS: n.Delay.Milliseconds(), Created: n.Created,
		State: string(st.State), Since: st.Since, VI: st.VI, EN: st.EN,
		LastWord: store.Optional(st.LastWord), LastHeard: store.Optional(st.LastHeard), Place: n.Place, OnAir: st.OnAir, NoReturn: n.NoReturn,
		Faults:  []Fault{},
		Revoked: st.KeptOut && (st.State == fleet.Offline || st.State == fleet.Unknown)}
	for _, f := range st.Faults {
		v.Faults = append(v.Faults, Fault{Code: f.Code, VI: f.VI, EN: f.EN, Since: f.Since})
	}
	if st.Status != nil {
		v.fill(st.Status)
	}
	return v
}

// Change is what is set of a node.
type Change struct {
	Name, Area string
	Volume     *int // percent; nil: the usual
	DelayMS    int  // how much later than its neighbours it plays
	NoReturn   bool // it has no way to say how it is
}

const (
	maxVolume  = 100
	maxDelayMS = 1000
)

func (c *Change) check() error {
	if c.Name = strings.TrimSpace(c.Name); c.Name == "" {
		return noName
	}
	if c.Volume != nil && (*c.Volume < 0 || *c.Volume > maxVolume) || max(c.DelayMS, -c.DelayMS) > maxDelayMS {
		return problem.New(problem.Invalid, "node_numbers",
			"Âm lượng phải từ 0 đến %d %%, độ trễ từ −%d đến %d ms.", "The volume must be 0 to %d %%, the delay −%d to %d ms.", maxVolume,
			maxDelayMS, maxDelayMS)
	}
	return nil
}

// PutNode makes or changes a node.
func (d *Inventory) PutNode(ctx context.Context, id string, c Change) (v Node, err error) {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	if !trust.ValidNodeID(id) {
		return v, BadID(id)
	}
	if err := c.check(); err != nil {
		return v, err
	}
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return v, err
	}
	if _, ok := a.Tree[c.Area]; !ok {
		return v, access.UnknownArea(c.Area)
	}
	areas := []string{c.Area}
	if from, known := a.AreaOf[id]; known {
		areas = append(areas, from)
	}
	if err := a.Permit(access.Maintaining, areas...); err != nil {
		return v, err
	}
	n := store.Node{ID: id, Name: c.Name, Area: c.Area, Volume: store.DefaultVolume, Created: d.opt.Now(), NoReturn: c.NoReturn,
		Delay: time.Duration(c.DelayMS) * time.Millisecond}
	if c.Volume != nil {
		n.Volume = *c.Volume
	}
	if err := d.opt.Store.PutNode(ctx, n); err != nil {
		return v, err
	}
	d.opt.Access.Renew(ctx)
	var before any
	if i := slices.IndexFunc(a.Nodes, func(old store.Node) bool { return old.ID == n.ID }); i >= 0 {
		before, n.Place = a.Nodes[i], a.Nodes[i].Place
	}
	d.opt.Trail.Did(ctx, "node.put", n.ID, before, n, n.ID, n.Area)
	d.opt.Changed("nodes")
	return d.Node(ctx, id)
}

// Node is one node with its state.
func (d *Inventory) Node(ctx context.Context, id string) (Node, error) {
	nodes, err := d.Nodes(ctx)
	if err != nil {
		return Node{}, err
	}
	for _, v := range nodes {
		if v.ID == id {
			return v, nil
		}
	}
	return Node{}, store.ErrNotFound
}

// DeleteNode removes a node; its proof of play remains.
func (d *Inventory) DeleteNode(ctx context.Context, id string) error {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	old, err := d.opt.Store.Node(ctx, id)
	if err == nil {
		err = d.opt.Store.DeleteNode(ctx, id)
	}
	if err != nil {
		return err
	}
	d.opt.Access.Renew(ctx)
	d.opt.Trail.Did(ctx, "node.delete", id, old, nil, id, old.Area)
	d.opt.Changed("nodes")
	return nil
}

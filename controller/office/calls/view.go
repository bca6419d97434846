package calls

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"loa/controller/fleet"
	"loa/controller/i18n"
	"loa/controller/office/access"
	"loa/controller/reach"
	"loa/controller/store"
	"loa/node/wire"
	"loa/schedule"
)

// answer is a call as the caller sees it, with what they must know of it.
func (d *Desk) answer(ctx context.Context, row store.Call) Call {
	p, err := d.opt.Access.View(ctx)
	if err != nil { // what was done is done: the names of places are left out
		p = &access.View{Who: access.Of(ctx), Commune: d.opt.Commune}
	}
	v := d.View(p, row)
	v.Unwritten, v.Deaf = d.unwritten(), d.deaf()
	return v
}

// unwritten says that what was done is not written down yet; nil: it is.
func (d *Desk) unwritten() *Sentence {
	if d.opt.Store.Backlog().Err == nil {
		return nil
	}
	return &Sentence{i18n.Say(i18n.VI, "unwritten"), i18n.Say(i18n.EN, "unwritten")}
}

// deaf says that no loudspeaker obeys this machine; nil: they do.
func (d *Desk) deaf() *Sentence {
	for _, t := range d.opt.Troubles() {
		if t.Code == "key_lost" {
			return &Sentence{t.VI, t.EN}
		}
	}
	return nil
}

// Calls are those before an instant, newest first, on air or over, whether or not they
// concern the caller.
func (d *Desk) Calls(ctx context.Context, before time.Time, limit int) ([]Call, error) {
	rows, err := d.opt.Store.Calls(ctx, before, limit)
	if err != nil {
		return nil, err
	}
	p, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	views := make([]Call, len(rows))
	for i, row := range rows {
		views[i] = d.View(p, row)
	}
	return views, nil
}

// Call is a call, on air or over.
func (d *Desk) Call(ctx context.Context, id string) (Call, error) {
	row, err := d.opt.Store.Call(ctx, id)
	if err != nil {
		return Call{}, err
	}
	return d.answer(ctx, row), nil
}

// Heard is one node that said that it played a call.
type Heard struct {
	ID    string    `json:"id"`
	Name  string    `json:"name"`
	Since time.Time `json:"since"`
}

// Still is a node that may still sound.
type Still struct {
	ID    string    `json:"id"`
	Name  string    `json:"name"`
	Until time.Time `json:"until" doc:"at most"`
}

// fillHeard says who heard a call, and who did not.
func fillHeard(p *access.View, v *Call, heard map[string]time.Time) {
	v.Heard, v.Missing = []Heard{}, []access.Named{}
	for _, id := range slices.Sorted(maps.Keys(heard)) {
		if !p.Sees(id) {
			continue
		}
		v.Heard = append(v.Heard, Heard{id, cmp.Or(p.Names[id], id), heard[id]})
	}
	nodes, mute := p.Concerned(v.Targets, v.Start)
	v.NoReturn = mute
	for _, n := range nodes {
		if _, ok := heard[n.ID]; !ok {
			v.Missing = append(v.Missing, n)
		}
	}
	v.Nodes = len(v.Heard) + len(v.Missing)
}

// Playing returns the nodes that say that they play a call now, and since
// when.
func (d *Desk) Playing(call string) map[string]time.Time {
	on := map[string]time.Time{}
	for _, st := range d.opt.Fleet.Snapshot() {
		if playsNow(st.OnAir, call) {
			on[st.Node] = st.OnAir.Since
		}
	}
	return on
}

func playsNow(on *wire.OnAir, airing string) bool { return on != nil && on.Airing == airing }

// View is a call as it is now, on air or over.
func (d *Desk) View(p *access.View, row store.Call) Call {
	c := d.opt.Live.Call(row.ID)
	if c != nil {
		row = c.Info()
	}
	v := Call{ID: row.ID, Title: row.Title, Class: string(row.Class), Targets: row.Targets, Author: row.Author,
		Start: row.Start, End: row.End, Ended: store.Optional(row.Ended), Reason: row.Reason, Source: reach.Masked(row.Source),
		Corrects: row.Corrects,
		NoRecord: row.Unrecorded, Drill: row.Drill, Approver: row.Approver, Said: row.Said, Bypass: row.Class == schedule.Emergency &&
			row.Approver == ""}
	heard := maps.Clone(row.Heard)
	if c != nil {
		if v.Closing = IsClosed(c.Closing()); c.Microphone() {
			v.Voice = "/api/v1/calls/" + row.ID + "/voice"
		}
		for node, since := range d.Playing(row.ID) {
			if heard == nil {
				heard = map[string]time.Time{}
			}
			if _, ok := heard[node]; !ok {
				heard[node] = since
			}
		}
	}
	if c != nil && row.Source != "" {
		r := c.Relay()
		v.Relay = &Relay{r.State, r.VI, r.EN}
	}
	if row.Recording != "" {
		v.Recording = "/api/v1/calls/" + row.ID + "/recording"
	}
	fillHeard(p, &v, heard)
	d.fillNow(p, &v, row)
	return v
}

// fillNow says who plays a call at this moment, and once it is over, those that may still.
func (d *Desk) fillNow(p *access.View, v *Call, row store.Call) {
	v.Now = []access.Named{}
	still := d.opt.Live.StillUntil(row, d.opt.Now())
	for _, st := range d.opt.Fleet.Snapshot() {
		name := cmp.Or(p.Names[st.Node], st.Node)
		if _, heard := row.Heard[st.Node]; !p.Sees(st.Node) || !heard && !playsNow(st.OnAir, row.ID) {
			continue
		}
		if playsNow(st.OnAir, row.ID) {
			v.Now = append(v.Now, access.Named{ID: st.Node, Name: name})
		}
		if !still.IsZero() && !silentSince(st, row) {
			v.MaySound = append(v.MaySound, Still{st.Node, name, still})
		}
	}
}

// silentSince reports whether a node has said, since a call was ended, something else
// than that it plays it.
func silentSince(st fleet.NodeState, row store.Call) bool {
	return st.LastWord.After(row.Ended) && st.State != fleet.Offline && st.Status != nil && !playsNow(st.Status.OnAir, row.ID)
}

// IsClosed reports whether what a channel stands for has come.
func IsClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

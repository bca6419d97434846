package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/fleet"
	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
	"loa/controller/trust"
	"loa/node/wire"
)

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

type areaView struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Kind   string `json:"kind" enum:"province,commune,village"`
	Parent string `json:"parent,omitempty"`
}

// nodeView is a node with its state.
type nodeView struct {
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
	Clips     *clipCount     `json:"clips,omitempty" doc:"of the plan the node acts on"`
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
	Spoilt    int            `json:"spoilt,omitempty" doc:"plays that its flash spoilt before they were reported: whether they were heard is not known"`
	Place     *store.Place   `json:"place,omitempty" doc:"where it stands: see place"`
	OnAir     *wire.OnAir    `json:"on_air,omitempty"`
	Care      string         `json:"care,omitempty" doc:"who looks after it while it is offline or unknown"`
	Faults    []faultView    `json:"faults"`
	Revoked   bool           `json:"revoked,omitempty" doc:"its board may connect no more: its silence is no fault"`
	NoReturn  bool           `json:"no_return" doc:"it has no way to say how it is or what it played"`
}

// good is by its own word.
func (v nodeView) good() bool { return v.State == "good" || v.State == "on_air" }

// Further are the faults that the sentence about its state does not say already.
func (v nodeView) Further() []faultView {
	return kept(slices.Clone(v.Faults), func(f faultView) bool { return f.VI != v.VI })
}

// clipCount says how much of its plan a node has at hand.
type clipCount struct {
	Held int `json:"held"`
	Of   int `json:"of"`
}

type faultView struct {
	Code  string    `json:"code"`
	VI    string    `json:"vi"`
	EN    string    `json:"en"`
	Since time.Time `json:"since"`
	Care  string    `json:"care,omitempty" doc:"who looks after it, till it ends: see care"`
}

func (s *Server) registerPlaces() {
	huma.Register(s.api, operation("list-areas", http.MethodGet, "/areas", "The tree of areas", "Places", http.StatusOK), s.listAreas)
	huma.Register(s.api, operation("put-area", http.MethodPut, "/areas/{id}", "Make or change an area", "Places", http.StatusOK), s.putArea)
	huma.Register(s.api, operation("delete-area", http.MethodDelete, "/areas/{id}", "Remove an area in which nothing stands", "Places", http.StatusNoContent), s.deleteArea)
	huma.Register(s.api, operation("list-nodes", http.MethodGet, "/nodes", "Nodes and how each one is", "Places", http.StatusOK), s.listNodes)
	huma.Register(s.api, operation("put-node", http.MethodPut, "/nodes/{id}", "Make or change a node", "Places", http.StatusOK), s.putNode)
	huma.Register(s.api, operation("get-node", http.MethodGet, "/nodes/{id}", "One node", "Places", http.StatusOK), s.getNode)
	huma.Register(s.api, operation("test-horn", http.MethodPost, "/nodes/{id}/selftest", "Have a loudspeaker with a microphone test its horn by a quiet melody (tự kiểm tra)", "Places", http.StatusAccepted), s.testHorn)
	huma.Register(s.api, operation("place-node", http.MethodPut, "/nodes/{id}/place", "Say where a node stands", "Places", http.StatusOK), s.placeNode)
	huma.Register(s.api, operation("unplace-node", http.MethodDelete, "/nodes/{id}/place", "Forget where a node stands", "Places", http.StatusNoContent), s.unplaceNode)
	huma.Register(s.api, operation("delete-node", http.MethodDelete, "/nodes/{id}", "Remove a node; its proof of play remains", "Places", http.StatusNoContent), s.deleteNode)
}

func (s *Server) listAreas(ctx context.Context, _ *struct{}) (*list[areaView], error) {
	areas, err := s.areas(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	views := make([]areaView, len(areas))
	for i, a := range areas {
		views[i] = viewArea(a)
	}
	return listOf(views), nil
}

// areas are those that the caller may see, by name.
func (s *Server) areas(ctx context.Context) ([]store.Area, error) {
	v, err := s.access.View(ctx)
	if err != nil {
		return nil, err
	}
	return v.Seen, nil
}

func viewArea(a store.Area) areaView {
	return areaView{ID: a.ID, Name: a.Name, Kind: string(a.Kind), Parent: a.Parent}
}

type putAreaInput struct {
	ID   string `path:"id"`
	Body struct {
		ID     string `json:"id,omitempty"`
		Name   string `json:"name" minLength:"1" maxLength:"120"`
		Kind   string `json:"kind" enum:"province,commune,village"`
		Parent string `json:"parent,omitempty"`
	}
}

type areaAnswer struct{ Body areaView }

func (s *Server) putArea(ctx context.Context, in *putAreaInput) (*areaAnswer, error) {
	s.editing.Lock()
	defer s.editing.Unlock()
	if !trust.ValidNodeID(in.ID) || in.Body.ID != "" && in.Body.ID != in.ID {
		return nil, s.fail(badID(cmp.Or(in.Body.ID, in.ID)))
	}
	if in.Body.Name = strings.TrimSpace(in.Body.Name); in.Body.Name == "" {
		return nil, s.fail(noName)
	}
	at, err := s.access.View(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	if _, ok := at.Tree[in.Body.Parent]; in.Body.Parent != "" && (!ok || at.Tree.Within(in.Body.Parent, in.ID)) {
		return nil, s.fail(access.UnknownArea(in.Body.Parent))
	}
	if err := at.PermitArea(in.ID, in.Body.Parent); err != nil {
		return nil, s.fail(err)
	}
	a := store.Area{ID: in.ID, Name: in.Body.Name, Kind: store.AreaKind(in.Body.Kind), Parent: in.Body.Parent}
	if err := s.opt.Store.PutArea(ctx, a); err != nil {
		return nil, s.fail(err)
	}
	s.access.Renew(ctx)
	var before any
	if old, ok := at.Areas[a.ID]; ok {
		before = viewArea(old)
	}
	s.trail.Did(ctx, "area.put", a.ID, before, viewArea(a), a.ID)
	s.changed("nodes")
	return &areaAnswer{viewArea(a)}, nil
}

var noName = problem.New(problem.Invalid, "name_missing", "Chưa có tên: hãy đặt tên.", "There is no name: give one.")

func badID(id string) *problem.Problem {
	return problem.New(problem.Invalid, "id_invalid",
		"Mã “%s” không dùng được: chỉ gồm a-z, 0-9 và dấu gạch ngang, tối đa 64 ký tự.",
		"The id “%s” cannot be used: only a-z, 0-9 and dashes, at most 64.", text.Shown(id))
}

func (s *Server) listNodes(ctx context.Context, _ *struct{}) (*list[nodeView], error) {
	nodes, err := s.nodes(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	return listOf(nodes), nil
}

// nodes joins what was set up with what the nodes say.
func (s *Server) nodes(ctx context.Context) ([]nodeView, error) {
	v, err := s.access.View(ctx)
	if err != nil {
		return nil, err
	}
	states := map[string]fleet.NodeState{}
	for _, st := range s.opt.Fleet.Snapshot() {
		states[st.Node] = st
	}
	care, err := s.opt.Store.Care(ctx)
	if err != nil { // the carer can be left out, the state cannot
		s.opt.Logger.Error("who looks after the loudspeakers is not known", "err", err)
	}
	views := make([]nodeView, len(v.Nodes))
	for i, n := range v.Nodes {
		st, ok := states[n.ID]
		if n.NoReturn {
			st = fleet.WithoutReturn(n.ID, n.Created)
		} else if !ok { // never seen: not on the wire, not in the store
			st = fleet.NeverSeen(n.ID, n.Created)
		}
		views[i] = viewNode(n, st)
		views[i].cared(care[n.ID])
	}
	return views, nil
}

func viewNode(n store.Node, st fleet.NodeState) nodeView {
	v := nodeView{ID: n.ID, Name: n.Name, Area: n.Area, Volume: n.Volume, DelayMS: n.Delay.Milliseconds(), Created: n.Created, State: string(st.State), Since: st.Since, VI: st.VI, EN: st.EN,
		LastWord: optional(st.LastWord), LastHeard: optional(st.LastHeard), Place: n.Place, OnAir: st.OnAir, NoReturn: n.NoReturn, Faults: []faultView{},
		Revoked: st.KeptOut && (st.State == fleet.Offline || st.State == fleet.Unknown)}
	for _, f := range st.Faults {
		v.Faults = append(v.Faults, faultView{Code: f.Code, VI: f.VI, EN: f.EN, Since: f.Since})
	}
	if st.Status != nil {
		v.fill(st.Status)
	}
	return v
}

type putNodeInput struct {
	ID   string `path:"id"`
	Body struct {
		ID       string `json:"id,omitempty"`
		Name     string `json:"name" minLength:"1" maxLength:"120"`
		Area     string `json:"area"`
		Volume   *int   `json:"volume,omitempty" minimum:"0" maximum:"100" doc:"percent; 80 if left out"`
		NoReturn bool   `json:"no_return,omitempty" doc:"FM or wired loudspeakers behind an integration device, which cannot answer: they are shown as such, and what they were to play as planned"`
		DelayMS  int    `json:"delay_ms,omitempty" minimum:"-1000" maximum:"1000" doc:"how much later than its neighbours it plays, for a slower amplifier or a nearer village; negative: earlier"`
	}
}

type nodeAnswer struct{ Body nodeView }

func (s *Server) putNode(ctx context.Context, in *putNodeInput) (*nodeAnswer, error) {
	s.editing.Lock()
	defer s.editing.Unlock()
	if !trust.ValidNodeID(in.ID) || in.Body.ID != "" && in.Body.ID != in.ID {
		return nil, s.fail(badID(cmp.Or(in.Body.ID, in.ID)))
	}
	if in.Body.Name = strings.TrimSpace(in.Body.Name); in.Body.Name == "" {
		return nil, s.fail(noName)
	}
	a, err := s.access.View(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	if _, ok := a.Tree[in.Body.Area]; !ok {
		return nil, s.fail(access.UnknownArea(in.Body.Area))
	}
	areas := []string{in.Body.Area}
	if from, known := a.AreaOf[in.ID]; known {
		areas = append(areas, from)
	}
	if err := a.Permit(access.Maintaining, areas...); err != nil {
		return nil, s.fail(err)
	}
	n := store.Node{ID: in.ID, Name: in.Body.Name, Area: in.Body.Area, Volume: store.DefaultVolume, Created: s.opt.Now(), NoReturn: in.Body.NoReturn}
	n.Delay = time.Duration(in.Body.DelayMS) * time.Millisecond
	if in.Body.Volume != nil {
		n.Volume = *in.Body.Volume
	}
	if err := s.opt.Store.PutNode(ctx, n); err != nil {
		return nil, s.fail(err)
	}
	s.access.Renew(ctx)
	var before any
	if i := slices.IndexFunc(a.Nodes, func(old store.Node) bool { return old.ID == n.ID }); i >= 0 {
		before, n.Place = a.Nodes[i], a.Nodes[i].Place
	}
	s.trail.Did(ctx, "node.put", n.ID, before, n, n.ID, n.Area)
	s.changed("nodes")
	return s.getNode(ctx, &idInput{in.ID})
}

func (s *Server) getNode(ctx context.Context, in *idInput) (*nodeAnswer, error) {
	nodes, err := s.nodes(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	for _, v := range nodes {
		if v.ID == in.ID {
			return &nodeAnswer{v}, nil
		}
	}
	return nil, s.fail(store.ErrNotFound)
}

func (s *Server) deleteNode(ctx context.Context, in *idInput) (*struct{}, error) {
	s.editing.Lock()
	defer s.editing.Unlock()
	old, err := s.opt.Store.Node(ctx, in.ID)
	if err == nil {
		err = s.opt.Store.DeleteNode(ctx, in.ID)
	}
	if err != nil {
		return nil, s.fail(err)
	}
	s.access.Renew(ctx)
	s.trail.Did(ctx, "node.delete", in.ID, old, nil, in.ID, old.Area)
	s.changed("nodes")
	return nil, nil
}

func (s *Server) deleteArea(ctx context.Context, in *idInput) (*struct{}, error) {
	s.editing.Lock()
	defer s.editing.Unlock()
	old, err := s.opt.Store.Area(ctx, in.ID)
	if err == nil {
		err = s.opt.Store.DeleteArea(ctx, in.ID)
	}
	if errors.Is(err, store.ErrConflict) {
		err = problem.New(problem.Conflict, "area_in_use",
			"Địa bàn này còn cụm loa hoặc địa bàn cấp dưới: hãy chuyển hoặc xóa chúng trước.",
			"There are still nodes or areas in this area: move or remove them first.")
	}
	if err != nil {
		return nil, s.fail(err)
	}
	s.access.Renew(ctx)
	s.trail.Did(ctx, "area.delete", in.ID, viewArea(old), nil, in.ID)
	s.changed("nodes")
	return nil, nil
}

// changed tells the dispatcher and the pages.
func (s *Server) changed(what string) {
	s.opt.Changed()
	s.News(what)
}

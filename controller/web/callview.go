package web

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"loa/controller/fleet"
	"loa/controller/reach"
	"loa/controller/store"
	"loa/controller/text"
	"loa/node/wire"
	"loa/schedule"
)

// HeardView is one node that said that it played a call.
type HeardView struct {
	ID    string    `json:"id"`
	Name  string    `json:"name"`
	Since time.Time `json:"since"`
}

// StillView is a node that may still sound.
type StillView struct {
	ID    string    `json:"id"`
	Name  string    `json:"name"`
	Until time.Time `json:"until" doc:"at most"`
}

// NamedView is a node by its name.
type NamedView struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// atlas is where everything is, read once for a request; nodes are those that
// the caller may see.
type atlas struct {
	who     *visit // the caller
	commune string
	tree    schedule.Tree
	areas   map[string]store.Area
	areaOf  map[string]string // of every node
	nodes   []store.Node
	names   map[string]string // of nodes
}

// control is who may see and do what, where.
type control struct {
	store   *store.Store
	commune string
}

func (c *control) atlas(ctx context.Context) (*atlas, error) {
	areas, err := c.store.Areas(ctx)
	if err != nil {
		return nil, err
	}
	nodes, err := c.store.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	p := &atlas{who: visitOf(ctx), commune: c.commune, tree: schedule.Tree{}, areas: map[string]store.Area{}, areaOf: map[string]string{}, names: map[string]string{}}
	for _, a := range areas {
		p.tree[a.ID], p.areas[a.ID] = a.Parent, a
	}
	for _, n := range nodes {
		p.areaOf[n.ID], p.names[n.ID] = n.Area, n.Name
		if p.sees(n.ID) {
			p.nodes = append(p.nodes, n)
		}
	}
	return p, nil
}

func (p *atlas) areaName(id string) string { return cmp.Or(p.areas[id].Name, text.Shown(id)) }

// sees reports whether a node is one that the caller may see; one that was
// removed counts as the whole commune's.
func (p *atlas) sees(node string) bool {
	return p.who.sees(p.tree, cmp.Or(p.areaOf[node], p.commune))
}

// concerned returns the nodes that targets cover, of those that were there at
// an instant, by name; mute are those among them that have no way to answer.
func (p *atlas) concerned(t schedule.Targets, at time.Time) (nodes, mute []NamedView) {
	for _, n := range p.nodes {
		switch {
		case !t.Covers(p.tree, n.ID, n.Area) || n.Created.After(at):
		case n.NoReturn:
			mute = append(mute, NamedView{n.ID, n.Name})
		default:
			nodes = append(nodes, NamedView{n.ID, n.Name})
		}
	}
	return nodes, mute
}

// where names targets as a person does.
func (p *atlas) where(t schedule.Targets) (names []string) {
	for _, id := range t.Areas {
		names = append(names, cmp.Or(p.areas[id].Name, id))
	}
	for _, id := range t.Nodes {
		names = append(names, cmp.Or(p.names[id], id))
	}
	return names
}

// fillHeard says who heard a call, and who did not.
func fillHeard(p *atlas, v *CallView, heard map[string]time.Time) {
	v.Heard, v.Missing = []HeardView{}, []NamedView{}
	for _, id := range slices.Sorted(maps.Keys(heard)) {
		if !p.sees(id) {
			continue
		}
		v.Heard = append(v.Heard, HeardView{id, cmp.Or(p.names[id], id), heard[id]})
	}
	nodes, mute := p.concerned(v.Targets, v.Start)
	v.NoReturn = mute
	for _, n := range nodes {
		if _, ok := heard[n.ID]; !ok {
			v.Missing = append(v.Missing, n)
		}
	}
	v.Nodes = len(v.Heard) + len(v.Missing)
}

// playing returns the nodes that say that they play a call now, and since
// when.
func (s *Server) playing(call string) map[string]time.Time {
	on := map[string]time.Time{}
	for _, st := range s.opt.Fleet.Snapshot() {
		if playsNow(st.OnAir, call) {
			on[st.Node] = st.OnAir.Since
		}
	}
	return on
}

func playsNow(on *wire.OnAir, airing string) bool { return on != nil && on.Airing == airing }

// viewCall is a call as it is now, on air or over.
func (s *Server) viewCall(p *atlas, row store.Call) CallView {
	c := s.opt.Live.Call(row.ID)
	if c != nil {
		row = c.Info()
	}
	v := CallView{ID: row.ID, Title: row.Title, Class: string(row.Class), Targets: row.Targets, Author: row.Author,
		Start: row.Start, End: row.End, Ended: optional(row.Ended), Reason: row.Reason, Source: reach.Masked(row.Source), Corrects: row.Corrects,
		NoRecord: row.Unrecorded, Drill: row.Drill, Approver: row.Approver, Said: row.Said, Bypass: row.Class == schedule.Emergency && row.Approver == ""}
	heard := maps.Clone(row.Heard)
	if c != nil {
		if v.Closing = isClosed(c.Closing()); c.Microphone() {
			v.Voice = "/api/v1/calls/" + row.ID + "/voice"
		}
		for node, since := range s.playing(row.ID) {
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
		v.Relay = &RelayView{r.State, r.VI, r.EN}
	}
	if row.Recording != "" {
		v.Recording = "/api/v1/calls/" + row.ID + "/recording"
	}
	fillHeard(p, &v, heard)
	s.fillNow(p, &v, row)
	return v
}

// fillNow says who plays a call at this moment, and once it is over, those that may still.
func (s *Server) fillNow(p *atlas, v *CallView, row store.Call) {
	v.Now = []NamedView{}
	still := s.opt.Live.StillUntil(row, s.opt.Now())
	for _, st := range s.opt.Fleet.Snapshot() {
		name := cmp.Or(p.names[st.Node], st.Node)
		if _, heard := row.Heard[st.Node]; !p.sees(st.Node) || !heard && !playsNow(st.OnAir, row.ID) {
			continue
		}
		if playsNow(st.OnAir, row.ID) {
			v.Now = append(v.Now, NamedView{st.Node, name})
		}
		if !still.IsZero() && !silentSince(st, row) {
			v.MaySound = append(v.MaySound, StillView{st.Node, name, still})
		}
	}
}

// silentSince reports whether a node has said, since a call was ended, something else
// than that it plays it.
func silentSince(st fleet.NodeState, row store.Call) bool {
	return st.LastWord.After(row.Ended) && st.State != fleet.Offline && st.Status != nil && !playsNow(st.Status.OnAir, row.ID)
}

// isClosed reports whether what a channel stands for has come.
func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

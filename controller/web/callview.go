package web

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"loa/controller/fleet"
	"loa/controller/office/access"
	"loa/controller/reach"
	"loa/controller/store"
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

// fillHeard says who heard a call, and who did not.
func fillHeard(p *access.View, v *CallView, heard map[string]time.Time) {
	v.Heard, v.Missing = []HeardView{}, []access.Named{}
	for _, id := range slices.Sorted(maps.Keys(heard)) {
		if !p.Sees(id) {
			continue
		}
		v.Heard = append(v.Heard, HeardView{id, cmp.Or(p.Names[id], id), heard[id]})
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
func (s *Server) viewCall(p *access.View, row store.Call) CallView {
	c := s.opt.Live.Call(row.ID)
	if c != nil {
		row = c.Info()
	}
	v := CallView{ID: row.ID, Title: row.Title, Class: string(row.Class), Targets: row.Targets, Author: row.Author,
		Start: row.Start, End: row.End, Ended: store.Optional(row.Ended), Reason: row.Reason, Source: reach.Masked(row.Source), Corrects: row.Corrects,
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
func (s *Server) fillNow(p *access.View, v *CallView, row store.Call) {
	v.Now = []access.Named{}
	still := s.opt.Live.StillUntil(row, s.opt.Now())
	for _, st := range s.opt.Fleet.Snapshot() {
		name := cmp.Or(p.Names[st.Node], st.Node)
		if _, heard := row.Heard[st.Node]; !p.Sees(st.Node) || !heard && !playsNow(st.OnAir, row.ID) {
			continue
		}
		if playsNow(st.OnAir, row.ID) {
			v.Now = append(v.Now, access.Named{ID: st.Node, Name: name})
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

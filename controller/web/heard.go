package web

import (
	"context"
	"sort"
	"time"

	"loa/controller/store"
	"loa/schedule"
)

// heardRow is one airing in the proof log of the page.
type heardRow struct {
	ID    string // of the airing
	Title string
	Start time.Time
	Heard int // nodes that heard it whole
	Total int // nodes that have reported
	Nodes []heardNode
	items int // that each node reports
}

// heardNode is what one node said of one airing, its items taken together.
type heardNode struct {
	Name    string
	Began   time.Time
	Ended   time.Time
	Heard   time.Duration
	Length  time.Duration
	Outcome string
	Reason  string
	items   int // reported so far
}

// heardAirings is how many airings the page looks back on.
const heardAirings = 8

// heard reads the latest of the proof log, by airing.
func (s *Server) heard(ctx context.Context, nodes []nodeView, now time.Time) ([]heardRow, error) {
	plays, err := s.opt.Store.Plays(ctx, store.Filter{Limit: maxList})
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, n := range nodes {
		names[n.ID] = n.Name
	}
	programmes, err := s.programmesByID(ctx)
	if err != nil {
		return nil, err
	}
	rows := map[string]*heardRow{}
	byNode := map[[2]string]*heardNode{}
	var order []string
	for _, p := range plays { // newest first
		row := rows[p.Airing]
		if row == nil {
			if len(rows) == heardAirings {
				continue
			}
			row = &heardRow{ID: p.Airing, Title: programmes[p.Programme].Title, items: audible(programmes[p.Programme])}
			rows[p.Airing] = row
			order = append(order, p.Airing)
		}
		key := [2]string{p.Airing, p.Node}
		if byNode[key] == nil {
			byNode[key] = &heardNode{Name: names[p.Node]}
		}
		byNode[key].add(p)
	}
	for key, n := range byNode {
		row := rows[key[0]]
		n.conclude(row.items, now)
		row.take(*n)
	}
	out := make([]heardRow, len(order))
	for i, id := range order {
		out[i] = *rows[id]
		nodes := out[i].Nodes
		sort.Slice(nodes, func(a, b int) bool { return nodes[a].Name < nodes[b].Name })
	}
	return out, nil
}

func (s *Server) programmesByID(ctx context.Context) (map[string]schedule.Programme, error) {
	all, err := s.opt.Store.Programmes(ctx, true)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]schedule.Programme, len(all))
	for _, p := range all {
		byID[p.ID] = p.Programme
	}
	return byID, nil
}

// audible counts the items that a node reports: gaps are heard by nobody.
func audible(p schedule.Programme) (n int) {
	for _, it := range p.Rundown {
		if it.Kind != schedule.Gap {
			n++
		}
	}
	return n
}

// add takes one item's play into account. Silence that was meant counts for
// nothing.
func (n *heardNode) add(p store.Play) {
	if !p.Began.IsZero() && (n.Began.IsZero() || p.Began.Before(n.Began)) {
		n.Began = p.Began
	}
	if p.Ended.After(n.Ended) {
		n.Ended = p.Ended
	}
	n.items++
	n.Heard += p.Heard
	n.Length += p.Length
	if n.Reason == "" && p.Outcome != "heard" {
		n.Reason = p.Reason
	}
	switch {
	case n.Outcome == "":
		n.Outcome = string(p.Outcome)
	case n.Outcome != string(p.Outcome):
		n.Outcome = "partly"
	}
}

// pendingFor is how long after its last word on an airing a node may still be
// at it: longer, and the rest of the items is not coming.
const pendingFor = schedule.MaxLength

// conclude judges an airing of so many items. While some are still to come
// the airing is under way, and nothing is claimed of it.
func (n *heardNode) conclude(items int, now time.Time) {
	if n.items < items && now.Sub(n.Ended) < pendingFor {
		n.Outcome = "pending"
	}
	if n.Outcome == "heard" || n.Outcome == "pending" {
		n.Reason = ""
	}
}

func (r *heardRow) take(n heardNode) {
	r.Total++
	if n.Outcome == "heard" {
		r.Heard++
	}
	if !n.Began.IsZero() && (r.Start.IsZero() || n.Began.Before(r.Start)) {
		r.Start = n.Began
	}
	r.Nodes = append(r.Nodes, n)
}

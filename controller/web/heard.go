package web

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"loa/controller/i18n"
	"loa/controller/office/inventory"
	"loa/controller/store"
	"loa/schedule"
)

const (
	heardAirings = 8              // on the page
	heardBack    = 48 * time.Hour // how far back an airing of which nobody has spoken is looked for
	reportWithin = 5 * time.Minute
	maxPages     = 10 // of plays, for a province of nodes that all speak of one airing
)

// heardRow is one airing in the proof log of the page.
type heardRow struct {
	ID    string // of the airing
	Title string
	Start time.Time
	Heard int // nodes that heard it whole
	Total int // nodes that should have, and can say so
	Nodes []heardNode
}

// heardNode is what one node said of one airing.
type heardNode struct {
	Name          string
	store.Verdict // its Outcome also: pending, unreported, no_return
}

// toldNode is what a node said in words. A large commune has a thousand of them on
// one page, and a template takes longer for a word than this for all three.
type toldNode struct{ Began, Heard, Result string }

func (n heardNode) told(lang i18n.Language, zone *time.Location) toldNode {
	v := toldNode{Began: "–", Heard: "–", Result: i18n.Say(lang, "outcome_"+n.Outcome)}
	if !n.Began.IsZero() {
		v.Began, v.Heard = n.Began.In(zone).Format("15:04:05"), length(n.Heard)+" / "+length(n.Length)
	}
	if n.Reason != "" {
		v.Result += ": " + i18n.ReasonWord(lang, n.Reason)
	}
	if word := i18n.EarWord(lang, n.Ear, n.EarDB); word != "" && n.Reason != store.SilentHorn {
		v.Result += " (" + word + ")"
	}
	return v
}

// proof is one airing while its row is put together.
type proof struct {
	row   heardRow
	items int       // that each node reports
	over  time.Time // when every node should have spoken
	nodes map[string]*heardNode
}

// judged is which part of the proof log is looked at.
type judged struct {
	nodes []inventory.Node
	of    func(node string) bool // whose word counts
	now   time.Time
	since time.Time // airings from then on, all of them; zero: the latest
}

// heard is the latest of the proof log by airing, with every node that should
// have heard it: one that says nothing is shown as saying nothing.
func (s *Server) heard(ctx context.Context, nodes []inventory.Node, now time.Time) ([]heardRow, error) {
	a, err := s.access.View(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := s.judge(ctx, judged{nodes: nodes, of: a.Sees, now: now})
	return rows[:min(len(rows), heardAirings)], err
}

// judge concludes what was heard, newest first.
func (s *Server) judge(ctx context.Context, j judged) ([]heardRow, error) {
	programmes := known{}
	proofs := map[string]*proof{}
	if err := s.due(ctx, proofs, programmes, j); err != nil {
		return nil, err
	}
	for _, filter := range j.filters() {
		if err := s.told(ctx, proofs, programmes, j, filter); err != nil {
			return nil, err
		}
	}
	names, mute := map[string]string{}, map[string]bool{}
	for _, n := range j.nodes {
		names[n.ID], mute[n.ID] = n.Name, n.NoReturn
	}
	rows := make([]heardRow, 0, len(proofs))
	for _, pr := range proofs {
		rows = append(rows, pr.conclude(names, mute, j.now))
	}
	slices.SortFunc(rows, func(a, b heardRow) int { return cmp.Or(b.Start.Compare(a.Start), strings.Compare(a.ID, b.ID)) })
	return rows, nil
}

// due adds the airings that were due of late, with the nodes that were there
// then. A programme changed since may have had other airings: for the time
// before the change only the plays count.
func (s *Server) due(ctx context.Context, proofs map[string]*proof, programmes known, j judged) error {
	from := j.since
	if from.IsZero() {
		from = j.now.Add(-heardBack)
	}
	past, err := s.preview.Between(ctx, from, j.now)
	if err != nil {
		return err
	}
	since := map[string]time.Time{}
	for _, n := range j.nodes {
		since[n.ID] = n.Created
	}
	for _, a := range past {
		p, err := s.programmeOf(ctx, programmes, a.Programme)
		if err != nil {
			return err
		}
		if a.Start.Before(p.Updated) {
			continue
		}
		pr := newProof(a.ID, p, a.Start)
		proofs[a.ID] = pr
		for _, n := range a.Nodes {
			if j.of(n) && !a.Start.Before(since[n]) {
				pr.node(n)
			}
		}
	}
	return nil
}

// filters choose the plays that are read: a village is a few nodes of many.
func (j judged) filters() (all []store.Filter) {
	if j.since.IsZero() {
		return []store.Filter{{Limit: maxList}}
	}
	for _, n := range j.nodes {
		all = append(all, store.Filter{Limit: maxList, Node: n.ID, From: j.since})
	}
	return all
}

// told adds what the nodes reported, newest first, until enough airings are
// complete: a page of plays may end in the midst of one.
func (s *Server) told(ctx context.Context, proofs map[string]*proof, programmes known, j judged, filter store.Filter) error {
	seen := map[string]bool{}
	for range maxPages {
		plays, err := s.opt.Store.Plays(ctx, filter)
		if err != nil {
			return err
		}
		for _, p := range plays {
			if !j.of(p.Node) {
				continue
			}
			pr := proofs[p.Airing]
			if pr == nil {
				programme, err := s.aired(ctx, programmes, p.Programme)
				if err != nil {
					return err
				}
				pr = newProof(p.Airing, programme, p.At)
				proofs[p.Airing] = pr
			}
			seen[p.Airing] = true
			pr.node(p.Node).Add(p)
		}
		if len(plays) < maxList || j.since.IsZero() && len(seen) > heardAirings {
			return nil
		}
		filter.Before = plays[len(plays)-1].Cursor()
	}
	return nil
}

// aired returns what a play was of: a programme, or a call, which had none.
func (s *Server) aired(ctx context.Context, programmes known, id string) (store.Programme, error) {
	if p, err := s.programmeOf(ctx, programmes, id); err != nil || p.ID != "" {
		return p, err
	}
	call, err := s.opt.Store.Call(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		err = nil // removed, of an older database
	}
	return store.Programme{Programme: schedule.Programme{Title: call.Title}}, err
}

func newProof(airing string, p store.Programme, start time.Time) *proof {
	return &proof{row: heardRow{ID: airing, Title: p.Title, Start: start}, nodes: map[string]*heardNode{},
		items: p.Reported(start), over: start.Add(p.StartLate + p.Length() + reportWithin)}
}

// known are the programmes that were looked up already.
type known map[string]store.Programme

// programmeOf returns a programme as it is aired, empty if there is none.
func (s *Server) programmeOf(ctx context.Context, programmes known, id string) (store.Programme, error) {
	if p, ok := programmes[id]; ok {
		return p, nil
	}
	p, err := s.opt.Store.Aired(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return p, err
	}
	programmes[id] = p
	return p, nil
}

// node returns a node's part, making it if it is new.
func (p *proof) node(id string) *heardNode {
	if p.nodes[id] == nil {
		p.nodes[id] = &heardNode{}
	}
	return p.nodes[id]
}

// conclude judges the airing. While some items are still to come it is under
// way, and nothing is claimed of it.
func (p *proof) conclude(names map[string]string, mute map[string]bool, now time.Time) heardRow {
	row := p.row
	for id, n := range p.nodes {
		if n.Name = names[id]; n.Name == "" {
			n.Name = id // removed since
		}
		switch {
		case n.Items == 0 && mute[id]:
			n.Outcome = "no_return"
		case n.Items < p.items && now.Before(p.over):
			n.Outcome, n.Reason = "pending", ""
		case n.Items == 0:
			n.Outcome = "unreported"
		default:
			n.Verdict = n.Of(p.items)
		}
		row.Total += count(n.Outcome != "no_return")
		if n.Outcome == "heard" {
			row.Heard++
		}
		row.Nodes = append(row.Nodes, *n)
	}
	slices.SortFunc(row.Nodes, func(a, b heardNode) int { return strings.Compare(a.Name, b.Name) })
	return row
}

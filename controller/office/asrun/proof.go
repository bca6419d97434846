package asrun

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"loa/controller/office/inventory"
	"loa/controller/office/preview"
	"loa/controller/store"
	"loa/schedule"
)

const (
	heardAirings = 8              // on the page
	heardBack    = 48 * time.Hour // how far back an airing of which nobody has spoken is looked for
	reportWithin = 5 * time.Minute
	playsPage    = 1000
	maxPages     = 10 // of plays, for a province of nodes that all speak of one airing
)

// Airing is one airing in the proof log of the page.
type Airing struct {
	ID    string // of the airing
	Title string
	Start time.Time
	Heard int // nodes that heard it whole
	Total int // nodes that should have, and can say so
	Nodes []NodeHeard
}

// NodeHeard is what one node said of one airing.
type NodeHeard struct {
	Name          string
	store.Verdict // its Outcome also: pending, unreported, no_return
}

// proof is one airing while its row is put together.
type proof struct {
	row   Airing
	items int       // that each node reports
	over  time.Time // when every node should have spoken
	nodes map[string]*NodeHeard
}

// Part is which part of the proof log is looked at.
type Part struct {
	Nodes []inventory.Node
	Of    func(node string) bool // whose word counts
	Now   time.Time
	Since time.Time // airings from then on, all of them; zero: the latest
}

// Latest is the latest of the proof log by airing, with every node that should
// have heard it: one that says nothing is shown as saying nothing.
func (l *Log) Latest(ctx context.Context, nodes []inventory.Node, now time.Time) ([]Airing, error) {
	a, err := l.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := l.Heard(ctx, Part{Nodes: nodes, Of: a.Sees, Now: now})
	return rows[:min(len(rows), heardAirings)], err
}

// Heard concludes what was heard, newest first.
func (l *Log) Heard(ctx context.Context, j Part) ([]Airing, error) {
	programmes := Known{}
	proofs := map[string]*proof{}
	if err := l.due(ctx, proofs, programmes, j); err != nil {
		return nil, err
	}
	for _, filter := range j.filters() {
		if err := l.told(ctx, proofs, programmes, j, filter); err != nil {
			return nil, err
		}
	}
	names, mute := map[string]string{}, map[string]bool{}
	for _, n := range j.Nodes {
		names[n.ID], mute[n.ID] = n.Name, n.NoReturn
	}
	rows := make([]Airing, 0, len(proofs))
	for _, pr := range proofs {
		rows = append(rows, pr.conclude(names, mute, j.Now))
	}
	slices.SortFunc(rows, func(a, b Airing) int { return cmp.Or(b.Start.Compare(a.Start), strings.Compare(a.ID, b.ID)) })
	return rows, nil
}

// due adds the airings that were due of late, with the nodes that were there
// then. A programme changed since may have had other airings: for the time
// before the change only the plays count.
func (l *Log) due(ctx context.Context, proofs map[string]*proof, programmes Known, j Part) error {
	from := j.Since
	if from.IsZero() {
		from = j.Now.Add(-heardBack)
	}
	past, err := l.opt.Preview.Between(ctx, from, j.Now)
	if err != nil {
		return err
	}
	if err := l.Look(ctx, programmes, past); err != nil {
		return err
	}
	since := map[string]time.Time{}
	for _, n := range j.Nodes {
		since[n.ID] = n.Created
	}
	for _, a := range past {
		p, err := l.ProgrammeOf(ctx, programmes, a.Programme)
		if err != nil {
			return err
		}
		if a.Start.Before(p.Updated) {
			continue
		}
		pr := newProof(a.ID, p, a.Start)
		proofs[a.ID] = pr
		for _, n := range a.Nodes {
			if j.Of(n) && !a.Start.Before(since[n]) {
				pr.node(n)
			}
		}
	}
	return nil
}

// filters choose the plays that are read: a village is a few nodes of many.
func (j Part) filters() (all []store.Filter) {
	if j.Since.IsZero() {
		return []store.Filter{{Limit: playsPage}}
	}
	for _, n := range j.Nodes {
		all = append(all, store.Filter{Limit: playsPage, Node: n.ID, From: j.Since})
	}
	return all
}

// told adds what the nodes reported, newest first, until enough airings are
// complete: a page of plays may end in the midst of one.
func (l *Log) told(ctx context.Context, proofs map[string]*proof, programmes Known, j Part, filter store.Filter) error {
	seen := map[string]bool{}
	for range maxPages {
		plays, err := l.opt.Store.Plays(ctx, filter)
		if err != nil {
			return err
		}
		for _, p := range plays {
			if !j.Of(p.Node) {
				continue
			}
			pr := proofs[p.Airing]
			if pr == nil {
				programme, err := l.aired(ctx, programmes, p.Programme)
				if err != nil {
					return err
				}
				pr = newProof(p.Airing, programme, p.At)
				proofs[p.Airing] = pr
			}
			seen[p.Airing] = true
			pr.node(p.Node).Add(p)
		}
		if len(plays) < playsPage || j.Since.IsZero() && len(seen) > heardAirings {
			return nil
		}
		filter.Before = plays[len(plays)-1].Cursor()
	}
	return nil
}

// aired returns what a play was of: a programme, or a call, which had none.
func (l *Log) aired(ctx context.Context, programmes Known, id string) (store.Programme, error) {
	if p, err := l.ProgrammeOf(ctx, programmes, id); err != nil || p.ID != "" {
		return p, err
	}
	call, err := l.opt.Store.Call(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		err = nil // removed, of an older database
	}
	return store.Programme{Programme: schedule.Programme{Title: call.Title}}, err
}

func newProof(airing string, p store.Programme, start time.Time) *proof {
	return &proof{row: Airing{ID: airing, Title: p.Title, Start: start}, nodes: map[string]*NodeHeard{},
		items: p.Reported(start), over: start.Add(p.StartLate + p.Length() + reportWithin)}
}

// Known are the programmes that were looked up already.
type Known map[string]store.Programme

// Look looks the programmes of some airings up, all at once.
func (l *Log) Look(ctx context.Context, programmes Known, airings []preview.Airing) error {
	var ids []string
	for _, a := range airings {
		if _, ok := programmes[a.Programme]; !ok {
			ids = append(ids, a.Programme)
		}
	}
	found, err := l.opt.Store.AiredOf(ctx, ids)
	maps.Copy(programmes, found)
	return err
}

// ProgrammeOf returns a programme as it is aired, empty if there is none.
func (l *Log) ProgrammeOf(ctx context.Context, programmes Known, id string) (store.Programme, error) {
	if p, ok := programmes[id]; ok {
		return p, nil
	}
	p, err := l.opt.Store.Aired(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return p, err
	}
	programmes[id] = p
	return p, nil
}

// node returns a node's part, making it if it is new.
func (p *proof) node(id string) *NodeHeard {
	if p.nodes[id] == nil {
		p.nodes[id] = &NodeHeard{}
	}
	return p.nodes[id]
}

// conclude judges the airing. While some items are still to come it is under
// way, and nothing is claimed of it.
func (p *proof) conclude(names map[string]string, mute map[string]bool, now time.Time) Airing {
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
		switch n.Outcome {
		case "no_return":
		case "heard":
			row.Heard++
			row.Total++
		default:
			row.Total++
		}
		row.Nodes = append(row.Nodes, *n)
	}
	slices.SortFunc(row.Nodes, func(a, b NodeHeard) int { return strings.Compare(a.Name, b.Name) })
	return row
}

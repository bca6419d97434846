package preview

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/schedule"
)

// maxPreview and MaxAirings bound how much of the future one question may unfold: a
// hundred days, and a week of something every minute.
const (
	maxPreview = 100 * 24 * time.Hour
	MaxAirings = 10_000
)

// Airing is one airing as it will be heard.
type Airing struct {
	ID        string     `json:"id"`
	Programme string     `json:"programme"`
	Title     string     `json:"title"`
	Class     string     `json:"class"`
	Start     time.Time  `json:"start"`
	Begin     *time.Time `json:"begin,omitempty" doc:"when it really begins, if it begins anywhere; later than start if it waits"`
	Seconds   float64    `json:"seconds"`
	Nodes     []string   `json:"nodes"`
	Displaced []Loss     `json:"displaced" doc:"where and when it is not heard, and why"`
}

// Loss is a stretch in which some nodes do not hear an airing.
type Loss struct {
	Nodes []string  `json:"nodes"`
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
	Cause string    `json:"cause" enum:"preempted,displaced,replaced,quiet_hours"`
	By    string    `json:"by,omitempty" doc:"the airing that is heard instead"`
}

// Preview unfolds the calendar as the caller sees it.
type Preview struct {
	store  *store.Store
	access *access.Control
}

// New returns the preview of one commune.
func New(s *store.Store, c *access.Control) *Preview { return &Preview{s, c} }

// Asked is what a node will hear in [from, to), by the function that it uses itself;
// no node: what every node will. What is too long or too much is refused.
func (p *Preview) Asked(ctx context.Context, node string, from, to time.Time) ([]Airing, error) {
	if !to.After(from) || to.Sub(from) > maxPreview {
		return nil, problem.New(problem.Invalid, "span_invalid",
			"Khoảng thời gian chưa đúng: “to” phải sau “from”, tối đa %d ngày.",
			"The span is not right: “to” must lie after “from”, by at most %d days.", int(maxPreview.Hours()/24))
	}
	groups, err := p.Groups(ctx, node)
	if err != nil {
		return nil, err
	}
	if err := Bounded(groups, from, to); err != nil {
		return nil, err
	}
	return unfold(groups, from, to), nil
}

// Between arbitrates the calendar for every node over [from, to), without a bound: for
// spans that the office chose itself.
func (p *Preview) Between(ctx context.Context, from, to time.Time) ([]Airing, error) {
	groups, err := p.Groups(ctx, "")
	if err != nil {
		return nil, err
	}
	return unfold(groups, from, to), nil
}

func unfold(groups []*Group, from, to time.Time) []Airing {
	views := map[string]*Airing{}
	for _, g := range groups {
		for _, slot := range schedule.NewTimeline(g.Plan, from, to).Slots {
			if !slot.Start.Before(from) {
				addSlot(views, slot, g.Nodes)
			}
		}
	}
	all := make([]Airing, 0, len(views))
	for _, v := range views {
		slices.Sort(v.Nodes)
		for _, l := range v.Displaced {
			slices.Sort(l.Nodes)
		}
		all = append(all, *v)
	}
	slices.SortFunc(all, func(a, b Airing) int { return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID)) })
	return all
}

// Bounded looks ahead by shorter and longer steps, for a rule may fire every
// minute.
func Bounded(groups []*Group, from, to time.Time) error {
	n := 0
	seen := map[string]bool{}
	for _, g := range groups {
		for i := range g.Plan.Programmes {
			p := &g.Plan.Programmes[i]
			if seen[p.ID] {
				continue
			}
			seen[p.ID] = true
			for day := from; day.Before(to) && n <= MaxAirings; day = day.AddDate(0, 0, 7) {
				n += len(p.Rule.Starts(day, earlier(day.AddDate(0, 0, 7), to)))
			}
			if n > MaxAirings {
				return problem.New(problem.Invalid, "span_busy",
					"Trong khoảng này có hơn %d lần phát: hãy chọn khoảng ngắn hơn.",
					"There are more than %d airings in this span: choose a shorter one.", MaxAirings)
			}
		}
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func addSlot(views map[string]*Airing, slot *schedule.Slot, nodes []string) {
	v := views[slot.ID]
	if v == nil {
		v = &Airing{ID: slot.ID, Programme: slot.Programme.ID, Title: slot.Programme.Title, Class: string(slot.Programme.Class),
			Start: slot.Start, Seconds: slot.Programme.Length().Seconds(), Nodes: []string{}, Displaced: []Loss{}}
		views[slot.ID] = v
	}
	v.Nodes = append(v.Nodes, nodes...)
	if slot.Began() && (v.Begin == nil || slot.Begin.Before(*v.Begin)) {
		v.Begin = &slot.Begin
	}
	if len(nodes) == 0 {
		return // nobody misses anything
	}
	for _, l := range slot.Losses {
		v.lose(Loss{From: l.From, To: l.To, Cause: string(l.Cause), By: l.By}, nodes)
	}
}

// lose notes that nodes do not hear a stretch; those that miss the same for
// the same cause stand together.
func (v *Airing) lose(l Loss, nodes []string) {
	i := slices.IndexFunc(v.Displaced, func(x Loss) bool {
		return x.From.Equal(l.From) && x.To.Equal(l.To) && x.Cause == l.Cause && x.By == l.By
	})
	if i < 0 {
		i = len(v.Displaced)
		v.Displaced = append(v.Displaced, l)
	}
	v.Displaced[i].Nodes = append(v.Displaced[i].Nodes, nodes...)
}

// Group is the nodes that hear exactly the same programmes.
type Group struct {
	Plan  schedule.Plan
	Nodes []string
}

// Groups spares the arbitration of nodes that cannot differ: in most communes
// all hear the same.
func (p *Preview) Groups(ctx context.Context, only string) ([]*Group, error) {
	programmes, err := p.store.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	a, err := p.access.View(ctx)
	if err != nil {
		return nil, err
	}
	quiet, err := p.store.Quiet(ctx)
	if err != nil {
		return nil, err
	}
	byKey := map[string]*Group{}
	var groups []*Group
	heard := map[string]bool{}
	for _, n := range a.Nodes {
		if only != "" && n.ID != only {
			continue
		}
		covered, key := coveredBy(programmes, a.Tree, n)
		for _, p := range covered {
			heard[p.ID] = true
		}
		g := byKey[key]
		if g == nil {
			g = &Group{Plan: schedule.Plan{Programmes: covered, Quiet: quiet}}
			byKey[key] = g
			groups = append(groups, g)
		}
		g.Nodes = append(g.Nodes, n.ID)
	}
	if only != "" {
		if len(groups) == 0 {
			return nil, store.ErrNotFound
		}
		return groups, nil
	}
	// What no node hears is in the calendar all the same.
	for _, p := range programmes {
		if !heard[p.ID] && a.Concerns(p.Targets) {
			groups = append(groups, &Group{Plan: schedule.Plan{Programmes: []schedule.Programme{p.Programme}, Quiet: quiet}})
		}
	}
	return groups, nil
}

func coveredBy(programmes []store.Programme, tree schedule.Tree, n store.Node) (covered []schedule.Programme, key string) {
	for i, p := range programmes {
		if p.Programme.Targets.Covers(tree, n.ID, n.Area) {
			covered = append(covered, p.Programme)
			key += fmt.Sprint(i, ",")
		}
	}
	return covered, key
}

package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
	"loa/schedule"
)

// maxPreview and maxAirings bound how much of the future one question may
// unfold: a hundred days, and a week of something every minute.
const (
	maxPreview = 100 * 24 * time.Hour
	maxAirings = 10_000
)

// airingView is one airing as it will be heard.
type airingView struct {
	ID        string     `json:"id"`
	Programme string     `json:"programme"`
	Title     string     `json:"title"`
	Class     string     `json:"class"`
	Start     time.Time  `json:"start"`
	Begin     *time.Time `json:"begin,omitempty" doc:"when it really begins, if it begins anywhere; later than start if it waits"`
	Seconds   float64    `json:"seconds"`
	Nodes     []string   `json:"nodes"`
	Displaced []lossView `json:"displaced" doc:"where and when it is not heard, and why"`
}

// lossView is a stretch in which some nodes do not hear an airing.
type lossView struct {
	Nodes []string  `json:"nodes"`
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
	Cause string    `json:"cause" enum:"preempted,displaced,replaced,quiet_hours"`
	By    string    `json:"by,omitempty" doc:"the airing that is heard instead"`
}

type airingsInput struct {
	From time.Time `query:"from" required:"true"`
	To   time.Time `query:"to" required:"true"`
	Node string    `query:"node"`
}

type quietAnswer struct {
	Body struct {
		Items []schedule.Quiet `json:"items" doc:"daily stretches in which only emergencies sound: from and to as 21:30"`
	}
}

func (s *Server) registerAirings() {
	huma.Register(s.api, operation("airings", http.MethodGet, "/airings", "The preview: what will be heard where, by the function that the nodes use", "Calendar", http.StatusOK), s.listAirings)
	huma.Register(s.api, operation("get-quiet", http.MethodGet, "/quiet", "Quiet hours", "Calendar", http.StatusOK), s.getQuiet)
	huma.Register(s.api, operation("put-quiet", http.MethodPut, "/quiet", "Set the quiet hours", "Calendar", http.StatusOK), s.putQuiet)
	s.registerSoft()
}

func (s *Server) listAirings(ctx context.Context, in *airingsInput) (*list[airingView], error) {
	if !in.To.After(in.From) || in.To.Sub(in.From) > maxPreview {
		return nil, s.fail(problem.New(problem.Invalid, "span_invalid",
			"Khoảng thời gian chưa đúng: “to” phải sau “from”, tối đa %d ngày.",
			"The span is not right: “to” must lie after “from”, by at most %d days.", int(maxPreview.Hours()/24)))
	}
	groups, err := s.groups(ctx, in.Node)
	if err != nil {
		return nil, s.fail(err)
	}
	if err := notTooMany(groups, in.From, in.To); err != nil {
		return nil, s.fail(err)
	}
	return listOf(unfold(groups, in.From, in.To)), nil
}

// preview arbitrates the calendar for every node, or one, over [from, to).
func (s *Server) preview(ctx context.Context, from, to time.Time, only string) ([]airingView, error) {
	groups, err := s.groups(ctx, only)
	if err != nil {
		return nil, err
	}
	return unfold(groups, from, to), nil
}

func unfold(groups []*group, from, to time.Time) []airingView {
	views := map[string]*airingView{}
	for _, g := range groups {
		for _, slot := range schedule.NewTimeline(g.plan, from, to).Slots {
			if !slot.Start.Before(from) {
				addSlot(views, slot, g.nodes)
			}
		}
	}
	all := make([]airingView, 0, len(views))
	for _, v := range views {
		slices.Sort(v.Nodes)
		for _, l := range v.Displaced {
			slices.Sort(l.Nodes)
		}
		all = append(all, *v)
	}
	slices.SortFunc(all, func(a, b airingView) int { return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID)) })
	return all
}

// notTooMany looks ahead by shorter and longer steps, for a rule may fire every
// minute.
func notTooMany(groups []*group, from, to time.Time) error {
	n := 0
	seen := map[string]bool{}
	for _, g := range groups {
		for i := range g.plan.Programmes {
			p := &g.plan.Programmes[i]
			if seen[p.ID] {
				continue
			}
			seen[p.ID] = true
			for day := from; day.Before(to) && n <= maxAirings; day = day.AddDate(0, 0, 7) {
				n += len(p.Rule.Starts(day, earlier(day.AddDate(0, 0, 7), to)))
			}
			if n > maxAirings {
				return problem.New(problem.Invalid, "span_busy",
					"Trong khoảng này có hơn %d lần phát: hãy chọn khoảng ngắn hơn.",
					"There are more than %d airings in this span: choose a shorter one.", maxAirings)
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

func addSlot(views map[string]*airingView, slot *schedule.Slot, nodes []string) {
	v := views[slot.ID]
	if v == nil {
		v = &airingView{ID: slot.ID, Programme: slot.Programme.ID, Title: slot.Programme.Title, Class: string(slot.Programme.Class),
			Start: slot.Start, Seconds: slot.Programme.Length().Seconds(), Nodes: []string{}, Displaced: []lossView{}}
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
		v.lose(lossView{From: l.From, To: l.To, Cause: string(l.Cause), By: l.By}, nodes)
	}
}

// lose notes that nodes do not hear a stretch; those that miss the same for
// the same cause stand together.
func (v *airingView) lose(l lossView, nodes []string) {
	i := slices.IndexFunc(v.Displaced, func(x lossView) bool {
		return x.From.Equal(l.From) && x.To.Equal(l.To) && x.Cause == l.Cause && x.By == l.By
	})
	if i < 0 {
		i = len(v.Displaced)
		v.Displaced = append(v.Displaced, l)
	}
	v.Displaced[i].Nodes = append(v.Displaced[i].Nodes, nodes...)
}

// group is the nodes that hear exactly the same programmes.
type group struct {
	plan  schedule.Plan
	nodes []string
}

// groups spares the arbitration of nodes that cannot differ: in most communes
// all hear the same.
func (s *Server) groups(ctx context.Context, only string) ([]*group, error) {
	programmes, err := s.opt.Store.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	a, err := s.access.View(ctx)
	if err != nil {
		return nil, err
	}
	quiet, err := s.opt.Store.Quiet(ctx)
	if err != nil {
		return nil, err
	}
	byKey := map[string]*group{}
	var groups []*group
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
			g = &group{plan: schedule.Plan{Programmes: covered, Quiet: quiet}}
			byKey[key] = g
			groups = append(groups, g)
		}
		g.nodes = append(g.nodes, n.ID)
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
			groups = append(groups, &group{plan: schedule.Plan{Programmes: []schedule.Programme{p.Programme}, Quiet: quiet}})
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

func (s *Server) getQuiet(ctx context.Context, _ *struct{}) (*quietAnswer, error) {
	quiet, err := s.opt.Store.Quiet(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	out := &quietAnswer{}
	out.Body.Items = quiet
	return out, nil
}

func (s *Server) putQuiet(ctx context.Context, in *quietAnswer) (*quietAnswer, error) {
	if len(in.Body.Items) > 10 {
		return nil, s.fail(problem.New(problem.Invalid, "quiet_many",
			"Tối đa 10 khoảng giờ yên tĩnh.", "At most 10 stretches of quiet hours."))
	}
	if in.Body.Items == nil {
		in.Body.Items = []schedule.Quiet{}
	}
	for _, q := range in.Body.Items {
		if now := time.Now(); len(q.Spans(now, now.Add(48*time.Hour))) == 0 {
			return nil, s.fail(problem.New(problem.Invalid, "quiet_invalid",
				"Giờ yên tĩnh từ “%s” đến “%s” chưa đúng: hãy viết như 21:30 và 04:45.",
				"Quiet hours from “%s” to “%s” are not right: write them as 21:30 and 04:45.", text.Shown(q.From), text.Shown(q.To)))
		}
	}
	old, err := s.opt.Store.Quiet(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	if err := s.opt.Store.PutQuiet(ctx, in.Body.Items); err != nil {
		return nil, s.fail(err)
	}
	s.trail.Did(ctx, "quiet.put", "quiet", old, in.Body.Items, s.opt.Commune)
	s.changed("calendar")
	return in, nil
}

package exercise

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/asrun"
	"loa/controller/office/inventory"
	"loa/controller/store"
)

// Sheet is what came of a test or a drill, cut to what the caller may see.
type Sheet struct {
	ID        string             `json:"id"`
	Kind      store.ExerciseKind `json:"kind" enum:"silent,audible,yearly"`
	Time      time.Time          `json:"time"`
	Title     string             `json:"title,omitempty"`
	Who       string             `json:"who,omitempty" doc:"who began it; left out: it began by itself"`
	Broadcast string             `json:"broadcast,omitempty" doc:"of one that sounds: its line of the log"`
	Whole     bool               `json:"whole" doc:"it was for the whole commune"`
	Counts    bool               `json:"counts" doc:"the calendar goes on from it: it was for the whole commune, and somebody was heard"`
	Ended     *time.Time         `json:"ended,omitempty" doc:"when its result was drawn; left out: it is under way"`
	Of        int                `json:"of" doc:"loudspeakers that were tested and can say so, without those at which somebody worked"`
	Passed    int                `json:"passed" doc:"of these: heard whole by their own proof; of a silent test: that answered and are right"`
	Failed    int                `json:"failed"`
	Mended    int                `json:"mended" doc:"of those that failed: seen right again since"`
	Open      int                `json:"open" doc:"of those that failed: not yet"`
	Working   int                `json:"maintenance" doc:"loudspeakers at which somebody worked: in none of the numbers"`
	Mute      int                `json:"no_return" doc:"that cannot say anything: in none of the numbers"`
	Villages  []Village          `json:"villages"`
}

// UnderWay says that there is no result yet.
func (s Sheet) UnderWay() bool { return s.Ended == nil }

// Village is one village's part of it.
type Village struct {
	Area   string `json:"area"`
	Name   string `json:"name"`
	Of     int    `json:"of"`
	Passed int    `json:"passed"`
	Nodes  []Row  `json:"nodes" doc:"what failed first"`
}

// Row is what came of it at one loudspeaker.
type Row struct {
	Node    string `json:"node"`
	Name    string `json:"name"`
	Outcome string `json:"outcome" enum:"heard,partly,not_heard,unknown,right,wrong,unanswered,maintenance,no_return,pending"`
	Cause   string `json:"cause,omitempty" doc:"code of why"`
	VI      string `json:"vi,omitempty" doc:"that in words, as it was said then"`
	EN      string `json:"en,omitempty"`
	asrun.Microphone
	Failed bool       `json:"failed"`
	Who    string     `json:"who,omitempty" doc:"repairs it"`
	Until  *time.Time `json:"until,omitempty" doc:"when it is to be well again"`
	Mended *time.Time `json:"mended,omitempty" doc:"when it was seen right again"`
	// Removed says that there is no such loudspeaker any more: nobody repairs it.
	Removed bool `json:"removed,omitempty" doc:"the loudspeaker is there no more"`
}

// Open says that it is still to be repaired.
func (r Row) Open() bool { return r.Failed && r.Mended == nil && !r.Removed }

// outside are the outcomes that are in none of the numbers.
var outside = []string{"maintenance", "no_return", "pending"}

// passes are those of a loudspeaker that passed.
var passes = []string{"heard", "right"}

// mostSheets is how many are listed.
const mostSheets = 50

// Sheets are the latest, newest first, of which the caller sees a part at least.
func (d *Desk) Sheets(ctx context.Context) ([]Sheet, error) {
	all, err := d.opt.Store.Exercises(ctx, time.Time{}, mostSheets)
	if err != nil {
		return nil, err
	}
	sheets, err := d.sheets(ctx, all)
	return slices.DeleteFunc(sheets, func(s Sheet) bool { return len(s.Villages) == 0 && s.Ended != nil }), err
}

// Sheet is one of them. ErrNotFound where there is none that the caller may see.
func (d *Desk) Sheet(ctx context.Context, id string) (Sheet, error) {
	e, err := d.opt.Store.Exercise(ctx, id)
	if err != nil {
		return Sheet{}, err
	}
	all, err := d.sheets(ctx, []store.Exercise{e})
	if err != nil {
		return Sheet{}, err
	}
	a, err := d.opt.Access.View(ctx)
	if err == nil && len(all[0].Villages) == 0 && !a.Who.Sees(a.Tree, a.Commune) {
		err = store.ErrNotFound
	}
	return all[0], err
}

// Last is the last result of those that were heard, else of the silent ones, as the people
// may know it. false: there is none, or the commune keeps it to itself.
func (d *Desk) Last(ctx context.Context) (s Sheet, ok bool, err error) {
	rule, err := d.opt.Store.ExerciseRule(ctx)
	if err != nil || !rule.Public {
		return s, false, err
	}
	last, err := d.opt.Store.LastExercises(ctx)
	if err != nil || len(last) == 0 {
		return s, false, err
	}
	e := last[store.Audible]
	if of := last[store.Yearly]; of.At.After(e.At) {
		e = of
	}
	if e.ID == "" {
		e = last[store.Silent]
	}
	s, err = d.Sheet(access.With(ctx, access.MachineVisit()), e.ID)
	return s, err == nil, err
}

// sheets puts the one verdict of the log and what was found since together.
func (d *Desk) sheets(ctx context.Context, all []store.Exercise) ([]Sheet, error) {
	var ids, broadcasts []string
	for _, e := range all {
		ids = append(ids, e.ID)
		if e.Broadcast != "" {
			broadcasts = append(broadcasts, e.Broadcast)
		}
	}
	rows, err := d.opt.Store.ExerciseNodes(ctx, ids)
	if err != nil {
		return nil, err
	}
	lines, err := d.opt.AsRun.Some(ctx, broadcasts)
	if err != nil {
		return nil, err
	}
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	nodes, err := d.opt.Inventory.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	known := map[string]*inventory.InCare{}
	for _, n := range nodes {
		known[n.ID] = knownOf(n)
	}
	sheets := make([]Sheet, len(all))
	for i, e := range all {
		s := Sheet{ID: e.ID, Kind: e.Kind, Time: e.At, Title: e.Title, Who: e.Who, Broadcast: e.Broadcast, Whole: e.Whole, Counts: e.Counts,
			Ended: store.Optional(e.Ended), Villages: []Village{}}
		found := map[string]store.ExerciseNode{}
		for _, n := range rows[e.ID] {
			found[n.Node] = n
			if e.Broadcast == "" {
				s.add(a, cmp.Or(n.Area, a.AreaOf[n.Node]), rowOf(a, n, known[n.Node]))
			}
		}
		s.addLine(a, lines[e.Broadcast], found, known)
		s.order()
		sheets[i] = s
	}
	return sheets, nil
}

// rowOf is what was found at a node, and who repairs it.
func rowOf(a *access.View, n store.ExerciseNode, known *inventory.InCare) Row {
	r := Row{Node: n.Node, Name: cmp.Or(a.Names[n.Node], n.Node), Outcome: n.Outcome, Cause: n.Cause, VI: n.VI, EN: n.EN, Failed: n.Failed,
		Who: n.Who, Until: store.Optional(n.Until), Mended: store.Optional(n.Mended)}
	_, there := a.AreaOf[n.Node]
	r.Removed = !there
	if known != nil && r.Open() { // what was said a moment ago
		r.Who, r.Until = known.Who, known.Until
	}
	return r
}

// addLine adds what the log knows of one that sounds. What was found is of those that were
// not heard; of one that was after all its proof came late.
func (s *Sheet) addLine(a *access.View, l asrun.Line, found map[string]store.ExerciseNode, known map[string]*inventory.InCare) {
	for _, c := range l.Confirmed {
		s.add(a, a.AreaOf[c.ID], Row{Node: c.ID, Name: c.Name, Outcome: "heard", Microphone: c.Microphone})
	}
	for _, m := range l.Missing {
		n, drawn := found[m.ID]
		if !drawn {
			s.add(a, a.AreaOf[m.ID], Row{Node: m.ID, Name: m.Name, Outcome: "pending", Microphone: m.Microphone})
			continue
		}
		row := rowOf(a, n, known[m.ID])
		row.Microphone = m.Microphone
		if n.Outcome != "maintenance" {
			row.Outcome = m.Outcome
		}
		s.add(a, cmp.Or(n.Area, a.AreaOf[m.ID]), row)
	}
	for _, n := range l.NoReturn {
		s.add(a, a.AreaOf[n.ID], Row{Node: n.ID, Name: n.Name, Outcome: "no_return"})
	}
}

// add puts a loudspeaker to those of its village, if the caller may see it there.
func (s *Sheet) add(a *access.View, area string, r Row) {
	area = a.Standing(area)
	if !a.Who.Sees(a.Tree, area) {
		return
	}
	i := slices.IndexFunc(s.Villages, func(v Village) bool { return v.Area == area })
	if i < 0 {
		i = len(s.Villages)
		s.Villages = append(s.Villages, Village{Area: area, Name: a.AreaName(area)})
	}
	v := &s.Villages[i]
	v.Nodes = append(v.Nodes, r)
	passed, counted := slices.Contains(passes, r.Outcome), !slices.Contains(outside, r.Outcome)
	for at, is := range map[*int]bool{&v.Of: counted, &s.Of: counted, &v.Passed: passed, &s.Passed: passed, &s.Failed: r.Failed,
		&s.Mended: r.Failed && r.Mended != nil, &s.Open: r.Open(), &s.Working: r.Outcome == "maintenance", &s.Mute: r.Outcome == "no_return"} {
		if is {
			*at++
		}
	}
}

// order puts villages by name, and in each what failed first.
func (s *Sheet) order() {
	slices.SortFunc(s.Villages, func(x, y Village) int {
		return cmp.Or(strings.Compare(x.Name, y.Name), strings.Compare(x.Area, y.Area))
	})
	for _, v := range s.Villages {
		slices.SortFunc(v.Nodes, func(x, y Row) int {
			return cmp.Or(rank(x)-rank(y), strings.Compare(x.Name, y.Name), strings.Compare(x.Node, y.Node))
		})
	}
}

func rank(r Row) int {
	switch {
	case r.Open():
		return 0
	case r.Failed:
		return 1
	}
	return 2
}

package brief

import (
	"cmp"
	"context"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/answers"
	"loa/controller/office/asrun"
	"loa/controller/office/audit"
	"loa/controller/office/inventory"
	"loa/controller/office/notices"
	"loa/controller/office/quick"
	"loa/controller/store"
	"loa/schedule"
)

// Options are what reports are made of.
type Options struct {
	Store     *store.Store
	Access    *access.Control
	Answers   *answers.Desk
	Quick     *quick.Desk
	Inventory *inventory.Inventory
	Notices   *notices.Notices
	Trail     *audit.Trail
	Now       func() time.Time // controller time
	Editing   *sync.Mutex
	Commune   string
	Logger    *slog.Logger
}

// Desk makes reports. It is safe for concurrent use.
type Desk struct{ opt Options }

// New returns the desk; Run tells the summaries.
func New(opt Options) *Desk { return &Desk{opt} }

// Brief is the situation in a time.
type Brief struct {
	Place      string            `json:"commune" doc:"its name"`
	From       time.Time         `json:"from"`
	To         time.Time         `json:"to"`
	Made       time.Time         `json:"made"`
	Broadcasts []Broadcast       `json:"broadcasts" doc:"newest first"`
	More       bool              `json:"more,omitempty" doc:"there were more broadcasts: the latest are told"`
	Sums       Sums              `json:"sums"`
	Questions  []answers.Asked   `json:"questions" doc:"to which somebody answered in that time or later"`
	Messages   []answers.Figures `json:"messages" doc:"of villagers, by village and kind"`
	Waiting    []answers.Waiting `json:"waiting" doc:"urgent, of that time, and not done"`
	Heads      []HeadReport      `json:"heads" doc:"what village heads reported, newest first"`
	Faults     []Fault           `json:"faults" doc:"of loudspeakers, that were there in that time"`
	Reports    []Reported        `json:"reports" doc:"of loudspeakers, still open, by village and kind"`
}

// Broadcast is what was aired, and who heard it.
type Broadcast struct {
	ID       string                 `json:"id"`
	Title    string                 `json:"title"`
	Class    string                 `json:"class"`
	Drill    bool                   `json:"drill,omitempty"`
	Time     time.Time              `json:"time"`
	State    string                 `json:"state"`
	Nodes    int                    `json:"nodes" doc:"loudspeakers that were to sound"`
	Heard    int                    `json:"heard" doc:"that did, by their own word"`
	Ears     int                    `json:"ears" doc:"with a microphone that could tell"`
	EarsWell int                    `json:"ears_well" doc:"whose microphone heard it"`
	Villages []answers.VillageHeard `json:"villages" doc:"whose people answered"`
}

// Sums are the broadcasts in figures.
type Sums struct {
	Broadcasts  int `json:"broadcasts"`
	Emergencies int `json:"emergencies" doc:"without drills"`
	NotHeard    int `json:"not_heard" doc:"that not every loudspeaker confirmed"`
	Findings    int `json:"findings" doc:"villages that a broadcast sounded in, and did not understand it"`
}

// HeadReport is what a village head reported, without the name and the words.
type HeadReport struct {
	Village    string    `json:"village"`
	Level      string    `json:"level"`
	Kind       string    `json:"kind,omitempty"`
	Households int       `json:"households"`
	Tapped     time.Time `json:"tapped"`
	Arrived    time.Time `json:"arrived"`
}

// Fault is one cause in one village.
type Fault struct {
	Area  string    `json:"area"`
	Name  string    `json:"name" doc:"of the village"`
	Code  string    `json:"code"`
	VI    string    `json:"vi"`
	EN    string    `json:"en"`
	Open  int       `json:"open" doc:"loudspeakers that have it now"`
	Ended int       `json:"ended" doc:"times that it was there in that time and is over"`
	Since time.Time `json:"since" doc:"of the one that began first"`
}

// Reported are what people reported of loudspeakers and nobody has seen to.
type Reported struct {
	Name  string    `json:"name" doc:"of the village"`
	Kind  string    `json:"kind"`
	Open  int       `json:"open"`
	Since time.Time `json:"since"`
}

// mostBroadcasts bounds a report: the rest stands in the broadcast log.
const mostBroadcasts = 500

// Of is the report of a time, of where the caller listens.
func (d *Desk) Of(ctx context.Context, s Span) (b Brief, err error) {
	if err := s.check(); err != nil {
		return b, err
	}
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return b, err
	}
	said, err := d.opt.Answers.Between(ctx, s.From, s.To, mostBroadcasts+1)
	if err != nil {
		return b, err
	}
	b = Brief{Place: a.AreaName(a.Commune), From: s.From, To: s.To, Made: d.opt.Now(), Broadcasts: []Broadcast{},
		More: len(said.Lines) > mostBroadcasts, Questions: orNone(said.Asked), Messages: orNone(said.Messages),
		Waiting: orNone(said.Waiting)}
	heard := map[string]answers.Heard{}
	for _, h := range said.Heard {
		heard[h.ID] = h
	}
	for _, l := range said.Lines[:min(len(said.Lines), mostBroadcasts)] {
		if l.Kind != "stop" {
			b.add(l, heard[l.ID])
		}
	}
	told, err := d.opt.Quick.Between(ctx, s.From, s.To)
	if err != nil {
		return b, err
	}
	b.Heads = []HeadReport{}
	for _, h := range told {
		b.Heads = append(b.Heads, HeadReport{h.Village, h.Level, h.Kind, h.Households, h.Tapped, h.Arrived})
	}
	if b.Faults, err = d.faults(ctx, a, s); err != nil {
		return b, err
	}
	b.Reports, err = d.reports(ctx, a)
	return b, err
}

func orNone[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

// add takes a broadcast in.
func (b *Brief) add(l asrun.Line, h answers.Heard) {
	x := Broadcast{ID: l.ID, Title: l.Title, Class: l.Class, Drill: l.Drill, Time: l.Planned, State: l.State, Nodes: l.Nodes,
		Heard:    l.Heard,
		Villages: orNone(h.Villages)}
	ear := func(word string) {
		if word == "heard" || word == "not_heard" {
			x.Ears++
		}
		if word == "heard" {
			x.EarsWell++
		}
	}
	for _, n := range l.Confirmed {
		ear(n.Ear)
	}
	for _, n := range l.Missing {
		ear(n.Ear)
	}
	for _, v := range x.Villages {
		if v.Finding {
			b.Sums.Findings++
		}
	}
	b.Sums.Broadcasts++
	if l.Class == string(schedule.Emergency) && !l.Drill {
		b.Sums.Emergencies++
	}
	if x.Heard < x.Nodes {
		b.Sums.NotHeard++
	}
	b.Broadcasts = append(b.Broadcasts, x)
}

// faults are the causes that were there in a time, village by village.
func (d *Desk) faults(ctx context.Context, a *access.View, s Span) ([]Fault, error) {
	nodes, err := d.opt.Inventory.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	ended, err := d.opt.Store.EndedSince(ctx, s.From)
	if err != nil {
		return nil, err
	}
	all := faultList{a: a}
	for _, n := range nodes {
		for _, c := range n.Causes() {
			if c.Since.Before(s.To) && c.Code != "unknown" && n.Maintenance == nil {
				f := all.of(n.Area, c.Code, c.VI, c.EN, c.Since)
				f.Open++
			}
		}
	}
	for _, x := range ended {
		if a.Concerns(access.NodeTarget(x.Node)) && x.Since.Before(s.To) {
			vi, en := inventory.FaultWords(x.Code)
			f := all.of(a.AreaOf[x.Node], x.Code, vi, en, x.Since)
			f.Ended++
		}
	}
	slices.SortStableFunc(all.list, func(x, y *Fault) int {
		return cmp.Or(strings.Compare(x.Name, y.Name), strings.Compare(x.Area, y.Area), strings.Compare(x.Code, y.Code))
	})
	list := []Fault{}
	for _, f := range all.list {
		list = append(list, *f)
	}
	return list, nil
}

// faultList gathers faults by village and cause.
type faultList struct {
	a    *access.View
	list []*Fault
}

func (l *faultList) of(area, code, vi, en string, since time.Time) *Fault {
	i := slices.IndexFunc(l.list, func(f *Fault) bool { return f.Area == area && f.Code == code })
	if i < 0 {
		l.list = append(l.list, &Fault{Area: area, Name: l.a.AreaName(area), Code: code, VI: vi, EN: en, Since: since})
		i = len(l.list) - 1
	}
	if f := l.list[i]; since.Before(f.Since) {
		f.Since = since
	}
	return l.list[i]
}

// reports are what people reported of loudspeakers that is still open.
func (d *Desk) reports(ctx context.Context, a *access.View) ([]Reported, error) {
	rows, err := d.opt.Inventory.OpenReports(ctx, a)
	all := []Reported{}
	for _, r := range rows {
		i := slices.IndexFunc(all, func(x Reported) bool { return x.Name == r.Village && x.Kind == r.Kind })
		if i < 0 {
			all = append(all, Reported{Name: r.Village, Kind: r.Kind, Since: r.At})
			i = len(all) - 1
		}
		all[i].Open++
	}
	return all, err
}

// Storm is the time of this storm; false: there is none.
func (d *Desk) Storm(ctx context.Context) (Span, bool, error) {
	now := d.opt.Now()
	calls, err := d.opt.Store.CallsSince(ctx, now.Add(-Longest), 1000)
	var at []time.Time
	for _, c := range calls {
		if c.Class == schedule.Emergency && !c.Drill {
			at = append(at, c.Start)
		}
	}
	s, ok := Storm(now, at)
	return s, ok, err
}

// Span is the days that a query names; see [SpanOf].
func (d *Desk) Span(q url.Values) (Span, error) { return SpanOf(q, d.opt.Now()) }

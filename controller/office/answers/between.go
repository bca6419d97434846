package answers

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"loa/controller/office/asrun"
	"loa/controller/store"
)

// Between is what villagers said in a time, as it may be handed on: sums and kinds, and
// nobody's words, name or telephone number.
type Between struct {
	Lines    []asrun.Line // what was aired, newest first
	Heard    []Heard      // those of them to which somebody answered
	Asked    []Asked      // questions to which somebody answered
	Messages []Figures
	Waiting  []Waiting
}

// Figures are how many messages of a kind came from a village, and how long they took.
type Figures struct {
	Area      string  `json:"area"`
	Name      string  `json:"name" doc:"of the village"`
	Kind      string  `json:"kind"`
	Urgent    bool    `json:"urgent"`
	New       int     `json:"new"`
	Seen      int     `json:"seen"`
	Doing     int     `json:"doing"`
	Done      int     `json:"done"`
	TakenS    float64 `json:"taken_s" doc:"half of those that were taken up waited no longer; 0 of none"`
	FinishedS float64 `json:"finished_s" doc:"half of those that are done took no longer; 0 of none"`
}

// All is how many they are.
func (f Figures) All() int { return f.New + f.Seen + f.Doing + f.Done }

// Taken and Finished are the figures as spans.
func (f Figures) Taken() time.Duration    { return time.Duration(f.TakenS * float64(time.Second)) }
func (f Figures) Finished() time.Duration { return time.Duration(f.FinishedS * float64(time.Second)) }

// Waiting is an urgent message that is not done.
type Waiting struct {
	Area  string    `json:"area"`
	Name  string    `json:"name" doc:"of the village"`
	Kind  string    `json:"kind"`
	At    time.Time `json:"at"`
	State string    `json:"state" enum:"new,seen,doing"`
	Who   string    `json:"who,omitempty" doc:"of the office, looks after it"`
}

// Between is what villagers said from one instant on and before another, where the caller
// listens; of what was aired, the most latest are told.
func (d *Desk) Between(ctx context.Context, from, to time.Time, most int) (b Between, err error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return b, err
	}
	if b.Lines, err = linesOf(ctx, d.opt.AsRun, from, to, most); err != nil {
		return b, err
	}
	if b.Heard, err = d.heard(ctx, a, b.Lines, listens(a)); err != nil {
		return b, err
	}
	asked, err := d.answeredSince(ctx, a, from)
	if err != nil {
		return b, err
	}
	for _, q := range asked {
		if len(q.Villages) > 0 && !q.Waits && q.made.Before(to) {
			b.Asked = append(b.Asked, q)
		}
	}
	rows, err := d.opt.Store.MessagesBetween(ctx, from, to)
	rows = slices.DeleteFunc(rows, func(m store.Message) bool { return !listens(a)(a.Standing(m.Area)) })
	b.Messages = figures(rows, a.AreaName)
	for _, m := range rows {
		if Urgent(m.Kind) && m.State != store.MessageDone {
			b.Waiting = append(b.Waiting, Waiting{m.Area, a.AreaName(m.Area), m.Kind, m.At, string(m.State), m.Who})
		}
	}
	return b, err
}

// figures are messages as sums, by village and there by kind, the urgent kinds first.
func figures(rows []store.Message, name func(area string) string) []Figures {
	type key struct{ area, kind string }
	all, at := []Figures{}, map[key]int{}
	taken, finished := map[key][]time.Duration{}, map[key][]time.Duration{}
	for _, m := range rows {
		k := key{m.Area, m.Kind}
		i, ok := at[k]
		if !ok {
			i = len(all)
			at[k] = i
			all = append(all, Figures{Area: m.Area, Name: name(m.Area), Kind: m.Kind, Urgent: Urgent(m.Kind)})
		}
		f := &all[i]
		switch m.State {
		case store.MessageNew:
			f.New++
		case store.MessageSeen:
			f.Seen++
		case store.MessageDoing:
			f.Doing++
		case store.MessageDone:
			f.Done++
		}
		if !m.Taken.IsZero() {
			taken[k] = append(taken[k], m.Taken.Sub(m.At))
		}
		if !m.Finished.IsZero() {
			finished[k] = append(finished[k], m.Finished.Sub(m.At))
		}
	}
	for i := range all {
		k := key{all[i].Area, all[i].Kind}
		all[i].TakenS, all[i].FinishedS = median(taken[k]).Seconds(), median(finished[k]).Seconds()
	}
	slices.SortFunc(all, func(x, y Figures) int {
		return cmp.Or(strings.Compare(x.Name, y.Name), strings.Compare(x.Area, y.Area),
			cmp.Compare(slices.Index(Kinds, x.Kind), slices.Index(Kinds, y.Kind)))
	})
	return all
}

// median is the span that half of all do not exceed; 0 of none.
func median(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[(len(all)-1)/2]
}

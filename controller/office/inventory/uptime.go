package inventory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"loa/controller/store"
)

const (
	watchEvery = 30 * time.Second
	// beatCells is how finely a bar is drawn: 5 minutes of a day, 2.5 hours of
	// thirty. What is shorter is shown as long as a cell, and said as it was.
	beatCells = 288
)

// Beat is a stretch of a node's history in which it was in one way. What it
// says is true of all of it if Lasted is its whole length; else it is the worst
// there, that came and went.
type Beat struct {
	State  string    `json:"state" enum:"good,fault,offline,maintenance,unknown"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Lasted float64   `json:"lasted_s" doc:"how long it was so, s"`
	// X and Width are of the bar, in cells.
	X     int `json:"-"`
	Width int `json:"-"`
}

// Beats is how a node was over a time.
type Beats struct {
	Node    string    `json:"node"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Good    float64   `json:"good_s" doc:"how long it was heard to be good, s"`
	Fault   float64   `json:"fault_s"`
	Offline float64   `json:"offline_s"`
	Working float64   `json:"maintenance_s" doc:"how long it was not good while somebody worked there, s: no fault"`
	Unknown float64   `json:"unknown_s" doc:"how long nobody was there to hear it, or it had not spoken yet, s"`
	Beats   []Beat    `json:"beats" doc:"oldest first"`
}

// KeepWatch notes, as long as the controller runs, that it is there. It counts
// by the clock of this PC, as package fleet does.
func (d *Inventory) KeepWatch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		if err := d.opt.Store.KeepWatch(context.WithoutCancel(ctx), store.Watch{Began: d.opt.Began, Until: time.Now()}); err != nil {
			d.opt.Logger.Error("watch not kept", "err", err)
		}
		if ctx.Err() != nil {
			return
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// BeatsOf reads the history once, of one node or "" of all, and returns what
// rolls it up for a node.
func (d *Inventory) BeatsOf(ctx context.Context, node string, days int, now time.Time) (func(node string) Beats, error) {
	from := now.AddDate(0, 0, -days)
	changes, whole, err := d.opt.Store.StatesSince(ctx, node, from)
	if err != nil {
		return nil, err
	}
	watches, err := d.opt.Store.Watches(ctx, from)
	if err != nil {
		return nil, err
	}
	if n := len(watches); n > 0 && now.Sub(watches[n-1].Until) < 2*watchEvery {
		watches[n-1].Until = now // this one: it is noted now and then only
	}
	works, err := d.Works(ctx, from)
	if err != nil {
		return nil, err
	}
	byNode := map[string][]store.StateChange{}
	for _, c := range changes {
		byNode[c.Node] = append(byNode[c.Node], c)
	}
	for _, all := range byNode {
		slices.Reverse(all)
	}
	return func(node string) Beats {
		b := rollUp(workedOn(spansOf(byNode[node], watches, whole, from, now), works.Of(node)), from, now)
		b.Node = node
		return b
	}, nil
}

// stateSpan is a time in one state.
type stateSpan struct {
	state    string
	from, to time.Time
}

// spansOf returns what was known of a node from one instant to another, without
// a gap. Good is what it said of itself while somebody heard it: after a start
// of the controller it must say so again.
func spansOf(changes []store.StateChange, watches []store.Watch, whole, from, to time.Time) (all []stateSpan) {
	done := from
	add := func(state string, until time.Time) {
		if until.After(done) {
			all = append(all, stateSpan{state, done, until})
			done = until
		}
	}
	last := "unknown"
	for _, w := range watches {
		add("unknown", clamp(latest(w.Began, whole), from, to))
		if last == "good" {
			last = "unknown"
		}
		for len(changes) > 0 && changes[0].Since.Before(w.Until) {
			if c := changes[0]; !c.Since.Before(w.Began) || simple(c.State) != "good" {
				add(last, clamp(c.Since, from, to))
				last = simple(c.State)
			}
			changes = changes[1:]
		}
		add(last, clamp(w.Until, from, to))
	}
	add("unknown", to)
	return all
}

// workedOn is spans with what was not good while somebody worked there as maintenance.
func workedOn(spans []stateSpan, works []store.Maintenance) []stateSpan {
	for _, m := range works {
		var cut []stateSpan
		for _, x := range spans {
			from, to := clamp(m.Since, x.from, x.to), clamp(m.Until, x.from, x.to)
			if x.state == "good" || !from.Before(to) {
				cut = append(cut, x)
				continue
			}
			for _, part := range []stateSpan{{x.state, x.from, from}, {"maintenance", from, to}, {x.state, to, x.to}} {
				if part.from.Before(part.to) {
					cut = append(cut, part)
				}
			}
		}
		spans = cut
	}
	return spans
}

func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

func clamp(t, from, to time.Time) time.Time {
	if t.After(to) {
		return to
	}
	return latest(t, from)
}

// simple is a state as the bar has it: one that plays is good.
func simple(state string) string {
	switch state {
	case "good", "on_air":
		return "good"
	case "fault", "offline":
		return state
	}
	return "unknown"
}

// worse is what a cell shows of several states: what was heard to be wrong
// before what is not known, and that before what was good.
var worse = map[string]int{"": 0, "good": 1, "unknown": 2, "maintenance": 3, "fault": 4, "offline": 5}

// rollUp draws spans into cells, and joins those that are alike.
func rollUp(spans []stateSpan, from, to time.Time) Beats {
	b := Beats{From: from, To: to, Beats: []Beat{}}
	cell := to.Sub(from) / beatCells
	var cells [beatCells]string
	for _, x := range spans {
		*b.Total(x.state) += x.to.Sub(x.from).Seconds()
		first, end := int(x.from.Sub(from)/cell), int((x.to.Sub(from)+cell-1)/cell)
		for i := first; i < min(end, beatCells); i++ {
			if worse[x.state] > worse[cells[i]] {
				cells[i] = x.state
			}
		}
	}
	for begin := 0; begin < beatCells; {
		end := begin + 1
		for end < beatCells && cells[end] == cells[begin] {
			end++
		}
		one := within(spans, cells[begin], from.Add(time.Duration(begin)*cell), from.Add(time.Duration(end)*cell))
		one.X, one.Width = begin, end-begin
		b.Beats = append(b.Beats, one)
		begin = end
	}
	return b
}

// within is what was so of a part of the bar: from when to when, and how long.
func within(spans []stateSpan, state string, from, to time.Time) Beat {
	b := Beat{State: state}
	i, _ := slices.BinarySearchFunc(spans, from, func(x stateSpan, t time.Time) int { return cmp.Compare(x.to.UnixNano(), t.UnixNano()) })
	for ; i < len(spans) && spans[i].from.Before(to); i++ {
		begin, end := clamp(spans[i].from, from, to), clamp(spans[i].to, from, to)
		if spans[i].state != state || !begin.Before(end) {
			continue
		}
		if b.From.IsZero() {
			b.From = begin
		}
		b.To = end
		b.Lasted += end.Sub(begin).Seconds()
	}
	return b
}

// Total is how long it was in a state, seconds; what is no state counts as unknown.
func (b *Beats) Total(state string) *float64 {
	switch state {
	case "good":
		return &b.Good
	case "fault":
		return &b.Fault
	case "offline":
		return &b.Offline
	case "maintenance":
		return &b.Working
	}
	return &b.Unknown
}

package schedule

import (
	"cmp"
	"slices"
	"sort"
	"time"
)

// Cause says why an airing, or a part of it, is not heard.
type Cause string

// The causes, in the words of the proof log.
const (
	Preempted  Cause = "preempted"   // something higher had the air
	Displaced  Cause = "displaced"   // could not begin before it was too late
	Replaced   Cause = "replaced"    // a later emergency is heard in its place, while that lasts
	QuietHours Cause = "quiet_hours" // giờ yên tĩnh
)

// Loss is a stretch of an airing that is not heard, and why.
type Loss struct {
	Span
	Cause Cause
	By    string // id of the airing that was heard instead, if one was
}

// Slot is one airing after arbitration.
type Slot struct {
	Airing
	Begin  time.Time // when its timeline began; zero if displaced
	End    time.Time // when it ends, or was given up if displaced
	Heard  []Span    // when it is audible, in order
	Losses []Loss    // when it is not, in order
	rank   int
}

// Began reports whether the airing got the air at all.
func (s *Slot) Began() bool { return !s.Begin.IsZero() }

// Timeline is what one node does over a span of time. It does not change;
// make a new one when the plan does.
type Timeline struct {
	Slots    []*Slot // those that touch the span, by start, then id
	span     Span
	segments []segment
}

// segment is a stretch in which one slot, or none, is audible.
type segment struct {
	Span
	slot *Slot
}

// NewTimeline arbitrates a plan over [from, to). It looks back as far as it
// must, so that the answer at an instant does not depend on where the span
// begins; airings that begin before to are followed to their end.
func NewTimeline(p Plan, from, to time.Time) *Timeline {
	tl := &Timeline{span: Span{from, to}}
	arb := &arbiter{plan: p, timeline: tl}
	// Airings that start after to can still take the air from earlier ones.
	arb.run(p.airings(p.lookBack(from), to.Add(p.reach())))
	tl.Slots = slices.DeleteFunc(tl.Slots, func(s *Slot) bool {
		return !s.Start.Before(to) || s.End.Before(from)
	})
	return tl
}

// reach is how long after its start an airing can bear on what is heard.
func (p Plan) reach() time.Duration {
	var reach time.Duration
	for i := range p.Programmes {
		reach = max(reach, p.Programmes[i].StartLate+p.Programmes[i].Length())
	}
	for i := range p.Calls {
		reach = max(reach, min(p.Calls[i].End.Sub(p.Calls[i].Start), MaxCall))
	}
	return reach
}

// lookBack returns an instant at or before from at which nothing was on air
// or waiting: whatever lies before it has no bearing on what comes after.
func (p Plan) lookBack(from time.Time) time.Time {
	reach := p.reach()
	cut := from
	const rounds = 200 // of up to half a day: only a station never silent for weeks gets here
	for range rounds {
		earliest := cut
		for _, a := range p.airings(cut.Add(-reach), cut) {
			if a.latest().Add(a.Programme.Length()).After(cut) && a.Start.Before(earliest) {
				earliest = a.Start
			}
		}
		if earliest.Equal(cut) {
			break
		}
		cut = earliest
	}
	return cut
}

func (p Plan) airings(from, to time.Time) []Airing {
	var all []Airing
	for i := range p.Programmes {
		all = append(all, p.Programmes[i].Airings(from, to)...)
	}
	for i := range p.Calls {
		if a, ok := p.Calls[i].airing(); ok && !a.Start.Before(from) && a.Start.Before(to) {
			all = append(all, a)
		}
	}
	slices.SortFunc(all, func(a, b Airing) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// arbiter walks through time from one event to the next.
type arbiter struct {
	plan     Plan
	timeline *Timeline
	quiet    []Span
	waiting  []*Slot
	active   []*Slot // begun, not ended, by when they began; at most one of each rank, emergencies excepted
}

func (a *arbiter) run(airings []Airing) {
	if len(airings) == 0 {
		return
	}
	// A late chain ends at most one late start and one rundown after the other.
	end := airings[len(airings)-1].Start
	for _, x := range airings {
		end = end.Add(x.Programme.Length())
		if l := x.latest().Add(x.Programme.Length()); l.After(end) {
			end = l
		}
	}
	for _, q := range a.plan.Quiet {
		a.quiet = append(a.quiet, q.Spans(airings[0].Start, end)...)
	}
	now := airings[0].Start
	for {
		for len(airings) > 0 && !airings[0].Start.After(now) {
			a.enter(airings[0])
			airings = airings[1:]
		}
		a.settle(now)
		next := a.next(now, airings)
		if next.IsZero() {
			return
		}
		a.emit(now, next)
		now = next
	}
}

func (a *arbiter) enter(x Airing) {
	s := &Slot{Airing: x, rank: rank(x.Programme.Class, x.Programme.Level)}
	a.timeline.Slots = append(a.timeline.Slots, s)
	a.waiting = append(a.waiting, s)
}

// settle ends what has ended, begins what may begin, and gives up what has
// waited too long, at one instant.
func (a *arbiter) settle(now time.Time) {
	a.active = slices.DeleteFunc(a.active, func(s *Slot) bool { return !s.End.After(now) })
	slices.SortStableFunc(a.waiting, waitingOrder)
	inQuiet := a.inQuiet(now)
	a.waiting = slices.DeleteFunc(a.waiting, func(s *Slot) bool {
		if !inQuiet || s.Programme.Class == Emergency {
			if a.free(s) {
				s.Begin, s.End = now, now.Add(s.Programme.Length())
				a.active = append(a.active, s)
				return true
			}
		}
		if !s.latest().After(now) {
			a.giveUp(s, now)
			return true
		}
		return false
	})
}

// waitingOrder is the truth table among those that wait: of emergencies the
// latest is begun last, so that it is the one heard.
func waitingOrder(x, y *Slot) int {
	return cmp.Or(
		cmp.Compare(y.rank, x.rank),
		cmp.Compare(x.Programme.Order, y.Programme.Order),
		x.Start.Compare(y.Start),
		cmp.Compare(x.ID, y.ID))
}

// free reports whether s may take the air: an emergency may beside an equal one.
func (a *arbiter) free(s *Slot) bool {
	for _, other := range a.active {
		if other.rank > s.rank || other.rank == s.rank && s.Programme.Class != Emergency {
			return false
		}
	}
	return true
}

func (a *arbiter) giveUp(s *Slot, now time.Time) {
	s.End = now
	if len(s.Losses) == 0 {
		s.Losses = append(s.Losses, a.loss(s, Span{s.Start, now}))
	}
	for i := range s.Losses {
		if s.Losses[i].Cause == Preempted {
			s.Losses[i].Cause = Displaced
		}
	}
}

// next returns the next instant at which anything changes; zero when all is over.
func (a *arbiter) next(now time.Time, airings []Airing) time.Time {
	var next time.Time
	consider := func(t time.Time) {
		if t.After(now) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	if len(airings) > 0 {
		consider(airings[0].Start)
	}
	for _, s := range a.active {
		consider(s.End)
	}
	for _, s := range a.waiting {
		consider(s.latest())
	}
	if next.IsZero() {
		return next
	}
	for _, q := range a.quiet {
		consider(q.From)
		consider(q.To)
	}
	return next
}

// emit writes down who was heard between two events.
func (a *arbiter) emit(from, to time.Time) {
	span := Span{from, to}
	heard := a.top(from)
	for _, s := range a.active {
		if s == heard {
			s.Heard = appendSpan(s.Heard, span)
		} else {
			s.Losses = appendLoss(s.Losses, a.loss(s, span))
		}
	}
	for _, s := range a.waiting {
		s.Losses = appendLoss(s.Losses, a.loss(s, span))
	}
	if heard == nil {
		return
	}
	segs := a.timeline.segments
	if n := len(segs); n > 0 && segs[n-1].slot == heard && segs[n-1].To.Equal(from) {
		segs[n-1].To = to
		return
	}
	a.timeline.segments = append(segs, segment{span, heard})
}

// top returns the highest active slot that quiet hours let through; of equal
// emergencies the one that began last, which hides the others while it lasts.
func (a *arbiter) top(now time.Time) *Slot {
	var heard *Slot
	for _, s := range a.active {
		if heard == nil || s.rank >= heard.rank {
			heard = s
		}
	}
	if heard != nil && heard.Programme.Class != Emergency && a.inQuiet(now) {
		return nil
	}
	return heard
}

func (a *arbiter) loss(s *Slot, span Span) Loss {
	heard := a.top(span.From)
	switch {
	case heard == nil || heard == s:
		return Loss{span, QuietHours, ""}
	case heard.rank == s.rank && s.Began():
		return Loss{span, Replaced, heard.ID}
	}
	return Loss{span, Preempted, heard.ID}
}

func (a *arbiter) inQuiet(t time.Time) bool {
	return slices.ContainsFunc(a.quiet, func(q Span) bool { return !t.Before(q.From) && t.Before(q.To) })
}

func appendSpan(spans []Span, s Span) []Span {
	if n := len(spans); n > 0 && spans[n-1].To.Equal(s.From) {
		spans[n-1].To = s.To
		return spans
	}
	return append(spans, s)
}

func appendLoss(losses []Loss, l Loss) []Loss {
	if n := len(losses); n > 0 && losses[n-1].To.Equal(l.From) && losses[n-1].Cause == l.Cause && losses[n-1].By == l.By {
		losses[n-1].To = l.To
		return losses
	}
	return append(losses, l)
}

// at returns the segment that holds t, and when the next one begins.
func (tl *Timeline) at(t time.Time) (seg *segment, next time.Time) {
	i := sort.Search(len(tl.segments), func(i int) bool { return tl.segments[i].To.After(t) })
	if i == len(tl.segments) {
		return nil, tl.span.To
	}
	seg = &tl.segments[i]
	if t.Before(seg.From) {
		return nil, seg.From
	}
	return seg, seg.To
}

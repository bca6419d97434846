package player

import (
	"maps"
	"slices"
	"time"

	"loa/audio"
	"loa/node/wire"
	"loa/schedule"
)

const (
	rememberBy = time.Hour   // how long after its end a told item is known, against a changed plan
	orphaned   = time.Minute // after its end, an entry that no plan knows any more is closed
)

// entry is an item whose play is not yet told.
type entry struct {
	key
	play  wire.Play // what is known from the plan
	to    time.Time // its end by the plan
	begun bool
	lost  map[string]time.Duration // by reason
	tally *tally
}

// ledger turns time into plays. It belongs to the player's goroutine, except for the tallies.
type ledger struct {
	at     time.Time // controller time up to which all is settled; zero: never
	open   map[key]*entry
	done   map[key]time.Time        // told, and its end by the plan
	due    []wire.Play              // closed, and to be reported
	volume func(*schedule.Slot) int // percent

	fresh   bool      // something began or ended that is not saved
	savedAt time.Time // controller time of the last save
	failing bool      // the last save or report failed
}

func newLedger(volume func(*schedule.Slot) int) *ledger {
	return &ledger{open: map[key]*entry{}, done: map[key]time.Time{}, volume: volume}
}

// begin tells when this run of the node began. A node that never ran before has nothing to tell of the past, and
// one that was off for very long not all of it.
func (l *ledger) begin(ct time.Time, most time.Duration) {
	if l.at.IsZero() {
		l.at, l.fresh = ct, true // from now on it has a past
	}
	l.at = later(l.at, ct.Add(-most))
}

// entry returns the entry of an item, new or open, or nil if its play has been told.
func (l *ledger) entry(s *schedule.Slot, it schedule.ItemSpan) *entry {
	k := key{s.ID, it.Index}
	if _, told := l.done[k]; told {
		return nil
	}
	e := l.open[k]
	if e == nil {
		e = &entry{key: k, lost: map[string]time.Duration{}, tally: &tally{}}
		l.open[k] = e
	}
	if !e.begun {
		e.play.Volume = l.volume(s)
	}
	e.to = it.To
	e.play.Programme, e.play.Airing, e.play.Item = s.Programme.ID, s.ID, it.Index
	e.play.Title, e.play.Clip, e.play.Length = title(s.Programme, it.Index), it.Item.Clip, it.Item.Total()
	return e
}

// knows reports whether an item of an airing is not yet told.
func (l *ledger) knows(airing string) bool {
	for k := range l.open {
		if k.airing == airing {
			return true
		}
	}
	return false
}

// advance settles the time from l.at to to: it opens what begins, notes what is lost, and closes what ends. why
// is the reason if the node was silent all that time, else "".
func (l *ledger) advance(slots []*schedule.Slot, to time.Time, why string) {
	for _, s := range slots {
		if s.Start.After(to) || !s.End.After(l.at) {
			continue
		}
		if !s.Began() {
			if !s.End.After(to) {
				l.displaced(s)
			}
			continue
		}
		for _, it := range s.Items() {
			l.item(s, it, to, why)
		}
	}
	l.sweep(to)
}

// item settles one item.
func (l *ledger) item(s *schedule.Slot, it schedule.ItemSpan, to time.Time, why string) {
	end := earlier(it.To, s.End) // an airing that was replaced ends before its rundown
	begin := earlier(it.From, end)
	if it.Item.Kind == schedule.Gap || !end.After(l.at) || begin.After(to) {
		return
	}
	e := l.entry(s, it)
	if e == nil {
		return
	}
	if !e.begun {
		e.begun, l.fresh = true, true
	}
	passed := schedule.Span{From: l.at, To: to}
	if why != "" {
		for _, h := range s.Heard {
			e.lose(why, passed, it.Span, h)
		}
	}
	over := !end.After(to)
	if over {
		passed.To = it.To
	}
	for _, loss := range s.Losses {
		e.lose(string(loss.Cause), passed, it.Span, loss.Span)
	}
	if !it.Item.Expires.IsZero() {
		e.lose(wire.Expired, passed, it.Span, schedule.Span{From: it.Item.Expires, To: it.To})
	}
	if over {
		l.close(e, "")
	}
}

// lose adds what three spans share.
func (e *entry) lose(why string, a, b, c schedule.Span) {
	if o, ok := overlap(a, b); ok {
		if o, ok = overlap(o, c); ok {
			e.lost[why] += o.To.Sub(o.From)
		}
	}
}

// displaced closes the items of an airing that never got the air.
func (l *ledger) displaced(s *schedule.Slot) {
	lost := map[string]time.Duration{}
	for _, loss := range s.Losses {
		lost[string(loss.Cause)] += loss.To.Sub(loss.From)
	}
	why := most(lost)
	if why == "" {
		why = string(schedule.Displaced)
	}
	l.closeAll(s, why)
}

// closeAll closes every item of an airing for one reason.
func (l *ledger) closeAll(s *schedule.Slot, why string) {
	for _, it := range s.Items() {
		if it.Item.Kind == schedule.Gap {
			continue
		}
		if e := l.entry(s, it); e != nil {
			l.close(e, why)
		}
	}
}

// revise closes what a new plan took off the air at ct. It is saved, lest a restart account by the new plan for the
// time before it.
func (l *ledger) revise(before, after []*schedule.Slot, ct time.Time) {
	l.fresh = true
	now := make(map[string]*schedule.Slot, len(after))
	for _, s := range after {
		now[s.ID] = s
	}
	for _, old := range before {
		if old.Start.After(ct) || !old.End.After(ct) {
			continue
		}
		s := now[old.ID]
		switch {
		case s != nil && s.Began() && !s.End.After(ct) && isCall(s):
			l.stopped(s)
		case s == nil || s.Began() && !s.End.After(ct):
			l.closeAll(old, wire.Cancelled)
		case !s.End.After(ct):
			l.displaced(s)
		default:
			l.exchanged(old, s)
		}
	}
}

// isCall reports whether a slot is a call, whose airing has its own name.
func isCall(s *schedule.Slot) bool { return s.ID == s.Programme.ID }

// stopped closes a call that has ended: its length is what it came to, and what would have followed never was.
func (l *ledger) stopped(s *schedule.Slot) {
	for _, it := range s.Items() {
		if it.Item.Kind == schedule.Gap {
			continue
		}
		if e := l.entry(s, it); e != nil {
			l.close(e, "")
		}
	}
	for _, e := range l.open {
		if e.airing != s.ID {
			continue
		}
		if e.begun && e.tally.asked() { // heard after the end, before the word of it came
			l.close(e, wire.Cancelled)
		} else {
			delete(l.open, e.key)
		}
	}
}

// exchanged closes the items on air that the new rundown has no longer, or not in their place.
func (l *ledger) exchanged(old, s *schedule.Slot) {
	was, is := old.Programme.Rundown, s.Programme.Rundown
	for i := range was {
		e := l.open[key{old.ID, i}]
		if e == nil || i < len(is) && is[i].Kind == was[i].Kind && is[i].Clip == was[i].Clip {
			continue
		}
		if e.begun {
			l.close(e, wire.Cancelled)
		} else {
			delete(l.open, e.key)
		}
	}
}

// sweep closes what no plan knows any more, and forgets what was told long ago.
func (l *ledger) sweep(to time.Time) {
	for _, e := range l.open {
		if !e.to.Before(to.Add(-orphaned)) {
			continue
		}
		if e.begun {
			l.close(e, wire.Cancelled)
		} else {
			delete(l.open, e.key)
		}
	}
	for k, end := range l.done {
		if end.Before(to.Add(-rememberBy)) {
			delete(l.done, k)
		}
	}
}

// close makes the play of an entry. why is the reason if it was not heard, "" for what took the most from it.
func (l *ledger) close(e *entry, why string) {
	l.due = append(l.due, e.finish(why))
	delete(l.open, e.key)
	l.done[e.key] = e.to
	l.fresh = true
}

func (e *entry) finish(why string) wire.Play {
	p, t := e.play, e.tally
	p.Heard = min(audio.Length(t.heard.Load()), p.Length)
	p.Began, p.Ended = unixNano(t.first.Load()), unixNano(t.last.Load())
	switch {
	case p.Heard >= p.Length*95/100:
		p.Outcome = wire.Heard
		return p
	case p.Heard < min(time.Second/2, p.Length*5/100):
		p.Outcome = wire.NotHeard
	default:
		p.Outcome = wire.Partly
	}
	p.Reason = why
	if why == "" {
		p.Reason = e.reason()
	}
	return p
}

// reason is what took the most from an entry. What nothing accounts for was late, or, if the output never asked
// for it, there was no output.
func (e *entry) reason() string {
	lost := e.allLost()
	rest := e.play.Length - audio.Length(e.tally.heard.Load())
	for _, d := range lost {
		rest -= d
	}
	if e.tally.asked() {
		lost[Late] += rest
	} else {
		lost[wire.NoSoundDevice] += rest
	}
	return most(lost)
}

// allLost is what was lost by the plan and by the mixer's count.
func (e *entry) allLost() map[string]time.Duration {
	lost := maps.Clone(e.lost)
	for i, why := range mixerReasons {
		if n := e.tally.lost[i].Load(); n > 0 {
			lost[why] += audio.Length(n)
		}
	}
	return lost
}

// most returns the reason with the longest time, the first by name if several are equal, "" if none has any.
func most(lost map[string]time.Duration) string {
	why := ""
	for _, k := range slices.Sorted(maps.Keys(lost)) {
		if lost[k] > 0 && (why == "" || lost[k] > lost[why]) {
			why = k
		}
	}
	return why
}

package schedule

import "time"

// Decision is what is audible at one instant. The zero Slot is silence.
type Decision struct {
	Slot   *Slot         // the airing on air; nil: none
	Item   int           // index into its rundown
	Repeat int           // which repeat of the item, from 0
	Offset time.Duration // into that repeat
	Sounds bool          // false in a gap, and where the item has expired
	Next   time.Time     // until then the same repeat goes on, or the same silence
}

// Decide says what is audible at now. The preview and the nodes hold a
// [Timeline] and ask it; Decide is the same for one instant.
func Decide(now time.Time, p Plan) Decision {
	return NewTimeline(p, now, now.Add(time.Nanosecond)).At(now)
}

// At says what is audible at t, which must lie in the timeline's span.
func (tl *Timeline) At(t time.Time) Decision {
	seg, next := tl.at(t)
	if seg == nil {
		return Decision{Next: next}
	}
	d := seg.slot.position(t)
	d.Slot = seg.slot
	if next.Before(d.Next) {
		d.Next = next
	}
	return d
}

// position finds the item and repeat at t of a slot that has begun.
func (s *Slot) position(t time.Time) Decision {
	begin := s.Begin
	for i, it := range s.Programme.Rundown {
		end := begin.Add(it.Total())
		if !t.Before(end) {
			begin = end
			continue
		}
		n := t.Sub(begin) / it.Length
		d := Decision{Item: i, Repeat: int(n), Offset: t.Sub(begin) % it.Length}
		d.Next = begin.Add((n + 1) * it.Length)
		d.Sounds = it.Kind != Gap
		if !it.Expires.IsZero() {
			if !t.Before(it.Expires) {
				d.Sounds = false
			} else if it.Expires.Before(d.Next) {
				d.Next = it.Expires
			}
		}
		return d
	}
	return Decision{Item: len(s.Programme.Rundown), Next: s.End}
}

// ItemSpan is one item's place on a slot's timeline.
type ItemSpan struct {
	Span
	Index int
	Item  *Item
}

// Items returns where each item of the rundown lies. For a displaced slot it
// is where they would have been.
func (s *Slot) Items() []ItemSpan {
	begin := s.Begin
	if !s.Began() {
		begin = s.Start
	}
	spans := make([]ItemSpan, len(s.Programme.Rundown))
	for i := range s.Programme.Rundown {
		it := &s.Programme.Rundown[i]
		spans[i] = ItemSpan{Span{begin, begin.Add(it.Total())}, i, it}
		begin = spans[i].To
	}
	return spans
}

package link

import "time"

const (
	wayMinutes = 10          // that count
	wayApart   = time.Second // what comes closer together was held up together
)

// ways remembers how long what the controller sent was under way. Once is an
// accident, so it is the second longest that a voice should allow for.
type ways [wayMinutes]minute

// minute is the two longest ways of one.
type minute struct {
	number  int64
	at      time.Duration // when the longest came
	longest time.Duration
	second  time.Duration
}

// add takes a way of something that came at a time since the clock's zero.
func (w *ways) add(at, way time.Duration) {
	number := int64(at / time.Minute)
	m := &w[number%wayMinutes]
	if m.number != number {
		*m = minute{number: number, at: at, longest: way}
		return
	}
	switch {
	case at-m.at < wayApart:
		m.longest = max(m.longest, way)
	case way > m.longest:
		m.at, m.longest, m.second = at, way, m.longest
	default:
		m.second = max(m.second, way)
	}
}

// long is the second longest way of the last minutes before a time since the
// clock's zero; zero if nothing came.
func (w *ways) long(at time.Duration) time.Duration {
	var longest, second time.Duration
	now := int64(at / time.Minute)
	for _, m := range w {
		if now-m.number >= wayMinutes {
			continue
		}
		for _, way := range []time.Duration{m.longest, m.second} {
			longest, second = max(longest, way), max(second, min(longest, way))
		}
	}
	return second
}

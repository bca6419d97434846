package brief

import (
	"net/url"
	"slices"
	"time"

	"loa/controller/problem"
	"loa/schedule"
)

// Span is a time: from an instant on, and before another.
type Span struct{ From, To time.Time }

// Longest is how long a span may be: a quarter of a year.
const Longest = 93 * 24 * time.Hour

var errSpan = problem.New(problem.Invalid, "brief_span",
	"Khoảng thời gian chưa đúng: ngày đầu không sau ngày cuối, và không quá ba tháng.",
	"The time is not right: the first day is not after the last, and three months at most.")

func (s Span) check() error {
	if !s.To.After(s.From) || s.To.Sub(s.From) > Longest {
		return errSpan
	}
	return nil
}

// Midnight is when the commune's day of an instant began.
func Midnight(t time.Time) time.Time {
	y, m, d := t.In(schedule.Zone()).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, schedule.Zone())
}

// Today and Week are what is asked for most.
func Today(now time.Time) Span { return Span{Midnight(now), Midnight(now).AddDate(0, 0, 1)} }

// Week is the last seven days, today among them.
func Week(now time.Time) Span {
	return Span{Midnight(now).AddDate(0, 0, -6), Midnight(now).AddDate(0, 0, 1)}
}

// SpanOf is the days that a query names, from and to; without them, today.
func SpanOf(q url.Values, now time.Time) (Span, error) {
	s := Today(now)
	for key, at := range map[string]*time.Time{"from": &s.From, "to": &s.To} {
		said := q.Get(key)
		if said == "" {
			continue
		}
		t, err := time.ParseInLocation(time.DateOnly, said, schedule.Zone())
		if err != nil {
			return s, errSpan
		}
		if key == "to" {
			t = t.AddDate(0, 0, 1)
		}
		*at = t
	}
	return s, s.check()
}

// calm is how long no emergency is aired when a storm is over.
const calm = 72 * time.Hour

// Storm is the time since the first of those emergencies that follow each other within three
// days, up to now; false: the last was longer ago, or there was none.
func Storm(now time.Time, emergencies []time.Time) (Span, bool) {
	all := slices.SortedFunc(slices.Values(emergencies), func(a, b time.Time) int { return b.Compare(a) })
	from := now
	for _, t := range all {
		switch {
		case t.After(now):
			continue
		case from.Sub(t) > calm:
			return Span{Midnight(from), Midnight(now).AddDate(0, 0, 1)}, from.Before(now)
		}
		from = t
	}
	return Span{Midnight(from), Midnight(now).AddDate(0, 0, 1)}, from.Before(now)
}

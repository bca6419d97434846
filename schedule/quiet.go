package schedule

import "time"

// Quiet is a daily stretch (giờ yên tĩnh) in which only emergencies sound,
// from and to a time of day "15:04" in a zone; it may cross midnight.
type Quiet struct {
	From string `json:"from"`
	To   string `json:"to"`
	Zone string `json:"time_zone,omitempty"`
}

// Soft is a daily stretch (giờ vặn nhỏ) in which what begins is played softer;
// an emergency never is.
type Soft struct {
	Quiet
	Volume int `json:"volume"` // percent of the node's own, 1 to 99
}

// Soften is the volume, of a node's own in percent, at which what begins at an
// instant is played: all of it, or the least that a stretch says.
func Soften(soft []Soft, percent int, at time.Time) int {
	least := 100
	for _, s := range soft {
		if s.Volume > 0 && s.Volume < least && len(s.Spans(at, at.Add(time.Nanosecond))) > 0 {
			least = s.Volume
		}
	}
	return percent * least / 100
}

// Span is a stretch of time, [From, To).
type Span struct{ From, To time.Time }

// Spans returns the quiet stretches that touch [from, to), in order.
// Quiet hours that cannot be read, or that end where they begin, have none.
func (q Quiet) Spans(from, to time.Time) []Span {
	rule := Rule{Zone: q.Zone}
	loc, err := rule.location()
	if err != nil {
		return nil
	}
	begin, err1 := time.Parse("15:04", q.From)
	end, err2 := time.Parse("15:04", q.To)
	if err1 != nil || err2 != nil || begin.Equal(end) {
		return nil
	}
	overnight := 0
	if end.Before(begin) {
		overnight = 1
	}
	var spans []Span
	y, m, d := from.In(loc).Date()
	for day := d - 1; ; day++ {
		s := Span{
			From: time.Date(y, m, day, begin.Hour(), begin.Minute(), 0, 0, loc).UTC(),
			To:   time.Date(y, m, day+overnight, end.Hour(), end.Minute(), 0, 0, loc).UTC(),
		}
		if !s.From.Before(to) {
			return spans
		}
		if s.To.After(from) {
			spans = append(spans, s)
		}
	}
}

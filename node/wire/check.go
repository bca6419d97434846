package wire

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// What a message may hold at most, beyond what its own Check says.
const (
	maxText  = 400     // characters of any text
	maxList  = 1 << 12 // items of any list
	maxFloat = 1e9     // of any number that is not whole
	maxSpan  = 400 * 24 * time.Hour
	maxTake  = time.Hour // of what takes a moment: a way, a margin
	maxFault = 32        // faults in one status
)

// Since and Until bound every time there is: outside them a time is no time, and
// RFC 3339, in which it is told on, ends with the year 9999. A board that does not
// know the time begins with 1970.
var (
	Since = time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	Until = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Possible returns a time as it is if it lies in [Since, Until), else the zero time.
func Possible(t time.Time) time.Time {
	if t.Before(Since) || !t.Before(Until) {
		return time.Time{}
	}
	return t
}

// checked is a message that says itself what may stand in it.
type checked interface{ check() }

// Take reads a message that a node wrote, and makes of it what can be believed,
// kept and told on: every number finite and in its bounds, every time possible or
// zero, every text UTF-8 of a bounded length without control characters. What one
// sensor spoils must not hide the rest, so nothing but a message that cannot be
// decoded is refused. Numbers that cannot be are absent where they may be.
func Take(data []byte, v any) error {
	if err := Decode(data, v); err != nil {
		return err
	}
	tidy(reflect.ValueOf(v).Elem())
	if c, ok := v.(checked); ok {
		c.check()
	}
	return nil
}

// tidy bounds all that there is in a message, whatever it means.
func tidy(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if t, ok := v.Addr().Interface().(*time.Time); ok {
			*t = Possible(*t)
			return
		}
		for i := range v.NumField() {
			tidy(v.Field(i))
		}
	case reflect.Pointer:
		tidyPointer(v)
	case reflect.Slice:
		if v.Len() > maxList {
			v.SetLen(maxList)
		}
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		for i := range v.Len() {
			tidy(v.Index(i))
		}
	case reflect.String:
		v.SetString(Text(v.String(), maxText))
	case reflect.Float64:
		v.SetFloat(finite(v.Float()))
	}
}

// tidyPointer has a number that cannot be known be absent.
func tidyPointer(v reflect.Value) {
	if v.IsNil() {
		return
	}
	if f, ok := v.Interface().(*float64); ok && finite(*f) != *f {
		v.SetZero()
		return
	}
	tidy(v.Elem())
}

func finite(f float64) float64 {
	if math.IsNaN(f) || math.Abs(f) > maxFloat {
		return 0
	}
	return f
}

// Text returns s as UTF-8 of at most n characters, with a space for each control
// character.
func Text(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if utf8.RuneCountInString(s) > n {
		s = string([]rune(s)[:n])
	}
	return s
}

// between bounds a number.
func between[N int | int64 | time.Duration](n *N, least, most N) { *n = min(max(*n, least), most) }

// within has a number be absent that does not lie in its bounds.
func within[N int | int64 | float64](n **N, least, most N) {
	if *n != nil && !(**n >= least && **n <= most) {
		*n = nil
	}
}

func (s *Status) check() {
	if s.Audit != nil {
		s.Audit.Lost = s.Audit.Lost[:min(len(s.Audit.Lost), MaxHeads)]
	}
	for _, n := range []*int{&s.Clips, &s.Held, &s.Unsent, &s.Spoilt, &s.Session} {
		between(n, 0, math.MaxInt32)
	}
	for _, n := range []*int64{&s.Uptime, &s.Rate, &s.Dropped} {
		between(n, 0, math.MaxInt64/int64(time.Second))
	}
	between(&s.Volume, 0, 100)
	for _, d := range []*time.Duration{&s.Clock.Bound, &s.Clock.RTT, &s.Clock.Way, &s.Sound.Need} {
		between(d, 0, maxTake)
	}
	between(&s.Clock.Offset, -200*maxSpan, 200*maxSpan)
	if math.Abs(s.Clock.RatePPM) > 1e5 {
		s.Clock.RatePPM = 0
	}
	if s.Live != nil {
		s.Live.check()
	}
	s.checkBoard()
	s.Fetching = s.Fetching[:min(len(s.Fetching), MaxRanges)]
	for i := range s.Fetching {
		between(&s.Fetching[i].Of, 0, MaxClip/ChunkSize)
		between(&s.Fetching[i].Have, 0, s.Fetching[i].Of)
	}
	s.Faults = s.Faults[:min(len(s.Faults), maxFault)]
	for i := range s.Faults {
		s.Faults[i].Code = Text(s.Faults[i].Code, 64)
	}
	s.Faults = slices.DeleteFunc(s.Faults, func(f Fault) bool { return f.Code == "" })
	if s.OnAir != nil {
		between(&s.OnAir.Item, 0, math.MaxInt32)
	}
}

// checkBoard bounds what the board's own instruments say.
func (s *Status) checkBoard() {
	within(&s.TempC, -60, 200)
	within(&s.Load, 0, 1e5)
	within(&s.DiskFree, 0, 1<<60)
	within(&s.MemFree, 0, 1<<60)
	within(&s.DiskWear, 0, 1000)
	if s.Modem != nil {
		within(&s.Modem.Signal, 0, 100)
	}
	if s.Inspection != nil {
		s.Inspection.check()
	}
	if s.SelfTest != nil {
		within(&s.SelfTest.DB, -200, 200)
	}
	if c := s.EarSite; c != nil {
		within(&c.Line, -200, 200)
		if math.Abs(c.Level) > 200 || math.Abs(c.Quiet) > 200 {
			s.EarSite = nil
		}
	}
}

func (l *Live) check() {
	for _, n := range []*int64{&l.Received, &l.Late, &l.Lost, &l.Recovered, &l.Concealed, &l.Duplicate, &l.Wrong} {
		between(n, 0, math.MaxInt64/2)
	}
	for _, d := range []*time.Duration{&l.Least, &l.Margin5} {
		between(d, -maxTake, maxTake)
	}
	between(&l.Need, 0, maxTake)
}

func (w *Want) check() {
	w.Ranges, w.Pieces = w.Ranges[:min(len(w.Ranges), MaxRanges)], w.Pieces[:min(len(w.Pieces), MaxRanges)]
	between(&w.Rate, 0, math.MaxInt32)
}

func (r *Report) check() {
	r.Plays = r.Plays[:min(len(r.Plays), MaxPlays)]
	for i := range r.Plays {
		r.Plays[i].check()
	}
}

func (p *Play) check() {
	for _, t := range []struct {
		text *string
		most int
	}{{&p.Programme, 64}, {&p.Airing, 128}, {&p.Clip, 64}, {&p.Reason, 64}} {
		*t.text = Text(*t.text, t.most)
	}
	between(&p.Item, 0, math.MaxInt32)
	between(&p.Heard, 0, maxSpan)
	between(&p.Length, 0, maxSpan)
	between(&p.Volume, 0, 100)
	within(&p.EarDB, -200, 200)
}

func (g *Gone) check() { between(&g.Session, 0, math.MaxInt32) }

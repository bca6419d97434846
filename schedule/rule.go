package schedule

import (
	"slices"
	"sync"
	"time"
	_ "time/tzdata" // a board may have no zone files
)

// DefaultZone is the zone of a rule that names none.
const DefaultZone = "Asia/Ho_Chi_Minh"

// Zone is DefaultZone, for times that people read.
var Zone = sync.OnceValue(func() *time.Location {
	zone, _ := time.LoadLocation(DefaultZone) // never fails: tzdata is built in
	return zone
})

// Date is a day in a rule's zone, as "2006-01-02".
type Date string

// Rule says when a programme starts: once, or by cron.
//
// A cron rule has five fields (minute hour day-of-month month day-of-week) in
// the syntax of robfig/cron; where both days are given, either is enough. Beyond
// it, 7 is Sunday like 0, and the day of week may carry "#1" to "#5"
// or "#L": "0 7 * * 1#1" is the first Monday of each month, "0 7 * * 0#L" the
// last Sunday. Several rules make several times a day when one line cannot.
type Rule struct {
	At         time.Time   `json:"at,omitzero"`           // one start
	Cron       []string    `json:"cron,omitempty"`        // or by rule
	Zone       string      `json:"time_zone,omitempty"`   // IANA name
	From       time.Time   `json:"from,omitzero"`         // no start before
	Until      time.Time   `json:"until,omitzero"`        // no start at or after
	EveryWeeks int         `json:"every_weeks,omitempty"` // 2: every second week, counted from From's
	Except     []Date      `json:"except,omitempty"`      // days without it
	Extra      []time.Time `json:"extra,omitempty"`       // starts besides the rule
	Skip       []time.Time `json:"skip,omitempty"`        // single airings called off
}

// maxStarts bounds one expansion, whatever the rule says: a start a minute
// for ten weeks.
const maxStarts = 100_000

// Starts returns the starts in [from, to), in order, each once. A rule that
// cannot be read has none; Check says why.
func (r *Rule) Starts(from, to time.Time) []time.Time {
	loc, err := r.location()
	if err != nil {
		return nil
	}
	var starts []time.Time
	if !r.At.IsZero() {
		starts = append(starts, r.At)
	}
	starts = append(starts, r.Extra...)
	starts = slices.DeleteFunc(starts, func(s time.Time) bool { return s.Before(from) || !s.Before(to) })
	for _, text := range r.Cron {
		line, err := parseCron(text, loc)
		if err != nil {
			return nil
		}
		starts = r.appendCron(starts, line, loc, from, to)
	}
	starts = slices.DeleteFunc(starts, r.skipped)
	for i := range starts {
		starts[i] = starts[i].UTC()
	}
	slices.SortFunc(starts, time.Time.Compare)
	return slices.CompactFunc(starts, time.Time.Equal)
}

// Next returns the first n starts at or after an instant, fewer where the rule has
// no more within the fifty years that follow, or none within ten.
func (r *Rule) Next(from time.Time, n int) []time.Time {
	var next []time.Time
	for i, days := range horizon {
		if i >= decade && len(next) == 0 { // one that fires at last is not worth a long search
			break
		}
		to := from.AddDate(0, 0, days)
		next = append(next, r.Starts(from, to)...)
		if len(next) >= n {
			return next[:n]
		}
		from = to
	}
	return next
}

// horizon is how far, in days, a rule is looked ahead: the first look is short,
// for one that fires every minute shows at once; the first five are ten years, in
// which there is a 29th of February; in fifty there are more than five of them.
var horizon = []int{2, 60, 366, 3 * 366, 5 * 366, 10 * 366, 30 * 366}

// decade is how many of these are ten years.
const decade = 5

func (r *Rule) skipped(start time.Time) bool {
	return slices.ContainsFunc(r.Skip, start.Equal)
}

// appendCron adds one line's starts within the rule's own bounds.
func (r *Rule) appendCron(starts []time.Time, line cronLine, loc *time.Location, from, to time.Time) []time.Time {
	if r.From.After(from) {
		from = r.From
	}
	if !r.Until.IsZero() && r.Until.Before(to) {
		to = r.Until
	}
	for t := line.Next(from.Add(-time.Nanosecond)); !t.IsZero() && t.Before(to); t = line.Next(t) {
		local := t.In(loc)
		if line.fits(local) && r.inWeek(local, loc) && !secondPass(local) && !r.excepted(local) {
			starts = append(starts, t)
		}
		if len(starts) >= maxStarts {
			break
		}
	}
	return starts
}

func (r *Rule) excepted(local time.Time) bool {
	return len(r.Except) > 0 && slices.Contains(r.Except, Date(local.Format(time.DateOnly)))
}

// inWeek applies EveryWeeks: weeks start on Monday and count from From's.
func (r *Rule) inWeek(local time.Time, loc *time.Location) bool {
	if r.EveryWeeks <= 1 {
		return true
	}
	weeks := int(monday(local).Sub(monday(r.From.In(loc))).Hours()) / (7 * 24)
	return weeks%r.EveryWeeks == 0
}

// monday returns the Monday of t's week, as a date in UTC so that all weeks
// are 168 hours long.
func monday(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d-int(t.Weekday()+6)%7, 0, 0, 0, 0, time.UTC)
}

// secondPass reports whether the zone showed this wall time once before,
// because it set its clocks back within the last hours.
func secondPass(local time.Time) bool {
	_, offset := local.Zone()
	earlier := local.Add(-3 * time.Hour)
	_, before := earlier.Zone()
	if before <= offset {
		return false
	}
	first := local.Add(-time.Duration(before-offset) * time.Second)
	_, then := first.Zone()
	return then == before
}

func (r *Rule) location() (*time.Location, error) {
	if r.Zone == "" {
		return time.LoadLocation(DefaultZone)
	}
	if r.Zone == "Local" { // would differ from machine to machine
		return nil, errLocalZone
	}
	return time.LoadLocation(r.Zone)
}

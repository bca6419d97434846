package schedule

import (
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// cronLine is one cron rule with the ordinal of its weekday.
type cronLine struct {
	cron.Schedule
	spec *cron.SpecSchedule // the same
	nth  int                // 0: every; 1 to 5; -1: the last
}

func (l cronLine) fits(local time.Time) bool {
	switch {
	case l.nth == 0:
		return true
	case l.nth > 0:
		return (local.Day()-1)/7+1 == l.nth
	default:
		return local.AddDate(0, 0, 7).Month() != local.Month()
	}
}

var cronParser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// parseCron reads one line. It takes no descriptors ("@daily") and no zone in
// the line: robfig's parser panics on a bare "TZ=". What is wrong, misread says in
// words that a person understands; this error's are Go's.
func parseCron(text string, loc *time.Location) (cronLine, error) {
	fields := strings.Fields(text)
	if len(fields) != len(columns) {
		return cronLine{}, errFields
	}
	nth := 0
	if day, ordinal, ok := strings.Cut(fields[4], "#"); ok {
		if nth = parseOrdinal(ordinal); nth == 0 || fields[2] != "*" || strings.ContainsAny(day, ",-*/?") {
			return cronLine{}, errOrdinal
		}
		fields[4] = day
	}
	fields[4] = sundays(fields[4])
	parsed, err := cronParser.Parse(strings.Join(fields, " "))
	if err != nil {
		return cronLine{}, err
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return cronLine{}, errFields
	}
	for _, set := range []uint64{spec.Minute, spec.Hour, spec.Dom, spec.Month, spec.Dow} {
		if set == 0 { // of a lone comma
			return cronLine{}, errFields
		}
	}
	spec.Location = loc
	return cronLine{Schedule: spec, spec: spec, nth: nth}, nil
}

func parseOrdinal(s string) int {
	if s == "L" {
		return -1
	}
	if n, err := strconv.Atoi(s); err == nil && n >= 1 && n <= 5 {
		return n
	}
	return 0
}

// PlainCron is a cron rule as nodes of every version read it: 7, which is Sunday
// too, becomes 0. What cannot be read stays as it is.
func PlainCron(line string) string {
	fields := strings.Fields(line)
	if len(fields) != len(columns) {
		return line
	}
	day, ordinal, nth := strings.Cut(fields[4], "#")
	plain := sundays(day)
	if plain == day {
		return line
	}
	if fields[4] = plain; nth {
		fields[4] += "#" + ordinal
	}
	return strings.Join(fields, " ")
}

// sundays rewrites a column of weekdays in which Sunday is 7, or the end of a
// range, as a list in which it is 0.
func sundays(column string) string {
	pieces := strings.Split(column, ",")
	for i, piece := range pieces {
		span, text, stepped := strings.Cut(piece, "/")
		step := 1
		if stepped {
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 {
				continue
			}
			step = n
		}
		low, high, ranged := strings.Cut(span, "-")
		from, err := weekdayOf(low)
		to := from
		if ranged && err == nil {
			to, err = weekdayOf(high)
			if err == nil && to == 0 && from > 0 {
				to = 7
			}
		}
		if err != nil || to != 7 || from > to {
			continue
		}
		var days []string
		for d := from; d <= to; d += step {
			days = append(days, strconv.Itoa(d%7))
		}
		pieces[i] = strings.Join(days, ",")
	}
	return strings.Join(pieces, ",")
}

func weekdayOf(text string) (int, error) {
	if i := slices.Index(columns[4].names, strings.ToLower(text)); i >= 0 {
		return i, nil
	}
	return strconv.Atoi(text)
}

// column is one of a rule's five fields.
type column struct {
	vi, en    string
	low, high int
	names     []string // the first is low
}

var columns = [5]column{
	{"phút", "minute", 0, 59, nil},
	{"giờ", "hour", 0, 23, nil},
	{"ngày", "day of the month", 1, 31, nil},
	{"tháng", "month", 1, 12, []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
	{"thứ", "weekday", 0, 7, []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
}

// starBit is robfig's mark of a column that says "every".
const starBit = 1 << 63

// numbers are what a column's bits stand for, in order.
func numbers(set uint64) (all []int) {
	for set &^= starBit; set != 0; set &= set - 1 {
		all = append(all, bits.TrailingZeros64(set))
	}
	return all
}

// complete says whether a column leaves nothing out.
func complete(set uint64, column int) bool {
	c := columns[column]
	high := c.high
	if column == 4 {
		high = 6
	}
	return len(numbers(set)) == high-c.low+1
}

// eitherDay says whether the day of the month and the weekday are both given: as
// in every cron, one of them is then enough.
func eitherDay(s *cron.SpecSchedule) bool { return (s.Dom|s.Dow)&starBit == 0 }

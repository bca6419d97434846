package schedule

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// tongue is what a rule is put into words with.
type tongue struct {
	and         string
	days        [7]string // from Sunday
	every       string    // day
	daySpan     string    // Monday, Friday
	weekly      string    // a weekday, where it is not alone
	monthly     string    // days
	inMonths    string    // months
	ofMonths    string    // days, months
	yearly      string    // days, one month
	either      string    // days of the month, weekdays
	nth         string    // weekday, n
	first, last string    // weekday
	minutely    string
	everyMinute string // n
	atMinutes   string // minutes, of every hour
	everyHour   string // n; 1 has its own
	hourly      string
	hourSpan    string // first time, last
	inHours     string // hours
	weeks       string // n
	firstWeek   string // the date of its Monday
	from, until string // date
	before      string // an instant
	except      string
	others      string // n
	extra       string
	skipped     string
	zone        string
	date        string // layout
}

var vietnamese = tongue{
	and:   "và",
	days:  [7]string{"Chủ nhật", "thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy"},
	every: "mỗi ngày", daySpan: "%s đến %s", weekly: "mọi %s", monthly: "ngày %s hằng tháng",
	inMonths: "%s trong tháng %s", ofMonths: "ngày %s của tháng %s", yearly: "ngày %s tháng %s hằng năm",
	either: "%s, và cả %s (chỉ cần đúng một trong hai)",
	nth:    "%s lần thứ %d trong tháng", first: "%s đầu tiên trong tháng", last: "%s cuối cùng trong tháng",
	minutely: "mỗi phút", everyMinute: "mỗi %d phút", atMinutes: "vào phút %s mỗi giờ",
	everyHour: "mỗi %d giờ", hourly: "mỗi giờ", hourSpan: "%s từ %s đến %s", inHours: "%s, các giờ %s",
	weeks: "%d tuần một lần", firstWeek: "(tuần đầu có thứ Hai là ngày %s)", from: "từ %s", until: "đến hết %s", before: "đến trước %s",
	except: "trừ %s", others: "%d ngày khác", extra: "thêm lúc %s", skipped: "bỏ lần %s", zone: "giờ %s", date: "02/01/2006",
}

var english = tongue{
	and:   "and",
	days:  [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	every: "every day", daySpan: "%s to %s", weekly: "every %s", monthly: "on day %s of every month",
	inMonths: "%s in month %s", ofMonths: "on day %s of month %s", yearly: "on day %s of month %s every year",
	either: "%s, and also %s (one of the two is enough)",
	nth:    "%s no. %d of the month", first: "the first %s of the month", last: "the last %s of the month",
	minutely: "every minute", everyMinute: "every %d minutes", atMinutes: "at minute %s of every hour",
	everyHour: "every %d hours", hourly: "every hour", hourSpan: "%s from %s to %s", inHours: "%s, in the hours %s",
	weeks: "once in %d weeks", firstWeek: "(the first is the week of Monday %s)", from: "from %s", until: "up to %s", before: "before %s",
	except: "except %s", others: "%d other days", extra: "also at %s", skipped: "without that of %s", zone: "time of %s", date: "02/01/2006",
}

// Words says what a rule means, in Vietnamese and in English, as a part of a
// sentence: "05:00 thứ Hai đến thứ Sáu". Of a rule that cannot be read it says
// nothing.
func (r *Rule) Words() (vi, en string) {
	loc, err := r.location()
	if err != nil {
		return "", ""
	}
	var lines []cronLine
	for _, text := range r.Cron {
		line, err := parseCron(text, loc)
		if err != nil {
			return "", ""
		}
		lines = append(lines, line)
	}
	return vietnamese.rule(r, lines, loc), english.rule(r, lines, loc)
}

func (t *tongue) rule(r *Rule, lines []cronLine, loc *time.Location) string {
	var parts []string
	if s := t.lines(lines); s != "" {
		parts = append(parts, s)
	}
	if !r.At.IsZero() {
		parts = append(parts, t.start(r.At.In(loc)))
	}
	if len(parts) == 0 {
		return ""
	}
	add := func(format, s string) {
		if s != "" {
			parts = append(parts, fmt.Sprintf(format, s))
		}
	}
	switch {
	case r.EveryWeeks > 1 && r.From.IsZero():
		parts = append(parts, fmt.Sprintf(t.weeks, r.EveryWeeks))
	case r.EveryWeeks > 1:
		parts = append(parts, fmt.Sprintf(t.weeks+" "+t.firstWeek, r.EveryWeeks, monday(r.From.In(loc)).Format(t.date)))
	}
	if len(lines) > 0 && !r.From.IsZero() {
		add(t.from, t.instant(r.From.In(loc)))
	}
	if until := r.Until.In(loc); len(lines) > 0 && !r.Until.IsZero() {
		if midnight(until) {
			add(t.until, until.AddDate(0, 0, -1).Format(t.date))
		} else {
			add(t.before, t.instant(until))
		}
	}
	add(t.except, t.dates(r.Except))
	add(t.extra, t.starts(r.Extra, loc))
	add(t.skipped, t.starts(r.Skip, loc))
	if r.Zone != "" && r.Zone != DefaultZone {
		add(t.zone, r.Zone)
	}
	return strings.Join(parts, ", ")
}

func midnight(t time.Time) bool { return t.Format("15:04:05") == "00:00:00" }

// instant is a day, with its hour unless that is midnight.
func (t *tongue) instant(at time.Time) string {
	if midnight(at) {
		return at.Format(t.date)
	}
	return at.Format("15:04 " + t.date)
}

func (t *tongue) start(at time.Time) string {
	return at.Format("15:04") + " " + t.days[at.Weekday()] + " " + at.Format(t.date)
}

// mostNamed is how many dates are named before the rest is only counted.
const mostNamed = 6

func (t *tongue) dates(days []Date) string {
	var said []string
	for _, d := range days {
		if at, err := time.Parse(time.DateOnly, string(d)); err == nil {
			said = append(said, at.Format(t.date))
		}
	}
	return t.some(said)
}

func (t *tongue) starts(starts []time.Time, loc *time.Location) string {
	var said []string
	for _, at := range starts {
		said = append(said, at.In(loc).Format("15:04 "+t.date))
	}
	return t.some(said)
}

func (t *tongue) some(said []string) string {
	if len(said) > mostNamed {
		rest := len(said) - mostNamed + 1
		said = append(said[:mostNamed-1:mostNamed-1], fmt.Sprintf(t.others, rest))
	}
	return t.join(said)
}

// join is "a, b và c".
func (t *tongue) join(said []string) string {
	if n := len(said); n > 1 {
		return strings.Join(said[:n-1], ", ") + " " + t.and + " " + said[n-1]
	}
	return strings.Join(said, "")
}

func (t *tongue) list(numbers []int) string {
	said := make([]string, len(numbers))
	for i, n := range numbers {
		said[i] = strconv.Itoa(n)
	}
	return t.join(said)
}

// lines says several lines; those of the same days are one.
func (t *tongue) lines(lines []cronLine) string {
	type group struct {
		days   string
		clocks []int    // minutes of the day, where they are few
		spans  []string // where they are not
	}
	var groups []*group
	for _, l := range lines {
		days := t.daysOf(l)
		i := slices.IndexFunc(groups, func(g *group) bool { return g.days == days })
		if i < 0 {
			i = len(groups)
			groups = append(groups, &group{days: days})
		}
		if clocks := clocksOf(l.spec); clocks != nil {
			groups[i].clocks = append(groups[i].clocks, clocks...)
		} else {
			groups[i].spans = append(groups[i].spans, t.spanOf(l.spec))
		}
	}
	var said []string
	for _, g := range groups {
		slices.Sort(g.clocks)
		var times []string
		for _, m := range slices.Compact(g.clocks) {
			times = append(times, clock(m))
		}
		line := t.join(times) + " " + g.days
		if len(g.spans) > 0 {
			line = t.join(append(slices.Compact(times), g.spans...)) + ", " + g.days
		}
		said = append(said, strings.TrimSpace(line))
	}
	return strings.Join(said, "; ")
}

func clock(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// clocksOf is every time of the day of a line, in minutes; nil if they are too
// many to be named.
func clocksOf(s *cron.SpecSchedule) (clocks []int) {
	const most = 8
	minutes, hours := numbers(s.Minute), numbers(s.Hour)
	if len(minutes)*len(hours) > most {
		return nil
	}
	for _, h := range hours {
		for _, m := range minutes {
			clocks = append(clocks, 60*h+m)
		}
	}
	return clocks
}

// spanOf says times of the day that are too many to be named.
func (t *tongue) spanOf(s *cron.SpecSchedule) string {
	minutes, hours := numbers(s.Minute), numbers(s.Hour)
	pace := fmt.Sprintf(t.atMinutes, t.list(minutes))
	step, even := pitch(minutes)
	even = even && minutes[0] < step && minutes[len(minutes)-1]+step >= 60 && 60%step == 0
	switch {
	case len(minutes) == 60:
		pace = t.minutely
	case len(minutes) == 1 && len(hours) < 24:
		pace = t.hourly
	case even && minutes[0] == 0:
		pace = fmt.Sprintf(t.everyMinute, step)
	}
	if len(hours) == 24 {
		return pace
	}
	first, last := clock(60*hours[0]+minutes[0]), clock(60*hours[len(hours)-1]+minutes[len(minutes)-1])
	stride, evenHours := pitch(hours)
	switch {
	case evenHours && stride == 1:
		return fmt.Sprintf(t.hourSpan, pace, first, last)
	case evenHours && len(minutes) == 1:
		return fmt.Sprintf(t.hourSpan, fmt.Sprintf(t.everyHour, stride), first, last)
	case len(minutes) == 1:
		pace = fmt.Sprintf(t.atMinutes, t.list(minutes))
	}
	return fmt.Sprintf(t.inHours, pace, t.list(hours))
}

// pitch is the distance between numbers, if it is the same between all.
func pitch(numbers []int) (step int, even bool) {
	if len(numbers) < 3 {
		return 0, false
	}
	step = numbers[1] - numbers[0]
	for i := 2; i < len(numbers); i++ {
		if numbers[i]-numbers[i-1] != step {
			return 0, false
		}
	}
	return step, true
}

// daysOf says on which days a line is aired.
func (t *tongue) daysOf(l cronLine) string {
	s := l.spec
	months := numbers(s.Month)
	allDays, allWeek, allMonths := complete(s.Dom, 2), complete(s.Dow, 4), complete(s.Month, 3)
	if eitherDay(s) && (allDays || allWeek) {
		allDays, allWeek = true, true
	}
	week := t.week(l, false)
	within := func(days string) string {
		if allMonths {
			return days
		}
		return fmt.Sprintf(t.inMonths, days, t.list(months))
	}
	month := fmt.Sprintf(t.monthly, t.list(numbers(s.Dom)))
	switch {
	case allMonths:
	case len(months) == 1:
		month = fmt.Sprintf(t.yearly, t.list(numbers(s.Dom)), t.list(months))
	default:
		month = fmt.Sprintf(t.ofMonths, t.list(numbers(s.Dom)), t.list(months))
	}
	switch {
	case allDays && allWeek:
		return within(t.every)
	case allDays:
		return within(week)
	case allWeek:
		return month
	}
	return fmt.Sprintf(t.either, month, within(t.week(l, true)))
}

// week says weekdays, from Monday on; beside says that they stand beside days of
// the month.
func (t *tongue) week(l cronLine, beside bool) string {
	days := numbers(l.spec.Dow)
	slices.SortFunc(days, func(a, b int) int { return cmp.Compare((a+6)%7, (b+6)%7) })
	var names []string
	for _, d := range days {
		names = append(names, t.days[d])
	}
	said := t.join(names)
	if n := len(days); n > 2 && (days[n-1]+6)%7-(days[0]+6)%7 == n-1 {
		said = fmt.Sprintf(t.daySpan, names[0], names[n-1])
	}
	switch {
	case l.nth == 1:
		return fmt.Sprintf(t.first, said)
	case l.nth < 0:
		return fmt.Sprintf(t.last, said)
	case l.nth > 1:
		return fmt.Sprintf(t.nth, said, l.nth)
	case beside:
		return fmt.Sprintf(t.weekly, said)
	}
	return said
}

package template

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"loa/controller/i18n"
	"loa/controller/problem"
	"loa/schedule"
)

// nextDay follows an hour that is of the day after.
const nextDay = "hôm sau"

// cutNext is an hour in small letters without the words that say it is of the next day.
func cutNext(v string) (hour string, next bool) {
	low := strings.Join(strings.Fields(strings.ToLower(v)), " ")
	for _, words := range []string{" ngày hôm sau", " " + nextDay} {
		if hour, next = strings.CutSuffix(low, words); next {
			return hour, true
		}
	}
	return low, false
}

// inOrder is a problem of an end that is not after its beginning. An end in the night
// says that it is of the next day, or nobody knows which one is meant.
func inOrder(values map[string]string) error {
	begins, ok := minuteOf(values[from.ID])
	ends, also := minuteOf(values[until.ID])
	if !ok || !also || ends > begins {
		return nil
	}
	return until.problem("field_until",
		"giờ kết thúc phải sau giờ bắt đầu; nếu sang ngày hôm sau, hãy viết như 4:00 hôm sau",
		"the end must be after the beginning; if it is of the next day, write it as 4:00 hôm sau")
}

// minuteOf counts the minutes from midnight to an hour as it is written.
func minuteOf(v string) (minute int, ok bool) {
	low, next := cutNext(v)
	m := clockWritten.FindStringSubmatch(low)
	if m == nil {
		return 0, false
	}
	hours, _ := strconv.Atoi(m[1]) // digits: the pattern says so
	minutes, _ := strconv.Atoi(cmp.Or(m[2], "0"))
	if next {
		hours += 24
	}
	return 60*hours + minutes, true
}

// ahead is how far off a day may be: it is said without its year.
const ahead = 300 * 24 * time.Hour

// What an hour may be off: a dam that opened before the office was told is still told of,
// and clocks differ.
const (
	lateBy  = time.Hour
	earlyBy = 5 * time.Minute
	soon    = 12 * time.Hour // in which an hour that is not of today is understood without its day
)

// Timely is a problem of a day or an hour that is over at an instant, or has not come yet
// where it must have, or is so far off that its year would have to be said.
func (f Filled) Timely(now time.Time) error {
	if f.Template == "" {
		return nil
	}
	now = now.In(schedule.Zone())
	t, err := Find(f.Template)
	if err != nil {
		return err
	}
	values, err := f.values()
	if err != nil {
		return err
	}
	if day, err := time.ParseInLocation(time.DateOnly, values[onDay.ID], now.Location()); err == nil && t.has(onDay.ID) {
		return daily(day, values, now)
	}
	if i := slices.IndexFunc(t.Fields, func(f Field) bool { return f.ID == today.ID }); i >= 0 {
		return hourly(t.Fields[i], values, now)
	}
	if t.has(before.ID) {
		return flooded(values, now)
	}
	return nil
}

func (t Template) has(field string) bool {
	return slices.ContainsFunc(t.Fields, func(f Field) bool { return f.ID == field })
}

// daily is a problem of a day that is over, or of an end that is.
func daily(day time.Time, values map[string]string, now time.Time) error {
	if !day.AddDate(0, 0, 1).After(now) || !day.Before(now.Add(ahead)) {
		return problem.New(problem.Invalid, "field_day_past",
			"“%[1]s”: ngày %[3]s đã qua, hoặc còn quá xa: loa chỉ đọc ngày và tháng, không đọc năm. Hãy chọn lại ngày.",
			"“%[2]s”: %[3]s is over, or too far off: the loudspeakers say the day and the month without the year. Choose the day again.",
			onDay.Name(i18n.VI), onDay.Name(i18n.EN), day.Format("02/01/2006"))
	}
	if ends, ok := minuteOf(values[until.ID]); ok && !at(day, ends).After(now) {
		return until.problem("field_until_past", "giờ này của ngày đã chọn đã qua: hãy viết lại giờ, hoặc chọn ngày khác",
			"this hour of the day chosen is over: write another one, or choose another day")
	}
	return nil
}

// at is a minute of a day, or of the next one.
func at(day time.Time, minute int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), 0, minute, 0, 0, day.Location())
}

// hourly is a problem of an hour that is over where something is to come, or has not come
// yet where something was.
func hourly(which Field, values map[string]string, now time.Time) error {
	minute, ok := minuteOf(values[whenAt.ID])
	if !ok {
		return nil
	}
	days := map[string]int{"yesterday": -1, "tomorrow": 1}[values[which.ID]]
	if values[which.ID] == "tonight" && minute < nightEnds && now.Hour() >= nightEnds/60 {
		days = 1 // the night goes on after midnight
	}
	hour, clock := at(now.AddDate(0, 0, days), minute), now.Format("15:04")
	switch {
	case slices.Contains(which.Choices, "yesterday"):
		if hour.After(now.Add(earlyBy)) {
			return whenAt.problem("field_at_future", "giờ này chưa tới (bây giờ là "+clock+"): hãy viết lại giờ, hoặc chọn “Hôm qua”",
				"this hour has not come yet (it is "+clock+" now): write another one, or choose “Yesterday”")
		}
	case hour.Before(now.Add(-lateBy)):
		return whenAt.problem("field_at_past", "giờ này đã qua (bây giờ là "+clock+"): hãy viết lại giờ, hoặc chọn “Ngày mai”",
			"this hour is over (it is "+clock+" now): write another one, or choose “Tomorrow”")
	}
	return nil
}

// flooded is a problem of an hour before which water comes and that is neither still of
// today nor soon.
func flooded(values map[string]string, now time.Time) error {
	minute, ok := minuteOf(values[before.ID])
	if !ok || at(now, minute).After(now) || at(now.AddDate(0, 0, 1), minute).Before(now.Add(soon)) {
		return nil
	}
	clock := now.Format("15:04")
	return before.problem("field_before_past", "giờ này hôm nay đã qua (bây giờ là "+clock+"): hãy viết lại giờ",
		"this hour of today is over (it is "+clock+" now): write another one")
}

package template

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"loa/controller/i18n"
	"loa/controller/problem"
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

// Timely is a problem of a day that is over at an instant, or so far off that its year
// would have to be said.
func (f Filled) Timely(now time.Time) error {
	t, err := Find(f.Template)
	if err != nil {
		return err
	}
	for _, field := range t.Fields {
		v, _ := f.Fields[field.ID].(string)
		day, err := time.ParseInLocation(time.DateOnly, strings.TrimSpace(v), now.Location())
		if field.Kind != Day || err != nil {
			continue
		}
		if day.AddDate(0, 0, 1).After(now) && day.Before(now.Add(ahead)) {
			continue
		}
		return problem.New(problem.Invalid, "field_day_past",
			"“%[1]s”: ngày %[3]s đã qua, hoặc còn quá xa: loa chỉ đọc ngày và tháng, không đọc năm. Hãy chọn lại ngày.",
			"“%[2]s”: %[3]s is over, or too far off: the loudspeakers say the day and the month without the year. Choose the day again.",
			field.Name(i18n.VI), field.Name(i18n.EN), day.Format("02/01/2006"))
	}
	return nil
}

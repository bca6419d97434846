package pages

import (
	"regexp"
	"strings"
	"time"

	"loa/controller/problem"
	"loa/schedule"
)

// hourWritten is how people write an hour: 4:58, 4h58, 4g58, 4.58, 5h.
var hourWritten = regexp.MustCompile(`^(\d{1,2})(?:[:hg.](\d{2})?)?$`)

var dayWrong = problem.New(problem.Invalid, "day_invalid", "Ngày chưa đúng: hãy chọn ngày trong lịch.",
	"The day is not right: choose one of the calendar.")

// momentOf is a day as a browser's field writes it, and an hour as a person does, in the
// commune's zone; no day: that of now.
func momentOf(day, hour string, now time.Time) (time.Time, error) {
	if day == "" && !now.IsZero() {
		day = now.In(schedule.Zone()).Format(time.DateOnly)
	}
	m := hourWritten.FindStringSubmatch(strings.ToLower(strings.ReplaceAll(hour, " ", "")))
	if m == nil {
		return time.Time{}, hourWrong
	}
	if m[2] == "" {
		m[2] = "00"
	}
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return time.Time{}, dayWrong
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", day+" "+m[1]+":"+m[2], schedule.Zone())
	if err != nil {
		return at, hourWrong
	}
	return at, nil
}

package schedule

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	errFields  = errors.New("five fields are needed: minute hour day month weekday")
	errOrdinal = errors.New("after # stands 1 to 5 or L, with a single weekday before it and * as the day of the month")
)

// misread says why a cron rule cannot be read.
func misread(line string) error {
	vi, en := faultOf(line)
	return &Invalid{Code: "cron_syntax",
		VI: fmt.Sprintf("Không đọc được lịch “%s”: %s. Ví dụ: 0 5,17 * * * là 5 giờ và 17 giờ mỗi ngày.", line, vi),
		EN: fmt.Sprintf("The rule “%s” cannot be read: %s. Example: 0 5,17 * * * is 5:00 and 17:00 every day.", line, en)}
}

// faultOf finds the first thing that is wrong with a line.
func faultOf(line string) (vi, en string) {
	fields := strings.Fields(line)
	if strings.HasPrefix(line, "@") {
		return "Loa không dùng tên tắt như @daily, hãy viết đủ năm cột", "names such as @daily are not taken, write all five columns"
	}
	if len(fields) != len(columns) {
		return fmt.Sprintf("cần đúng năm cột (phút giờ ngày tháng thứ), ở đây có %d", len(fields)),
			fmt.Sprintf("five columns are needed (minute hour day month weekday), here are %d", len(fields))
	}
	for i, field := range fields {
		if day, _, ok := strings.Cut(field, "#"); ok && i == 4 {
			if _, err := parseCron(strings.Join(fields[:4], " ")+" "+day, time.UTC); err == nil {
				return "sau dấu # là số 1 đến 5 hoặc L, trước nó là một thứ, và cột ngày là *",
					"after # stands 1 to 5 or L, before it one weekday, and the column of days is *"
			}
		}
		for piece := range strings.SplitSeq(field, ",") {
			if vi, en := columns[i].fault(piece); vi != "" {
				return vi, en
			}
		}
	}
	return "hãy viết mỗi cột bằng số, dấu phẩy, dấu - và dấu /", "write each column with numbers, commas, - and /"
}

// fault says what is wrong with a piece of the column: "5", "1-5", "*/15".
func (c column) fault(piece string) (vi, en string) {
	span, step, stepped := strings.Cut(piece, "/")
	if vi, en := c.unknown(piece); vi != "" {
		return vi, en
	}
	if n, err := strconv.Atoi(step); stepped && (err != nil || n < 1) {
		return fmt.Sprintf("sau dấu / ở cột %s phải là số từ 1 trở lên, không phải “%s”", c.vi, step),
			fmt.Sprintf("after / in the column of the %s stands a number from 1 on, not “%s”", c.en, step)
	}
	if span == "*" || span == "?" {
		return "", ""
	}
	low, high, ranged := strings.Cut(span, "-")
	if piece == "" {
		return fmt.Sprintf("cột %s thiếu số cạnh dấu phẩy", c.vi), fmt.Sprintf("in the column of the %s a number is missing beside a comma", c.en)
	}
	var ends []int
	for i, text := range []string{low, high} {
		if i == 1 && !ranged {
			break
		}
		n, err := strconv.Atoi(text)
		if k := slices.Index(c.names, strings.ToLower(text)); k >= 0 {
			n, err = k+c.low, nil
		}
		switch {
		case errors.Is(err, strconv.ErrRange) || err == nil && (n < c.low || n > c.high):
			return fmt.Sprintf("cột %s nhận từ %d đến %d, không có %s", c.vi, c.low, c.high, text),
				fmt.Sprintf("the column of the %s takes %d to %d, there is no %s", c.en, c.low, c.high, text)
		case err != nil:
			return fmt.Sprintf("“%s” ở cột %s không phải là số", text, c.vi), fmt.Sprintf("“%s” in the column of the %s is no number", text, c.en)
		}
		ends = append(ends, n)
	}
	if len(ends) == 2 && ends[0] > ends[1] {
		return fmt.Sprintf("khoảng %s ở cột %s đi ngược, hãy viết số nhỏ trước hoặc tách làm hai khoảng", span, c.vi),
			fmt.Sprintf("the range %s in the column of the %s runs backwards, write the smaller number first or make two ranges of it", span, c.en)
	}
	return "", ""
}

// unknown explains the signs of other crons.
func (c column) unknown(piece string) (vi, en string) {
	named := func(s string) bool { return slices.Contains(c.names, strings.ToLower(s)) }
	for _, text := range strings.FieldsFunc(piece, func(r rune) bool { return r == '-' || r == '/' }) {
		bare := strings.TrimRight(strings.TrimLeft(text, "0123456789"), "0123456789")
		switch upper := strings.ToUpper(bare); {
		case named(text):
		case upper == "L" || upper == "LW":
			return fmt.Sprintf("dấu L (cuối tháng) ở cột %s chưa dùng được; chỉ có “thứ cuối cùng trong tháng”, như 0#L ở cột thứ", c.vi),
				fmt.Sprintf("L (the last) is not known in the column of the %s; "+
					"there is only the last weekday of a month, as 0#L in the column of weekdays", c.en)
		case upper == "W":
			return fmt.Sprintf("dấu W (ngày làm việc gần nhất) ở cột %s không dùng được", c.vi),
				fmt.Sprintf("W (the nearest working day) is not known in the column of the %s", c.en)
		case bare == "#":
			return fmt.Sprintf("dấu # chỉ dùng ở cột thứ, không ở cột %s", c.vi),
				fmt.Sprintf("# stands in the column of weekdays only, not in that of the %s", c.en)
		}
	}
	return "", ""
}

// longest is how many days a month may have.
var longest = [13]int{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// comes returns an error if the days of a line are in no month that it names.
func (l cronLine) comes(line string) error {
	if eitherDay(l.spec) { // the weekday comes
		return nil
	}
	days, months := numbers(l.spec.Dom), numbers(l.spec.Month)
	if len(days) == 0 || len(months) == 0 {
		return misread(line)
	}
	for _, m := range months {
		if days[0] <= longest[m] {
			return nil
		}
	}
	return &Invalid{Code: "never_fires",
		VI: fmt.Sprintf("Tháng %s không có ngày %s nên lịch “%s” không bao giờ phát: hãy chọn ngày khác.", vietnamese.list(months),
			vietnamese.list(days), line),
		EN: fmt.Sprintf("Month %s has no day %s, so the rule “%s” is never aired: choose another day.", english.list(months), english.list(days),
			line)}
}

// over says why a rule has no start from now on.
func (r *Rule) over(now time.Time) error {
	loc, err := r.location()
	if err != nil {
		return err // checked before
	}
	said := func(t time.Time) string { return t.In(loc).Format("15:04 02/01/2006") }
	switch {
	case !r.At.IsZero():
		return invalid("never_fires", "Giờ phát %s đã qua: hãy chọn giờ sau lúc này.", "The time %s is over: choose one from now on.", said(r.At))
	case !r.Until.IsZero() && !r.From.Before(r.Until):
		return invalid("never_fires", "Ngày bắt đầu (%s) không trước ngày kết thúc (%s): hãy sửa một trong hai.",
			"The rule begins (%s) no earlier than it ends (%s): change one of the two.", said(r.From), said(r.Until))
	case !r.Until.IsZero() && !r.Until.After(now):
		return invalid("never_fires", "Lịch này đã kết thúc lúc %s: hãy chọn ngày kết thúc sau lúc này.",
			"The rule ended at %s: choose an end from now on.", said(r.Until))
	case !r.Until.IsZero():
		return invalid("never_fires",
			"Không có lần phát nào trước khi lịch kết thúc (%s): hãy chọn ngày kết thúc muộn hơn, hoặc bớt ngày trừ ra.",
			"No airing comes before the rule ends (%s): let it end later, or except fewer days.", said(r.Until))
	}
	return invalid("never_fires", "Lịch này không còn lần phát nào: hãy chọn giờ sau lúc này.",
		"This programme has no airing left: choose a time from now on.")
}

package calendar

import (
	"strings"

	"loa/audio/reading/kind"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
)

var aroundWeekday = token.Set("sáng trưa chiều tối đêm từ đến tới thứ và ngày vào hằng hàng cn t2 t3 t4 t5 t6 t7 lịch mỗi các")

// things are numbered by a letter and a number, as days are: kênh T5, trạm bơm T3.
var things = token.Set("kênh trạm bơm tuyến cống mương lô khu nhà tầng tháp cột trụ giếng đường nhánh tòa toa khối")

// threeDays are T2-T4-T6, or the months T9-T10-T11: a list and no span.
func threeDays(c *token.Cursor) (token.Found, bool) {
	n, word, said := 0, "thứ ", []string{}
	for n < 24 && (c.Is(n, "T") || n > 0 && c.Digits(n) != "") {
		if c.Digits(n) != "" { // T2-4-6
			n--
		}
		if !number.IsMonth(c.Digits(n + 1)) {
			return token.Found{}, false
		}
		if d := number.Small(c.Digits(n + 1)); d < 2 || d > 7 {
			word = "tháng "
		}
		said = append(said, number.Month(c.Digits(n+1)))
		n += 2
		if !c.Is(n, "-") || !c.Is(n+1, "T") && c.Digits(n+1) == "" {
			break
		}
		n++
	}
	if len(said) < 3 || !c.Ends(n) {
		return token.Found{}, false
	}
	return token.Found{N: n, Spoken: word + strings.Join(said, ", "+word), Kind: kind.Date, Sure: kind.Certain}, true
}

// weekly tells whether the day at the cursor, or the span of days, comes every week.
func weekly(c *token.Cursor) bool {
	for k := 1; k <= 4; k++ {
		if w := c.After(2, k); w == "hàng" || w == "hằng" || w == "mỗi" {
			return true
		}
	}
	return false
}

// Weekday recognises T2 to T7 as days of the week, T9/2025 as a month, Q3/2025 as a
// quarter.
func Weekday(c *token.Cursor) (token.Found, bool) {
	d := c.Digits(1)
	if y := c.Digits(3); c.At(0).Text == "Q" && c.Opens() && c.Is(2,
		"/") && number.IsYear(y) && c.Ends(4) && len(d) == 1 && number.Small(d) <= 4 {
		return token.Found{N: 4, Spoken: "quý " + number.Month(d) + " năm " + number.Cardinal(y), Kind: kind.Date, Sure: kind.Certain}, true
	}
	if y := c.Digits(4); c.Is(0, "T") && c.Is(1, ".") && number.IsMonth(c.Digits(2)) && c.Is(3, "/") && number.IsYear(y) && c.Ends(5) &&
		c.Opens() {
		return token.Found{
			N:      5,
			Spoken: "tháng " + number.Month(c.Digits(2)) + " năm " + number.Cardinal(y),
			Kind:   kind.Date,
			Sure:   kind.Certain,
		}, true
	}
	if c.At(0).Text != "T" || d == "" || !c.Opens() {
		return token.Found{}, false
	}
	if y := c.Digits(3); number.IsMonth(d) && c.Is(2, "/") && number.IsYear(y) && c.Ends(4) {
		return token.Found{
			N:      4,
			Spoken: "tháng " + number.Month(d) + " năm " + number.Cardinal(y),
			Kind:   kind.Date,
			Sure:   kind.Certain,
		}, true
	}
	if said := listed(c); said != "" && c.Ends(2) {
		return token.Found{
			N:      2,
			Spoken: said + " " + number.Cardinal(d),
			Kind:   kind.Address,
			Sure:   kind.Likely,
			Others: []string{"thứ " + number.Month(d)},
		}, true
	}
	n := number.Small(d)
	if things[c.Before(1)] && !weekly(c) || !c.Ends(2) || n < 1 || n > 12 || len(d) > 2 {
		return token.Found{}, false
	}
	if f, ok := threeDays(c); ok {
		return f, true
	}
	if k := c.Dash(2); k > 0 && c.Is(2+k, "CN") && n >= 2 && n <= 7 && c.Ends(3+k) {
		return token.Found{N: 3 + k, Spoken: "thứ " + number.Month(d) + " đến chủ nhật", Kind: kind.Date, Sure: kind.Certain}, true
	}
	if k := c.Dash(2); k > 0 && c.Is(2+k, "T") && number.Small(c.Digits(3+k)) > n && number.Small(c.Digits(3+k)) <= 12 && c.Ends(4+k) {
		word := " tháng "
		if to := number.Small(c.Digits(3 + k)); n >= 2 && to <= 7 && !ofYear(c, 4+k) {
			word = " thứ "
		}
		said := word[1:] + number.Month(d) + " đến" + word + number.Month(c.Digits(3+k))
		return token.Found{N: 4 + k, Spoken: said, Kind: kind.Date, Sure: kind.Certain}, true
	}
	return dayOrMonth(c, d), true
}

// listed is the word that T stands for in a list that it goes on: Thôn 2, T3; tổ 1 và T2.
func listed(c *token.Cursor) string {
	k := -1 - c.Gap(-1)
	switch t := c.At(k); {
	case t.Text == ",":
		k--
	case t.Low == "và" && c.Gap(k-1) == 1:
		k -= 2
	default:
		return ""
	}
	if w := c.At(k - 1 - c.Gap(k-1)); c.Digits(k) != "" && (w.Low == "thôn" || w.Low == "tổ") {
		return w.Low
	}
	return ""
}

var (
	// monthly is paid or told for a month: tiền điện T5, học phí T6, đầu T3.
	monthly = token.Set("điện nước phí lương kỳ kì cuối đầu giữa thưởng nợ cấp khoán thuế hạn rằm quý")
	// yearly goes on after a month.
	yearly = token.Set("năm âm dương al dl")
)

// ofYear tells whether the word n tokens on says that a month stands before it.
func ofYear(c *token.Cursor, n int) bool {
	return yearly[c.After(n, 1)] || c.Before(1) == "tháng" || monthly[c.Before(1)]
}

// dayOrMonth is T and a number by itself: T8 to T12 and T1 are months, and so are T2 to
// T7 beside one of them (T6, T7, T8) or what is paid by the month. Where the
// neighbours are of both kinds and no row, all are in doubt.
func dayOrMonth(c *token.Cursor, d string) token.Found {
	n := number.Small(d)
	month, day, squad := "tháng "+number.Month(d), "thứ "+number.Month(d), "tổ "+number.Cardinal(d)
	f := token.Found{N: 2, Kind: kind.Date, Sure: kind.Likely, Spoken: month, Others: []string{squad}}
	months, days, row := neighbours(c, n)
	switch {
	case n < 2 || n > 7:
		if days && !row {
			f.Sure = kind.Doubtful
		}
		return f
	case months && row || ofYear(c, 2):
		f.Others = []string{day, squad}
		return f
	case months:
		f.Sure, f.Others = kind.Doubtful, []string{day, squad}
		return f
	}
	f.Spoken, f.Others = day, []string{month, squad}
	if !days && !aroundWeekday[c.Before(1)] && !aroundWeekday[c.After(2, 1)] && !c.Paired(kind.Date) {
		f.Sure = kind.Doubtful
	}
	return f
}

// farthest is how many tokens off a neighbour in a list is looked for.
const farthest = 24

// neighbours tells whether others that are months, or days of the week, stand in the
// list of the T and number n at the cursor, and whether all follow each other as months do:
// T6, T7, T8; T12, T1.
func neighbours(c *token.Cursor, n int) (months, days, row bool) {
	row = true
	for _, step := range []int{-1, 1} {
		last := n
		for k := max(step, 2*step); k > -farthest && k < farthest; k += step {
			t := c.At(k)
			switch m := number.Small(t.Text); {
			case t.Low == "cn" && t.Sort == token.Word:
				days = true
			case t.Sort == token.Digits && c.Is(k-1, "T") && m >= 1 && m <= 12:
				months, days = months || m < 2 || m > 7, days || m >= 2 && m <= 7
				span := step < 0 && c.Near(k+1, 1, 1) == "đến" || step > 0 && c.Near(k-2, -1, 1) == "đến"
				row = row &&
					(m == last+step || span && (m-last)*step > 0 || last == 12 && m == 1 && step > 0 || last == 1 && m == 12 && step < 0)
				last = m
			case t.Sort == token.Space || t.Text == "T" || t.Text == "," || t.Text == "-" || t.Sort == token.Word && listing[t.Low]:
			default:
				months = months || step < 0 && monthly[t.Low] || step > 0 && yearly[t.Low]
				k = step * farthest
			}
		}
	}
	return months, days, row
}

var listing = token.Set("và đến tới từ hoặc")

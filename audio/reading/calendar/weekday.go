package calendar

import (
	"loa/audio/reading/kind"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
)

var aroundWeekday = token.Set("sáng trưa chiều tối đêm từ đến tới thứ và ngày vào hằng hàng cn t2 t3 t4 t5 t6 t7 lịch mỗi các")

// things are numbered by a letter and a number, as days are: kênh T5, trạm bơm T3.
var things = token.Set("kênh trạm bơm tuyến cống mương lô khu nhà tầng tháp cột trụ giếng đường nhánh tòa toa khối")

// threeDays are T2-T4-T6: a list and no span.
func threeDays(c *token.Cursor) (token.Found, bool) {
	n, said := 0, ""
	for n < 20 && c.Is(n, "T") && number.Small(c.Digits(n+1)) >= 2 && number.Small(c.Digits(n+1)) <= 7 {
		said += ", thứ " + number.Month(c.Digits(n+1))
		n += 2
		if !c.Is(n, "-") || !c.Is(n+1, "T") {
			break
		}
		n++
	}
	if n < 8 || !c.Ends(n) {
		return token.Found{}, false
	}
	return token.Found{N: n, Spoken: said[len(", "):], Kind: kind.Date, Sure: kind.Certain}, true
}

// Weekday recognises T2 to T7 as days of the week, T9/2025 as a month, Q3/2025 as a
// quarter.
func Weekday(c *token.Cursor) (token.Found, bool) {
	d := c.Digits(1)
	if y := c.Digits(3); c.At(0).Text == "Q" && c.Opens() && c.Is(2,
		"/") && number.IsYear(y) && c.Ends(4) && len(d) == 1 && number.Small(d) <= 4 {
		return token.Found{N: 4, Spoken: "quý " + number.Month(d) + " năm " + number.Cardinal(y), Kind: kind.Date, Sure: kind.Certain}, true
	}
	if c.At(0).Text != "T" || d == "" || !c.Opens() {
		return token.Found{}, false
	}
	if y := c.Digits(3); number.IsMonth(d) && c.Is(2, "/") && number.IsYear(y) && c.Ends(4) {
		return token.Found{N: 4, Spoken: "tháng " + number.Month(d) + " năm " + number.Cardinal(y), Kind: kind.Date, Sure: kind.Certain}, true
	}
	n := number.Small(d)
	if things[c.Before(1)] || !c.Ends(2) || n < 1 || n > 12 || len(d) > 2 {
		return token.Found{}, false
	}
	if f, ok := threeDays(c); ok {
		return f, true
	}
	if k := c.Dash(2); k > 0 && c.Is(2+k, "T") && n >= 2 && number.Small(c.Digits(3+k)) > n && number.Small(c.Digits(3+k)) < 8 && c.Ends(4+k) {
		return token.Found{N: 4 + k, Spoken: "thứ " + number.Month(d) + " đến thứ " + number.Month(c.Digits(3+k)), Kind: kind.Date,
			Sure: kind.Certain}, true
	}
	f := token.Found{N: 2, Kind: kind.Date, Sure: kind.Likely, Spoken: "tháng " + number.Month(d)}
	if n >= 2 && n <= 7 {
		f.Others = []string{f.Spoken, "tổ " + number.Cardinal(d)}
		f.Spoken = "thứ " + number.Month(d)
		if !aroundWeekday[c.Before(1)] && !aroundWeekday[c.After(2, 1)] && !c.Paired(kind.Date) {
			f.Sure = kind.Doubtful
		}
	}
	return f, true
}

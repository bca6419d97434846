package calendar

import (
	"loa/audio/reading/kind"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
)

var aroundWeekday = token.Set("sáng trưa chiều tối đêm từ đến tới thứ và ngày vào hằng hàng cn t2 t3 t4 t5 t6 t7 lịch mỗi các")

// Weekday recognises T2 to T7 as days of the week, T9/2025 as a month.
func Weekday(c *token.Cursor) (token.Found, bool) {
	d := c.Digits(1)
	if c.At(0).Text != "T" || d == "" || !c.Opens() {
		return token.Found{}, false
	}
	if y := c.Digits(3); number.IsMonth(d) && c.Is(2, "/") && number.IsYear(y) && c.Ends(4) {
		return token.Found{N: 4, Spoken: "tháng " + number.Month(d) + " năm " + number.Cardinal(y), Kind: kind.Date, Sure: kind.Certain}, true
	}
	n := number.Small(d)
	if !c.Ends(2) || n < 1 || n > 12 || len(d) > 2 {
		return token.Found{}, false
	}
	if k := c.Dash(2); k > 0 && c.Is(2+k, "T") && n >= 2 && number.Small(c.Digits(3+k)) > n && number.Small(c.Digits(3+k)) < 8 && c.Ends(4+k) {
		return token.Found{N: 4 + k, Spoken: "thứ " + number.Month(d) + " đến thứ " + number.Month(c.Digits(3+k)), Kind: kind.Date, Sure: kind.Certain}, true
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

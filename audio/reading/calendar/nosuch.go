package calendar

import (
	"loa/audio/reading/kind"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
)

// What is written like a day or a time that there is not, 31/2/2026 or 25h70, is
// most likely a slip. It is said as it stands, and marked.

// lengths are the days of each month; February has one more in some years.
var lengths = [13]int{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// exists tells whether there is such a day: in that year, or in any.
func (t day) exists() bool {
	m := number.Small(t.m)
	if m < 1 || m > 12 {
		return false
	}
	last := lengths[m]
	if y := number.Small(t.y); m == 2 && t.years && (y%4 != 0 || y%100 == 0 && y%400 != 0) {
		last = 28
	}
	d := number.Small(t.d)
	return d >= 1 && d <= last
}

// marked is a date as it was found, in doubt where one of its days is none.
func marked(c *token.Cursor, f token.Found) token.Found {
	for k := 0; k+2 < f.N; k++ {
		t := DayAt(c, k)
		if y := c.Digits(k); number.IsYear(y) && c.Digits(k+2) != "" && c.Digits(k+4) != "" {
			t = day{N: 5, y: y, m: c.Digits(k + 2), d: c.Digits(k + 4), years: true}
		}
		if t.N > 0 && k+t.N <= f.N && f.Kind == kind.Date && !t.exists() {
			f.Sure = min(f.Sure, kind.Doubtful)
			if f.Others == nil && f.N == t.N {
				f.Others = []string{numbersOf(c, f.N)}
			}
			return f
		}
	}
	return f
}

// numbersOf are the numbers of n tokens, one after the other.
func numbersOf(c *token.Cursor, n int) string {
	said := ""
	for k := range n {
		if d := c.Digits(k); d != "" && said != "" {
			said += ", " + number.Cardinal(d)
		} else if d != "" {
			said = number.Cardinal(d)
		}
	}
	return said
}

// noDay is 32/5/2026 and 15/13/2026: like a day, with numbers that none has.
func noDay(c *token.Cursor) (token.Found, bool) {
	d, by, m, y := c.Digits(0), c.At(1).Text, c.Digits(2), c.Digits(4)
	if d == "" || m == "" || len(d) > 2 || len(m) > 2 || by != "/" && by != "-" && by != "." || !c.Is(3, by) || !number.IsYear(y) ||
		!c.Ends(5) || joinsOn(c, 5) {
		return token.Found{}, false
	}
	f := token.Found{N: 5, Spoken: numbersOf(c, 5), Kind: kind.Date, Sure: kind.Doubtful}
	if turned := (day{d: m, m: d, y: y, years: true}); turned.exists() { // 12/25/2026, as others write it
		f.Others = []string{dayWord(c) + turned.say()}
	}
	return f, true
}

// noSpelledDay is 31 tháng 2, and 32 behind ngày: the number of the day is in doubt.
func noSpelledDay(c *token.Cursor) (token.Found, bool) {
	d := c.Digits(0)
	if d == "" || len(d) > 2 || !c.Ends(1) || c.Is(1, "/") || c.Is(1, "-") || c.Is(1, ".") && c.Digits(2) != "" || c.Is(1, ",") {
		return token.Found{}, false
	}
	t := day{d: d, m: "1"}
	if c.After(1, 1) == "tháng" {
		t.m = c.After(1, 2)
		if number.Small(t.m) < 0 {
			return token.Found{}, false
		}
		if c.After(1, 3) == "năm" && number.IsYear(c.After(1, 4)) {
			t.y, t.years = c.After(1, 4), true
		}
		if c.Before(1) != "ngày" && !number.IsMonth(t.m) { // lãi 36 tháng 13 triệu
			return token.Found{}, false
		}
	} else if c.Before(1) != "ngày" || c.Before(2) == "số" || c.At(1).Sort == token.Space && c.At(2).Sort == token.Word {
		return token.Found{}, false
	}
	if t.exists() || c.Before(1) != "ngày" && !limits[c.Before(1)] {
		return token.Found{}, false
	}
	return token.Found{N: 1, Spoken: number.Cardinal(d), Kind: kind.Date, Sure: kind.Doubtful}, true
}

// long are words before how long something takes, which may be more than a day.
var long = token.Set("dài trong suốt mất sau hơn gần khoảng chạy liên tục")

// noTime is 25h70, 8h75 and, behind lúc, 26:10: like a time, with numbers that none has.
func noTime(c *token.Cursor) (token.Found, bool) {
	h, m, by := c.Digits(0), c.Digits(2), c.At(1)
	if h == "" || len(h) > 2 || len(m) != 2 || !c.Ends(3) || c.Is(3, "/") || c.Is(3, ":") || c.Is(3, ",") && c.Digits(4) != "" {
		return token.Found{}, false
	}
	hour := by.Low == "h" || by.Low == "g" || by.Text == ":" && beforeClock[c.Before(1)] && c.Before(1) != "khoảng"
	if !hour || c.At(3+c.Gap(3)).Text == "%" {
		return token.Found{}, false
	}
	return token.Found{N: 3, Spoken: number.Cardinal(h) + " giờ " + number.Cardinal(m), Kind: kind.Time, Sure: kind.Doubtful,
		Others: []string{number.Cardinal(h) + ", " + number.Cardinal(m)}}, true
}

// late tells whether a time of n tokens is later than any: lúc 25h, 24h30.
func late(c *token.Cursor, n int) bool {
	h, minute := number.Small(c.Digits(0)), false
	for k := 1; k < n; k++ {
		minute = minute || c.Digits(k) != "" && number.Small(c.Digits(k)) > 0
	}
	switch {
	case h <= 23 || h == 24 && !minute || long[c.Before(1)] || long[c.Before(2)]:
		return false
	case minute:
		return true
	}
	return beforeClock[c.Before(1)] || afterClock[c.After(n, 1)]
}

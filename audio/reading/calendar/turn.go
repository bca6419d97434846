package calendar

import (
	"loa/audio/reading/kind"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
)

// Turn recognises the number of whose turn it is before a dash and the day: Thôn 1 - 5/12.
// It is no span: the dash has spaces, and a day follows.
func Turn(c *token.Cursor) (token.Found, bool) {
	d := c.Digits(0)
	if d == "" || len(d) > 3 || c.At(-1).Sort != token.Space || !turns[c.Before(1)] || c.Dash(1) != 3 || c.Digits(4) == "" {
		return token.Found{}, false
	}
	if t := DayAt(c, 4); t.N == 0 || !c.Is(5, "/") && !c.Is(5, ".") {
		return token.Found{}, false
	}
	return token.Found{N: 1, Spoken: number.Cardinal(d), Kind: kind.Number, Sure: kind.Likely}, true
}

var (
	// behindMonths go on after a number of months: 6T đầu năm.
	behindMonths = token.Set("đầu cuối năm liên kể tới vừa đã")
	// forMonths are what is given or counted for months: kỳ hạn 6T, bảo hành 12T.
	forMonths = token.Set("hạn lãi gửi hành kỳ kì trả thử thai")
	// forces are measured in newtons, which N says else.
	forces = token.Set("lực kéo nén newton niu lớp")
)

// Letters recognises months and days that are counted by a letter: 6T đầu năm, 9T/2025,
// 10N-14N, 3N2Đ.
func Letters(c *token.Cursor) (token.Found, bool) {
	if c.At(0).Sort != token.Digits || !c.Opens() || len(c.Digits(0)) > 3 {
		return token.Found{}, false
	}
	f := token.Found{Kind: kind.Time, Sure: kind.Likely}
	if p := c.Span(0, nightsAt); p.N > 0 && !near(c, forces) {
		f.N, f.Spoken = p.N, p.Said
		return f, true
	}
	if !c.Is(1, "T") || !c.Ends(2) {
		return token.Found{}, false
	}
	f.N, f.Spoken, f.Others = 2, number.Cardinal(c.Digits(0))+" tháng", []string{number.Cardinal(c.Digits(0)) + " tấn"}
	if y := c.Digits(3); c.Is(2, "/") && number.IsYear(y) && c.Ends(4) {
		f.N, f.Spoken, f.Others = 4, f.Spoken+" năm "+number.Cardinal(y), nil
		return f, true
	}
	return f, behindMonths[c.After(2, 1)] || c.Is(2, "/") && c.At(3).Low == "lần" || near(c, forMonths)
}

// near tells whether one of the words stands before the cursor, up to five off.
func near(c *token.Cursor, words map[string]bool) bool {
	for k := 1; k <= 5; k++ {
		if words[c.Before(k)] {
			return true
		}
	}
	return false
}

// nightsAt is so many days, or days and nights, k tokens on: 14N, 3N2Đ.
func nightsAt(c *token.Cursor, k int) token.Part {
	d := c.Digits(k)
	if d == "" || len(d) > 3 || !c.Is(k+1, "N") {
		return token.Part{}
	}
	p := token.Part{N: 2, Said: number.Cardinal(d) + " ngày"}
	if n := c.Digits(k + 2); n != "" && len(n) <= 2 && (c.Is(k+3, "Đ") || c.Is(k+3, "D")) && c.Ends(k+4) {
		return token.Part{N: 4, Said: p.Said + " " + number.Cardinal(n) + " đêm"}
	}
	if !c.Ends(k + 2) {
		return token.Part{}
	}
	return p
}

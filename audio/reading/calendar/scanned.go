package calendar

import (
	"strings"

	"loa/audio/reading/kind"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
)

// figures are the letters that a scanner takes for figures.
var figures = strings.NewReplacer("l", "1", "I", "1", "O", "0", "o", "0")

// scannedAt are figures k tokens on, some of which a scanner may have taken for letters: l5,
// 2O. It tells how many tokens they are and whether there was one.
func scannedAt(c *token.Cursor, k int) (digits string, n int, letters bool) {
	figured := false
	for len(digits) <= 4 {
		t := c.At(k + n)
		switch {
		case t.Sort == token.Digits:
			digits, figured = digits+t.Text, true
		case t.Sort == token.Word && len(t.Text) <= 2 && strings.Trim(t.Text, "lIOo") == "":
			digits, letters = digits+figures.Replace(t.Text), true
		default:
			return digits, n, letters && figured
		}
		n++
	}
	return "", 0, false
}

// Scanned recognises days and times of a scanned paper behind the words that announce
// them: ngày l5/1O/2025, lúc l4h30. It is a guess, and marked so.
func Scanned(c *token.Cursor) (token.Found, bool) {
	if w := c.Before(1); !c.Opens() || !dayNames[w] && !beforeClock[w] && !limits[w] {
		return token.Found{}, false
	}
	a, n, some := scannedAt(c, 0)
	if n == 0 || !some && c.At(n).Text != "/" {
		return token.Found{}, false
	}
	if c.At(n).Low == "h" && number.Small(a) >= 0 && number.Small(a) <= 24 && len(a) <= 2 {
		return scannedTime(c, a, n+1, some)
	}
	b, more, other := scannedAt(c, n+1)
	if !c.Is(n, "/") || !number.IsDay(a) || !number.IsMonth(b) {
		return token.Found{}, false
	}
	t, some := day{N: n + 1 + more, d: a, m: b}, some || other
	if y, size, third := scannedAt(c, t.N+1); c.Is(t.N, "/") && number.IsYear(y) {
		t.N, t.y, t.years, some = t.N+1+size, y, true, some || third
	}
	return token.Found{N: t.N, Spoken: dayWord(c) + t.say(), Kind: kind.Date, Sure: kind.Doubtful}, some && c.Ends(t.N)
}

// scannedTime is a time of which the hour, h, ends with the n-th token.
func scannedTime(c *token.Cursor, h string, n int, some bool) (token.Found, bool) {
	said := number.Cardinal(h) + " giờ"
	m, size, other := scannedAt(c, n)
	if size > 0 {
		if len(m) != 2 || number.Small(m) > 59 {
			return token.Found{}, false
		}
		if n, some = n+size, some || other; number.Small(m) > 0 {
			said += " " + number.Cardinal(m) + " phút"
		}
	}
	return token.Found{N: n, Spoken: said, Kind: kind.Time, Sure: kind.Doubtful}, some && c.Ends(n)
}

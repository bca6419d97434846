package number

import (
	"strings"

	"loa/audio/reading/token"
	"loa/audio/reading/unit"
)

// Over says a fraction: ba phần tư.
func Over(above, below string) string {
	if b := Small(below); b > 12 && Small(above) > b {
		return Amount(above) + " trên " + Amount(below)
	}
	said := Cardinal(below)
	if said == "bốn" {
		said = "tư"
	}
	return Cardinal(above) + " phần " + said
}

// Bare tells whether a line holds no words beside the n tokens at the cursor.
func Bare(c *token.Cursor, n int) bool { return c.Before(1) == "" && c.After(n, 1) == "" }

// WholeBefore tells whether a whole number stands before a fraction: 5 1/2.
func WholeBefore(c *token.Cursor) bool {
	return c.At(-1).Sort == token.Space && c.At(-2).Sort == token.Digits
}

// scales are words before that of a map: tỷ lệ 1/2.000, bản đồ 1/10.000.
var scales = token.Set("lệ đồ")

// FractionAt is a fraction k tokens on, with the whole number before it.
func FractionAt(c *token.Cursor, k int) token.Part {
	if below := At(c, k+2); c.Digits(k) != "" && c.Is(k+1, "/") && below.Grouped && scales[c.Near(k-1, -1, 1)] {
		return token.Part{N: 2 + below.N, Said: Amount(c.Digits(k)) + " trên " + below.Say(true)}
	}
	n, said := 0, ""
	if c.Is(k, "-") && (c.At(k-1).Sort == token.Space || c.At(k-1).Sort == token.Line) {
		n, said = 1, "âm "
	}
	if d := c.Digits(k + n); c.At(k+n+1).Text == " " && Stacked(c,
		k+n+2) && d != "" && len(d) < 4 && Small(c.Digits(k+n+2)) < Small(c.Digits(k+n+4)) {
		said += Cardinal(c.Digits(k+n)) + " và "
		n += 2
	}
	if !Stacked(c, k+n) || n == 1 && said == "" {
		return token.Part{}
	}
	above, below := c.Digits(k+n), c.Digits(k+n+2)
	if n == 0 && (c.Before(1) == "lệ" || countsOff(c, k, above, below)) {
		return token.Part{N: 3, Said: Amount(above) + " trên " + Amount(below)}
	}
	return token.Part{N: n + 3, Said: said + Over(above, below)}
}

// wholes are what is counted and never parted, where there are more than five: 5/7 thôn.
var wholes = token.Set("thôn xã tổ trường trạm tuyến cửa chi xóm ấp bản buôn")

// countsOff tells whether a/b counts things, 12/15 thôn, and is no part of one.
func countsOff(c *token.Cursor, k int, above, below string) bool {
	a, b := Small(above), Small(below)
	if w := c.After(k+3, 1); b > 5 && a < b && wholes[w] && c.At(k+3).Sort == token.Space && c.Digits(k+6) == "" {
		return true
	} else if w == "điểm" || w == "tiêu" || w == "chỉ" {
		return true
	}
	return a == b && a > 2 && !Bare(c, 3) ||
		b > 10 && a > 1 && c.At(k+3).Sort == token.Space && c.At(k+4).Sort == token.Word &&
			(!token.Capital(c.At(k+4).Text) || token.Upper(c.At(k+4).Text) && len(c.At(k+4).Text) > 1)
}

// Stacked tells whether a number stands over another: a/b, and no third one.
func Stacked(c *token.Cursor, k int) bool {
	a, b := c.Digits(k), c.Digits(k+2)
	if a == "" || b == "" || !c.Is(k+1, "/") || strings.Trim(b, "0") == "" || b[0] == '0' {
		return false
	}
	third := c.Is(k+3, "/") && c.At(k+4).Sort != token.Space && unit.At(c, k+4) == 0
	return !third && !(c.Is(k-1, "/") && c.At(k-2).Sort == token.Digits) && len(a) <= 4 && len(b) <= 4
}

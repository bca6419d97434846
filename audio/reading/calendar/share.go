package calendar

import (
	"loa/audio/reading/kind"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
)

// shares are what so many of so many are, though a nought makes them look like a day: mở
// 02/04 cửa xả, 03/05 tiêu chí.
var shares = token.Set("cửa tiêu thôn xã hộ hồ tổ chi đồng người trường lớp cơ thành viên em khu tuyến trạm máy xe nội chỉ mục")

// shareOf is 02/04 cửa: officials write every small number with a nought.
func shareOf(c *token.Cursor) (token.Found, bool) {
	t := DayAt(c, 0)
	if t.N == 3 && c.Before(1) == "hạng" && c.Is(1, "/") && !t.years { // xếp hạng 4/12: no day is a rank
		return token.Found{N: t.N, Spoken: number.Cardinal(t.d) + " trên " + number.Cardinal(t.m), Kind: kind.Fraction, Sure: kind.Likely}, true
	}
	if t.N != 3 || !t.padded || t.years || !c.Is(1, "/") || number.Small(t.d) > number.Small(t.m) {
		return token.Found{}, false
	}
	if w := c.Before(1); w == "" || daysBefore(c) || dateBefore[w] || sayNoDay[w] || limits[w] || c.Recent(kind.Time, 3) ||
		c.Paired(kind.Date) || c.At(-1).Sort != token.Space || c.At(-2).Sort != token.Word {
		return token.Found{}, false
	}
	k := t.N + 1
	if c.At(t.N).Sort != token.Space || !shares[c.At(k).Low] || token.Capital(c.At(k).Text) || c.Digits(k+2) != "" {
		return token.Found{}, false
	}
	return token.Found{N: t.N, Spoken: number.Cardinal(t.d) + " trên " + number.Cardinal(t.m), Kind: kind.Fraction, Sure: kind.Likely,
		Others: []string{"ngày " + t.say()}}, true
}

// spacedDay is a day with spaces at its strokes behind the word ngày: ngày 15 /10/ 2025.
func spacedDay(c *token.Cursor) (token.Found, bool) {
	if c.Before(1) != "ngày" {
		return token.Found{}, false
	}
	t, k, spaces := day{d: c.Digits(0)}, 1, 0
	part := func() string {
		g := c.Gap(k)
		if !c.Is(k+g, "/") {
			return ""
		}
		h := c.Gap(k + g + 1)
		d := c.Digits(k + g + 1 + h)
		if d != "" && c.Ends(k+g+h+2) {
			k, spaces = k+g+h+2, spaces+g+h
			return d
		}
		return ""
	}
	if t.m = part(); !number.IsDay(t.d) || !number.IsMonth(t.m) {
		return token.Found{}, false
	}
	if t.y = part(); t.y != "" && !number.IsYear(t.y) {
		return token.Found{}, false
	}
	t.years = t.y != ""
	return token.Found{N: k, Spoken: t.say(), Kind: kind.Date, Sure: kind.Certain}, spaces > 0
}

package number

import (
	"loa/audio/reading/kind"
	"loa/audio/reading/token"
)

// Ordinal recognises the number after thứ: the first is nhất, the fourth tư.
// Days of the week may stand with a dash between them, thứ 2-6, thứ 2 - thứ 6, or in a
// list, thứ 2, 4, 6.
func Ordinal(c *token.Cursor) (token.Found, bool) {
	d := c.Digits(0)
	if d == "" || c.At(-1).Sort != token.Space || c.Before(1) != "thứ" || !c.Ends(1) || Stacked(c, 0) {
		return token.Found{}, false
	}
	if m := At(c, 0); m.Grouped && m.Decimal == "" && m.N > 1 { // thứ 1.005
		return token.Found{N: m.N, Spoken: m.Say(true), Kind: kind.Ordinal, Sure: kind.Certain}, true
	}
	f := token.Found{N: 1, Spoken: ordinalSaid(d), Kind: kind.Ordinal, Sure: kind.Certain}
	if n, said := weekdays(c); n > 0 {
		f.N, f.Spoken = n, said
		return f, true
	}
	k := c.Dash(1)
	if k > 0 && c.At(1+k).Low == "thứ" && c.Is(2+k, " ") {
		k += 2
	}
	if k > 0 && c.Digits(1+k) != "" && c.Ends(2+k) && Small(c.Digits(1+k)) > Small(d) {
		f.N, f.Spoken = 2+k, f.Spoken+" đến thứ "+ordinalSaid(c.Digits(1+k))
	}
	return f, true
}

func ordinalSaid(d string) string {
	switch Small(d) {
	case 1:
		return "nhất"
	case 4:
		return "tư"
	}
	return Cardinal(d)
}

// behindDays go on after a list of days of the week; a noun would be counted:
// xếp thứ 3, 4 hộ còn lại.
var behindDays = token.Set(
	"hằng hàng và cn trong của từ lúc vào mỗi đi sáng trưa chiều tối đêm các là nghỉ học tuần hoặc thì đến tới chủ để tại ở ngày",
)

// weekdays are days of the week in a list, the word thứ before the first only: thứ 2, 4,
// 6; thứ 2-4-6; thứ 3, 5 và 7. n is 0 for none.
func weekdays(c *token.Cursor) (n int, said string) {
	last, count, strokes := 1, 0, false
	for n < 24 {
		d := Small(c.Digits(n))
		if len(c.Digits(n)) != 1 || d <= last || d > 7 || !c.Ends(n+1) {
			return 0, ""
		}
		said += ordinalSaid(c.Digits(n))
		last, count, n = d, count+1, n+1
		size, joint := joined(c, n)
		if next := c.Digits(n + size); size == 0 || len(next) != 1 || Small(next) <= last || Small(next) > 7 {
			break
		}
		strokes = strokes || c.Dash(n) > 0 || c.Is(n, "/")
		n, said = n+size, said+joint
	}
	next := c.At(n + c.Gap(n))
	switch {
	case count < 2 || strokes && count < 3 || c.Digits(n+c.Gap(n)) != "":
		return 0, ""
	case (c.Is(n, "/") || c.Is(n, "-") || c.Is(n, ",") || c.Is(n, ".")) && c.Digits(n+1) != "":
		return 0, ""
	case next.Sort == token.Word && !behindDays[next.Low] && count < 3:
		return 0, ""
	}
	return n, said
}

// joined is how many tokens join two days of a list, and how they are said.
func joined(c *token.Cursor, k int) (size int, joint string) {
	switch {
	case c.Is(k, "/"):
		return 1, ", "
	case c.Dash(k) > 0:
		return c.Dash(k), ", "
	case c.Is(k, ",") || c.Is(k, ";"):
		size = 1 + c.Gap(k+1)
		if w := c.At(k + size).Low; w == "và" && c.Gap(k+size+1) == 1 {
			return size + 2, " và "
		}
		return size, ", "
	case c.Gap(k) == 1 && c.At(k+1).Low == "và" && c.Gap(k+2) == 1:
		return 3, " và "
	}
	return 0, ""
}

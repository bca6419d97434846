package number

import (
	"loa/audio/reading/kind"
	"loa/audio/reading/token"
)

// Ordinal recognises the number after thứ: the first is nhất, the fourth tư.
// Days of the week may stand with a dash between them: thứ 2-6, thứ 2 - thứ 6.
func Ordinal(c *token.Cursor) (token.Found, bool) {
	d := c.Digits(0)
	if d == "" || c.At(-1).Sort != token.Space || c.Before(1) != "thứ" || !c.Ends(1) || Stacked(c, 0) {
		return token.Found{}, false
	}
	f := token.Found{N: 1, Spoken: ordinalSaid(d), Kind: kind.Ordinal, Sure: kind.Certain}
	if c.Is(1, "-") && c.Digits(2) != "" && c.Is(3, "-") && c.Digits(4) != "" { // thứ 2-4-6: three days
		for f.N+1 < 14 && c.Is(f.N, "-") && c.Digits(f.N+1) != "" {
			f.N, f.Spoken = f.N+2, f.Spoken+", thứ "+ordinalSaid(c.Digits(f.N+1))
		}
		return f, c.Ends(f.N)
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

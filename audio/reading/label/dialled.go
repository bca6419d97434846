package label

import (
	"strings"

	"loa/audio/reading/kind"
	"loa/audio/reading/lexicon"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
)

// longestDialled is how many tokens what is dialled may take.
const longestDialled = 12

// Dialled recognises what is dialled with the keys * and #: *101#, **21*0901234567#.
func Dialled(c *token.Cursor) (token.Found, bool) {
	if !c.Is(0, "*") && !c.Is(0, "#") {
		return token.Found{}, false
	}
	var said []string
	digits := false
	for n := 0; n < longestDialled; n++ {
		switch t := c.At(n); {
		case t.Text == "*":
			said = append(said, "sao")
		case t.Text == "#":
			said = append(said, "thăng")
		case t.Sort == token.Digits && len(t.Text) <= 12:
			said, digits = append(said, number.DigitByDigit(t.Text)), true
		default:
			return token.Found{}, false
		}
		if digits && c.Is(n, "#") && c.Ends(n+1) {
			return token.Found{N: n + 1, Spoken: strings.Join(said, " "), Kind: kind.Telephone, Sure: kind.Certain}, true
		}
	}
	return token.Found{}, false
}

// Boat recognises the number of a fishing boat: BTh-97123-TS.
func Boat(c *token.Cursor) (token.Found, bool) {
	t := c.At(0)
	if t.Sort != token.Word || !token.Capital(t.Text) || len([]rune(t.Text)) > 3 || !c.Opens() {
		return token.Found{}, false
	}
	d, n := "", 1
	for _, part := range []func(k int) bool{
		func(k int) bool { d = c.Digits(k); return len(d) == 4 || len(d) == 5 },
		func(k int) bool { return c.Is(k, "TS") && c.Ends(k+1) },
	} {
		if c.Is(n, "-") || c.Is(n, " ") {
			n++
		}
		if !part(n) {
			return token.Found{}, false
		}
		n++
	}
	return token.Found{N: n, Spoken: lexicon.Spelled(t.Text) + ", " + number.DigitByDigit(d) + ", " + lexicon.Spelled("TS"),
		Kind: kind.Name, Sure: kind.Certain}, true
}

var (
	// graded have a grade of so many: thợ bậc 3/7, hạng 2/4.
	graded = token.Set("hạng bậc tb bb")
	// invalids are those of war, of whom there are four grades, and of sickness, three.
	invalids = token.Set("thương bệnh")
)

// Grade recognises a grade out of so many: thương binh 1/4, thợ bậc 3/7.
func Grade(c *token.Cursor) (token.Found, bool) {
	a, b := c.Digits(0), c.Digits(2)
	if len(a) != 1 || len(b) != 1 || !c.Is(1, "/") || !c.Opens() || !c.Ends(3) || c.Is(3, "/") && c.Digits(4) != "" ||
		number.Small(a) > number.Small(b) {
		return token.Found{}, false
	}
	if !graded[c.Before(1)] && !(c.Before(1) == "binh" && invalids[c.Before(2)]) {
		return token.Found{}, false
	}
	return token.Found{N: 3, Spoken: number.Cardinal(a) + " trên " + number.Cardinal(b), Kind: kind.Number, Sure: kind.Certain}, true
}

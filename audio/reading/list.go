package reading

import (
	"strings"

	"loa/audio/reading/kind"
	"loa/audio/reading/lexicon"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
)

// bullets open a line and are not said.
const bullets = "-–—•●○◦▪*+·■□►▶➤➢✓✔✅→⇒❖♦◆>=~"

// mark recognises what opens a line of a list: I., 1., 1.2., a), -, •. A bullet
// is silent, a number or a letter is said with a pause behind it.
func mark(c *token.Cursor) (token.Found, bool) {
	if !c.LineStart() {
		return token.Found{}, false
	}
	t := c.At(0)
	switch {
	case t.Sort == token.Sign && strings.Contains(bullets, t.Text):
		return bullet(c)
	case t.Sort == token.Digits:
		return numberMark(c)
	case t.Sort == token.Word && closed(c, 1):
		return letterMark(c)
	}
	return token.Found{}, false
}

var compares = token.Set("> < = ~")

// bullet is a sign, or an arrow of several, before the words of an item.
func bullet(c *token.Cursor) (token.Found, bool) {
	n := 1
	for n < 4 && c.At(n).Sort == token.Sign && strings.Contains(bullets, c.At(n).Text) {
		n++
	}
	if compares[c.At(0).Text] && c.At(n+c.Gap(n)).Sort == token.Digits { // >= 18 tuổi
		return token.Found{}, false
	}
	if c.At(n).Sort != token.Space && c.At(n).Sort != token.Word || c.At(n+c.Gap(n)).Sort == token.Line {
		return token.Found{}, false
	}
	return token.Found{N: n + c.Gap(n), Kind: kind.Mark, Sure: kind.Certain}, true
}

// closed tells whether a mark ends k tokens on and words follow in the line.
func closed(c *token.Cursor, k int) bool {
	if s := c.At(k).Text; s != "." && s != ")" && s != "/" && s != "-" {
		return false
	}
	next := c.At(k + 1 + c.Gap(k+1))
	return c.Gap(k+1) == 1 && (next.Sort == token.Word || next.Sort == token.Sign ||
		next.Sort == token.Digits) || next.Sort == token.Word && token.Capital(next.Text) && c.Is(k, ".")
}

// numberMark is 1. and 1.2.3.
func numberMark(c *token.Cursor) (token.Found, bool) {
	n, said := 0, []string{}
	for len(said) < 5 {
		d := c.Digits(n)
		if d == "" || len(d) > 2 || c.Is(n+1, ":") {
			return token.Found{}, false
		}
		said = append(said, number.Cardinal(d))
		n++
		if closed(c, n) {
			n++
			break
		}
		if !c.Is(n, ".") || c.Digits(n+1) == "" {
			if len(said) < 2 || c.Gap(n) == 0 || c.At(n+1).Sort != token.Word || !token.Capital(c.At(n+1).Text) {
				return token.Found{}, false
			}
			break
		}
		n++
	}
	if c.Is(n-1, "-") || c.Is(n-1, "/") && c.Digits(n) != "" {
		return token.Found{}, false
	}
	return token.Found{N: n, Spoken: strings.Join(said, " chấm ") + ",", Kind: kind.Mark, Sure: kind.Certain}, true
}

// letterMark is I. and a), in small letters or capitals.
func letterMark(c *token.Cursor) (token.Found, bool) {
	t := c.At(0)
	if f, ok := abbreviated(c); ok && (f.N > 2 || c.Is(1, ".") && (nameFollows(c, 2) || c.Gap(2) == 0)) {
		return f, true
	}
	if n := number.Roman(t.Low); n > 0 && n < 40 && (token.Upper(t.Text) || len(t.Text) > 1) && !strings.Contains("CDLM", t.Text) {
		return token.Found{N: 2, Spoken: number.Cardinal(number.Decimal(n)) + ",", Kind: kind.Mark, Sure: kind.Certain}, true
	}
	if lexicon.Letters[t.Low] == "" || c.Is(1, "-") {
		return token.Found{}, false
	}
	return token.Found{N: 2, Spoken: t.Low + ",", Kind: kind.Mark, Sure: kind.Certain}, true
}

// nameFollows tells whether two words with capitals follow k tokens on: X. La Dạ.
func nameFollows(c *token.Cursor, k int) bool {
	k += c.Gap(k)
	a, b := c.At(k), c.At(k+2)
	return a.Sort == token.Word && b.Sort == token.Word && token.Capital(a.Text) && token.Capital(b.Text) && !token.Upper(a.Text)
}

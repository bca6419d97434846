package reading

import "strings"

// bullets open a line and are not said.
const bullets = "-–—•●○◦▪*+·■□►▶➤➢✓✔✅→⇒❖♦◆>=~"

// mark recognises what opens a line of a list: I., 1., 1.2., a), -, •. A bullet
// is silent, a number or a letter is said with a pause behind it.
func mark(c *cursor) (found, bool) {
	if !c.lineStart() {
		return found{}, false
	}
	t := c.at(0)
	switch {
	case t.kind == sign && strings.Contains(bullets, t.s):
		return c.bullet()
	case t.kind == digits:
		return c.numberMark()
	case t.kind == word && c.closed(1):
		return c.letterMark()
	}
	return found{}, false
}

var compares = set("> < = ~")

// bullet is a sign, or an arrow of several, before the words of an item.
func (c *cursor) bullet() (found, bool) {
	n := 1
	for n < 4 && c.at(n).kind == sign && strings.Contains(bullets, c.at(n).s) {
		n++
	}
	if compares[c.at(0).s] && c.at(n+c.gap(n)).kind == digits { // >= 18 tuổi
		return found{}, false
	}
	if c.at(n).kind != space && c.at(n).kind != word || c.at(n+c.gap(n)).kind == line {
		return found{}, false
	}
	return found{n: n + c.gap(n), kind: Mark, sure: Certain}, true
}

// closed tells whether a mark ends k tokens on and words follow in the line.
func (c *cursor) closed(k int) bool {
	if s := c.at(k).s; s != "." && s != ")" && s != "/" && s != "-" {
		return false
	}
	next := c.at(k + 1 + c.gap(k+1))
	return c.gap(k+1) == 1 && (next.kind == word || next.kind == sign || next.kind == digits) || next.kind == word && capital(next.s) && c.is(k, ".")
}

// numberMark is 1. and 1.2.3.
func (c *cursor) numberMark() (found, bool) {
	n, said := 0, []string{}
	for len(said) < 5 {
		d := c.digits(n)
		if d == "" || len(d) > 2 || c.is(n+1, ":") {
			return found{}, false
		}
		said = append(said, cardinal(d))
		n++
		if c.closed(n) {
			n++
			break
		}
		if !c.is(n, ".") || c.digits(n+1) == "" {
			if len(said) < 2 || c.gap(n) == 0 || c.at(n+1).kind != word || !capital(c.at(n+1).s) {
				return found{}, false
			}
			break
		}
		n++
	}
	if c.is(n-1, "-") || c.is(n-1, "/") && c.digits(n) != "" {
		return found{}, false
	}
	return found{n: n, spoken: strings.Join(said, " chấm ") + ",", kind: Mark, sure: Certain}, true
}

// letterMark is I. and a), in small letters or capitals.
func (c *cursor) letterMark() (found, bool) {
	t := c.at(0)
	if f, ok := abbreviated(c); ok && (f.n > 2 || c.is(1, ".") && c.nameFollows(2)) {
		return f, true
	}
	if n := roman(t.low); n > 0 && n < 40 && (upper(t.s) || len(t.s) > 1) && !strings.Contains("CDLM", t.s) {
		return found{n: 2, spoken: cardinal(decimal(n)) + ",", kind: Mark, sure: Certain}, true
	}
	if letters[t.low] == "" || c.is(1, "-") {
		return found{}, false
	}
	return found{n: 2, spoken: t.low + ",", kind: Mark, sure: Certain}, true
}

// nameFollows tells whether two words with capitals follow k tokens on: X. La Dạ.
func (c *cursor) nameFollows(k int) bool {
	k += c.gap(k)
	a, b := c.at(k), c.at(k+2)
	return a.kind == word && b.kind == word && capital(a.s) && capital(b.s) && !upper(a.s)
}

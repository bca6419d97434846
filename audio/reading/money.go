package reading

import "strings"

// withCents are the currencies whose hundredths are said as xu.
var withCents = set("la rô")

// cents says a price as one says it: 2,50 € is hai ơ rô năm mươi xu; "" where
// that is not the way.
func cents(m numeral, u unit) string {
	words := strings.Fields(u.said)
	if len(words) != 2 || !withCents[words[1]] || m.decimal == "" || len(m.decimal) > 2 || m.minus {
		return ""
	}
	xu := amount((m.decimal + "0")[:2]) + " xu"
	switch {
	case small(m.whole) == 0:
		return xu
	case strings.Trim(m.decimal, "0") == "":
		return m.wholeWords(true) + " " + u.said
	}
	return m.wholeWords(true) + " " + u.said + " " + xu
}

// signFirst recognises money whose sign stands first: $100, USD 5,000.
func signFirst(c *cursor) (found, bool) {
	u, n := c.unitHere(0)
	if n == 0 || u.kind != Money || c.at(0).kind == word && !upper(c.at(0).s) || !c.opens() {
		return found{}, false
	}
	k := n + c.gap(n)
	m := c.numeral(k)
	if m.n == 0 || c.unitAt(k+m.n) > 0 {
		return found{}, false
	}
	said := m.say(true) + " "
	if x := cents(m, u); m.decimal != "" && x != "" {
		said, u.said = x, ""
	}
	k += m.n
	if mult, size := c.multiple(0, k); size > 0 {
		said, k = said+mult.said+" ", k+size
	}
	return found{n: k, spoken: said + u.said, kind: Money, sure: Certain}, true
}

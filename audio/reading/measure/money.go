package measure

import (
	"strings"

	"loa/audio/reading/kind"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
	"loa/audio/reading/unit"
)

// withCents are the currencies whose hundredths are said as xu.
var withCents = token.Set("la rô")

// cents says a price as one says it: 2,50 € is hai ơ rô năm mươi xu; "" where
// that is not the way.
func cents(m number.Numeral, u unit.Unit) string {
	words := strings.Fields(u.Said)
	if len(words) != 2 || !withCents[words[1]] || m.Decimal == "" || len(m.Decimal) > 2 || m.Minus {
		return ""
	}
	xu := number.Amount((m.Decimal + "0")[:2]) + " xu"
	switch {
	case number.Small(m.Whole) == 0:
		return xu
	case strings.Trim(m.Decimal, "0") == "":
		return m.WholeWords(true) + " " + u.Said
	}
	return m.WholeWords(true) + " " + u.Said + " " + xu
}

// SignFirst recognises money whose sign stands first: $100, USD 5,000.
func SignFirst(c *token.Cursor) (token.Found, bool) {
	u, n := unit.Here(c, 0)
	if n == 0 || u.Kind != kind.Money || c.At(0).Sort == token.Word && !token.Upper(c.At(0).Text) || !c.Opens() {
		return token.Found{}, false
	}
	k := n + c.Gap(n)
	m := number.At(c, k)
	if m.N == 0 || unit.At(c, k+m.N) > 0 {
		return token.Found{}, false
	}
	said := m.Say(true) + " "
	if x := cents(m, u); m.Decimal != "" && x != "" {
		said, u.Said = x, ""
	}
	k += m.N
	if mult, size := multiple(c, 0, k); size > 0 {
		said, k = said+mult.Said+" ", k+size
	}
	return token.Found{N: k, Spoken: said + u.Said, Kind: kind.Money, Sure: kind.Certain}, true
}

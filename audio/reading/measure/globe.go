package measure

import (
	"strings"

	"loa/audio/reading/kind"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
	"loa/audio/reading/unit"
)

// Coordinate recognises a place on the globe: 11°15'30"N.
func Coordinate(c *token.Cursor) (token.Found, bool) {
	if p := crossing(c); p.N > 0 {
		return token.Found{N: p.N, Spoken: p.Said, Kind: kind.Measure, Sure: kind.Certain}, true
	}
	if c.Digits(0) == "" || !c.Is(1, "°") || !c.Opens() {
		return token.Found{}, false
	}
	k := 2 + c.Gap(2)
	m := c.Digits(k)
	if m == "" || !c.Is(k+1, "'") {
		return token.Found{}, false
	}
	n, said := k+2, number.Cardinal(c.Digits(0))+" độ "+number.Cardinal(m)+" phút"
	if s := c.Digits(n + c.Gap(n)); s != "" {
		n += c.Gap(n) + 1
		said += " " + number.Cardinal(s) + " giây"
		for c.Is(n, "'") || c.Is(n, "\"") {
			n++
		}
	}
	g := c.Gap(n)
	if where := unit.Globe[c.At(n+g).Text]; where != "" && c.Ends(n+g+1) {
		n, said = n+g+1, said+" "+where
	}
	return token.Found{N: n, Spoken: said, Kind: kind.Measure, Sure: kind.Certain}, true
}

// crossing is a place by both of its numbers: 17,2°N-109,5°E, 17,0N; 107,3E. Beside
// each other the letters need no degree to be what they are.
func crossing(c *token.Cursor) token.Part {
	if c.Digits(0) == "" || !c.Opens() {
		return token.Part{}
	}
	lat, north := circleAt(c, 0)
	if c.Before(1) == "tuyến" && lat.N > 0 && !north { // kinh tuyến 114,5E
		return lat
	}
	if lat.N == 0 || !north {
		return token.Part{}
	}
	k := lat.N
	if d := c.Dash(k); d > 0 {
		k += d
	} else {
		if c.Is(k, ",") || c.Is(k, ";") {
			k++
		}
		k += c.Gap(k)
	}
	long, north := circleAt(c, k)
	if along := c.Before(1) == "tuyến"; along && lat.N > 0 && long.N == 0 { // vĩ tuyến 11,5N
		return lat
	} else if along && long.N > 0 && north && c.Dash(lat.N) > 0 { // from one to the other
		return token.Part{N: k + long.N, Said: lat.Said + " đến " + long.Said}
	}
	if k == lat.N || long.N == 0 || north {
		return token.Part{}
	}
	return token.Part{N: k + long.N, Said: lat.Said + ", " + long.Said}
}

// circleAt is one of the two, k tokens on; north tells which.
func circleAt(c *token.Cursor, k int) (p token.Part, north bool) {
	m := number.At(c, k)
	if m.N == 0 {
		return token.Part{}, false
	}
	n := m.N
	if c.Is(k+n, "°") {
		n++
	}
	n += c.Gap(k + n)
	letter := c.At(k + n).Text
	said := unit.Globe[letter]
	if said == "" || !c.Ends(k+n+1) || m.Decimal == "" && !c.Is(k+m.N, "°") {
		return token.Part{}, false
	}
	return token.Part{N: n + 1, Said: m.Say(true) + " độ " + said}, strings.HasPrefix(said, "vĩ")
}

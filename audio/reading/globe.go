package reading

import "strings"

// coordinate recognises a place on the globe: 11°15'30"N.
func coordinate(c *cursor) (found, bool) {
	if p := c.crossing(); p.n > 0 {
		return found{n: p.n, spoken: p.said, kind: Measure, sure: Certain}, true
	}
	if c.digits(0) == "" || !c.is(1, "°") || !c.opens() {
		return found{}, false
	}
	k := 2 + c.gap(2)
	m := c.digits(k)
	if m == "" || !c.is(k+1, "'") {
		return found{}, false
	}
	n, said := k+2, cardinal(c.digits(0))+" độ "+cardinal(m)+" phút"
	if s := c.digits(n + c.gap(n)); s != "" {
		n += c.gap(n) + 1
		said += " " + cardinal(s) + " giây"
		for c.is(n, "'") || c.is(n, "\"") {
			n++
		}
	}
	g := c.gap(n)
	if where := globe[c.at(n+g).s]; where != "" && c.ends(n+g+1) {
		n, said = n+g+1, said+" "+where
	}
	return found{n: n, spoken: said, kind: Measure, sure: Certain}, true
}

// crossing is a place by both of its numbers: 17,2°N-109,5°E, 17,0N; 107,3E. Beside
// each other the letters need no degree to be what they are.
func (c *cursor) crossing() part {
	if c.digits(0) == "" || !c.opens() {
		return part{}
	}
	lat, north := c.circle(0)
	if lat.n == 0 || !north {
		return part{}
	}
	k := lat.n
	if d := c.dash(k); d > 0 {
		k += d
	} else {
		if c.is(k, ",") || c.is(k, ";") {
			k++
		}
		k += c.gap(k)
	}
	long, north := c.circle(k)
	if k == lat.n || long.n == 0 || north {
		return part{}
	}
	return part{n: k + long.n, said: lat.said + ", " + long.said}
}

// circle is one of the two, k tokens on; north tells which.
func (c *cursor) circle(k int) (p part, north bool) {
	m := c.numeral(k)
	if m.n == 0 {
		return part{}, false
	}
	n := m.n
	if c.is(k+n, "°") {
		n++
	}
	n += c.gap(k + n)
	letter := c.at(k + n).s
	said := globe[letter]
	if said == "" || !c.ends(k+n+1) || m.decimal == "" && !c.is(k+m.n, "°") {
		return part{}, false
	}
	return part{n: n + 1, said: m.say(true) + " độ " + said}, strings.HasPrefix(said, "vĩ")
}

var globe = map[string]string{"N": "vĩ bắc", "B": "vĩ bắc", "S": "vĩ nam", "E": "kinh đông", "Đ": "kinh đông", "W": "kinh tây", "T": "kinh tây"}

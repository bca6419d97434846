package reading

// coordinate recognises a place on the globe: 11°15'30"N.
func coordinate(c *cursor) (found, bool) {
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

var globe = map[string]string{"N": "vĩ bắc", "B": "vĩ bắc", "S": "vĩ nam", "E": "kinh đông", "Đ": "kinh đông", "W": "kinh tây", "T": "kinh tây"}

package reading

import "strings"

// unitHere is a unit k tokens on, and how many tokens it takes.
func (c *cursor) unitHere(k int) (unit, int) {
	t := c.at(k)
	if t.s == "°" {
		return c.degrees(k)
	}
	if t.s == "%" || t.s == "‰" {
		return unit{said: map[string]string{"%": "phần trăm", "‰": "phần nghìn"}[t.s], kind: Percent}, 1
	}
	if t.s == "US" && c.is(k+1, "$") {
		return unit{said: "đô la", kind: Money}, 2
	}
	u, ok := unitTable[t.s]
	if !ok && len(t.s) > 1 {
		u, ok = unitTable[t.low]
	}
	if !ok {
		return unit{}, 0
	}
	if t.s == "m" && c.is(k+1, "2") && tall[c.near(k-1, -1, 2)] { // cao 1m2: one metre twenty
		return u, 1
	}
	if power := powers[c.at(k+1).s]; lengths[t.low] && power != "" && c.ends(k+2) {
		u.said += power
		return u, 2
	}
	if t.kind == word && !c.ends(k+1) && !(t.s == "m" && len(c.digits(k+1)) <= 2 && c.ends(k+2)) {
		return unit{}, 0
	}
	return u, 1
}

var tall = set("cao dài sâu dày")

// unitAt is how many tokens a unit takes k tokens on, 0 for none.
func (c *cursor) unitAt(k int) int {
	_, n := c.unitHere(k)
	return n
}

// degrees are °C, and places on the globe: 10°N.
func (c *cursor) degrees(k int) (unit, int) {
	g := c.gap(k + 1)
	t := c.at(k + 1 + g)
	if t.kind == word && c.ends(k+2+g) {
		switch t.low {
		case "c", "f", "k":
			return unit{said: "độ " + strings.ToUpper(t.low), kind: Measure}, 2 + g
		}
		if said := globe[t.s]; said != "" {
			return unit{said: "độ " + said, kind: Measure}, 2 + g
		}
	}
	return unit{said: "độ", kind: Measure}, 1
}

// A quantity is a number with its unit, k tokens on.
type quantity struct {
	n    int
	said string
	unit unit
}

// quantityAt reads a number, what multiplies it, and its unit.
func (c *cursor) quantityAt(k int) quantity {
	number, n, m := c.counted(k)
	if n == 0 {
		return quantity{}
	}
	q := quantity{n: n, said: number}
	if mult, size := c.multiple(k, k+n); size > 0 {
		more, tail := c.tail(k+n+size, mult)
		q = quantity{n: n + size + tail, said: number + " " + mult.said + more, unit: unit{kind: Money}}
	}
	g := c.gap(k + q.n)
	u, size := c.unitHere(k + q.n + g)
	switch {
	case size == 0 || u.glued && g > 0 && !upper(c.at(k+q.n+g).s) || u.kind == Percent && g > 0 && c.at(k+q.n+g+1).kind == digits:
		if q.n == n {
			return quantity{}
		}
		return q
	case u.kind == Money && m.decimal != "" && q.n == n:
		if said := cents(m, u); said != "" {
			u.said, q.said = "", said
		}
	}
	more, tail := c.tail(k+q.n+g+size, u)
	return quantity{n: q.n + g + size + tail, said: strings.TrimSpace(q.said+" "+u.said) + more, unit: u}
}

// counted is a number or a fraction k tokens on, as it is said before a unit.
func (c *cursor) counted(k int) (said string, n int, m numeral) {
	if f := c.fractionAt(k); f.n > 0 {
		return f.said, f.n, m
	}
	m = c.numeral(k)
	if m.n == 0 {
		return "", 0, m
	}
	return m.say(true), m.n, m
}

// multiple is k, tr, triệu, … after a number. t is tấn where something is loaded.
func (c *cursor) multiple(from, k int) (unit, int) {
	g := c.gap(k)
	t := c.at(k + g)
	m, ok := multiples[t.low]
	switch {
	case !ok, m.glued && (g > 0 || t.s == "T" || t.s == "NG"):
		return unit{}, 0
	case c.at(k+g+1).kind == digits && m.times != "" && len(c.digits(k+g+1)) <= 3 && c.ends(k+g+2):
	case !c.ends(k + g + 1):
		return unit{}, 0
	}
	if t.low == "t" && loads[c.near(from-1, -1, 1)] {
		m.said = "tấn"
	}
	return m, g + 1
}

var loads = set("xe tải trọng nặng hàng chở khoảng thu gạo được hơn gần")

// tail is what digits right behind a unit say, and how many tokens they are:
// 1tr2, 1m65, 2tr250.
func (c *cursor) tail(k int, u unit) (string, int) {
	d := c.digits(k)
	if d == "" || c.at(k-1).kind != word || len(d) > 3 || !c.ends(k+1) {
		return "", 0
	}
	switch {
	case u.times == "" && u.said == "mét" && len(d) <= 2:
		return " " + cardinal(d), 1
	case u.times == "trăm" && len(d) == 1:
		return " " + cardinal(d) + " trăm", 1
	case u.times != "" && u.times != "trăm":
		return " " + cardinal((d + "00")[:3]) + " " + u.times, 1
	}
	return "", 0
}

var clockUnits = set("giờ phút giây")

// quantities recognises numbers with units, one or two with a dash between, and
// what they are counted for: 100-150 mm, 75.000 - 80.000 đ/kg, 120 m3/giây.
func quantities(c *cursor) (found, bool) {
	if !c.opens() || c.at(0).kind != digits && c.at(0).kind != sign {
		return found{}, false
	}
	q := c.quantitySpan()
	if q.n == 0 {
		return found{}, false
	}
	kind := q.unit.kind
	if clockUnits[q.unit.said] {
		kind = Time
	}
	for range 3 {
		said, n := c.perWhat(q.n)
		if n == 0 {
			break
		}
		joint := " trên "
		if kind == Money || kind == Percent || heads[said] {
			joint = " một "
		}
		q.n, q.said = q.n+n, q.said+joint+said
	}
	return found{n: q.n, spoken: q.said, kind: kind, sure: Certain}, true
}

func (c *cursor) quantitySpan() quantity {
	q := c.quantityAt(0)
	if q.n > 0 {
		if d := c.dash(q.n); d > 0 {
			if b := c.quantityAt(q.n + d); b.n > 0 {
				joint := " đến "
				if dimension(q.unit) != dimension(b.unit) { // 220V-50Hz: no span, two things
					joint = ", "
				}
				b.n, b.said = q.n+d+b.n, q.said+joint+b.said
				return b
			}
		}
		return q
	}
	said, n, _ := c.counted(0)
	d := c.dash(n)
	if n == 0 || d == 0 {
		return quantity{}
	}
	b := c.quantityAt(n + d)
	if b.n == 0 {
		return quantity{}
	}
	b.n, b.said = n+d+b.n, said+" đến "+b.said
	return b
}

// dimension is what a unit measures; of two that are not told apart, the word itself.
func dimension(u unit) string {
	if u.kind == Money {
		return string(Money)
	}
	for _, s := range []struct{ what, ends string }{
		{"area", "mét vuông|héc ta|sào|công"}, {"volume", "mét khối|lít"}, {"length", "mét|li|phân"}, {"mass", "gam|tấn|tạ|yến|ký|cân"}, {"time", "giờ|phút|giây|ngày|tháng|năm"},
	} {
		for _, end := range strings.Split(s.ends, "|") {
			if strings.HasSuffix(u.said, end) {
				return s.what
			}
		}
	}
	return u.said
}

// perWhat is "/tháng", "/m2", "/100 km" k tokens on.
func (c *cursor) perWhat(k int) (string, int) {
	g := c.gap(k)
	if !c.is(k+g, "/") {
		return "", 0
	}
	k0 := k
	k += g + 1
	k += c.gap(k)
	t := c.at(k)
	switch {
	case t.low == "h" && c.ends(k+1):
		return "giờ", k + 1 - k0
	case t.low == "s" && c.ends(k+1):
		return "giây", k + 1 - k0
	}
	if u, n := c.unitHere(k); n > 0 && u.kind == Measure {
		return u.said, k + n - k0
	}
	if t.kind == word && per[t.low] && c.ends(k+1) {
		return t.s, k + 1 - k0
	}
	if h := c.clock(k); h.n == 2 && t.kind == digits {
		return h.said, k + h.n - k0
	}
	if q := c.quantityAt(k); q.n > 0 && t.kind == digits && q.unit.kind == Measure {
		return q.said, k + q.n - k0
	}
	return "", 0
}

// unitAlone recognises a unit without a number: đơn vị tính: kg/m3.
func unitAlone(c *cursor) (found, bool) {
	t := c.at(0)
	u, n := unitTable[t.low], 1
	if u.kind != Measure || !c.begins() || c.at(1).kind == word {
		return found{}, false
	}
	if power := powers[c.at(1).s]; lengths[t.low] && power != "" {
		u.said, n = u.said+power, 2
	} else if syllable(t.low) || letters[t.low] != "" || upper(t.s) {
		return found{}, false
	}
	if said, more := c.perWhat(n); more > 0 {
		n, u.said = n+more, u.said+" trên "+said
	}
	return found{n: n, spoken: u.said, kind: Measure, sure: Likely}, true
}

// perSlash recognises the stroke between words: 2 triệu/tháng, 215 người/km2.
func perSlash(c *cursor) (found, bool) {
	if !c.is(0, "/") || c.at(-1).kind != word || upper(c.at(-1).s) && len(c.at(-1).s) > 1 {
		return found{}, false
	}
	said, n := c.perWhat(0)
	if n == 0 || !c.numberBefore() {
		return found{}, false
	}
	joint := "trên "
	if t := c.before(1); multiples[t].said != "" || unitTable[t].kind == Money || heads[said] {
		joint = "một "
	}
	return found{n: n, spoken: joint + said, kind: Measure, sure: Likely}, true
}

// numberBefore tells whether a number stands shortly before the cursor.
func (c *cursor) numberBefore() bool {
	for k := -1; k > -7; k-- {
		switch t := c.at(k); t.kind {
		case digits:
			return true
		case line:
			return false
		}
	}
	return false
}

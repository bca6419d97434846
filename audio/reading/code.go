package reading

import "strings"

// codeWords announce digits that are said one by one.
var codeWords = set("thuế mst cccd cmnd cmtnd cmt căn cước khoản stk tk hiệu mã thẻ seri sê ri serial bhyt bhxh định danh hộ chiếu otp pin imei vận đơn kh")

// code recognises long numbers that name something: a tax number, an account.
func code(c *cursor) (found, bool) {
	d := c.digits(0)
	lettered := c.at(-1).kind == word && letters[c.at(-1).low] != "" // H37.12
	if d == "" || !c.opens() && !lettered || !c.ends(1) {
		return found{}, false
	}
	if m := c.numeral(0); m.grouped && c.at(1).s == "." && d[0] != '0' { // 1.500.000 is an amount
		return found{}, false
	}
	near := false
	for k := 1; k <= 4; k++ {
		near = near || codeWords[c.before(k)]
	}
	near = near || c.drawn(d)
	if !near || c.unitAt(1+c.gap(1)) > 0 {
		return found{}, false
	}
	n, groups := 1, []string{d}
	for len(groups) < 6 && (c.is(n, "-") || c.is(n, ".") || c.is(n, " ") && len(c.digits(n+1)) >= 3) && c.digits(n+1) != "" {
		groups, n = append(groups, c.digits(n+1)), n+2
	}
	if len(strings.Join(groups, "")) < 5 || !c.ends(n) {
		return found{}, false
	}
	if len(groups) == 1 {
		groups = threes(d)
	}
	for i, g := range groups {
		groups[i] = digitByDigit(g)
	}
	f := found{n: n, spoken: strings.Join(groups, ", "), kind: Number, sure: Likely}
	if n == 1 {
		f.others = []string{amount(d)}
	}
	return f, true
}

// drawn tells whether digits are what was drawn for a prize: giải nhất 45210.
func (c *cursor) drawn(d string) bool {
	if len(d) != 5 && len(d) != 6 || c.is(1, ".") && c.digits(2) != "" || c.is(1, ",") && c.digits(2) != "" {
		return false
	}
	for k := 1; k <= 3; k++ {
		if w := c.before(k); w == "giải" || w == "số" && c.before(k+1) == "vé" {
			return true
		}
	}
	return false
}

// threes parts digits into groups that one says in a breath.
func threes(d string) []string {
	var groups []string
	for len(d) > 5 {
		groups, d = append(groups, d[:3]), d[3:]
	}
	return append(groups, d)
}

// plate recognises the plate of a vehicle: 49A-123.45, 86B1-567.89.
func plate(c *cursor) (found, bool) {
	place, n := c.digits(0), 1
	if c.is(1, "-") {
		n = 2
	}
	l := c.at(n)
	if len(place) != 2 || l.kind != word || !upper(l.s) || len(l.s) > 2 || !c.opens() {
		return found{}, false
	}
	n++
	said := cardinal(place) + " " + spelled(l.s)
	if s := c.digits(n); len(s) == 1 {
		n, said = n+1, said+" "+cardinal(s)
	}
	if !c.is(n, "-") && !c.is(n, ".") && !c.is(n, " ") {
		return found{}, false
	}
	d := c.digits(n + 1)
	n += 2
	if more := c.digits(n + 1); len(d) == 3 && c.is(n, ".") && len(more) == 2 {
		d, n = d+more, n+2
	}
	if len(d) != 4 && len(d) != 5 || !c.ends(n) {
		return found{}, false
	}
	return found{n: n, spoken: said + ", " + digitByDigit(d), kind: Name, sure: Likely}, true
}

var standards = set("tcvn qcvn iso tcxd tcxdvn qcvm")

// ratio recognises 1:500 and, where one tells a score, 2:1.
func ratio(c *cursor) (found, bool) {
	a, b := c.digits(0), c.digits(2)
	if a == "" || b == "" || !c.is(1, ":") || !c.opens() || !c.ends(3) || c.is(3, ":") {
		return found{}, false
	}
	joint := " trên "
	if standards[c.before(1)] && yearNumber(b) {
		return found{n: 3, spoken: cardinal(a) + " năm " + cardinal(b), kind: Number, sure: Certain}, true
	}
	if (scores[c.before(1)] || scores[c.before(2)]) && c.before(1) != "lệ" && c.before(2) != "lệ" {
		joint = " "
	}
	return found{n: 3, spoken: amount(a) + joint + amount(b), kind: Number, sure: Likely}, true
}

// times recognises the × between two sizes: 20m x 30m, 2x600.
func times(c *cursor) (found, bool) {
	if s := c.at(0).low; s != "x" && s != "×" || c.digits(1+c.gap(1)) == "" || !c.numberBefore() {
		return found{}, false
	}
	if c.gap(-1) == 0 && c.at(-1).kind == sign || c.gap(-1) == 0 && c.at(-1).kind == word && c.at(0).kind == word {
		return found{}, false
	}
	return found{n: 1 + c.gap(1), spoken: "nhân", kind: Symbol, sure: Likely}, true
}

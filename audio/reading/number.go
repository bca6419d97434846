package reading

import "strings"

// A numeral is a number as it is written: 1.000.000, 2 500, 2,25, -5, 007.
type numeral struct {
	n       int    // tokens
	whole   string // digits before the comma
	decimal string // digits after it, "" for none
	point   bool   // the comma is written as a point: 4.0
	grouped bool   // by points or spaces
	english bool   // by commas: 1,000.50
	minus   bool
}

// numeral reads a number k tokens on; n is 0 if there is none. A sign belongs to
// it where nothing else stands before it.
func (c *cursor) numeral(k int) numeral {
	var m numeral
	if c.is(k, "-") && c.at(k+1).kind == digits && (c.at(k-1).kind == space || c.at(k-1).kind == line || c.is(k-1, "(")) {
		m.minus, m.n = true, 1
	}
	d := c.digits(k + m.n)
	if d == "" {
		return numeral{}
	}
	m.whole = d
	m.n++
	c.groups(&m, k)
	if m.grouped && !m.english || c.at(k+m.n).s != "." {
		c.fraction(&m, k, ",")
	} else {
		c.fraction(&m, k, ".")
	}
	return m
}

// groups takes the thousands that follow: 1.000 and 1 000, and 1,000,000, for
// there a comma can be nothing else.
func (c *cursor) groups(m *numeral, k int) {
	for _, by := range []string{".", " ", ","} {
		n, whole := m.n, m.whole
		if len(whole) > 3 || whole[0] == '0' {
			return
		}
		parts := 0
		for len(whole) <= longestNumber && c.at(k+n).s == by && len(c.digits(k+n+1)) == 3 {
			whole += c.digits(k + n + 1)
			n += 2
			parts++
		}
		english := by == "," && parts == 1 && c.is(k+n, ".") && len(c.digits(k+n+1)) == 2
		if parts == 0 || by == "," && parts == 1 && !english || c.glued(k+n, by) {
			continue
		}
		m.n, m.whole, m.grouped, m.english = n, whole, true, by == ","
		return
	}
}

// glued tells whether digits go on behind groups, so that they are none.
func (c *cursor) glued(k int, by string) bool {
	return c.at(k).kind == digits || c.at(k).s == by && c.at(k+1).kind == digits
}

func (c *cursor) fraction(m *numeral, k int, comma string) {
	d := c.digits(k + m.n + 1)
	if c.at(k+m.n).s != comma || d == "" || comma == "," && c.is(k-1, ",") && c.digits(k-2) != "" || c.at(k+m.n+2).s == comma && c.digits(k+m.n+3) != "" {
		return
	}
	m.decimal, m.point = d, comma == "."
	m.n += 2
}

// say is the number in words. counts says that it counts something.
func (m numeral) say(counts bool) string {
	said := m.wholeWords(counts)
	if m.decimal != "" {
		comma := " phẩy "
		if m.point && !counts && !m.english {
			comma = " chấm "
		}
		said += comma + digitByDigit(m.decimal)
	}
	if m.minus {
		said = "âm " + said
	}
	return said
}

func (m numeral) wholeWords(counts bool) string {
	switch {
	case m.grouped || counts:
		return amount(m.whole)
	case len(m.whole) > 2 && m.whole[0] == '0':
		return digitByDigit(m.whole)
	}
	return cardinal(m.whole)
}

// number is the rule of what is nothing but a number, or two with a dash between.
func number(c *cursor) (found, bool) {
	m := c.numeral(0)
	if m.n == 0 {
		return found{}, false
	}
	f := found{n: m.n, kind: Number, sure: Certain}
	last := m
	d := c.dash(m.n)
	if d > 0 {
		last = c.numeral(m.n + d)
		if last.n == 0 || c.glued(m.n+d+last.n, "-") {
			d, last = 0, m
		}
	}
	if d == 0 {
		f.spoken = m.say(c.counts(m.n))
		switch {
		case m.n > 1:
		case len(m.whole) == 2 && m.whole[0] == '0' && c.numbersDocument():
			f.spoken = digitByDigit(m.whole)
		case c.before(1) == "tháng" && monthNumber(m.whole) && !spans[c.after(1, 1)]:
			f.spoken = month(m.whole)
		}
		return f, true
	}
	f.n, f.sure = m.n+d+last.n, Likely
	from, to := m.say(c.counts(f.n)), last.say(c.counts(f.n))
	f.spoken, f.others = from+" đến "+to, []string{from + " " + to}
	if c.is(f.n+c.gap(f.n), "=") {
		f.spoken, f.others = from+" trừ "+to, nil
	} else if scores[c.before(1)] || scores[c.before(2)] || !m.below(last) {
		f.spoken, f.others = from+" "+to, []string{f.spoken}
	}
	return f, true
}

var papers = set("án thị quyết định tư hoạch văn báo luận lệnh điện")

// numbersDocument tells whether a number is that of a document: Đề án 06.
func (c *cursor) numbersDocument() bool {
	before := c.before(1)
	return papers[before] || before == "số" && papers[c.before(2)]
}

var spans = set("ngày tuần đêm")

var scores = set("số thắng thua hòa")

// below tells whether a number is less than another: only then a dash means to.
func (m numeral) below(b numeral) bool {
	x, y := strings.TrimLeft(m.whole, "0"), strings.TrimLeft(b.whole, "0")
	if len(x) != len(y) {
		return len(x) < len(y)
	}
	return x < y || x == y && m.decimal < b.decimal
}

// counts tells whether a number that ends n tokens on counts what follows.
func (c *cursor) counts(n int) bool {
	after := c.at(n + 1)
	if d := c.digits(n - 1); c.before(1) == "năm" || n == 1 && len(d) == 4 && (d[:2] == "19" || d[:2] == "20") {
		return false // a year
	}
	return c.at(n).kind == space && after.kind == word && !capital(after.s)
}

package number

import (
	"strings"

	"loa/audio/reading/kind"
	"loa/audio/reading/token"
)

// A Numeral is a number as it is written: 1.000.000, 2 500, 2,25, -5, 007.
type Numeral struct {
	N       int    // tokens
	Whole   string // digits before the comma
	Decimal string // digits after it, "" for none
	point   bool   // the comma is written as a point: 4.0
	Grouped bool   // by points or spaces
	english bool   // by commas: 1,000.50
	Minus   bool
}

// At reads a number k tokens on; n is 0 if there is none. A sign belongs to
// it where nothing else stands before it.
func At(c *token.Cursor, k int) Numeral {
	var m Numeral
	if c.Is(k, "-") && c.At(k+1).Sort == token.Digits && (c.At(k-1).Sort == token.Space || c.At(k-1).Sort == token.Line || c.Is(k-1, "(")) {
		m.Minus, m.N = true, 1
	}
	d := c.Digits(k + m.N)
	if d == "" {
		return Numeral{}
	}
	m.Whole = d
	m.N++
	thousands(c, &m, k)
	if m.Grouped && !m.english || c.At(k+m.N).Text != "." {
		decimals(c, &m, k, ",")
	} else {
		decimals(c, &m, k, ".")
	}
	return m
}

// thousands takes the thousands that follow: 1.000 and 1 000, and 1,000,000, for
// there a comma can be nothing else.
func thousands(c *token.Cursor, m *Numeral, k int) {
	for _, by := range []string{".", " ", ","} {
		n, whole := m.N, m.Whole
		if len(whole) > 3 || whole[0] == '0' {
			return
		}
		parts := 0
		for len(whole) <= longestNumber && c.At(k+n).Text == by && len(c.Digits(k+n+1)) == 3 {
			whole += c.Digits(k + n + 1)
			n += 2
			parts++
		}
		english := by == "," && parts == 1 && c.Is(k+n, ".") && len(c.Digits(k+n+1)) == 2
		mixed := by == " " && c.Is(k+n, ".") && len(c.Digits(k+n+1)) == 3 // người thứ 1 105.300đ
		if parts == 0 || mixed || by == " " &&
			len(m.Whole) == 1 && ranked[c.Near(k-1, -1, 1)] || by == "," && parts == 1 && !english || glued(c, k+n,
			by) {
			continue
		}
		m.N, m.Whole, m.Grouped, m.english = n, whole, true, by == ","
		return
	}
}

// ranked are words before the number of one of them, which no thousands follow: thôn 3
// 180 hộ, cống 3 180 m3.
var ranked = token.Set("thôn xóm ấp tổ cống cửa đội khu lớp đợt lần trạm bản buôn")

// glued tells whether digits go on behind groups, so that they are none.
func glued(c *token.Cursor, k int, by string) bool {
	return c.At(k).Sort == token.Digits || c.At(k).Text == by && c.At(k+1).Sort == token.Digits
}

func decimals(c *token.Cursor, m *Numeral, k int, comma string) {
	d := c.Digits(k + m.N + 1)
	if c.At(k+m.N).Text != comma || d == "" || comma == "," && c.Is(k-1,
		",") && c.Digits(k-2) != "" || c.At(k+m.N+2).Text == comma && c.Digits(k+m.N+3) != "" {
		return
	}
	m.Decimal, m.point = d, comma == "."
	m.N += 2
}

// Say is the number in words. counts says that it counts something.
func (m Numeral) Say(counts bool) string {
	said := m.WholeWords(counts)
	if m.Decimal != "" {
		comma := " phẩy "
		if m.point && !counts && !m.english {
			comma = " chấm "
		}
		said += comma + DigitByDigit(m.Decimal)
	}
	if m.Minus {
		said = "âm " + said
	}
	return said
}

// WholeWords is the part before the comma, in words.
func (m Numeral) WholeWords(counts bool) string {
	switch {
	case m.Grouped || counts:
		return Amount(m.Whole)
	case len(m.Whole) > 2 && m.Whole[0] == '0':
		return DigitByDigit(m.Whole)
	}
	return Cardinal(m.Whole)
}

// Rule is the rule of what is nothing but a number, or two with a dash between.
func Rule(c *token.Cursor) (token.Found, bool) {
	m := At(c, 0)
	if m.N == 0 {
		return token.Found{}, false
	}
	f := token.Found{N: m.N, Kind: kind.Number, Sure: kind.Certain}
	last := m
	for _, list := range []token.Rule{chain, version} {
		if f, ok := list(c); ok {
			return f, true
		}
	}
	d := c.Dash(m.N)
	if d > 0 {
		last = At(c, m.N+d)
		if last.N == 0 || glued(c, m.N+d+last.N, "-") {
			d, last = 0, m
		}
	}
	if d == 0 {
		f.Spoken = m.Say(counts(c, m.N))
		switch {
		case m.N > 1:
		case m.Whole == "4" && c.Before(1) == "ngã":
			f.Spoken = "tư"
		case len(m.Whole) >= 4 && c.At(-1).Sort == token.Word && token.Upper(c.At(-1).Text) && len(c.At(-1).Text) > 1: // giống OM5451
			f.Spoken, f.Others = DigitByDigit(m.Whole), []string{f.Spoken}
		case len(m.Whole) == 2 && m.Whole[0] == '0' && (numbersDocument(c) || c.At(-1).Sort == token.Word): // khối A00
			f.Spoken = DigitByDigit(m.Whole)
		case c.Before(1) == "tháng" && IsMonth(m.Whole) && !spans[c.After(1, 1)]:
			f.Spoken = Month(m.Whole)
		}
		return f, true
	}
	f.N, f.Sure = m.N+d+last.N, kind.Likely
	if c.At(-1).Sort == token.Word && len(last.Whole) > 1 && last.Whole[0] == '0' { // lô B3-05
		f.Spoken = m.Say(false) + " " + DigitByDigit(last.Whole)
		return f, true
	}
	from, to := m.Say(counts(c, f.N)), last.Say(counts(c, f.N))
	f.Spoken, f.Others = from+" đến "+to, []string{from + " " + to}
	if c.Is(f.N+c.Gap(f.N), "=") {
		f.Spoken, f.Others = from+" trừ "+to, nil
	} else if Scores[c.Before(1)] || Scores[c.Before(2)] || !m.below(last) {
		f.Spoken, f.Others = from+" "+to, []string{f.Spoken}
	}
	return f, true
}

// version recognises three numbers or more with points between them, which no grouping
// makes one: phiên bản 1.2.26.
func version(c *token.Cursor) (token.Found, bool) {
	n, said := 0, []string{}
	for len(said) < longestChain {
		d := c.Digits(n)
		if d == "" || len(d) > 3 {
			return token.Found{}, false
		}
		said = append(said, Cardinal(d))
		n++
		if !c.Is(n, ".") || c.Digits(n+1) == "" {
			break
		}
		n++
	}
	if len(said) < 3 || !c.Ends(n) || At(c, 0).N == n {
		return token.Found{}, false
	}
	return token.Found{N: n, Spoken: strings.Join(said, " chấm "), Kind: kind.Number, Sure: kind.Likely}, true
}

// formulas of fertilizers are two numbers or three, and no span: DAP 18-46.
var formulas = token.Set("npk dap np nk map pk")

// longestChain is how many numbers a chain has at the most.
const longestChain = 8

// chain recognises three numbers or more with dashes between them, a list and no span:
// tổ 1-2-3, NPK 16-16-8.
func chain(c *token.Cursor) (token.Found, bool) {
	n, said := 0, []string{}
	for len(said) < longestChain {
		d := c.Digits(n)
		if d == "" || len(d) > 3 {
			return token.Found{}, false
		}
		said = append(said, Cardinal(d))
		n++
		if !c.Is(n, "-") || c.Digits(n+1) == "" {
			break
		}
		n++
	}
	if len(said) < 3 && (len(said) < 2 || !formulas[c.Before(1)]) || !c.Ends(n) || c.Is(n, "/") && c.At(n+1).Sort != token.Word {
		return token.Found{}, false
	}
	return token.Found{N: n, Spoken: strings.Join(said, ", "), Kind: kind.Number, Sure: kind.Likely}, true
}

var papers = token.Set("án thị quyết định tư hoạch văn báo luận lệnh điện")

// OfDocument tells whether what was written before a number, or what was said for it,
// is a document: Thông tư 05/2020, TT 05/2020.
func OfDocument(c *token.Cursor) bool { return papers[token.Fold(c.BeforeWritten())] }

// numbersDocument tells whether a number is that of a document: Đề án 06.
func numbersDocument(c *token.Cursor) bool {
	before := c.Before(1)
	return papers[before] || before == "số" && papers[c.Before(2)]
}

var spans = token.Set("ngày tuần đêm")

// Scores are words behind which two numbers are those of two sides.
var Scores = token.Set("số thắng thua hòa")

// below tells whether a number is less than another: only then a dash means to.
func (m Numeral) below(b Numeral) bool {
	x, y := strings.TrimLeft(m.Whole, "0"), strings.TrimLeft(b.Whole, "0")
	if len(x) != len(y) {
		return len(x) < len(y)
	}
	return x < y || x == y && m.Decimal < b.Decimal
}

// counts tells whether a number that ends n tokens on counts what follows.
func counts(c *token.Cursor, n int) bool {
	after := c.At(n + 1)
	if d := c.Digits(n - 1); c.Before(1) == "năm" || n == 1 && len(d) == 4 && (d[:2] == "19" || d[:2] == "20") {
		return false // a year
	}
	return c.At(n).Sort == token.Space && after.Sort == token.Word && !token.Capital(after.Text)
}

package measure

import (
	"strings"

	"loa/audio/reading/calendar"
	"loa/audio/reading/kind"
	"loa/audio/reading/lexicon"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
	"loa/audio/reading/unit"
)

// Times recognises the × between two sizes: 20m x 30m, 2x600.
func Times(c *token.Cursor) (token.Found, bool) {
	if s := c.At(0).Low; s == "x" && c.Gap(-1)+c.Gap(1) == 2 && c.Is(-2, "%") && c.At(2).Sort == token.Word { // 0,03% x giá đất
		return token.Found{N: 1, Spoken: "nhân", Kind: kind.Symbol, Sure: kind.Likely}, true
	}
	if s := c.At(0).Low; s != "x" && s != "×" || c.Digits(1+c.Gap(1)) == "" || !c.NumberBefore() && !perUnit(c) {
		return token.Found{}, false
	}
	if c.Gap(-1) == 0 && c.At(-1).Sort == token.Sign || c.Gap(-1) == 0 && c.At(-1).Sort == token.Word && c.At(0).Sort == token.Word {
		return token.Found{}, false
	}
	return token.Found{N: 1 + c.Gap(1), Spoken: "nhân", Kind: kind.Symbol, Sure: kind.Likely}, true
}

// perUnit tells whether a price ends before the cursor: 85.000đ/hộ/tháng x 9.
func perUnit(c *token.Cursor) bool {
	k := -1 - c.Gap(-1)
	return c.At(k).Sort == token.Word && c.Is(k-1, "/")
}

// A quantity is a number with its unit, k tokens on.
type quantity struct {
	n    int
	said string
	unit unit.Unit
}

// quantityAt reads a number, what multiplies it, and its unit.
func quantityAt(c *token.Cursor, k int) quantity {
	number, n, m := counted(c, k)
	if n == 0 {
		return quantity{}
	}
	q := quantity{n: n, said: number}
	if mult, size := multiple(c, k, k+n); size > 0 {
		more, tail := tailOf(c, k+n+size, mult)
		q = quantity{n: n + size + tail, said: number + " " + mult.Said + more, unit: unit.Unit{Kind: kind.Money}}
	}
	g := c.Gap(k + q.n)
	u, size := unit.Here(c, k+q.n+g)
	if u.Kind == kind.Money && u.Said == "đồng" && q.n == n && m.N > 0 && ranked(c, k, m) {
		u = unit.Unit{Said: "điểm", Kind: kind.Measure}
	}
	switch {
	case size == 0 || u.Kind == kind.Money && g > 0 && street(c, k+q.n+g) || u.Glued && g > 0 && !token.Upper(c.At(k+q.n+g).Text) ||
		u.Kind == kind.Percent && g > 0 && c.At(k+q.n+g+1).Sort == token.Digits:
		if q.n == n {
			return quantity{}
		}
		return q
	case u.Kind == kind.Money && m.Decimal != "" && q.n == n:
		if said := cents(m, u); said != "" {
			u.Said, q.said = "", said
		}
	}
	more, tail := tailOf(c, k+q.n+g+size, u)
	return quantity{n: q.n + g + size + tail, said: strings.TrimSpace(q.said+" "+u.Said) + more, unit: u}
}

// ranks are those of a contest, where đ counts points and no money is so little.
var ranks = token.Set("nhất nhì hạng giải thi điểm tỷ quả chấm đội")

func ranked(c *token.Cursor, k int, m number.Numeral) bool {
	if n := number.Small(m.Whole); n < 0 || n > 100 {
		return false
	}
	for j := 1; j <= 5; j++ {
		if ranks[c.Near(k-1, -1, j)] {
			return true
		}
	}
	return false
}

// street tells whether Đ., k tokens on, is a street or an article: Số 5 Đ. 19/4.
func street(c *token.Cursor, k int) bool {
	return c.Is(k, "Đ") && c.Is(k+1, ".") && c.Digits(k+2+c.Gap(k+2)) != ""
}

// counted is a number or a fraction k tokens on, as it is said before a unit.
func counted(c *token.Cursor, k int) (said string, n int, m number.Numeral) {
	if f := number.FractionAt(c, k); f.N > 0 {
		return f.Said, f.N, m
	}
	m = number.At(c, k)
	if m.N == 0 {
		return "", 0, m
	}
	return m.Say(true), m.N, m
}

// multiple is k, tr, triệu, … after a number. t is tấn where something is loaded.
func multiple(c *token.Cursor, from, k int) (unit.Unit, int) {
	g := c.Gap(k)
	t := c.At(k + g)
	m, ok := unit.Multiples[t.Low]
	switch {
	case !ok, m.Glued && (g > 0 || t.Text == "T" || t.Text == "NG"):
		return unit.Unit{}, 0
	case c.At(k+g+1).Sort == token.Digits && m.Times != "" && len(c.Digits(k+g+1)) <= 3 && c.Ends(k+g+2):
	case !c.Ends(k + g + 1):
		return unit.Unit{}, 0
	}
	if t.Low == "t" {
		m, _ = ofT(c, from, k+g+1)
	}
	return m, g + 1
}

// tailOf is what digits right behind a unit say, and how many tokens they are:
// 1tr2, 1m65, 2tr250.
func tailOf(c *token.Cursor, k int, u unit.Unit) (string, int) {
	d := c.Digits(k)
	if d == "" || c.At(k-1).Sort != token.Word || len(d) > 3 || !c.Ends(k+1) {
		return "", 0
	}
	switch {
	case u.Times == "" && u.Said == "mét" && d == "1":
		return " mốt", 1
	case u.Times == "" && u.Said == "mét" && len(d) == 2 && d[0] == '0': // 1m05 is no 1m5
		return " " + number.DigitByDigit(d), 1
	case u.Times == "" && u.Said == "mét" && len(d) <= 2:
		return " " + number.Cardinal(d), 1
	case u.Times == "trăm" && len(d) == 1:
		return " " + number.Cardinal(d) + " trăm", 1
	case u.Times != "" && u.Times != "trăm":
		return " " + number.Cardinal((d + "00")[:3]) + " " + u.Times, 1
	}
	return "", 0
}

var clockUnits = token.Set("giờ phút giây")

// Quantities recognises numbers with units, one or two with a dash between, and
// what they are counted for: 100-150 mm, 75.000 - 80.000 đ/kg, 120 m3/giây.
func Quantities(c *token.Cursor) (token.Found, bool) {
	if !c.Opens() || c.At(0).Sort != token.Digits && c.At(0).Sort != token.Sign {
		return token.Found{}, false
	}
	q := quantitySpan(c)
	if q.n == 0 {
		return token.Found{}, false
	}
	of := q.unit.Kind
	if clockUnits[q.unit.Said] {
		of = kind.Time
	}
	for range 3 {
		said, n := perWhat(c, q.n)
		counted := false
		if n == 0 {
			said, n = perAnything(c, q.n)
			counted = n > 0
		}
		if n == 0 {
			break
		}
		joint := " trên "
		if counted && of != kind.Percent || of == kind.Money || of == kind.Percent && !counted || unit.Heads[said] {
			joint = " một "
		}
		q.n, q.said = q.n+n, q.said+joint+said
	}
	f := token.Found{N: q.n, Spoken: q.said, Kind: of, Sure: kind.Certain}
	doubtT(c, &f)
	return f, true
}

func quantitySpan(c *token.Cursor) quantity {
	q := quantityAt(c, 0)
	if q.n > 0 {
		if d := c.Dash(q.n); d > 0 {
			if b := quantityAt(c, q.n+d); b.n > 0 {
				joint := " đến "
				if unit.Dimension(q.unit) != unit.Dimension(b.unit) { // 220V-50Hz: no span, two things
					joint = ", "
				}
				b.n, b.said = q.n+d+b.n, q.said+joint+b.said
				return b
			}
		}
		return q
	}
	said, n, _ := counted(c, 0)
	d := c.Dash(n)
	if n == 0 || d == 0 {
		return quantity{}
	}
	b := quantityAt(c, n+d)
	if b.n == 0 {
		return quantity{}
	}
	b.n, b.said = n+d+b.n, said+" đến "+b.said
	return b
}

// perWhat is "/tháng", "/m2", "/100 km" k tokens on.
func perWhat(c *token.Cursor, k int) (string, int) {
	g := c.Gap(k)
	if !c.Is(k+g, "/") {
		return "", 0
	}
	k0 := k
	k += g + 1
	k += c.Gap(k)
	t := c.At(k)
	switch {
	case t.Low == "h" && c.Ends(k+1):
		return "giờ", k + 1 - k0
	case t.Low == "s" && c.Ends(k+1):
		return "giây", k + 1 - k0
	}
	if u, n := unit.Here(c, k); n > 0 && u.Kind == kind.Measure {
		return u.Said, k + n - k0
	}
	if t.Sort == token.Word && unit.Per[t.Low] && c.Ends(k+1) {
		return t.Text, k + 1 - k0
	}
	if h := calendar.ClockAt(c, k); h.N == 2 && t.Sort == token.Digits {
		return h.Said, k + h.N - k0
	}
	if q := quantityAt(c, k); q.n > 0 && t.Sort == token.Digits && q.unit.Kind == kind.Measure {
		return q.said, k + q.n - k0
	}
	return "", 0
}

// perAnything is "/khóa" k tokens on, right behind a quantity: what is counted there
// need be in no list.
func perAnything(c *token.Cursor, k int) (string, int) {
	t := c.At(k + 1)
	if !c.Is(k, "/") || t.Sort != token.Word || token.Capital(t.Text) || !token.Syllable(t.Low) || !c.Ends(k+2) {
		return "", 0
	}
	return t.Text, 2
}

// UnitAlone recognises a unit without a number: đơn vị tính: kg/m3.
func UnitAlone(c *token.Cursor) (token.Found, bool) {
	t := c.At(0)
	u, n := unit.Table[t.Low], 1
	if _, exact := unit.Table[t.Text]; len(t.Text) < 3 && !exact { // Lm. is no lm
		return token.Found{}, false
	}
	if u.Kind != kind.Measure || !c.Begins() || c.At(1).Sort == token.Word {
		return token.Found{}, false
	}
	if power := unit.Powers[c.At(1).Text]; unit.Lengths[t.Low] && power != "" {
		u.Said, n = u.Said+power, 2
	} else if token.Syllable(t.Low) || lexicon.Letters[t.Low] != "" || token.Upper(t.Text) {
		return token.Found{}, false
	}
	if said, more := perWhat(c, n); more > 0 {
		n, u.Said = n+more, u.Said+" trên "+said
	}
	return token.Found{N: n, Spoken: u.Said, Kind: kind.Measure, Sure: kind.Likely}, true
}

// pairs stand behind a stroke beside their others, and nothing is counted for them:
// 2 vợ/chồng, 5 nam/nữ.
var pairs = token.Set("nữ nam chồng vợ bà ông mẹ cha anh chị hoặc và hay con gái trai không")

// PerSlash recognises the stroke between words: 2 triệu/tháng, 215 người/km2.
func PerSlash(c *token.Cursor) (token.Found, bool) {
	counts := c.At(-1).Sort == token.Digits && c.At(1).Sort == token.Word // NPK 20-20-15/sào
	if !c.Is(0, "/") || !counts && (c.At(-1).Sort != token.Word || token.Upper(c.At(-1).Text) && len(c.At(-1).Text) > 1) {
		return token.Found{}, false
	}
	said, n := perWhat(c, 0)
	if n == 0 && !counts && c.At(-2).Sort == token.Space && c.At(-3).Sort == token.Digits && !pairs[c.At(1).Low] { // 8 người/đội
		if said, n = perAnything(c, 0); n > 0 {
			return token.Found{N: n, Spoken: "một " + said, Kind: kind.Measure, Sure: kind.Likely}, true
		}
	}
	if n == 0 || !c.NumberBefore() || counts && c.At(n+c.Gap(n)).Sort == token.Digits || counts && token.Capital(c.At(n+c.Gap(n)).Text) {
		return token.Found{}, false
	}
	joint := "trên "
	if counts {
		return token.Found{N: n, Spoken: joint + said, Kind: kind.Measure, Sure: kind.Likely}, true
	}
	if t := c.Before(1); unit.Multiples[t].Said != "" || unit.Table[t].Kind == kind.Money || unit.Heads[said] {
		joint = "một "
	}
	return token.Found{N: n, Spoken: joint + said, Kind: kind.Measure, Sure: kind.Likely}, true
}

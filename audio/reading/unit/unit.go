package unit

import (
	"strings"

	"loa/audio/reading/kind"
	"loa/audio/reading/token"
)

// Globe is what letters behind a degree say of a place.
var Globe = map[string]string{"N": "vĩ bắc", "B": "vĩ bắc", "S": "vĩ nam", "E": "kinh đông", "Đ": "kinh đông", "W": "kinh tây",
	"T": "kinh tây"}

// Here is a unit k tokens on, and how many tokens it takes.
func Here(c *token.Cursor, k int) (Unit, int) {
	t := c.At(k)
	if t.Text == "°" {
		return degrees(c, k)
	}
	if t.Text == "%" || t.Text == "‰" {
		return Unit{Said: map[string]string{"%": "phần trăm", "‰": "phần nghìn"}[t.Text], Kind: kind.Percent}, 1
	}
	if t.Text == "US" && c.Is(k+1, "$") {
		return Unit{Said: "đô la", Kind: kind.Money}, 2
	}
	if t.Low == "đ" && c.Is(k+1, "/") && c.At(k+2).Low == "c" && c.Ends(k+3) { // 27 đ/c: people
		return Unit{}, 0
	}
	if t.Text == "\"" && c.At(k-1).Sort == token.Digits && screened(c, k-2) { // TV 55"
		return Table["inch"], 1
	}
	u, ok := Table[t.Text]
	if said := data[t.Text]; said != "" {
		u, ok = dataAt(c, k, said)
		if !ok {
			return Unit{}, 0
		}
	} else if !ok && len(t.Text) > 1 {
		u, ok = Table[t.Low]
	}
	if !ok {
		return Unit{}, 0
	}
	if t.Text == "m" && c.Is(k+1, "2") && isTall(c, k) { // cao 1m2: one metre twenty
		return u, 1
	}
	if power := Powers[c.At(k+1).Text]; Lengths[t.Low] && power != "" && c.Ends(k+2) {
		u.Said += power
		return u, 2
	}
	if t.Sort == token.Word && !c.Ends(k+1) && !(t.Text == "m" && len(c.Digits(k+1)) <= 2 && c.Ends(k+2)) {
		return Unit{}, 0
	}
	return u, 1
}

// dataAt is a unit of data k tokens on, or mi li ba, where the words say so.
func dataAt(c *token.Cursor, k int, said string) (Unit, bool) {
	for j := 1; j <= 6; j++ {
		switch w := c.Near(k-1, -1, j); {
		case ofData[w]:
			return Unit{Said: said, Kind: kind.Measure}, true
		case pressure[w] && c.Is(k, "mb"):
			return Unit{Said: "mi li ba", Kind: kind.Measure}, true
		}
	}
	per := c.Is(k+1, "/") && c.At(k+2).Low == "s"
	return Unit{Said: said, Kind: kind.Measure}, per || c.At(k-1).Sort == token.Digits && token.Capital(c.At(k).Text)
}

var (
	tall  = token.Set("cao dài sâu dày")
	quite = token.Set("quá hơn trên tới gần khoảng dưới đến")
	// screens are measured in inches, as are pipes.
	screens = token.Set("tv tivi vi hình ống lốp laptop led")
)

// isTall tells whether the words before the number of a unit k tokens on say that
// something is so tall: cao 1m2, cao quá 3m2.
func isTall(c *token.Cursor, k int) bool {
	w := c.Near(k-1, -1, 2)
	return tall[w] || quite[w] && tall[c.Near(k-1, -1, 3)]
}

// screened tells whether one of them stands up to three words before a token.
func screened(c *token.Cursor, k int) bool {
	for j := 1; j <= 3; j++ {
		if screens[c.Near(k, -1, j)] {
			return true
		}
	}
	return false
}

// At is how many tokens a unit takes k tokens on, 0 for none.
func At(c *token.Cursor, k int) int {
	_, n := Here(c, k)
	return n
}

// degrees are °C, and places on the globe: 10°N.
func degrees(c *token.Cursor, k int) (Unit, int) {
	g := c.Gap(k + 1)
	t := c.At(k + 1 + g)
	if t.Sort == token.Word && c.Ends(k+2+g) {
		switch t.Low {
		case "c", "f", "k":
			return Unit{Said: "độ " + strings.ToUpper(t.Low), Kind: kind.Measure}, 2 + g
		}
		if said := Globe[t.Text]; said != "" {
			return Unit{Said: "độ " + said, Kind: kind.Measure}, 2 + g
		}
	}
	return Unit{Said: "độ", Kind: kind.Measure}, 1
}

// Dimension is what a unit measures; of two that are not told apart, the word itself.
func Dimension(u Unit) string {
	if u.Kind == kind.Money {
		return string(kind.Money)
	}
	for _, s := range []struct{ what, ends string }{
		{"area", "mét vuông|héc ta|sào|công"}, {"volume", "mét khối|lít"}, {"length", "mét|li|phân"}, {"mass",
			"gam|tấn|tạ|yến|ký|cân"}, {"time", "giờ|phút|giây|ngày|tháng|năm"},
	} {
		for _, end := range strings.Split(s.ends, "|") {
			if strings.HasSuffix(u.Said, end) {
				return s.what
			}
		}
	}
	return u.Said
}

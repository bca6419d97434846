package label

import (
	"strings"

	"loa/audio/reading/kind"
	"loa/audio/reading/lexicon"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
)

// roads are the letters before a road's number.
var roads = map[string]string{
	"ql": "quốc lộ", "tl": "tỉnh lộ", "hl": "hương lộ", "đt": "đường tỉnh", "đh": "đường huyện", "đx": "đường xã", "ct": "cao tốc",
	"lx":  "liên xã",
	"tdp": "tổ dân phố", "kp": "khu phố", "q": "quận", "p": "phường", "kcn": "khu công " +
		"nghiệp", "kv": "khu vực", "t": "tổ", "bđ": "báo động", "vt": "vị trí",
}

// quarters are those that are said only with a capital and a small number.
var quarters = token.Set("q p t")

// sheets are words behind which BĐ is a map, not a level of alarm.
var sheets = token.Set("tờ mảnh")

// Road recognises QL55, ĐT.714, QL 1A, Q.1, TDP3.
func Road(c *token.Cursor) (token.Found, bool) {
	t := c.At(0)
	said := roads[t.Low]
	if said == "" || !token.Capital(t.Text) || !c.Opens() || t.Low == "bđ" && sheets[c.Before(1)] {
		return token.Found{}, false
	}
	k := 1
	if c.Is(k, ".") || c.Is(k, "-") {
		k++
	}
	k += c.Gap(k)
	d := c.Digits(k)
	if d == "" || len(d) > 4 || quarters[t.Low] && (len(d) > 2 || t.Low == "t" || k > 2) || t.Low == "ct" && (k > 2 || len(d) > 2) {
		return token.Found{}, false
	}
	if _, law := c.Ahead(k, Law); law && lexicon.Documents[t.Text] != "" { // CT 05-CT/TW
		return token.Found{}, false
	}
	if t.Low == "vt" && k > 1 || t.Low == "đt" && (len(d) == 4 || len(d) == 1 && k == 1) || t.Low == "đx" && number.IsYear(d) ||
		c.Is(k+1, "/") && c.Digits(k+2) != "" {
		return token.Found{}, false
	}
	switch rest, ok := strings.CutPrefix(said, c.Before(1)+" "); {
	case ok: // đường ĐT.714
		said = rest
	case said == c.Before(2)+" "+c.Before(1):
		said = ""
	}
	f := token.Found{N: k + 1, Spoken: strings.TrimSpace(said + " " + number.Cardinal(d)), Kind: kind.Address, Sure: kind.Certain}
	if l := c.At(k + 1); l.Sort == token.Word && len(l.Text) == 1 {
		f.N, f.Spoken = k+2, f.Spoken+" "+l.Low
	}
	return f, c.Ends(f.N)
}

var (
	beforeHouse = token.Set("trụ cột số hẻm ngõ ngách kiệt nhà tổ lô lớp")
	afterHouse  = token.Set("đường phố hẻm ngõ tổ khu thôn ấp phường xã")
)

// House recognises the number of a house in a lane: số 12/3 đường Trần Phú, 45/7A.
func House(c *token.Cursor) (token.Found, bool) {
	a, n := c.Digits(0), 1
	said := number.Cardinal(a)
	if l := c.At(1); l.Sort == token.Word && len(l.Text) == 1 && token.Upper(l.Text) { // 12A/3
		n, said = 2, said+" "+l.Low
	}
	b := c.Digits(n + 1)
	if a == "" || b == "" || !c.Is(n, "/") || !c.Opens() || len(a) > 4 || len(b) > 4 {
		return token.Found{}, false
	}
	n, said = n+2, said+" trên "+number.Cardinal(b)
	for c.Is(n, "/") && c.Digits(n+1) != "" && n < 9 {
		n, said = n+2, said+" trên "+number.Cardinal(c.Digits(n+1))
	}
	before := c.Before(1)
	if l := c.At(n); l.Sort == token.Word && len(l.Text) == 1 && c.Ends(n+1) {
		n, said = n+1, said+" "+l.Low
		if strings.Contains("ABCDEFH", l.Text) { // 12/4A: nothing else is written so
			return token.Found{N: n, Spoken: said, Kind: kind.Address, Sure: kind.Likely}, true
		}
	}
	if before == "đến" && beforeHouse[c.Before(3)] { // từ số nhà 12 đến 86/3
		return token.Found{N: n, Spoken: said, Kind: kind.Address, Sure: kind.Likely}, c.Ends(n)
	}
	if before == "tổ" && (c.Before(2) == "giỗ" || len(b) > 1 && !afterHouse[c.After(n, 1)]) { // giỗ Tổ 10/3
		return token.Found{}, false
	}
	if before == "số" && len(b) <= 2 && c.Ends(n) && !number.OfDocument(c) && !papered(c) { // a number is no day: trụ điện số 14/6
		return token.Found{N: n, Spoken: said, Kind: kind.Address, Sure: kind.Likely}, true
	}
	lane := before != "số" && before != "nhà" && (before != "tổ" || len(a) == 1 && len(b) == 1)
	if c.Paired(kind.Address) && c.Is(-1-c.Gap(-1), ",") { // lớp 1/1, 1/2
		return token.Found{N: n, Spoken: said, Kind: kind.Address, Sure: kind.Likely}, true
	}
	if !beforeHouse[before] || !lane && !afterHouse[c.After(n, 1)] && !(c.At(n).Sort == token.Space &&
		token.Capital(c.At(n+1).Text)) || !c.Ends(n) {
		return token.Found{}, false
	}
	return token.Found{N: n, Spoken: said, Kind: kind.Address, Sure: kind.Likely}, true
}

// papered tells whether the number before which the cursor stands is that of a document.
func papered(c *token.Cursor) bool {
	for k := 2; k <= 5; k++ {
		if papers[c.Before(k)] {
			return true
		}
	}
	return false
}

var papers = token.Set("văn định thị quyết báo lệnh trình luật tư hoạch luận mời phiếu đơn biên bản")

// Milestone recognises Km 12+500.
func Milestone(c *token.Cursor) (token.Found, bool) {
	t := c.At(0)
	if t.Low != "km" || !c.Opens() {
		return token.Found{}, false
	}
	k := 1 + c.Gap(1)
	d := c.Digits(k)
	if d == "" || k > 1 && t.Text == "km" && c.At(-1-c.Gap(-1)).Sort == token.Digits {
		return token.Found{}, false
	}
	p := c.Span(0, stoneAt) // Km 8 - Km 10
	return token.Found{N: p.N, Spoken: p.Said, Kind: kind.Address, Sure: kind.Certain}, p.N > 0
}

// stoneAt is a kilometre of a road, and metres behind it: Km 12+350.
func stoneAt(c *token.Cursor, k int) token.Part {
	if c.At(k).Low != "km" {
		return token.Part{}
	}
	n := 1 + c.Gap(k+1)
	d := c.Digits(k + n)
	if d == "" {
		return token.Part{}
	}
	said := "ki lô mét " + number.Cardinal(d)
	if m := c.Digits(k + n + 2); c.Is(k+n+1, "+") && m != "" {
		return token.Part{N: n + 3, Said: said + " cộng " + number.Cardinal(m)}
	}
	return token.Part{N: n + 1, Said: said}
}

// Lettered recognises the letter of a block: 12A, lớp 5B, tổ 3C.
func Lettered(c *token.Cursor) (token.Found, bool) {
	d, l := c.Digits(0), c.At(1)
	if d == "" || len(d) > 4 || l.Sort != token.Word || lexicon.Letters[l.Low] == "" || !token.Upper(l.Text) || !c.Opens() {
		return token.Found{}, false
	}
	f := token.Found{N: 2, Spoken: number.Cardinal(d) + " " + l.Low, Kind: kind.Number, Sure: kind.Likely}
	if m := c.Digits(2); m != "" && c.Ends(3) {
		f.N, f.Spoken = 3, f.Spoken+" "+number.Cardinal(m)
		return f, true
	}
	return f, c.Ends(2)
}

package number

import (
	"strconv"
	"strings"

	"loa/audio/reading/kind"
	"loa/audio/reading/token"
)

var romanDigits = map[byte]int{'i': 1, 'v': 5, 'x': 10, 'l': 50, 'c': 100, 'd': 500, 'm': 1000}

var romanParts = []struct {
	n int
	s string
}{{1000, "m"}, {900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"}, {90, "xc"}, {50, "l"}, {40, "xl"}, {10, "x"}, {9, "ix"}, {5, "v"}, {4,
	"iv"}, {1, "i"}}

// Roman is the value of a numeral in small letters, written as one writes it; 0
// for what is none.
func Roman(low string) int {
	if low == "" || len(low) > 15 {
		return 0
	}
	n, last := 0, 0
	for i := len(low) - 1; i >= 0; i-- {
		v := romanDigits[low[i]]
		if v == 0 {
			return 0
		}
		if v < last {
			n -= v
		} else {
			n, last = n+v, v
		}
	}
	if romanOf(n) != low || n > 3999 {
		return 0
	}
	return n
}

func romanOf(n int) string {
	var b strings.Builder
	for _, p := range romanParts {
		for ; n >= p.n; n -= p.n {
			b.WriteString(p.s)
		}
	}
	return b.String()
}

var (
	// beforeRoman announce a numeral, in capitals or small letters.
	beforeRoman = token.Set(`kỉ kỷ thứ phần mục chương điều khoản đoạn lục khóa số năm quý kỳ kì tập quyển hạng loại cấp độ bậc nhóm vòng lần tiết tiểu
		bài giai đợt hồi phụ đề bảng khu vực vùng miền tổ đời triều tháng họp khoá diện bđ động giải lớp type`)
	// beforeCapitals announce one that is in capitals.
	beforeCapitals = token.Set("hội lớp đảng xã tỉnh thế bộ hùng khải đại toàn hà trung ương dự quận lâm tăng")
	// neverLettered number by numbers only, not by a, b, c.
	neverLettered = token.Set("số kỷ kỉ thứ chương khóa khoá lục")
	// romanSyllables are words of their own: vi phạm, xi măng.
	romanSyllables = token.Set("vi xi di li mi ci")
)

// RomanRule recognises Roman numerals: after a word that numbers something, or
// in capitals behind a name.
func RomanRule(c *token.Cursor) (token.Found, bool) {
	t := c.At(0)
	n := 0
	if t.Sort == token.Word && len(t.Text) == 2 && strings.Trim(t.Text, "CDM") == "" && !neverLettered[c.Before(1)] { // cấp CC, mục CD
		return token.Found{}, false
	}
	if t.Sort == token.Word && c.Begins() && c.Ends(1) && (token.Upper(t.Text) || t.Text == t.Low) {
		n = Roman(t.Low)
	}
	if t.Text == "x" && c.Digits(1+c.Gap(1)) != "" { // một tháng x 3 tháng: times
		return token.Found{}, false
	}
	if n == 0 || onGrid(c) || !numbersHere(c, t) || n < 2000 && token.Fold(c.BeforeWritten()) == "năm" { // năm x: five and a letter
		return token.Found{}, false
	}
	f := token.Found{N: 1, Spoken: romanSaid(n, rank(c)), Kind: kind.Roman, Sure: kind.Likely}
	if d := c.Dash(1); d > 0 && token.Upper(c.At(1+d).Text) && Roman(c.At(1+d).Low) > n && c.Ends(2+d) {
		f.N, f.Spoken = 2+d, f.Spoken+" đến "+romanSaid(Roman(c.At(1+d).Low), rank(c))
	}
	if y := c.Digits(2); c.Is(1, "/") && IsYear(y) && c.Ends(3) {
		f.N, f.Spoken = 3, f.Spoken+" năm "+Cardinal(y)
	}
	return f, true
}

// onGrid tells whether a letter is that of a coordinate: tọa độ X.
func onGrid(c *token.Cursor) bool {
	return c.Before(1) == "độ" && (c.Before(2) == "tọa" || c.Before(2) == "toạ")
}

// NearlyRoman tells whether the letters at the cursor would be a numeral but for the digits
// right behind them: Quý X0.
func NearlyRoman(c *token.Cursor) bool {
	t := c.At(0)
	return t.Sort == token.Word && c.Digits(1) != "" && (token.Upper(t.Text) || t.Text == t.Low) && Roman(t.Low) > 0 && numbersHere(c, t)
}

func numbersHere(c *token.Cursor, t *token.Token) bool {
	before := token.Fold(c.BeforeWritten())
	spaced := before != ""
	if c.Is(-1, "°") {
		before, spaced = "độ", true
	}
	switch {
	case inRoman(c, t):
		return true
	case beforeRoman[before] && spaced && before != "hồi":
		return standsAlone(c, t)
	case c.Shouts(0) || !token.Upper(t.Text) || len(t.Text) < 2 || strings.Trim(t.Low, "ivx") != "":
		return false
	}
	return spaced && (beforeCapitals[before] || token.Capital(c.BeforeWritten())) || c.Is(-1, "-") && (c.At(-2).Sort == token.Digits ||
		c.At(-2).Sort == token.Word && Roman(c.At(-2).Low) > 0)
}

// inRoman tells whether a numeral ends a span of them: I-III, I và II.
func inRoman(c *token.Cursor, t *token.Token) bool {
	return c.Recent(kind.Roman, 3) && token.Upper(t.Text) && c.Paired(kind.Roman)
}

// standsAlone tells whether a numeral that is also a syllable ends its phrase.
func standsAlone(c *token.Cursor, t *token.Token) bool {
	if len(t.Text) == 1 && (strings.Contains("cdm", t.Low) || t.Text == "L") { // Mục C, điểm d: letters
		return t.Text == t.Low && neverLettered[c.Before(1)]
	}
	if !romanSyllables[t.Low] || token.Upper(t.Text) && !c.Shouts(0) {
		return true
	}
	k := 1 + c.Gap(1)
	return c.At(k).Sort != token.Word || beforeRoman[c.At(k).Low]
}

// rank is the word before the cursor, medal for the class of one: Huân chương hạng II.
func rank(c *token.Cursor) string {
	for k := 2; k <= 6 && c.Before(1) == "hạng"; k++ {
		if c.Before(k) == "chương" {
			return "medal"
		}
	}
	return c.Before(1)
}

// Decimal writes a number in digits.
func Decimal(n int) string { return strconv.Itoa(n) }

func romanSaid(n int, before string) string {
	switch {
	case n == 1 && (before == "thứ" || before == "hạng" || before == "medal"):
		return "nhất"
	case n == 4 && before == "thứ":
		return "tư"
	case n == 2 && before == "medal":
		return "nhì"
	}
	return Cardinal(Decimal(n))
}

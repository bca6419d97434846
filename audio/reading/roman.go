package reading

import (
	"strconv"
	"strings"
)

var romanDigits = map[byte]int{'i': 1, 'v': 5, 'x': 10, 'l': 50, 'c': 100, 'd': 500, 'm': 1000}

var romanParts = []struct {
	n int
	s string
}{{1000, "m"}, {900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"}, {90, "xc"}, {50, "l"}, {40, "xl"}, {10, "x"}, {9, "ix"}, {5, "v"}, {4, "iv"}, {1, "i"}}

// roman is the value of a numeral in small letters, written as one writes it; 0
// for what is none.
func roman(low string) int {
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
	beforeRoman = set(`kỉ kỷ thứ phần mục chương điều khoản đoạn lục khóa số năm quý kỳ kì tập quyển hạng loại cấp độ bậc nhóm vòng lần tiết tiểu
		bài giai đợt hồi phụ đề bảng khu vùng tổ đời triều tháng họp khoá diện bđ động giải lớp type`)
	// beforeCapitals announce one that is in capitals.
	beforeCapitals = set("hội lớp đảng xã tỉnh thế bộ hùng khải đại toàn hà trung ương dự quận lâm tăng")
	// neverLettered number by numbers only, not by a, b, c.
	neverLettered = set("số kỷ kỉ thứ chương khóa khoá lục")
	// romanSyllables are words of their own: vi phạm, xi măng.
	romanSyllables = set("vi xi di li mi ci")
)

// romanRule recognises Roman numerals: after a word that numbers something, or
// in capitals behind a name.
func romanRule(c *cursor) (found, bool) {
	t := c.at(0)
	n := 0
	if t.kind == word && c.begins() && c.ends(1) && (upper(t.s) || t.s == t.low) {
		n = roman(t.low)
	}
	if n == 0 || !c.numbersHere(t) || n < 2000 && fold(c.beforeWritten()) == "năm" { // năm x: five and a letter
		return found{}, false
	}
	f := found{n: 1, spoken: romanSaid(n, c.rank()), kind: Roman, sure: Likely}
	if d := c.dash(1); d > 0 && upper(c.at(1+d).s) && roman(c.at(1+d).low) > n && c.ends(2+d) {
		f.n, f.spoken = 2+d, f.spoken+" đến "+romanSaid(roman(c.at(1+d).low), c.rank())
	}
	if y := c.digits(2); c.is(1, "/") && yearNumber(y) && c.ends(3) {
		f.n, f.spoken = 3, f.spoken+" năm "+cardinal(y)
	}
	return f, true
}

func (c *cursor) numbersHere(t *token) bool {
	before := fold(c.beforeWritten())
	spaced := before != ""
	if c.is(-1, "°") {
		before, spaced = "độ", true
	}
	switch {
	case c.inRoman(t):
		return true
	case beforeRoman[before] && spaced && before != "hồi":
		return c.standsAlone(t)
	case c.caps[c.i] || !upper(t.s) || len(t.s) < 2 || strings.Trim(t.low, "ivx") != "":
		return false
	}
	return spaced && (beforeCapitals[before] || capital(c.beforeWritten())) || c.is(-1, "-") && c.at(-2).kind == word && roman(c.at(-2).low) > 0
}

// inRoman tells whether a numeral ends a span of them: I-III, I và II.
func (c *cursor) inRoman(t *token) bool {
	return c.lastKind == Roman && c.i-c.lastEnd <= 3 && upper(t.s) && c.paired(Roman)
}

// standsAlone tells whether a numeral that is also a syllable ends its phrase.
func (c *cursor) standsAlone(t *token) bool {
	if len(t.s) == 1 && (strings.Contains("cdm", t.low) || t.s == "L") { // Mục C, điểm d: letters
		return t.s == t.low && neverLettered[c.before(1)]
	}
	if !romanSyllables[t.low] || upper(t.s) && !c.caps[c.i] {
		return true
	}
	k := 1 + c.gap(1)
	return c.at(k).kind != word || beforeRoman[c.at(k).low]
}

// beforeWritten is the word before the cursor as it is written, or the last of
// what is said for it, if no more than spaces and what is not said stand between.
func (c *cursor) beforeWritten() string {
	k := -1
	for k > -reach && (c.at(k).kind == space || c.at(k).kind == sign && unspoken(c.at(k).s)) {
		k--
	}
	switch t := c.at(k); {
	case c.i+k+1 == c.wordEnd && (k < -1 || t.kind == digits): // ĐH XIII: đại hội
		return c.lastWord
	case k == -1:
	case t.kind == word:
		return t.s
	}
	return ""
}

// rank is the word before the cursor, medal for the class of one: Huân chương hạng II.
func (c *cursor) rank() string {
	for k := 2; k <= 6 && c.before(1) == "hạng"; k++ {
		if c.before(k) == "chương" {
			return "medal"
		}
	}
	return c.before(1)
}

// decimal writes a number in digits.
func decimal(n int) string { return strconv.Itoa(n) }

func romanSaid(n int, before string) string {
	switch {
	case n == 1 && (before == "thứ" || before == "hạng" || before == "medal"):
		return "nhất"
	case n == 4 && before == "thứ":
		return "tư"
	case n == 2 && before == "medal":
		return "nhì"
	}
	return cardinal(decimal(n))
}

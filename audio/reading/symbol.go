package reading

import (
	"strings"
	"unicode"
)

// silent are signs that are not said. Brackets and dashes between words are
// pauses all the same.
const silent = `"'*_•●○◦▪▫■□►▶➤➢✓✔✅★☆♦◆✦·|~^©®™§¶†‡<>{}[]\«»‹›→←⇒↔–—` + "`"

// said are signs between words, numbers or at them.
var said = map[string]string{
	"&": "và", "%": "phần trăm", "‰": "phần nghìn", "°": "độ", "@": "a còng", "±": "cộng trừ", "≥": "lớn hơn hoặc bằng", "≤": "nhỏ hơn hoặc bằng",
	"≈": "khoảng", "=": "bằng", "×": "nhân", "÷": "chia", "≠": "khác", "√": "căn", "Ω": "ôm", "∞": "vô cùng", "∆": "đen ta", "²": "bình phương", "³": "lập phương",
	"₫": "đồng", "$": "đô la", "€": "ơ rô", "£": "bảng anh", "¥": "yên",
}

var compared = map[string]string{">=": "lớn hơn hoặc bằng", "<=": "nhỏ hơn hoặc bằng", "=<": "nhỏ hơn hoặc bằng"}

// signs recognises what is neither word nor number, as the last rule.
func signs(c *cursor) (found, bool) {
	t := c.at(0)
	if t.kind != sign {
		return found{}, false
	}
	f := found{n: 1, kind: Symbol, sure: Likely}
	r := firstRune(t.s)
	switch {
	case t.s == ":" && c.digits(-2) != "" && c.digits(2) != "" && c.gap(-1)+c.gap(1) == 2:
		f.spoken = "chia"
	case strings.ContainsRune(pauses, r):
		return f, false
	case t.s == "(" || t.s == ")" || t.s == "|" || t.s == "[" || t.s == "]":
		f.spoken, f.sure = ",", Certain
	case between(c) && said[t.s] != "":
		f.spoken = said[t.s]
	case t.s == "-" || t.s == "–" || t.s == "—":
		f.spoken, f.sure = c.dashSaid(), Certain
	case t.s == "/" || t.s == "\\":
		f.spoken, f.others = c.strokeSaid(), []string{"trên", "hoặc"}
	case t.s == "+":
		f.spoken = "cộng"
	case c.comparison() != "":
		f.spoken = c.comparison()
		if compared[t.s+c.at(1).s] != "" {
			f.n = 2
		}
	case t.s == "#" || strings.ContainsRune(silent, r):
		f.sure = Certain
	case pictured(r):
		f.kind, f.sure = Emoji, Certain
	case said[t.s] != "":
		f.spoken = said[t.s]
	default:
		return f, false
	}
	return f, true
}

// comparison is what a sign says of the number behind it, "" for nothing; # is a
// key of a telephone behind phím.
func (c *cursor) comparison() string {
	s := c.at(0).s
	switch {
	case compared[s+c.at(1).s] != "":
		return compared[s+c.at(1).s]
	case s == "#" && (c.before(1) == "phím" || c.before(1) == "dấu"):
		return "thăng"
	case s == "~" && c.digits(1) != "":
		return "khoảng"
	case s == "<" && c.digits(1+c.gap(1)) != "":
		return "dưới"
	case s == ">" && c.digits(1+c.gap(1)) != "":
		return "trên"
	}
	return ""
}

// unspoken tells whether a sign is, or may be, nothing but a gap between words.
func unspoken(s string) bool {
	return strings.Contains(silent+"-#", s) || pictured(firstRune(s))
}

// between tells whether words or numbers stand on both sides of a sign.
func between(c *cursor) bool {
	a, b := c.at(-1-c.gap(-1)), c.at(1+c.gap(1))
	return (a.kind == word || a.kind == digits) && (b.kind == word || b.kind == digits)
}

// dashSaid is nothing within a word, a pause between words, to between times.
func (c *cursor) dashSaid() string {
	if g := c.gap(1); c.i-c.lastEnd <= 3 && (c.lastKind == Time || c.lastKind == Date) && (c.clock(1+g).n > 0 || c.day(1+g).n > 0) {
		return "đến"
	}
	if c.gap(-1)+c.gap(1) == 0 && c.at(1).kind != line {
		return " "
	}
	return ", "
}

// strokeSaid is trên between numbers, a short pause between words.
func (c *cursor) strokeSaid() string {
	a, b := c.at(-1-c.gap(-1)), c.at(1+c.gap(1))
	if a.kind == digits && b.kind == digits {
		return "trên"
	}
	return ", "
}

// pictured tells whether a rune is a picture or a part of one.
func pictured(r rune) bool {
	switch {
	case r >= 0x1F000 && r <= 0x1FAFF, r >= 0x2600 && r <= 0x27BF, r >= 0x2B00 && r <= 0x2BFF, r >= 0x2190 && r <= 0x21FF,
		r >= 0x2300 && r <= 0x23FF, r >= 0x2500 && r <= 0x25FF, r == 0x20E3, r == 0x3030, r == 0x303D, r == 0x3297, r == 0x3299, r == 0x203C, r == 0x2049:
		return true
	}
	return unicode.Is(unicode.Sk, r) && r >= 0x1F3FB || unicode.Is(unicode.Co, r)
}

package reading

import (
	"strings"

	"loa/audio/reading/calendar"
	"loa/audio/reading/kind"
	"loa/audio/reading/lexicon"
	"loa/audio/reading/token"
)

// said are signs between words, numbers or at them.
var said = map[string]string{
	"&": "và", "%": "phần trăm", "‰": "phần nghìn", "°": "độ", "@": "a còng", "±": "cộng trừ", "≥": "lớn hơn hoặc " +
		"bằng", "≤": "nhỏ hơn hoặc bằng",
	"≈": "khoảng", "=": "bằng", "×": "nhân", "÷": "chia", "≠": "khác", "√": "căn", "Ω": "ôm", "∞": "vô cùng", "∆": "đen ta",
	"²": "bình phương", "³": "lập phương",
	"₫": "đồng", "$": "đô la", "€": "ơ rô", "£": "bảng anh", "¥": "yên",
}

var compared = map[string]string{">=": "lớn hơn hoặc bằng", "<=": "nhỏ hơn hoặc bằng", "=<": "nhỏ hơn hoặc bằng"}

// signs recognises what is neither word nor number, as the last rule.
func signs(c *token.Cursor) (token.Found, bool) {
	t := c.At(0)
	if t.Sort != token.Sign {
		return token.Found{}, false
	}
	f := token.Found{N: 1, Kind: kind.Symbol, Sure: kind.Likely}
	r := token.FirstRune(t.Text)
	switch {
	case t.Text == ":" && c.Digits(-2) != "" && c.Digits(2) != "" && c.Gap(-1)+c.Gap(1) == 2:
		f.Spoken = "chia"
	case t.Text == "." && c.Recent(kind.Abbreviation, 0) && token.Upper(c.At(1).Text) && lexicon.Knows(c.At(1).Text): // UB.MTTQ
		f.Spoken, f.Sure = " ", kind.Certain
	case strings.ContainsRune(token.Pauses, r):
		return f, false
	case t.Text == "(" || t.Text == ")" || t.Text == "|" || t.Text == "[" || t.Text == "]":
		f.Spoken, f.Sure = ",", kind.Certain
	case between(c) && said[t.Text] != "" && comparison(c) == "":
		f.Spoken = said[t.Text]
	case blood(c) != "":
		f.Spoken = blood(c)
	case t.Text == "-" || t.Text == "–" || t.Text == "—":
		f.Spoken, f.Sure = dashSaid(c), kind.Certain
	case t.Text == "/" || t.Text == "\\":
		f.Spoken, f.Others = strokeSaid(c), []string{"trên", "hoặc"}
	case t.Text == "+":
		f.Spoken = "cộng"
	case comparison(c) != "":
		if f.Spoken = comparison(c); saidBefore(c, f.Spoken) {
			f.Spoken = ""
		}
		if compared[t.Text+c.At(1).Text] != "" {
			f.N = 2
		}
	case t.Text == "#" || strings.ContainsRune(token.Silent, r):
		f.Sure = kind.Certain
	case token.Pictured(r):
		f.Kind, f.Sure = kind.Emoji, kind.Certain
	case said[t.Text] != "":
		f.Spoken = said[t.Text]
	default:
		return f, false
	}
	return f, true
}

// groups are those of blood.
var groups = token.Set("a b o ab")

// blood is what a sign says behind a group of blood: nhóm máu O+, A-.
func blood(c *token.Cursor) string {
	if !groups[c.At(-1).Low] || !c.Ends(1) || !token.Upper(c.At(-1).Text) {
		return ""
	}
	for k := 2; k <= 6; k++ {
		if c.Before(k) == "máu" {
			return map[string]string{"+": "dương", "-": "âm"}[c.At(0).Text]
		}
	}
	return ""
}

// comparison is what a sign says of the number behind it, "" for nothing; # is a
// key of a telephone behind phím.
func comparison(c *token.Cursor) string {
	s := c.At(0).Text
	switch {
	case compared[s+c.At(1).Text] != "":
		return compared[s+c.At(1).Text]
	case s == "#" && (c.Before(1) == "phím" || c.Before(1) == "dấu"):
		return "thăng"
	case (s == "~" || s == "≈") && c.Digits(1+c.Gap(1)) != "":
		return "khoảng"
	case s == "<" && c.Digits(1+c.Gap(1)) != "":
		return "dưới"
	case s == ">" && c.Digits(1+c.Gap(1)) != "":
		return "trên"
	}
	return ""
}

// about are words that say what ~ says: chừng ~500.
var about = token.Set("khoảng chừng độ tầm gần hơn cỡ")

// saidBefore tells whether the word before a sign says what it says: khoảng ~500, trên >300.
func saidBefore(c *token.Cursor, what string) bool {
	w := c.Before(1)
	return w == what || what == "khoảng" && about[w]
}

// between tells whether words or numbers stand on both sides of a sign.
func between(c *token.Cursor) bool {
	a, b := c.At(-1-c.Gap(-1)), c.At(1+c.Gap(1))
	return (a.Sort == token.Word || a.Sort == token.Digits) && (b.Sort == token.Word || b.Sort == token.Digits)
}

// dashSaid is nothing within a word, a pause between words, to between times.
func dashSaid(c *token.Cursor) string {
	if g := c.Gap(1); (c.Recent(kind.Time, 3) || c.Recent(kind.Date, 3)) &&
		(calendar.ClockAt(c, 1+g).N > 0 || calendar.DayAt(c, 1+g).N > 0) {
		return "đến"
	}
	if w := c.At(1 + c.Gap(1)).Low; (w == "mùng" || w == "mồng") && c.Before(2) == w && c.Gap(-1) == c.Gap(1) { // mùng 1 - mùng 3
		return "đến"
	}
	if c.At(1+c.Gap(1)).Low == "bđ" && c.Recent(kind.Address, 3) { // BĐ2 - BĐ3
		return "đến"
	}
	if c.Gap(-1)+c.Gap(1) == 0 && c.At(1).Sort != token.Line {
		return " "
	}
	return ", "
}

// strokeSaid is trên between numbers, a short pause between words.
func strokeSaid(c *token.Cursor) string {
	a, b := c.At(-1-c.Gap(-1)), c.At(1+c.Gap(1))
	if b.Sort == token.Digits && (a.Sort == token.Digits || c.Recent(kind.Money, 0) && c.At(2).Sort == token.Word) { // 112tr/120tr
		return "trên"
	}
	if c.Recent(kind.Money, 0) && c.Gap(1) == 0 && lexicon.Knows(b.Text) { // 100tr/LĐ
		return "một"
	}
	return ", "
}

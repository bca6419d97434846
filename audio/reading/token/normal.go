package token

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// normal is a text in one way of writing: NFC, one kind of space, no invisible
// characters. at[i] is where rune i begins in the text, in bytes; at[len(runes)]
// is its length.
type normal struct {
	runes []rune
	at    []int
	cr    bool // the last rune was a carriage return: \r\n is one end of a line
}

// Normalised is a text in one way of writing.
func Normalised(text string) string { return string(normalise(text).runes) }

func normalise(text string) normal {
	n := normal{runes: make([]rune, 0, len(text)), at: make([]int, 0, len(text)+1)}
	// What is invisible goes first: it may stand between a letter and its tone.
	clean, at := make([]byte, 0, len(text)), make([]int, 0, len(text))
	for i, r := range text {
		if !Invisible(r) {
			clean = utf8.AppendRune(clean, r)
		}
		for len(at) < len(clean) {
			at = append(at, i)
		}
	}
	var it norm.Iter
	it.Init(norm.NFC, clean)
	for !it.Done() {
		from := at[it.Pos()]
		for seg := it.Next(); len(seg) > 0; {
			r, size := utf8.DecodeRune(seg)
			seg = seg[size:]
			n.add(r, from)
		}
	}
	n.at = append(n.at, len(text))
	if len(n.runes) > 0 {
		n.at[0] = 0
	}
	return n
}

// add appends what stands for a rune that begins at a byte of the text.
func (n *normal) add(r rune, from int) {
	cr := n.cr
	n.cr = r == '\r'
	switch {
	case Invisible(r), r == '\n' && cr:
		return
	case same[r] != "":
		for _, s := range same[r] {
			n.runes, n.at = append(n.runes, s), append(n.at, from)
		}
		return
	case r != '\n' && (unicode.IsSpace(r) || unicode.Is(unicode.Zs, r)):
		if r == '\u0085' || r == '\u2028' || r == '\u2029' || r == '\v' || r == '\f' || r == '\r' {
			r = '\n'
		} else if r != '\t' {
			r = ' '
		}
	case r >= 0xFF01 && r <= 0xFF5E: // full width
		r -= 0xFEE0
	case r >= 0x1D400 && r <= 0x1D7FF: // bold and italic letters of mathematics
		if s := []rune(norm.NFKC.String(string(r))); len(s) == 1 {
			r = s[0]
		}
	}
	n.runes, n.at = append(n.runes, r), append(n.at, from)
}

// Invisible is what has no width and no meaning for a reader: zero-width
// characters, marks of direction and of bytes, soft hyphens, selectors.
func Invisible(r rune) bool {
	switch {
	case r == '\n' || r == '\t' || r == '\r' || r == '\v' || r == '\f' || r == '\u0085':
		return false
	case r == '\u034F' || r == '\u115F' || r == '\u1160' || r == '\u3164':
		return true
	}
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Cc, r) || r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100 && r <= 0xE01EF
}

// same is what some characters are written for.
var same = map[rune]string{
	'Ð': "Đ", 'Ɖ': "Đ", 'ð': "đ", 'ɖ': "đ",
	'−': "-", '‐': "-", '‑': "-", '﹣': "-", '‒': "–", '―': "—",
	'º': "°", '˚': "°", '⁰': "°", '℃': "°C", '℉': "°F", 'Ω': "Ω", 'K': "K", 'Å': "Å",
	'½': "1/2", '¼': "1/4", '¾': "3/4", '⅓': "1/3", '⅔': "2/3", '⅛': "1/8",
	'⁄': "/", '∕': "/", '㎡': "m²", '㎥': "m³", '㎞': "km", '㎏': "kg", '㎝': "cm", '㎜': "mm", '㏊': "ha",
	'’': "'", '‘': "'", 'ʼ': "'", '`': "'", '´': "'", '′': "'", '“': "\"", '”': "\"", '„': "\"", '″': "\"", '«': "\"", '»': "\"",
	'ﬁ': "fi", 'ﬂ': "fl", '№': "số ", '‥': "…", 'đ': "đ", '٪': "%", '∶': ":",
}

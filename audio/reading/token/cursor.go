package token

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"loa/audio/reading/kind"
)

// A Cursor stands before a token.
type Cursor struct {
	toks []Token
	i    int
	caps []bool // of each token: does its line shout?
	// what was recognised last, and the token behind it
	lastKind kind.Kind
	lastEnd  int
	lastWord string // the last word that was said for other than text
	wordEnd  int    // the token behind it
	spoke    bool   // something is said in this line
	looks    int    // how often a token was looked at: time, as a test counts it
}

// NewCursor stands before the first token of a text.
func NewCursor(text string) *Cursor {
	c := &Cursor{toks: tokens(normalise(text))}
	c.caps = shouting(c.toks)
	return c
}

// At is the token k places on, an end of a line for what lies outside the text.
func (c *Cursor) At(k int) *Token {
	c.looks++
	if j := c.i + k; j >= 0 && j < len(c.toks) {
		return &c.toks[j]
	}
	return &outside
}

// Is tells whether the token k places on is written so.
func (c *Cursor) Is(k int, s string) bool { return c.At(k).Text == s }

// Digits gives the digits k places on, "" for anything else.
func (c *Cursor) Digits(k int) string {
	if t := c.At(k); t.Sort == Digits {
		return t.Text
	}
	return ""
}

// Gap is how many spaces stand k places on: 0 or 1 token.
func (c *Cursor) Gap(k int) int {
	if c.At(k).Sort == Space {
		return 1
	}
	return 0
}

// reach is how far a rule looks for a word that decides: linear time needs an end.
const reach = 12

// Before is the k-th word or number before the cursor, folded, in the same
// line; 1 is the nearest. "" for none.
func (c *Cursor) Before(k int) string { return c.Near(-1, -1, k) }

// After is the k-th word or number at or after n tokens on.
func (c *Cursor) After(n, k int) string { return c.Near(n, 1, k) }

// Near is the k-th word or number from a token on, step by step, folded, in the same
// line; "" for none.
func (c *Cursor) Near(from, step, k int) string {
	for j := 0; j < reach; j++ {
		switch t := c.At(from + j*step); t.Sort {
		case Line:
			return ""
		case Word, Digits:
			if k--; k == 0 {
				return t.Low
			}
		}
	}
	return ""
}

// Opens tells whether the cursor stands where a word may begin: not within one.
func (c *Cursor) Opens() bool {
	t := c.At(-1)
	return t.Sort != Word && t.Sort != Digits || c.lastKind == kind.Symbol && c.lastEnd == c.i || c.glued()
}

// glued tells whether the space before a number was forgotten: ngày15/10, lúc7h. Letters
// of ours before it are a word, others may be a name: OM18.
func (c *Cursor) glued() bool {
	t := c.At(-1)
	return t.Sort == Word && c.At(0).Sort == Digits && !IsASCII(t.Text) && utf8.RuneCountInString(t.Text) > 1 && !Upper(t.Text) &&
		Syllable(t.Low)
}

// Begins tells whether a word or a number begins here; a number may stand right
// before a word: 5G, 30kg.
func (c *Cursor) Begins() bool {
	return c.At(-1).Sort != Word && c.At(0).Sort == Word || c.Opens()
}

// Whole tells whether what ends before the token k places on ends there: a word
// before anything but a word, a number before anything but a number.
func (c *Cursor) Whole(k int) bool { return c.At(k).Sort != c.At(k-1).Sort || c.At(k).Sort == Sign }

// Ends tells whether something that ends before the token k places on ends whole.
func (c *Cursor) Ends(k int) bool {
	t := c.At(k)
	return t.Sort != Word && t.Sort != Digits
}

// LineStart tells whether nothing was said yet in the line of the cursor.
func (c *Cursor) LineStart() bool { return !c.spoke }

// More tells whether a token is left.
func (c *Cursor) More() bool { return c.i < len(c.toks) }

// Looked is how often a token was looked at.
func (c *Cursor) Looked() int { return c.looks }

// Size is how many tokens the text has.
func (c *Cursor) Size() int { return len(c.toks) }

// Take moves on behind what was found, and tells its bytes of the text.
func (c *Cursor) Take(f Found) (from, to int) {
	from, to = c.toks[c.i].from, c.toks[c.i+f.N-1].to
	c.spoke = c.toks[c.i].Sort != Line && (c.spoke || strings.Trim(f.Spoken, Pauses+" \n\t") != "")
	c.i += f.N
	if f.Kind != kind.Text {
		c.lastKind, c.lastEnd = f.Kind, c.i
		if words := strings.Fields(f.Spoken); len(words) > 0 {
			c.lastWord, c.wordEnd = words[len(words)-1], c.i
		}
	}
	return from, to
}

// Recent tells whether what was recognised last is of a kind and ends at most n
// tokens before the cursor.
func (c *Cursor) Recent(k kind.Kind, n int) bool { return c.lastKind == k && c.i-c.lastEnd <= n }

// Shouts tells whether the token k places on stands in a run of capitals.
func (c *Cursor) Shouts(k int) bool { return c.i+k < len(c.caps) && c.caps[c.i+k] }

// Ahead is what a rule finds k tokens on.
func (c *Cursor) Ahead(k int, r Rule) (Found, bool) {
	c.i += k
	f, ok := r(c)
	c.i -= k
	return f, ok
}

var outside = Token{Sort: Line}

// Paired tells whether what stands before the cursor, joined by và or a comma,
// was of a kind: 30/4 và 1/5.
func (c *Cursor) Paired(k kind.Kind) bool {
	if !c.Recent(k, 4) {
		return false
	}
	for j := c.lastEnd; j < c.i; j++ {
		if t := c.toks[j]; t.Sort == Word && !joining[t.Low] || t.Sort == Line {
			return false
		}
	}
	return true
}

var joining = Set("và hoặc hay đến tới ngày")

// NumberBefore tells whether a number stands shortly before the cursor.
func (c *Cursor) NumberBefore() bool {
	for k := -1; k > -7; k-- {
		switch t := c.At(k); t.Sort {
		case Digits:
			return true
		case Line:
			return false
		}
	}
	return false
}

// BeforeWritten is the word before the cursor as it is written, or the last of
// what is said for it, if no more than spaces and what is not said stand between.
func (c *Cursor) BeforeWritten() string {
	k := -1
	for k > -reach && (c.At(k).Sort == Space || c.At(k).Sort == Sign && unspoken(c.At(k).Text)) {
		k--
	}
	switch t := c.At(k); {
	case c.i+k+1 == c.wordEnd && (k < -1 || t.Sort == Digits): // ĐH XIII: đại hội
		return c.lastWord
	case k == -1:
	case t.Sort == Word:
		return t.Text
	}
	return ""
}

// Dash is how many tokens a dash between two ends takes, with the spaces beside
// it; 0 for none. A dash with a space on one side only opens a list or a sign.
func (c *Cursor) Dash(k int) int {
	g := c.Gap(k)
	switch c.At(k + g).Text {
	case "-", "–", "—", "÷", "~", "→":
	default:
		return 0
	}
	if c.Gap(k+g+1) != g {
		return 0
	}
	return 2*g + 1
}

// Span reads one part, or two with a dash between them: from … to ….
func (c *Cursor) Span(k int, read func(c *Cursor, k int) Part) Part {
	a := read(c, k)
	if a.N == 0 {
		return a
	}
	if d := c.Dash(k + a.N); d > 0 {
		if b := read(c, k+a.N+d); b.N > 0 {
			return Part{N: a.N + d + b.N, Said: a.Said + " đến " + b.Said}
		}
	}
	return a
}

// Silent are signs that are not said. Brackets and dashes between words are
// pauses all the same.
const Silent = `"'*_•●○◦▪▫■□►▶➤➢✓✔✅★☆♦◆✦·|~^©®™§¶†‡<>{}[]\«»‹›→←⇒↔–—` + "`"

// unspoken tells whether a sign is, or may be, nothing but a gap between words.
func unspoken(s string) bool {
	return strings.Contains(Silent+"-#", s) || Pictured(FirstRune(s))
}

// Pictured tells whether a rune is a picture or a part of one.
func Pictured(r rune) bool {
	switch {
	case r >= 0x1F000 && r <= 0x1FAFF, r >= 0x2600 && r <= 0x27BF, r >= 0x2B00 && r <= 0x2BFF, r >= 0x2190 && r <= 0x21FF,
		r >= 0x2300 && r <= 0x23FF, r >= 0x2500 && r <= 0x25FF, r == 0x20E3,
		r == 0x3030, r == 0x303D, r == 0x3297, r == 0x3299, r == 0x203C, r == 0x2049:
		return true
	}
	return unicode.Is(unicode.Sk, r) && r >= 0x1F3FB || unicode.Is(unicode.Co, r)
}

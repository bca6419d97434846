package reading

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind byte

const (
	word tokenKind = iota
	digits
	space // spaces and tabs
	line  // one end of a line
	sign  // one of anything else
)

// A token is the smallest stretch that rules look at. from and to are bytes of
// the text that was given.
type token struct {
	kind     tokenKind
	s        string // as written, normalised
	low      string // for looking up: lower case, the tone on one vowel
	from, to int
}

// A cursor stands before a token.
type cursor struct {
	text string
	toks []token
	i    int
	own  *own
	caps []bool // of each token: does its line shout?
	// what was recognised last, and the token behind it
	lastKind Kind
	lastEnd  int
	lastWord string // the last word that was said for other than text
	wordEnd  int    // the token behind it
	spoke    bool   // something is said in this line
	looks    int    // how often a token was looked at: time, as a test counts it
}

func newCursor(text string, o *own) *cursor {
	c := &cursor{text: text, toks: tokens(normalise(text)), own: o}
	c.caps = shouting(c.toks)
	return c
}

func tokens(n normal) []token {
	toks := make([]token, 0, len(n.runes)/2)
	for i := 0; i < len(n.runes); {
		kind := kindOf(n.runes[i])
		j := i + 1
		if kind == word || kind == digits || kind == space {
			for j < len(n.runes) && continues(kind, n.runes, j) {
				j++
			}
		}
		t := token{kind: kind, s: string(n.runes[i:j]), from: n.at[i], to: n.at[j]}
		t.low = t.s
		if kind == word {
			t.low = fold(t.s)
		}
		toks = append(toks, t)
		i = j
	}
	if end := n.at[len(n.at)-1]; len(toks) == 0 && end > 0 { // only invisible characters
		toks = append(toks, token{kind: space, to: end})
	}
	return toks
}

func kindOf(r rune) tokenKind {
	switch {
	case unicode.IsLetter(r):
		return word
	case r >= '0' && r <= '9':
		return digits
	case r == '\n':
		return line
	case r == ' ' || r == '\t':
		return space
	}
	return sign
}

// continues tells whether a rune goes on with a token. A mark that has no letter
// of its own goes with the letter before it, as does an apostrophe within a word.
func continues(kind tokenKind, runes []rune, j int) bool {
	r := runes[j]
	if kind != word {
		return kindOf(r) == kind
	}
	if r == '\'' {
		return j+1 < len(runes) && unicode.IsLetter(runes[j+1])
	}
	return unicode.IsLetter(r) || unicode.Is(unicode.Mn, r)
}

// endings are the newer spelling of the tone on an open syllable, and the older
// one that tables hold: hoá and hóa are one word.
var endings = pairs(`oà òa oá óa oả ỏa oã õa oạ ọa oè òe oé óe oẻ ỏe oẽ õe oẹ ọe uỳ ùy uý úy uỷ ủy uỹ ũy uỵ ụy`)

func pairs(words string) map[string]string {
	m, f := map[string]string{}, strings.Fields(words)
	for i := 0; i < len(f); i += 2 {
		m[f[i]] = f[i+1]
	}
	return m
}

// fold is a word as tables hold it.
func fold(s string) string {
	low := strings.ToLower(s)
	if len(low) < 3 {
		return low
	}
	_, last := utf8.DecodeLastRuneInString(low)
	_, size := utf8.DecodeLastRuneInString(low[:len(low)-last])
	cut := len(low) - last - size
	if old := endings[low[cut:]]; old != "" && !strings.HasSuffix(low[:cut], "q") {
		return low[:cut] + old
	}
	return low
}

// at is the token k places on, an end of a line for what lies outside the text.
func (c *cursor) at(k int) *token {
	c.looks++
	if j := c.i + k; j >= 0 && j < len(c.toks) {
		return &c.toks[j]
	}
	return &outside
}

var outside = token{kind: line}

// is tells whether the token k places on is written so.
func (c *cursor) is(k int, s string) bool { return c.at(k).s == s }

// isDigits gives the digits k places on, "" for anything else.
func (c *cursor) digits(k int) string {
	if t := c.at(k); t.kind == digits {
		return t.s
	}
	return ""
}

// gap is how many spaces stand k places on: 0 or 1 token.
func (c *cursor) gap(k int) int {
	if c.at(k).kind == space {
		return 1
	}
	return 0
}

// reach is how far a rule looks for a word that decides: linear time needs an end.
const reach = 12

// before is the k-th word or number before the cursor, folded, in the same
// line; 1 is the nearest. "" for none.
func (c *cursor) before(k int) string { return c.near(-1, -1, k) }

// after is the k-th word or number at or after n tokens on.
func (c *cursor) after(n, k int) string { return c.near(n, 1, k) }

func (c *cursor) near(from, step, k int) string {
	for j := 0; j < reach; j++ {
		switch t := c.at(from + j*step); t.kind {
		case line:
			return ""
		case word, digits:
			if k--; k == 0 {
				return t.low
			}
		}
	}
	return ""
}

// opens tells whether the cursor stands where a word may begin: not within one.
func (c *cursor) opens() bool {
	t := c.at(-1)
	return t.kind != word && t.kind != digits || c.lastKind == Symbol && c.lastEnd == c.i
}

// begins tells whether a word or a number begins here; a number may stand right
// before a word: 5G, 30kg.
func (c *cursor) begins() bool {
	return c.at(-1).kind != word && c.at(0).kind == word || c.opens()
}

// whole tells whether what ends before the token k places on ends there: a word
// before anything but a word, a number before anything but a number.
func (c *cursor) whole(k int) bool { return c.at(k).kind != c.at(k-1).kind || c.at(k).kind == sign }

// ends tells whether something that ends before the token k places on ends whole.
func (c *cursor) ends(k int) bool {
	t := c.at(k)
	return t.kind != word && t.kind != digits
}

// lineStart tells whether nothing was said yet in the line of the cursor.
func (c *cursor) lineStart() bool { return !c.spoke }

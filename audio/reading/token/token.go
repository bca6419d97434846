package token

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sort is what a token is made of.
type Sort byte

// The sorts.
const (
	Word Sort = iota
	Digits
	Space // spaces and tabs
	Line  // one end of a line
	Sign  // one of anything else
)

// A Token is the smallest stretch that rules look at. from and to are bytes of
// the text that was given.
type Token struct {
	Sort     Sort
	Text     string // as written, normalised
	Low      string // for looking up: lower case, the tone on one vowel
	from, to int
}

// Of are the tokens of a text.
func Of(text string) []Token { return tokens(normalise(text)) }

func tokens(n normal) []Token {
	toks := make([]Token, 0, len(n.runes)/2)
	for i := 0; i < len(n.runes); {
		sort := sortOf(n.runes[i])
		j := i + 1
		if sort == Word || sort == Digits || sort == Space {
			for j < len(n.runes) && continues(sort, n.runes, j) {
				j++
			}
		}
		t := Token{Sort: sort, Text: string(n.runes[i:j]), from: n.at[i], to: n.at[j]}
		t.Low = t.Text
		if sort == Word {
			t.Low = Fold(t.Text)
		}
		toks = append(toks, t)
		i = j
	}
	if end := n.at[len(n.at)-1]; len(toks) == 0 && end > 0 { // only invisible characters
		toks = append(toks, Token{Sort: Space, to: end})
	}
	return toks
}

func sortOf(r rune) Sort {
	switch {
	case unicode.IsLetter(r):
		return Word
	case r >= '0' && r <= '9':
		return Digits
	case r == '\n':
		return Line
	case r == ' ' || r == '\t':
		return Space
	}
	return Sign
}

// continues tells whether a rune goes on with a token. A mark that has no letter
// of its own goes with the letter before it, as does an apostrophe within a word.
func continues(sort Sort, runes []rune, j int) bool {
	r := runes[j]
	if sort != Word {
		return sortOf(r) == sort
	}
	if r == '\'' {
		return j+1 < len(runes) && unicode.IsLetter(runes[j+1])
	}
	return unicode.IsLetter(r) || unicode.Is(unicode.Mn, r)
}

// endings are the newer spelling of the tone on an open syllable, and the older
// one that tables hold: hoá and hóa are one word.
var endings = Pairs(`oà òa oá óa oả ỏa oã õa oạ ọa oè òe oé óe oẻ ỏe oẽ õe oẹ ọe uỳ ùy uý úy uỷ ủy uỹ ũy uỵ ụy`)

// Pairs is a table of words: the first of two stands for the second.
func Pairs(words string) map[string]string {
	m, f := map[string]string{}, strings.Fields(words)
	for i := 0; i < len(f); i += 2 {
		m[f[i]] = f[i+1]
	}
	return m
}

// Fold is a word as tables hold it.
func Fold(s string) string {
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

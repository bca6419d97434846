package reading

import (
	"strings"
	"unicode/utf8"

	"loa/audio/reading/kind"
	"loa/audio/reading/lexicon"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
)

// longestShout is how many words of capitals are one piece.
const longestShout = 12

// capitals recognises words written in capitals: THÔNG BÁO is said as thông báo,
// for a voice would spell it.
func capitals(c *token.Cursor) (token.Found, bool) {
	if !shouted(c, 0) {
		return token.Found{}, false
	}
	f := token.Found{N: 1, Kind: kind.Capitals, Sure: kind.Certain}
	said := []string{c.At(0).Low}
	if !c.Shouts(0) && token.IsASCII(c.At(0).Text) {
		f.Sure, f.Others = kind.Doubtful, []string{lexicon.Spelled(c.At(0).Text)}
		f.Spoken = strings.ToLower(c.At(0).Text)
		return f, true
	}
	for len(said) < longestShout && c.At(f.N).Text == " " && shouted(c, f.N+1) {
		_, known := c.Ahead(f.N+1, abbreviated)
		if !known {
			_, known = c.Ahead(f.N+1, number.RomanRule)
		}
		if known {
			break
		}
		f.N += 2
		said = append(said, "")
	}
	for k := range said {
		said[k] = strings.ToLower(c.At(2 * k).Text)
	}
	f.Spoken = strings.Join(said, " ")
	return f, true
}

// lettersAndDigits recognises codes such as ST25: their letters are spelled.
func lettersAndDigits(c *token.Cursor) (token.Found, bool) {
	t := c.At(0)
	haste := t.Sort == token.Word && !token.Syllable(t.Low) && t.Text == capitalised(strings.ToUpper(t.Text)) &&
		lexicon.Knows(strings.ToUpper(t.Text)) // Cn12
	alone := number.NearlyRoman(
		c,
	) // and not to be taken for one when it is read again
	if t.Sort != token.Word || !token.Upper(t.Text) && !haste && !alone || c.At(-1).Sort != token.Digits && c.At(1).Sort != token.Digits ||
		utf8.RuneCountInString(t.Text) < 2 && !alone ||
		len(t.Text) > 8 {
		return token.Found{}, false
	}
	return token.Found{N: 1, Spoken: lexicon.Spelled(t.Text), Kind: kind.Name, Sure: kind.Likely,
		Others: []string{strings.ToLower(t.Text)}}, true
}

// shouted tells whether a word in capitals that can be said stands k tokens on.
func shouted(c *token.Cursor, k int) bool {
	t := c.At(k)
	return t.Sort == token.Word && token.Upper(t.Text) && token.Syllable(t.Low) && (utf8.RuneCountInString(t.Text) > 1 || c.Shouts(k))
}

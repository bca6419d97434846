package reading

import (
	"strings"

	"loa/audio/reading/kind"
	"loa/audio/reading/lexicon"
	"loa/audio/reading/token"
)

// longestParts is how many abbreviations one that is not known may hold.
const longestParts = 3

// composed recognises what is written together of abbreviations that are known:
// VPUBND, PCTHĐND. It is a guess, and marked so.
func composed(c *token.Cursor) (token.Found, bool) {
	t := c.At(0)
	runes := []rune(t.Text)
	if t.Sort != token.Word || len(runes) < 5 || len(runes) > 14 || !token.Upper(t.Text) || token.Syllable(t.Low) || !c.Begins() ||
		c.At(1).Sort == token.Word {
		return token.Found{}, false
	}
	parts := composition(runes, longestParts)
	if parts == nil {
		return token.Found{}, false
	}
	said := make([]string, len(parts))
	for i, p := range parts {
		said[i] = lexicon.Meaning(p)
	}
	return token.Found{N: 1, Spoken: strings.Join(said, " "), Kind: kind.Abbreviation, Sure: kind.Doubtful,
		Others: []string{lexicon.Spelled(t.Text)}}, true
}

// composition parts letters into abbreviations of two letters or more, one of
// them of three; the longest first. It is nil if there is no such parting.
func composition(runes []rune, most int) []string {
	for n := len(runes) - 2; n >= 2 && most > 1; n-- {
		first, rest := string(runes[:n]), runes[n:]
		if !lexicon.Knows(first) {
			continue
		}
		if lexicon.Knows(string(rest)) && (n > 2 || len(rest) > 2) {
			return []string{first, string(rest)}
		}
		if more := composition(rest, most-1); more != nil {
			return append([]string{first}, more...)
		}
	}
	return nil
}

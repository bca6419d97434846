package reading

import (
	_ "embed"
	"strings"

	"loa/audio/reading/kind"
	"loa/audio/reading/lexicon"
	"loa/audio/reading/token"
)

// named recognises foreign and mixed names of the table.
func named(c *token.Cursor) (token.Found, bool) {
	if !c.Begins() {
		return token.Found{}, false
	}
	for _, e := range lexicon.Names[c.At(0).Low] {
		n := writtenAt(c, e)
		if n == 0 || e.Exact && c.Shouts(0) && token.Syllable(c.At(0).Low) {
			continue
		}
		if e.Say == "" {
			return token.Found{N: n, Spoken: c.At(0).Text, Kind: kind.Text, Sure: kind.Certain}, true
		}
		return token.Found{N: n, Spoken: e.Say, Kind: kind.Name, Sure: kind.Certain}, true
	}
	return highlandName(c)
}

// firstSounds are what is said for the letter before an apostrophe in names of
// the highlands: K'Brèo, M'Nông.
var firstSounds = token.Pairs("k cơ m mờ h hờ n nờ r rờ b bờ d đờ l lờ s sờ t tờ p pờ g gờ")

// longestName is of a name of the highlands behind its apostrophe, bytes.
const longestName = 30

func highlandName(c *token.Cursor) (token.Found, bool) {
	if next := c.At(2 + c.Gap(2)); c.Is(1, "'") && c.Gap(2) > 0 && token.Upper(c.At(0).Text) && next.Sort == token.Word &&
		token.Capital(next.Text) { // K' Văn Lợi
		if said := firstSounds[c.At(0).Low]; said != "" {
			return token.Found{N: 2, Spoken: said, Kind: kind.Name, Sure: kind.Likely}, true
		}
	}
	first, rest, ok := strings.Cut(c.At(0).Text, "'")
	said := firstSounds[strings.ToLower(first)]
	if !ok || said == "" || strings.Contains(rest, "'") || !token.Capital(first) || c.At(0).Sort != token.Word {
		return token.Found{}, false
	}
	switch {
	case token.Upper(rest) && !token.Syllable(token.Fold(rest)):
		return token.Found{}, false
	case token.Upper(rest):
		rest = strings.ToLower(rest)
	}
	if len(rest) > longestName || Spoken(Read(rest)) != rest { // B'Cb: no name, for it stands for something
		return token.Found{}, false
	}
	return token.Found{N: 1, Spoken: said + " " + rest, Kind: kind.Name, Sure: kind.Likely}, true
}

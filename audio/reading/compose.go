package reading

import "strings"

// longestParts is how many abbreviations one that is not known may hold.
const longestParts = 3

// composed recognises what is written together of abbreviations that are known:
// VPUBND, PCTHĐND. It is a guess, and marked so.
func composed(c *cursor) (found, bool) {
	t := c.at(0)
	runes := []rune(t.s)
	if t.kind != word || len(runes) < 5 || len(runes) > 14 || !upper(t.s) || syllable(t.low) || !c.begins() || c.at(1).kind == word {
		return found{}, false
	}
	parts := composition(runes, longestParts)
	if parts == nil {
		return found{}, false
	}
	said := make([]string, len(parts))
	for i, p := range parts {
		said[i] = partSaid(p)
	}
	return found{n: 1, spoken: strings.Join(said, " "), kind: Abbreviation, sure: Doubtful, others: []string{spelled(t.s)}}, true
}

// composition parts letters into abbreviations of two letters or more, one of
// them of three; the longest first. It is nil if there is no such parting.
func composition(runes []rune, most int) []string {
	for n := len(runes) - 2; n >= 2 && most > 1; n-- {
		first, rest := string(runes[:n]), runes[n:]
		if !knownAbbreviation(first) {
			continue
		}
		if knownAbbreviation(string(rest)) && (n > 2 || len(rest) > 2) {
			return []string{first, string(rest)}
		}
		if more := composition(rest, most-1); more != nil {
			return append([]string{first}, more...)
		}
	}
	return nil
}

func knownAbbreviation(s string) bool { return partSaid(s) != "" }

// partSaid is what an abbreviation means by itself, "" for none.
func partSaid(s string) string {
	for _, a := range abbreviations[fold(s)] {
		if len(a.write) == 1 && a.write[0].s == s {
			return a.says[len(a.says)-1].say
		}
	}
	return issuers[s]
}

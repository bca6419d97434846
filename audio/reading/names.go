package reading

import (
	_ "embed"
	"sort"
	"strings"
)

//go:embed names.txt
var namesText string

// names by the folded first token, the longest first.
var names = parseNames(namesText)

func parseNames(text string) map[string][]entry {
	by := map[string][]entry{}
	for _, l := range strings.Split(text, "\n") {
		write, say, ok := strings.Cut(l, " =")
		if !ok || strings.HasPrefix(l, "#") {
			continue
		}
		e := entry{say: strings.TrimSpace(say)}
		for _, t := range tokens(normalise(write)) {
			if t.kind != space {
				e.write = append(e.write, t)
			}
		}
		e.exact = len(write) < 4 && upper(write) // 5g is a weight, AI a name, ai a word
		by[e.write[0].low] = append(by[e.write[0].low], e)
	}
	for _, es := range by {
		sort.SliceStable(es, func(i, j int) bool { return len(es[i].write) > len(es[j].write) })
	}
	return by
}

// named recognises foreign and mixed names of the table.
func named(c *cursor) (found, bool) {
	if !c.begins() {
		return found{}, false
	}
	for _, e := range names[c.at(0).low] {
		n := c.written(e)
		if n == 0 || e.exact && c.caps[c.i] && syllable(c.at(0).low) {
			continue
		}
		if e.say == "" {
			return found{n: n, spoken: c.at(0).s, kind: Text, sure: Certain}, true
		}
		return found{n: n, spoken: e.say, kind: Name, sure: Certain}, true
	}
	return highlandName(c)
}

// firstSounds are what is said for the letter before an apostrophe in names of
// the highlands: K'Brèo, M'Nông.
var firstSounds = pairs("k cơ m mờ h hờ n nờ r rờ b bờ d đờ l lờ s sờ t tờ p pờ g gờ")

func highlandName(c *cursor) (found, bool) {
	if next := c.at(2 + c.gap(2)); c.is(1, "'") && c.gap(2) > 0 && upper(c.at(0).s) && next.kind == word && capital(next.s) { // K' Văn Lợi
		if said := firstSounds[c.at(0).low]; said != "" {
			return found{n: 2, spoken: said, kind: Name, sure: Likely}, true
		}
	}
	first, rest, ok := strings.Cut(c.at(0).s, "'")
	said := firstSounds[strings.ToLower(first)]
	if !ok || said == "" || strings.Contains(rest, "'") || !capital(first) || c.at(0).kind != word {
		return found{}, false
	}
	switch {
	case upper(rest) && !syllable(fold(rest)):
		return found{}, false
	case upper(rest):
		rest = strings.ToLower(rest)
	}
	return found{n: 1, spoken: said + " " + rest, kind: Name, sure: Likely}, true
}

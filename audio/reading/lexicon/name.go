package lexicon

import (
	_ "embed"
	"sort"
	"strings"

	"loa/audio/reading/token"
)

// An Entry is something written that has one way to be said.
type Entry struct {
	Write []token.Token // without the spaces
	Exact bool
	Say   string
}

//go:embed names.txt
var namesText string

// Names by the folded first token, the longest first.
var Names = parseNames(namesText)

func parseNames(text string) map[string][]Entry {
	by := map[string][]Entry{}
	for _, l := range strings.Split(text, "\n") {
		write, say, ok := strings.Cut(l, " =")
		if !ok || strings.HasPrefix(l, "#") {
			continue
		}
		e := Entry{Say: strings.TrimSpace(say)}
		for _, t := range token.Of(write) {
			if t.Sort != token.Space {
				e.Write = append(e.Write, t)
			}
		}
		e.Exact = len(write) < 4 &&
			(token.Upper(write) || !token.Capital(write) && strings.ToLower(write) != write) // 5g, ai, PH are no 5G, AI, pH
		by[e.Write[0].Low] = append(by[e.Write[0].Low], e)
	}
	for _, es := range by {
		sort.SliceStable(es, func(i, j int) bool { return len(es[i].Write) > len(es[j].Write) })
	}
	return by
}

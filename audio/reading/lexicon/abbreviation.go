package lexicon

import (
	_ "embed"
	"sort"
	"strings"
	"unicode/utf8"

	"loa/audio/reading/kind"
	"loa/audio/reading/token"
)

//go:embed abbreviations.txt
var abbreviationsText string

// An Abbreviation is what may be written for several things.
type Abbreviation struct {
	Write    []token.Token // without spaces
	AnyCase  bool          // no syllable: ubnd is UBND
	Initial  bool          // one letter and a point
	Optional bool          // its point may be that of the sentence
	Syllable bool          // in a line of capitals it may be a word
	Kind     kind.Kind
	Says     []saying
}

// A saying is one of the things, with the words that tell that it is meant.
type saying struct {
	Say  string
	Cues []string
}

// Abbreviations by the folded first token, the longest first.
var Abbreviations = parseAbbreviations(abbreviationsText)

func parseAbbreviations(text string) map[string][]Abbreviation {
	by, what := map[string][]Abbreviation{}, kind.Abbreviation
	for _, l := range strings.Split(text, "\n") {
		if name, ok := strings.CutPrefix(l, "@"); ok {
			what = kind.Kind(name)
		}
		write, says, ok := strings.Cut(l, " = ")
		if !ok || strings.HasPrefix(l, "#") {
			continue
		}
		point, optional := strings.Replace(write, "[.]", ".", 1), strings.Replace(write, "[.]", "", 1)
		for i, w := range []string{point, optional} {
			if i == 1 && point == optional {
				break
			}
			a := newAbbreviation(w, says, what)
			a.Optional = i == 0 && point != optional
			by[a.Write[0].Low] = append(by[a.Write[0].Low], a)
		}
	}
	for _, as := range by {
		sort.SliceStable(as, func(i, j int) bool { return len(as[i].Write) > len(as[j].Write) })
	}
	return by
}

func newAbbreviation(write, says string, what kind.Kind) Abbreviation {
	a := Abbreviation{Kind: what}
	letters := 0
	for _, t := range token.Of(write) {
		if t.Sort != token.Space {
			a.Write = append(a.Write, t)
			letters += utf8.RuneCountInString(t.Text)
		}
	}
	a.Initial = letters == 2 && strings.HasSuffix(write, ".")
	a.Syllable = len(a.Write) == 1 && token.Syllable(a.Write[0].Low)
	a.AnyCase = letters > 2 && !token.Syllable(a.Write[0].Low) && token.Upper(a.Write[0].Text)
	for _, s := range strings.Split(says, " | ") {
		say, cues, _ := strings.Cut(s, ":")
		a.Says = append(a.Says, saying{Say: strings.TrimSpace(say), Cues: strings.Fields(cues)})
	}
	return a
}

// Knows tells whether letters are an abbreviation of the tables.
func Knows(s string) bool { return Meaning(s) != "" }

// Meaning is what an abbreviation means by itself, "" for none.
func Meaning(s string) string {
	for _, a := range Abbreviations[token.Fold(s)] {
		if len(a.Write) == 1 && a.Write[0].Text == s {
			return a.Says[len(a.Says)-1].Say
		}
	}
	return Issuers[s]
}

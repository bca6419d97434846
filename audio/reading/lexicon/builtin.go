package lexicon

import (
	"strings"

	"loa/audio/reading/kind"
)

// A Known is what the reader knows by itself: an abbreviation, a title, a name.
type Known struct {
	Write string    `json:"write"`
	Says  []string  `json:"says"` // what it may mean; by itself the last
	Kind  kind.Kind `json:"kind"`
}

// BuiltIn is all that the reader knows by itself, in the order of its tables. A
// commune's own dictionary goes before it.
func BuiltIn() []Known {
	var all []Known
	what := kind.Abbreviation
	for l := range strings.SplitSeq(abbreviationsText+"\n@"+string(kind.Name)+"\n"+namesText, "\n") {
		if name, ok := strings.CutPrefix(l, "@"); ok {
			what = kind.Kind(strings.TrimSpace(name))
		}
		write, says, ok := strings.Cut(l, " =")
		if !ok || strings.HasPrefix(l, "#") {
			continue
		}
		k := Known{Write: strings.Replace(write, "[.]", ".", 1), Kind: what}
		for s := range strings.SplitSeq(says, " | ") {
			say, _, _ := strings.Cut(s, ":")
			if say = strings.TrimSpace(say); say == "" {
				say = k.Write // as it stands
			}
			k.Says = append(k.Says, say)
		}
		all = append(all, k)
	}
	return all
}

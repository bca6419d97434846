package lexicon

import (
	"strings"

	"loa/audio/reading/token"
)

// Letters are their names, as one spells.
var Letters = token.Pairs(`a a ă á â ớ b bê c xê d dê đ đê e e ê ê f ép g gờ h hát i i j di k ca l lờ m mờ n nờ o o ô ô ơ ơ p pê q quy r rờ s ét t tê u u ư ư v vê
	w vê_kép x ích y i_dài z dét`)

// Spelled says a word letter by letter; what is no letter of ours stays.
func Spelled(s string) string {
	var said []string
	for _, r := range strings.ToLower(s) {
		name := Letters[string(r)]
		switch {
		case r == '\'':
			continue
		case name == "":
			name = string(r)
		}
		said = append(said, strings.ReplaceAll(name, "_", " "))
	}
	return strings.Join(said, " ")
}

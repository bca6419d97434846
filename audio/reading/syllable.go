package reading

import (
	"unicode"
)

// Syllables is about how many syllables a text has that is said word by word, as the
// reader makes it. Of other texts it is fewer than there are: a stretch of letters or
// digits counts as one.
func Syllables(said string) int {
	n, word := 0, false
	for _, r := range said {
		in := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
		if in && !word {
			n++
		}
		word = in
	}
	return n
}

package reading

import (
	"strings"
	"unicode"

	"loa/audio/reading/lexicon"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
)

// tidy joins what is said: one space between words, none before a pause, one
// pause at a time (the longest), none before the first word of a line.
type tidy struct {
	b     strings.Builder
	space bool // one is owed
	pause rune // one is owed, 0 for none
	end   bool // a line ends
	any   bool // words stand in the line
	words int  // how many
	wrote rune // the last rune of the last word
	last  rune
	word  []rune // the last one, or its beginning
}

func (t *tidy) piece(s string) {
	if s != "" && t.last != 0 && Joins(t.last) && Joins(token.FirstRune(s)) {
		t.space = true
	}
	for _, r := range s {
		switch {
		case r == '\n':
			t.end, t.space = true, false
		case unicode.IsSpace(r):
			t.space = true
		case strings.ContainsRune(token.Pauses, r):
			t.pause, t.space = longer(t.pause, r), false
		default:
			t.write(r)
		}
		t.last = r
	}
}

func Joins(r rune) bool { return !unicode.IsSpace(r) && !strings.ContainsRune(token.Pauses, r) }

func longer(a, b rune) rune {
	if strings.IndexRune(token.Pauses, b) > strings.IndexRune(token.Pauses, a) || a == 0 {
		return b
	}
	return a
}

func (t *tidy) write(r rune) {
	t.owed()
	if !unicode.IsLetter(t.wrote) {
		t.word = t.word[:0]
		t.words++
	}
	if t.wrote = r; len(t.word) < 20 {
		t.word = append(t.word, r)
	}
	t.b.WriteRune(r)
	t.any = true
}

// marks tells whether a word with a point behind it marks an item of a list. One
// that the rule of marks did not take gets a comma, or it would be taken next time.
func marks(low string) bool { return lexicon.Letters[low] != "" || number.Roman(low) > 0 }

// owed writes the pause, the end of the line and the space that stand before a rune.
func (t *tidy) owed() {
	if t.pause != 0 && t.any {
		if t.pause == '.' && t.words == 1 && marks(strings.ToLower(string(t.word))) {
			t.pause = ','
		}
		t.b.WriteRune(t.pause)
		t.space = true
	}
	if t.end && t.b.Len() > 0 {
		t.b.WriteByte('\n')
		t.any, t.space, t.words, t.wrote = false, false, 0, '\n'
	}
	if t.space && t.any {
		t.b.WriteByte(' ')
		t.wrote = ' '
	}
	t.pause, t.end, t.space = 0, false, false
}

func (t *tidy) text() string {
	if t.pause != 0 && t.any {
		t.b.WriteRune(t.pause)
	}
	return t.b.String()
}

package reading

import (
	"strings"
	"unicode"
)

// pauses are the signs at which a voice rests; they lean on the word before them.
const pauses = ",;:.?!…"

// tidy joins what is said: one space between words, none before a pause, one
// pause at a time (the longest), none before the first word of a line.
type tidy struct {
	b     strings.Builder
	space bool // one is owed
	pause rune // one is owed, 0 for none
	end   bool // a line ends
	any   bool // words stand in the line
	last  rune
}

func (t *tidy) piece(s string) {
	if s != "" && t.last != 0 && joins(t.last) && joins(firstRune(s)) {
		t.space = true
	}
	for _, r := range s {
		switch {
		case r == '\n':
			t.end, t.space = true, false
		case unicode.IsSpace(r):
			t.space = true
		case strings.ContainsRune(pauses, r):
			t.pause = longer(t.pause, r)
		default:
			t.write(r)
		}
		t.last = r
	}
}

func firstRune(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}

func joins(r rune) bool { return !unicode.IsSpace(r) && !strings.ContainsRune(pauses, r) }

func longer(a, b rune) rune {
	if strings.IndexRune(pauses, b) > strings.IndexRune(pauses, a) || a == 0 {
		return b
	}
	return a
}

func (t *tidy) write(r rune) {
	t.owed()
	t.b.WriteRune(r)
	t.any = true
}

// owed writes the pause, the end of the line and the space that stand before a word.
func (t *tidy) owed() {
	if t.pause != 0 && t.any {
		t.b.WriteRune(t.pause)
		t.space = true
	}
	if t.end && t.b.Len() > 0 {
		t.b.WriteByte('\n')
		t.any, t.space = false, false
	}
	if t.space && t.any {
		t.b.WriteByte(' ')
	}
	t.pause, t.end, t.space = 0, false, false
}

func (t *tidy) text() string {
	if t.pause != 0 && t.any {
		t.b.WriteRune(t.pause)
	}
	return t.b.String()
}

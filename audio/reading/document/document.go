package document

import (
	"strings"
	"unicode"

	"loa/audio/reading"
	"loa/audio/reading/kind"
	"loa/audio/reading/token"
)

// Kept are the pieces that nobody proposed to leave out. They tile no more.
func Kept(pieces []reading.Piece) []reading.Piece {
	var kept []reading.Piece
	for _, p := range pieces {
		if p.Omit == "" {
			kept = append(kept, p)
		}
	}
	return kept
}

// Read reads a text of many lines as a newsreader does: lines are sentences
// unless the next one goes on with them, long sentences get breaths (see
// [Breath]), and what belongs to the paper and not to the message is marked, to
// be left out if a person wishes. Its pieces tile the text.
func Read(r *reading.Reader, text string) []reading.Piece {
	return reading.Joined(text, breaths(r, text, newsreader))
}

// breaths gives the pieces of a document, one for each token of text.
func breaths(r *reading.Reader, text string, b breathing) []reading.Piece {
	pieces := r.Stretches(text)
	lines := linesOf(pieces)
	omit(pieces, lines)
	for i, l := range lines {
		if l.end < len(pieces) {
			pieces[l.end] = lineEnd(pieces, lines, i)
		}
	}
	b.breathe(pieces)
	return pieces
}

// A lineOf is a line of a document: its pieces from first up to end, where the
// piece stands that ends it.
type lineOf struct {
	first, end int
	text       string // folded, without spaces around
	written    string
}

func linesOf(pieces []reading.Piece) []lineOf {
	var lines []lineOf
	first := 0
	for i := 0; i <= len(pieces); i++ {
		if i < len(pieces) && pieces[i].Spoken != "\n" {
			continue
		}
		var b strings.Builder
		for _, p := range pieces[first:i] {
			b.WriteString(p.Written)
		}
		w := strings.TrimSpace(token.Normalised(b.String()))
		lines = append(lines, lineOf{first: first, end: i, written: w, text: strings.ToLower(w)})
		first = i + 1
	}
	return lines
}

// lineEnd is what the end of a line says: nothing where the next line goes on, a
// full stop where no pause stands already.
func lineEnd(pieces []reading.Piece, lines []lineOf, i int) reading.Piece {
	l, p := lines[i], pieces[lines[i].end]
	switch {
	case l.text == "":
		return p
	case i+1 < len(lines) && goesOn(l, lines[i+1]):
		p.Spoken = " "
		return p
	case strings.ContainsAny(l.text[len(l.text)-1:], ".!?;:,") || strings.HasSuffix(l.text, "…"):
		return p
	}
	p.Spoken, p.Kind = ".\n", kind.Pause
	return p
}

// goesOn tells whether a sentence that fills its line goes on in the next: that
// one begins with a small letter and is no item of a list.
func goesOn(l, next lineOf) bool {
	r := token.FirstRune(next.written)
	if !unicode.IsLower(r) || len([]rune(l.text)) < 30 {
		return false
	}
	runes := []rune(next.written)
	return len(runes) < 2 || runes[1] != ')' && runes[1] != '.' && runes[1] != '/'
}

package reading

import (
	"strings"

	"loa/audio/reading/kind"
	"loa/audio/reading/token"
)

// A Piece is a stretch of the text and what is said for it. The pieces of a
// text tile it: the first begins at 0, each begins where the one before it ends,
// the last ends at the length of the text.
type Piece struct {
	Written string    `json:"written"` // as it stands in the text
	From    int       `json:"from"`    // in bytes
	To      int       `json:"to"`      // in bytes, the first that is not part of it
	Spoken  string    `json:"spoken"`  // empty for what is not said
	Kind    kind.Kind `json:"kind"`
	Sure    float64   `json:"sure"`   // 0 to 1
	Others  []string  `json:"others"` // what else it might mean, likeliest first; never nil
	Omit    Omission  `json:"omit,omitempty"`
}

// Changed tells whether something else is said than what is written.
func (p Piece) Changed() bool { return p.Kind != kind.Text }

// Spoken is what is said for the pieces, as one text: words, and the signs at
// which a voice pauses.
func Spoken(pieces []Piece) string {
	var t tidy
	for _, p := range pieces {
		t.piece(p.Spoken)
	}
	return t.text()
}

// Read reads with the built-in words only.
func Read(text string) []Piece { return New(nil).Read(text) }

// A Reader reads text. It holds nothing but words and serves any number of
// goroutines.
type Reader struct {
	own *own
}

// New is a reader for which a dictionary overrides what is built in; nil for
// none.
func New(d Dictionary) *Reader { return &Reader{own: index(d)} }

// Read says how a text is said. It returns no pieces for an empty text.
func (r *Reader) Read(text string) []Piece { return Joined(text, r.Stretches(text)) }

// Stretches is Read before text that stands side by side is one piece: there is one
// for each word, space and sign that no rule joined to others.
func (r *Reader) Stretches(text string) []Piece { return r.each(text, token.NewCursor(text)) }

func (r *Reader) each(text string, c *token.Cursor) []Piece {
	pieces := make([]Piece, 0, c.Size())
	for c.More() {
		f, ok := r.recognise(c)
		if !ok {
			f = plain(c)
		}
		pieces = append(pieces, pieceOf(text, c, f))
	}
	return pieces
}

// recognise asks the commune's own words, then the rules.
func (r *Reader) recognise(c *token.Cursor) (token.Found, bool) {
	if f, ok := r.own.words(c); ok {
		return f, true
	}
	for _, rule := range rules[c.At(0).Sort] {
		if f, ok := rule(c); ok {
			return r.own.before(c, f), true
		}
	}
	return token.Found{}, false
}

// pieceOf is what was found at the cursor, which moves on.
func pieceOf(text string, c *token.Cursor, f token.Found) Piece {
	from, to := c.Take(f)
	if f.Others == nil {
		f.Others = []string{}
	}
	return Piece{
		Written: text[from:to], From: from, To: to,
		Spoken: f.Spoken, Kind: f.Kind, Sure: f.Sure, Others: f.Others,
	}
}

// Joined makes one piece of text that stands side by side in a line.
func Joined(text string, pieces []Piece) []Piece {
	out := pieces[:0]
	var said strings.Builder
	for _, p := range pieces {
		last := len(out) - 1
		if last < 0 || p.Kind != kind.Text || out[last].Kind != kind.Text || p.Omit != out[last].Omit || p.Spoken == "\n" ||
			out[last].Spoken == "\n" {
			out = append(out, p)
			said = strings.Builder{}
			said.WriteString(p.Spoken)
			continue
		}
		said.WriteString(p.Spoken)
		out[last].To, out[last].Spoken = p.To, said.String()
		out[last].Written = text[out[last].From:p.To]
	}
	return out
}

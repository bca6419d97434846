package reading

import "strings"

// A Kind says what a stretch of text is, and so by which rule it is said.
type Kind string

// The kinds. Text is what stays as it is; Unknown is left alone too, because no
// rule knows how to say it.
const (
	Text         Kind = "text"
	Number       Kind = "number"
	Fraction     Kind = "fraction"
	Percent      Kind = "percent"
	Time         Kind = "time"
	Date         Kind = "date"
	Money        Kind = "money"
	Measure      Kind = "measure"
	Telephone    Kind = "telephone"
	Ordinal      Kind = "ordinal"
	Roman        Kind = "roman"
	Abbreviation Kind = "abbreviation"
	Title        Kind = "title"
	Law          Kind = "law"
	Address      Kind = "address"
	Mark         Kind = "mark"
	Capitals     Kind = "capitals"
	Name         Kind = "name"
	Web          Kind = "web"
	Emoji        Kind = "emoji"
	Symbol       Kind = "symbol"
	Own          Kind = "dictionary"
	Pause        Kind = "pause"
	Unknown      Kind = "unknown"
)

// How sure a reading is: 1 is certain, 0 is not known at all. What is below
// Likely should be shown to a person.
const (
	Certain  = 1.0
	Likely   = 0.8
	Doubtful = 0.5
	NotKnown = 0.0
)

// A Piece is a stretch of the text and what is said for it. The pieces of a
// text tile it: the first begins at 0, each begins where the one before it ends,
// the last ends at the length of the text.
type Piece struct {
	Written string   `json:"written"` // as it stands in the text
	From    int      `json:"from"`    // in bytes
	To      int      `json:"to"`      // in bytes, the first that is not part of it
	Spoken  string   `json:"spoken"`  // empty for what is not said
	Kind    Kind     `json:"kind"`
	Sure    float64  `json:"sure"`   // 0 to 1
	Others  []string `json:"others"` // what else it might mean, likeliest first; never nil
	Omit    Omission `json:"omit,omitempty"`
}

// Changed tells whether something else is said than what is written.
func (p Piece) Changed() bool { return p.Kind != Text }

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
func (r *Reader) Read(text string) []Piece {
	return joined(text, newCursor(text, r.own).read())
}

// read gives a piece for each token of text.
func (c *cursor) read() []Piece {
	pieces := make([]Piece, 0, len(c.toks))
	for c.i < len(c.toks) {
		f, ok := c.recognise()
		if !ok {
			f = plain(c)
		}
		pieces = c.take(pieces, f)
	}
	return pieces
}

// found is what a rule recognised at a cursor: how many tokens, and how they are said.
type found struct {
	n      int
	spoken string
	kind   Kind
	sure   float64
	others []string
}

// A rule recognises one kind of writing where the cursor stands, or does not.
type rule func(*cursor) (found, bool)

func (c *cursor) recognise() (found, bool) {
	for _, r := range rules[c.toks[c.i].kind] {
		if f, ok := r(c); ok {
			return f, true
		}
	}
	return found{}, false
}

// take appends what was found and moves on.
func (c *cursor) take(pieces []Piece, f found) []Piece {
	from, to := c.toks[c.i].from, c.toks[c.i+f.n-1].to
	c.spoke = c.toks[c.i].kind != line && (c.spoke || strings.Trim(f.spoken, pauses+" \n\t") != "")
	c.i += f.n
	if f.kind != Text {
		c.lastKind, c.lastEnd = f.kind, c.i
		if words := strings.Fields(f.spoken); len(words) > 0 {
			c.lastWord, c.wordEnd = words[len(words)-1], c.i
		}
	}
	if f.others == nil {
		f.others = []string{}
	}
	return append(pieces, Piece{
		Written: c.text[from:to], From: from, To: to,
		Spoken: f.spoken, Kind: f.kind, Sure: f.sure, Others: f.others,
	})
}

// joined makes one piece of text that stands side by side in a line.
func joined(text string, pieces []Piece) []Piece {
	out := pieces[:0]
	var said strings.Builder
	for _, p := range pieces {
		last := len(out) - 1
		if last < 0 || p.Kind != Text || out[last].Kind != Text || p.Omit != out[last].Omit || p.Spoken == "\n" || out[last].Spoken == "\n" {
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

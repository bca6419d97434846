package clips

import (
	"strings"
	"unicode/utf8"

	"loa/audio/reading"
	paper "loa/audio/reading/document"
	"loa/controller/problem"
)

// maxRead bounds what is read aloud, characters: what a voice takes at once.
const maxRead = 20_000

// Reading is how a text is said.
type Reading struct {
	Spoken string  `json:"spoken" doc:"the whole, as a voice is given it"`
	Pieces []Piece `json:"pieces" doc:"they tile the text as it was sent, in its order"`

	Sentences []Stretch `json:"sentences" doc:"they tile the text too; each can be heard by itself"`
	Blocks    []Block   `json:"blocks" doc:"what belongs to the paper and may be left out, if a person says so"`
}

// Stretch is a stretch of a text.
type Stretch struct {
	From int `json:"from" doc:"in characters"`
	To   int `json:"to"`
}

// Block is a part of a paper.
type Block struct {
	Stretch
	Written string `json:"written" doc:"name it so in leave"`
	Why     string `json:"why" enum:"letterhead,recipients,signature,stamp,page,table"`
}

// Piece is a stretch of a text and what is said for it.
type Piece struct {
	Written string   `json:"written"`
	From    int      `json:"from" doc:"in characters (Unicode code points) from the beginning of the text"`
	To      int      `json:"to" doc:"the first character that is not part of it"`
	Spoken  string   `json:"spoken" doc:"empty: nothing is said"`
	Kind    string   `json:"kind" doc:"text stays as it is; unknown too, for no rule says how it is read"`
	Sure    float64  `json:"sure" minimum:"0" maximum:"1" doc:"below 0.8 a person should look"`
	Others  []string `json:"others" doc:"what else it may mean, likeliest first"`
	Omit    string   `json:"omit,omitempty" doc:"why it may be left out: it belongs to the paper, not to the message"`
}

// Read is how a text would be said without what is left out: blocks of the paper, named
// by what they write. Nothing is stored.
func (d *Desk) Read(text string, leave []string) (Reading, error) {
	if n := utf8.RuneCountInString(text); n > maxRead {
		return Reading{}, problem.New(problem.TooLarge, "text_too_long",
			"Văn bản dài %d chữ, tối đa %d: hãy chia thành nhiều bản tin.", "The text has %d characters, at most %d: make several bulletins of "+
				"it.", n, maxRead)
	}
	if err := d.opt.Library.CheckLeave(text, leave); err != nil {
		return Reading{}, err
	}
	pieces, sentences := d.opt.Library.Script(text, leave)
	v := viewReading(text, pieces)
	var said []string
	stretch := stretches(text)
	for _, sentence := range sentences {
		v.Sentences = append(v.Sentences, stretch(sentence.From, sentence.To))
		if sentence.Spoken != "" {
			said = append(said, sentence.Spoken)
		}
	}
	if len(leave) > 0 {
		v.Spoken = strings.Join(said, "\n")
	}
	stretch = stretches(text)
	for _, b := range paper.Blocks(text, pieces) {
		v.Blocks = append(v.Blocks, Block{stretch(b.From, b.To), b.Written, string(b.Why)})
	}
	return v, nil
}

// stretches counts in characters what is given in bytes, from left to right.
func stretches(text string) func(from, to int) Stretch {
	bytes, chars := 0, 0
	count := func(to int) int {
		chars += utf8.RuneCountInString(text[bytes:to])
		bytes = to
		return chars
	}
	return func(from, to int) Stretch { return Stretch{count(from), count(to)} }
}

// viewReading counts in characters: a page's script and others' programs do.
func viewReading(text string, pieces []reading.Piece) Reading {
	v := Reading{Spoken: reading.Spoken(pieces), Pieces: make([]Piece, len(pieces)), Sentences: []Stretch{}, Blocks: []Block{}}
	at := 0
	for i, p := range pieces {
		from := at
		at += utf8.RuneCountInString(text[p.From:p.To])
		v.Pieces[i] = Piece{Written: p.Written, From: from, To: at, Spoken: p.Spoken, Kind: string(p.Kind), Sure: p.Sure, Others: p.Others,
			Omit: string(p.Omit)}
	}
	return v
}

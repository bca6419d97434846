package web

import (
	"context"
	"net/http"
	"strings"
	"unicode/utf8"

	"loa/audio/reading"
	paper "loa/audio/reading/document"
	"loa/controller/library"
	"loa/controller/problem"
)

// maxRead bounds what is read aloud, characters: what a voice takes at once.
const maxRead = 20_000

type readInput struct {
	Body struct {
		Text  string   `json:"text"`
		Leave []string `json:"leave,omitempty" doc:"blocks that are not to be said, each by what it writes"`
	}
}

// ReadingView is how a text is said.
type ReadingView struct {
	Spoken string      `json:"spoken" doc:"the whole, as a voice is given it"`
	Pieces []PieceView `json:"pieces" doc:"they tile the text, in its order"`

	Sentences []StretchView `json:"sentences" doc:"they tile the text too; each can be heard by itself"`
	Blocks    []BlockView   `json:"blocks" doc:"what belongs to the paper and may be left out, if a person says so"`
}

// StretchView is a stretch of a text.
type StretchView struct {
	From int `json:"from" doc:"in characters"`
	To   int `json:"to"`
}

// BlockView is a part of a paper.
type BlockView struct {
	StretchView
	Written string `json:"written" doc:"name it so in leave"`
	Why     string `json:"why" enum:"letterhead,recipients,signature,stamp,page,table"`
}

type previewInput struct {
	Body struct {
		Text     string   `json:"text"`
		At       int      `json:"at,omitempty" doc:"a character of the sentence that is to be heard"`
		Leave    []string `json:"leave,omitempty" doc:"as of POST /reading"`
		Voice    string   `json:"voice,omitempty" doc:"as of POST /speech"`
		Rate     float64  `json:"rate,omitempty" doc:"as of POST /speech"`
		Verbatim bool     `json:"verbatim,omitempty" doc:"as of POST /speech"`
	}
}

// previewAnswer is a WAV, or nothing: 204.
type previewAnswer struct {
	Status      int
	ContentType string `header:"Content-Type"`
	From        int    `header:"Loa-From" doc:"where the sentence begins, in characters"`
	To          int    `header:"Loa-To" doc:"where the next one does"`
	Body        []byte
}

func (s *Server) previewReading(ctx context.Context, in *previewInput) (*previewAnswer, error) {
	b := in.Body
	wav, from, to, err := s.opt.Library.Preview(ctx, library.Text{Text: b.Text, Leave: b.Leave, Voice: b.Voice, Rate: b.Rate, Verbatim: b.Verbatim}, b.At)
	if err != nil {
		return nil, s.fail(err)
	}
	if wav == nil {
		return &previewAnswer{Status: http.StatusNoContent, From: from, To: to}, nil
	}
	return &previewAnswer{http.StatusOK, "audio/wav", from, to, wav}, nil
}

// PieceView is a stretch of a text and what is said for it.
type PieceView struct {
	Written string   `json:"written"`
	From    int      `json:"from" doc:"in characters (Unicode code points) from the beginning of the text"`
	To      int      `json:"to" doc:"the first character that is not part of it"`
	Spoken  string   `json:"spoken" doc:"empty: nothing is said"`
	Kind    string   `json:"kind" doc:"text stays as it is; unknown too, for no rule says how it is read"`
	Sure    float64  `json:"sure" minimum:"0" maximum:"1" doc:"below 0.8 a person should look"`
	Others  []string `json:"others" doc:"what else it may mean, likeliest first"`
	Omit    string   `json:"omit,omitempty" doc:"why it may be left out: it belongs to the paper, not to the message"`
}

type readAnswer struct{ Body ReadingView }

func (s *Server) readText(_ context.Context, in *readInput) (*readAnswer, error) {
	if n := utf8.RuneCountInString(in.Body.Text); n > maxRead {
		return nil, s.fail(problem.New(problem.TooLarge, "text_long",
			"Văn bản dài %d chữ, tối đa %d: hãy chia thành nhiều bản tin.", "The text has %d characters, at most %d: make several bulletins of it.", n, maxRead))
	}
	text, leave := in.Body.Text, in.Body.Leave
	pieces, sentences := s.opt.Library.Script(text, leave)
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
		v.Blocks = append(v.Blocks, BlockView{stretch(b.From, b.To), b.Written, string(b.Why)})
	}
	return &readAnswer{v}, nil
}

// stretches counts in characters what is given in bytes, from left to right.
func stretches(text string) func(from, to int) StretchView {
	bytes, chars := 0, 0
	count := func(to int) int {
		chars += utf8.RuneCountInString(text[bytes:to])
		bytes = to
		return chars
	}
	return func(from, to int) StretchView { return StretchView{count(from), count(to)} }
}

// viewReading counts in characters: a page's script and others' programs do.
func viewReading(text string, pieces []reading.Piece) ReadingView {
	v := ReadingView{Spoken: reading.Spoken(pieces), Pieces: make([]PieceView, len(pieces)), Sentences: []StretchView{}, Blocks: []BlockView{}}
	at := 0
	for i, p := range pieces {
		from := at
		at += utf8.RuneCountInString(text[p.From:p.To])
		v.Pieces[i] = PieceView{Written: p.Written, From: from, To: at, Spoken: p.Spoken, Kind: string(p.Kind), Sure: p.Sure, Others: p.Others, Omit: string(p.Omit)}
	}
	return v
}

package web

import (
	"context"
	"unicode/utf8"

	"loa/audio/reading"
	"loa/controller/problem"
)

// maxRead bounds what is read aloud, characters: what a voice takes at once.
const maxRead = 20_000

type readInput struct {
	Body struct {
		Text string `json:"text"`
	}
}

// ReadingView is how a text is said.
type ReadingView struct {
	Spoken string      `json:"spoken" doc:"the whole, as a voice is given it"`
	Pieces []PieceView `json:"pieces" doc:"they tile the text, in its order"`
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
	return &readAnswer{viewReading(in.Body.Text, s.opt.Library.Read(in.Body.Text))}, nil
}

// viewReading counts in characters: a page's script and others' programs do.
func viewReading(text string, pieces []reading.Piece) ReadingView {
	v := ReadingView{Spoken: reading.Spoken(pieces), Pieces: make([]PieceView, len(pieces))}
	at := 0
	for i, p := range pieces {
		from := at
		at += utf8.RuneCountInString(text[p.From:p.To])
		v.Pieces[i] = PieceView{Written: p.Written, From: from, To: at, Spoken: p.Spoken, Kind: string(p.Kind), Sure: p.Sure, Others: p.Others, Omit: string(p.Omit)}
	}
	return v
}

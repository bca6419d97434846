package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/library"
	"loa/controller/office/clips"
	"loa/controller/text"
	"loa/controller/web/api/resource"
)

// readingHandlers say how a text is read.
type readingHandlers struct {
	resource.Face
	clips   *clips.Desk
	library *library.Library
}

type readInput struct {
	Body struct {
		Text  text.AsSent   `json:"text" doc:"control characters and marks of direction are not said, and count as characters"`
		Leave []text.AsSent `json:"leave,omitempty" doc:"blocks that are not to be said, each by what it writes; one that is not there is refused"`
	}
}

// register adds the operations.
func (h readingHandlers) register() {
	huma.Register(h.Huma, resource.Operation("read-text", http.MethodPost, "/reading", "Library", http.StatusOK,
		"How a Vietnamese text is said: what a voice is given, and what was changed"), h.readText)
	huma.Register(h.Huma, resource.Operation("preview-reading", http.MethodPost, "/reading/preview", "Library", http.StatusOK,
		"One sentence of a text as a WAV, to be heard by the one who writes it; no clip is made"), h.previewReading)
}

type previewInput struct {
	Body struct {
		Text     text.AsSent   `json:"text" doc:"as of POST /reading"`
		At       int           `json:"at,omitempty" doc:"a character of the sentence that is to be heard, from 0"`
		Leave    []text.AsSent `json:"leave,omitempty" doc:"as of POST /reading"`
		Voice    string        `json:"voice,omitempty" doc:"as of POST /speech"`
		Rate     *float64      `json:"rate,omitempty" doc:"as of POST /speech"`
		Verbatim bool          `json:"verbatim,omitempty" doc:"as of POST /speech"`
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

func (h readingHandlers) previewReading(ctx context.Context, in *previewInput) (*previewAnswer, error) {
	b := in.Body
	rate, err := library.RateOf(b.Rate)
	if err != nil {
		return nil, h.Fail(err)
	}
	wav, from, to, err := h.library.Preview(ctx, library.Text{Text: string(b.Text), Leave: text.Plain(b.Leave), Voice: b.Voice, Rate: rate,
		Verbatim: b.Verbatim}, b.At)
	if err != nil {
		return nil, h.Fail(err)
	}
	if wav == nil {
		return &previewAnswer{Status: http.StatusNoContent, From: from, To: to}, nil
	}
	return &previewAnswer{http.StatusOK, "audio/wav", from, to, wav}, nil
}

func (h readingHandlers) readText(_ context.Context, in *readInput) (*resource.Answer[clips.Reading], error) {
	v, err := h.clips.Read(string(in.Body.Text), text.Plain(in.Body.Leave))
	if err != nil {
		return nil, h.Fail(err)
	}
	return &resource.Answer[clips.Reading]{Body: v}, nil
}

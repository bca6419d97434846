package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/store"
)

// playView is one line of the proof log.
type playView struct {
	Node      string     `json:"node"`
	Programme string     `json:"programme"`
	Airing    string     `json:"airing"`
	Item      int        `json:"item" doc:"index in the rundown"`
	Title     string     `json:"title,omitempty"`
	Clip      string     `json:"clip,omitempty"`
	Began     *time.Time `json:"began"`
	Ended     *time.Time `json:"ended"`
	HeardS    float64    `json:"heard_s"`
	LengthS   float64    `json:"length_s"`
	Volume    int        `json:"volume"`
	Outcome   string     `json:"outcome" enum:"heard,partly,not_heard"`
	Reason    string     `json:"reason"`
	Received  time.Time  `json:"received"`
	Ear       string     `json:"ear,omitempty" enum:"heard,not_heard,cannot_tell" doc:"what the microphone at the horn says; left out: there is none. not_heard outweighs the outcome"`
	EarDB     *float64   `json:"ear_db,omitempty" doc:"how much louder than calibrated it was"`
}

type playsInput struct {
	Programme string    `query:"programme"`
	Node      string    `query:"node"`
	From      time.Time `query:"from"`
	To        time.Time `query:"to"`
	Limit     int       `query:"limit" minimum:"1" maximum:"1000" default:"1000"`
	Before    string    `query:"before" doc:"next of the page before"`
}

type playsAnswer struct {
	Body struct {
		Items []playView `json:"items"`
		Next  string     `json:"next,omitempty" doc:"give it as before for the rest"`
	}
}

func (s *Server) registerPlays() {
	huma.Register(s.api, operation("list-plays", http.MethodGet, "/plays", "What each node really played, newest first", "Proof", http.StatusOK), s.listPlays)
}

func (s *Server) listPlays(ctx context.Context, in *playsInput) (*playsAnswer, error) {
	plays, err := s.opt.Store.Plays(ctx, store.Filter{Programme: in.Programme, Node: in.Node, From: in.From, To: in.To, Limit: in.Limit, Before: in.Before})
	if err != nil {
		return nil, s.fail(err)
	}
	a, err := s.access.View(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	out := &playsAnswer{}
	out.Body.Items = []playView{}
	for _, p := range plays { // a page may be cut to nothing and still have a next
		if a.Sees(p.Node) {
			out.Body.Items = append(out.Body.Items, viewPlay(p))
		}
	}
	if len(plays) == in.Limit {
		out.Body.Next = plays[len(plays)-1].Cursor()
	}
	return out, nil
}

func viewPlay(p store.Play) playView {
	return playView{Node: p.Node, Programme: p.Programme, Airing: p.Airing, Item: p.Item, Title: p.Title, Clip: p.Clip,
		Began: store.Optional(p.Began), Ended: store.Optional(p.Ended), HeardS: p.Heard.Seconds(), LengthS: p.Length.Seconds(),
		Volume: p.Volume, Outcome: string(p.Outcome), Reason: p.Reason, Received: p.Received, Ear: p.Ear, EarDB: p.EarDB}
}

package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/asrun"
	"loa/controller/store"
	"loa/controller/web/api/resource"
)

// playHandlers show what each node really played.
type playHandlers struct {
	resource.Face
	asrun *asrun.Log
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
		Items []asrun.Play `json:"items"`
		Next  string       `json:"next,omitempty" doc:"give it as before for the rest"`
	}
}

// register adds the operations.
func (h playHandlers) register() {
	huma.Register(h.Huma, resource.Operation("list-plays", http.MethodGet, "/plays", "Proof", http.StatusOK,
		"What each node really played, newest first"), h.listPlays)
}

func (h playHandlers) listPlays(ctx context.Context, in *playsInput) (*playsAnswer, error) {
	out := &playsAnswer{}
	var err error
	out.Body.Items, out.Body.Next, err = h.asrun.Plays(ctx, store.Filter{Programme: in.Programme, Node: in.Node,
		From: in.From, To: in.To, Limit: in.Limit, Before: in.Before})
	if err != nil {
		return nil, h.Fail(err)
	}
	return out, nil
}

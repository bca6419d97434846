package pages

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/answers"
	"loa/controller/office/quick"
	"loa/controller/store"
)

// situationPage is what villagers say, for the office and, of his village, its head.
type situationPage struct {
	*kit
	answers *answers.Desk
	quick   *quick.Desk
	open    bool // villagers can answer: the people's pages are served here
}

// register adds the endpoints.
func (p *situationPage) register() {
	p.mux.HandleFunc("GET /situation", p.page("situation", p.parts()))
	p.mux.HandleFunc("POST /situation/{id}", p.taken(func(r *http.Request) error {
		state, who, reply := r.PostForm.Get("state"), r.PostForm.Get("who"), r.PostForm.Get("reply")
		_, err := p.answers.Put(r.Context(), r.PathValue("id"), answers.Handling{State: &state, Who: &who, Reply: &reply})
		return err
	}))
	p.mux.HandleFunc("POST /situation/{id}/report", p.taken(func(r *http.Request) error {
		_, err := p.answers.Forward(r.Context(), r.PathValue("id"), answers.Forward{Node: r.PostForm.Get("node"), Words: r.PostForm.Get("words")})
		return err
	}))
	p.mux.HandleFunc("POST /situation/{id}/delete", p.taken(func(r *http.Request) error {
		return p.answers.Remove(r.Context(), r.PathValue("id"))
	}))
	p.mux.HandleFunc("POST /codes/{id}", p.taken(func(r *http.Request) error {
		return p.answers.Renew(r.Context(), r.PathValue("id"))
	}))
}

// parts are those of the page.
func (p *situationPage) parts() map[string]part { return map[string]part{"main": p.view} }

// taken is a form of the page.
func (p *situationPage) taken(do func(*http.Request) error) http.HandlerFunc {
	return p.form("/situation", "situation", p.parts(), do)
}

// situationView is that page.
type situationView struct {
	Now      time.Time
	Open     bool
	Messages []situationMessage
	Heads    []quick.Quick
	answers.Situation
	Codes  []answers.Code
	States []store.MessageState
}

// situationMessage is a message, and the loudspeakers of its village where it can become a
// report of one.
type situationMessage struct {
	answers.Message
	Nodes []access.Named
}

// messages are those of the page.
func (p *situationPage) messages(ctx context.Context) (rows []situationMessage, err error) {
	all, err := p.answers.Messages(ctx)
	if err != nil {
		return nil, err
	}
	a, err := p.access.View(ctx)
	for _, m := range all {
		row := situationMessage{Message: m}
		for _, id := range slices.Sorted(maps.Keys(a.AreaOf)) {
			if m.Forwardable() && a.Tree.Within(a.AreaOf[id], m.Area) && a.Permit(access.Reporting, a.AreaOf[id]) == nil {
				row.Nodes = append(row.Nodes, access.Named{ID: id, Name: a.Names[id]})
			}
		}
		rows = append(rows, row)
	}
	return rows, err
}

func (p *situationPage) view(ctx context.Context, now time.Time) (any, error) {
	v := situationView{Now: now, Open: p.open,
		States: []store.MessageState{store.MessageNew, store.MessageSeen, store.MessageDoing, store.MessageDone}}
	var err error
	if v.Heads, err = p.quick.List(ctx); err != nil {
		return v, err
	}
	if v.Messages, err = p.messages(ctx); err != nil {
		return v, err
	}
	if v.Situation, err = p.answers.Situation(ctx); err != nil {
		return v, err
	}
	v.Codes, err = p.answers.Codes(ctx)
	return v, err
}

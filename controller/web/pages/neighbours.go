package pages

import (
	"context"
	"net/http"
	"strings"
	"time"

	"loa/controller/neighbour/ical"
	"loa/controller/neighbour/warning"
	"loa/controller/office/access"
)

// neighboursPage is what the office is joined to, each with its state in a line.
type neighboursPage struct {
	*kit
	feeds    *ical.Feeds
	warnings *warning.Desk
}

// register adds the endpoints.
func (p *neighboursPage) register() {
	parts := map[string]part{"main": p.view}
	p.mux.HandleFunc("GET /neighbours", p.page("neighbours", parts))
	p.mux.HandleFunc("POST /neighbours/calendars/{id}", p.form("/neighbours", "neighbours", parts, func(r *http.Request) error {
		return p.feeds.Renew(r.Context(), r.PathValue("id"))
	}))
	p.mux.HandleFunc("GET /ics/{file}", p.calendar)
}

// neighboursView is that page.
type neighboursView struct {
	Now     time.Time
	Host    string // by which the page was opened, with its scheme
	Governs bool
	Feeds   []ical.Feed
	Sources []warning.Source
}

func (p *neighboursPage) view(ctx context.Context, now time.Time) (any, error) {
	v := neighboursView{Now: now}
	a, err := p.access.View(ctx)
	if err != nil {
		return v, err
	}
	o := a.Who.Origin()
	v.Host = o.Scheme + "://" + o.Host
	if v.Feeds, err = p.feeds.Feeds(ctx); err != nil {
		return v, err
	}
	if v.Governs = a.Who.May(access.Governing, a.Tree, a.Commune); v.Governs {
		v.Sources, err = p.warnings.Sources(ctx)
	}
	return v, err
}

// calendar answers every caller that has the address: it is the secret.
func (p *neighboursPage) calendar(w http.ResponseWriter, r *http.Request) {
	secret, _ := strings.CutSuffix(r.PathValue("file"), ".ics")
	body, tag, err := p.feeds.Calendar(r.Context(), secret)
	if err != nil {
		p.problemPage(w, r, p.explain(err))
		return
	}
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "private, max-age=900")
	h.Set("Referrer-Policy", "no-referrer")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	_, _ = w.Write(body) // a reader that is gone needs none
}

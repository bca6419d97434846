package pages

import (
	"cmp"
	"context"
	"html/template"
	"net/http"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/answers"
	"loa/controller/office/replay"
	"loa/controller/problem"
	"loa/controller/store"
)

// replayPage is what the people may hear again, as the office decides on it.
type replayPage struct {
	*kit
	answers   *answers.Desk
	replay    *replay.Replay
	url       string // of the people's pages; "": there are none
	answering bool   // villagers can answer there
}

// register adds the endpoints.
func (p *replayPage) register() {
	p.mux.HandleFunc("GET /replay", p.page("replay", p.parts()))
	p.mux.HandleFunc("POST /replay/{id}", p.form("/replay", "replay", p.parts(), func(r *http.Request) error {
		return p.replay.Decide(r.Context(), r.PathValue("id"), decisionOf(r))
	}))
	p.mux.HandleFunc("GET /replay/sheets/{area}", p.sheet)
}

// parts are those of the page.
func (p *replayPage) parts() map[string]part { return map[string]part{"main": p.view} }

// replayView is that page.
type replayView struct {
	Now    time.Time
	Lines  []replay.Line
	URL    string // of the people's pages; "": there are none
	Sheets []boardLink
	Copy   *copied // of the pages, elsewhere; nil: there is none
}

// copied is how the pages' copy is.
type copied struct {
	Last, Since time.Time // when it was right; since when it fails
	Why         *problem.Problem
}

// boardLink is a village whose sheet can be printed.
type boardLink struct{ Area, Name string }

func (p *replayPage) view(ctx context.Context, now time.Time) (any, error) {
	v := replayView{Now: now, URL: p.url}
	if c := p.replay.Publishing(); c != (replay.Publishing{}) {
		v.Copy = &copied{Last: c.Last, Since: c.Since}
		if c.Err != nil {
			v.Copy.Why = cmp.Or(problemOf(c.Err), problem.Ours)
		}
	}
	var err error
	if v.Lines, err = p.replay.List(ctx); err != nil || p.url == "" {
		return v, err
	}
	a, err := p.access.View(ctx)
	if err != nil {
		return v, err
	}
	for _, area := range a.Seen {
		if area.ID == a.Commune || area.Kind == store.Village {
			v.Sheets = append(v.Sheets, boardLink{area.ID, area.Name})
		}
	}
	return v, nil
}

// problemOf is the sentence of an error; nil: it has none.
func problemOf(err error) *problem.Problem { p, _ := problem.Of(err); return p }

// decisionOf reads what a button of the page says.
func decisionOf(r *http.Request) (d replay.Decision) {
	if r.PostForm.Has("shown") {
		shown := r.PostForm.Get("shown")
		d.Shown = &shown
	}
	if r.PostForm.Has("summary") {
		summary := r.PostForm.Get("summary")
		d.Summary = &summary
	}
	if r.PostForm.Has("over") {
		over := r.PostForm.Get("over") != ""
		d.Over = &over
	}
	return d
}

// sheetView is a sheet for the notice board and the pole.
type sheetView struct {
	frame
	Name, URL string
	QR        template.HTML
}

// sheet is a village's, or the commune's.
func (p *replayPage) sheet(w http.ResponseWriter, r *http.Request) {
	now, err := p.replay.Fresh(r.Context())
	if err != nil {
		p.problemPage(w, r, p.explain(err))
		return
	}
	a, err := p.access.View(r.Context())
	if err != nil {
		p.problemPage(w, r, p.explain(err))
		return
	}
	area := r.PathValue("area")
	place, ok := now.Of(area)
	if !ok || p.url == "" || a.PermitPart(access.Reading, []string{area}) != nil {
		p.problemPage(w, r, p.explain(store.ErrNotFound))
		return
	}
	v := sheetView{frame: p.frameOf(r, "replay"), Name: place.Name, URL: p.url}
	if v.URL, err = p.addressOf(r.Context(), place); err != nil {
		p.problemPage(w, r, p.explain(err))
		return
	}
	if v.QR, err = qrSVG(v.URL); err != nil {
		p.problemPage(w, r, p.explain(err))
		return
	}
	p.show(w, r, http.StatusOK, "sheet.html", v)
}

// addressOf is what stands on the notice board of a place: where its people can answer, that
// with their own code.
func (p *replayPage) addressOf(ctx context.Context, place replay.Place) (string, error) {
	if p.answering {
		code, err := p.answers.CodeOf(ctx, place.Area())
		return p.url + "/q/" + code, err
	}
	if place.Whole {
		return p.url, nil
	}
	return p.url + "/t/" + place.Code, nil
}

package pages

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"loa/controller/neighbour/warning"
	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
)

// warningsPage is what other offices warn of.
type warningsPage struct {
	*kit
	warnings *warning.Desk
}

// register adds the endpoints.
func (p *warningsPage) register() {
	p.mux.HandleFunc("GET /warnings", p.page("warnings", p.parts()))
	p.mux.HandleFunc("POST /warnings/{id}/air", p.taken(p.air))
	p.mux.HandleFunc("POST /warnings/{id}/dismiss", p.taken(func(r *http.Request) error {
		return p.warnings.Dismiss(r.Context(), r.PathValue("id"))
	}))
	p.mux.HandleFunc("POST /warning-sources", p.taken(p.source))
	p.mux.HandleFunc("POST /warning-sources/{id}", p.taken(p.source))
	p.mux.HandleFunc("POST /warning-sources/{id}/delete", p.taken(func(r *http.Request) error {
		return p.warnings.RemoveSource(r.Context(), r.PathValue("id"))
	}))
	p.mux.HandleFunc("POST /warning-codes", p.taken(p.codes))
}

// parts are those of the page.
func (p *warningsPage) parts() map[string]part { return map[string]part{"main": p.view} }

// taken is a form of the page.
func (p *warningsPage) taken(do func(*http.Request) error) http.HandlerFunc {
	return p.form("/warnings", "warnings", p.parts(), do)
}

// warningsView is that page.
type warningsView struct {
	Now      time.Time
	Waiting  []warning.Shown // for the reader
	Others   []warning.Shown
	Governs  bool // the reader sets where warnings come from
	Sources  []warning.Source
	Commune  string
	Codes    string // of the commune
	NoPlaces int    // loudspeakers of which nobody has said where they stand
}

func (p *warningsPage) view(ctx context.Context, now time.Time) (any, error) {
	v := warningsView{Now: now}
	a, err := p.access.View(ctx)
	if err != nil {
		return v, err
	}
	all, err := p.warnings.Warnings(ctx)
	if err != nil {
		return v, err
	}
	for _, w := range all {
		if w.State == store.WarningProposed {
			v.Waiting = append(v.Waiting, w)
		} else {
			v.Others = append(v.Others, w)
		}
	}
	for _, n := range a.Nodes {
		if n.Place == nil {
			v.NoPlaces++
		}
	}
	if v.Governs = access.Of(ctx).May(access.Governing, a.Tree, a.Commune); !v.Governs {
		return v, nil
	}
	if v.Sources, err = p.warnings.Sources(ctx); err != nil {
		return v, err
	}
	codes, err := p.warnings.Codes(ctx)
	v.Commune, v.Codes = a.Commune, strings.Join(codes[a.Commune], ", ")
	return v, err
}

var notSure = problem.New(problem.Invalid, "not_sure", "Hãy đánh dấu rằng đã đọc trước khi phát.",
	"Tick that you have read it before it is aired.")

// air takes the tick for the token of an alert: it says that a person means it.
func (p *warningsPage) air(r *http.Request) error {
	if r.PostForm.Get("sure") == "" {
		return notSure
	}
	_, err := p.warnings.Air(r.Context(), r.PathValue("id"), nil, "")
	return err
}

func (p *warningsPage) source(r *http.Request) error {
	f := r.PostForm
	hours, _ := strconv.Atoi(f.Get("silent_h")) // 0, the usual, of what is no number
	_, err := p.warnings.PutSource(r.Context(), r.PathValue("id"), warning.SourceBody{Name: f.Get("name"), Kind: f.Get("kind"),
		Address: f.Get("address"), Sender: f.Get("sender"), Certificate: f.Get("certificate"), Automatic: f.Get("automatic"),
		SilentH: min(max(hours, 0), 720)})
	return err
}

// codes are those of the commune; those of single villages stay.
func (p *warningsPage) codes(r *http.Request) error {
	a, err := p.access.View(r.Context())
	if err != nil {
		return err
	}
	codes, err := p.warnings.Codes(r.Context())
	if err != nil {
		return err
	}
	said := strings.FieldsFunc(r.PostForm.Get("codes"),
		func(c rune) bool { return c == ',' || c == ' ' || c == ';' || c == '\n' || c == '\r' })
	slices.Sort(said)
	codes[a.Commune] = slices.Compact(said)
	return p.warnings.PutCodes(r.Context(), codes)
}

package pages

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/exercise"
	"loa/controller/store"
)

// exercisePage is the calendar of tests and drills, with what came of each.
type exercisePage struct {
	*kit
	exercise *exercise.Desk
}

// register adds the endpoints.
func (p *exercisePage) register() {
	p.mux.HandleFunc("GET /exercises", p.page("exercises", p.parts()))
	form := func(do func(*http.Request) error) http.HandlerFunc {
		return p.form("/exercises", "exercises", p.parts(), do)
	}
	p.mux.HandleFunc("POST /exercises/rule", form(func(r *http.Request) error { return p.exercise.PutRule(r.Context(), exerciseRuleOf(r)) }))
	p.mux.HandleFunc("POST /exercises/silent", form(func(r *http.Request) error {
		_, err := p.exercise.Begin(r.Context())
		return err
	}))
	p.mux.HandleFunc("GET /exercises/{id}", func(w http.ResponseWriter, r *http.Request) {
		p.page("exercise", map[string]part{"main": func(ctx context.Context, now time.Time) (any, error) {
			return p.sheetView(ctx, now, r.PathValue("id"))
		}})(w, r)
	})
	p.mux.HandleFunc("GET /exercises/{id}/print", p.print)
}

// parts are those of the page.
func (p *exercisePage) parts() map[string]part { return map[string]part{"main": p.view} }

// exercisesView is the calendar, and the latest results.
type exercisesView struct {
	Now     time.Time
	Entries []exercise.Entry
	Sheets  []exercise.Sheet
	Rule    store.ExerciseRule
	Set     bool // the reader may change the calendar
	Run     bool // begin a silent test
	Drill   bool // begin what is heard
}

func (p *exercisePage) view(ctx context.Context, now time.Time) (any, error) {
	v := exercisesView{Now: now}
	a, err := p.access.View(ctx)
	if err != nil {
		return v, err
	}
	v.Set, v.Run = a.Permit(access.Governing, a.Commune) == nil, a.Permit(access.Maintaining, a.Commune) == nil
	v.Drill = a.Permit(access.Drilling, a.Commune) == nil
	if v.Entries, err = p.exercise.Calendar(ctx); err != nil {
		return v, err
	}
	if v.Sheets, err = p.exercise.Sheets(ctx); err != nil {
		return v, err
	}
	v.Rule, err = p.exercise.Rule(ctx)
	return v, err
}

// exerciseSheet is one sheet, on the screen and on paper.
type exerciseSheet struct {
	Now time.Time
	exercise.Sheet
	Keep bool // the reader may say who repairs something
}

func (p *exercisePage) sheetView(ctx context.Context, now time.Time, id string) (exerciseSheet, error) {
	v := exerciseSheet{Now: now}
	a, err := p.access.View(ctx)
	if err != nil {
		return v, err
	}
	v.Keep = a.Who.May(access.Maintaining, a.Tree)
	v.Sheet, err = p.exercise.Sheet(ctx, id)
	return v, err
}

// exercisePaper is a sheet on paper.
type exercisePaper struct {
	frame
	Sheet exerciseSheet
}

func (p *exercisePage) print(w http.ResponseWriter, r *http.Request) {
	v, err := p.sheetView(r.Context(), p.now(), r.PathValue("id"))
	if err != nil {
		p.problemPage(w, r, p.explain(err))
		return
	}
	p.show(w, r, http.StatusOK, "exerciseprint.html", exercisePaper{p.frameOf(r, "exercises"), v})
}

// exerciseRuleOf reads the calendar of a form; what is no number is refused as -1.
func exerciseRuleOf(r *http.Request) store.ExerciseRule {
	days := func(name string) int {
		n, err := strconv.Atoi(strings.TrimSpace(r.PostForm.Get(name)))
		if err != nil {
			return -1
		}
		return n
	}
	at := strings.TrimSpace(r.PostForm.Get("at"))
	if t, err := time.Parse("15:4", at); err == nil { // 9:30 is meant as 09:30
		at = t.Format("15:04")
	}
	return store.ExerciseRule{SilentDays: days("silent"), SilentAt: at, AudibleDays: days("audible"), YearlyDays: days("yearly"),
		Public: r.PostForm.Get("public") != ""}
}

// exerciseAsked is the entry of the calendar from which the form of a drill is opened; "": none.
func exerciseAsked(r *http.Request) store.ExerciseKind {
	switch k := store.ExerciseKind(r.URL.Query().Get("exercise")); k {
	case store.Audible, store.Yearly:
		return k
	}
	return ""
}

package web

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"loa/controller/problem"
	"loa/controller/store"
	"loa/schedule"
)

// pages renders the templates.
type pages struct {
	templates map[language]*template.Template
	zone      *time.Location
}

// language is one of the two that every word exists in.
type language string

const (
	vi language = "vi"
	en language = "en"
)

const langCookie = "lang"

func parsePages() (*pages, error) {
	zone, err := time.LoadLocation(schedule.DefaultZone)
	if err != nil {
		return nil, fmt.Errorf("load time zone: %w", err)
	}
	p := &pages{templates: map[language]*template.Template{}, zone: zone}
	for _, lang := range []language{vi, en} {
		t, err := template.New("").Funcs(p.functions(lang)).ParseFS(files, "templates/*.html")
		if err != nil {
			return nil, fmt.Errorf("parse templates: %w", err)
		}
		p.templates[lang] = t
	}
	return p, nil
}

func (p *pages) functions(lang language) template.FuncMap {
	return template.FuncMap{
		"t":    func(key string, args ...any) string { return say(lang, key, args...) },
		"lang": func() language { return lang },
		// clock and day show an instant in the commune's zone, 24 hours.
		"clock": func(t time.Time) string { return t.In(p.zone).Format("15:04:05") },
		"hour":  func(t time.Time) string { return t.In(p.zone).Format("15:04") },
		"when":  func(t, now time.Time) string { return p.when(lang, t, now) },
		"span":  func(d time.Duration) string { return span(lang, d) },
		"length": func(d time.Duration) string {
			s := int(d.Round(time.Second).Seconds())
			return fmt.Sprintf("%d:%02d", s/60, s%60)
		},
		"reason": func(code string) string {
			if _, known := words["reason_"+code]; !known {
				code = "other"
			}
			return say(lang, "reason_"+code)
		},
		"iso": func(t time.Time) string { return t.In(p.zone).Format(time.RFC3339) },
	}
}

// when names an instant the way a person would: the hour today, the day else.
func (p *pages) when(lang language, t, now time.Time) string {
	if t.IsZero() {
		return say(lang, "never")
	}
	t, now = t.In(p.zone), now.In(p.zone)
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format("15:04")
	}
	return t.Format("15:04 02/01/2006")
}

// span says a length of time in at most two units.
func span(lang language, d time.Duration) string {
	d = d.Abs().Round(time.Second)
	switch {
	case d < time.Minute:
		return say(lang, "seconds", int(d.Seconds()))
	case d < time.Hour:
		return say(lang, "minutes", int(d.Minutes()))
	case d < 24*time.Hour:
		return say(lang, "hours", int(d.Hours()), int(d.Minutes())%60)
	default:
		return say(lang, "days", int(d.Hours()/24))
	}
}

// languageOf is what the person chose, Vietnamese if nothing.
func languageOf(r *http.Request) language {
	if q := language(r.URL.Query().Get("lang")); q == vi || q == en {
		return q
	}
	if c, err := r.Cookie(langCookie); err == nil && language(c.Value) == en {
		return en
	}
	return vi
}

// render writes a page whole or not at all.
func (p *pages) render(w http.ResponseWriter, r *http.Request, status int, name string, data any) error {
	var buf bytes.Buffer
	if err := p.templates[languageOf(r)].ExecuteTemplate(&buf, name, data); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(buf.Bytes()) // the client is gone, then
	return nil
}

func (p *pages) problem(w http.ResponseWriter, r *http.Request, pr *problem.Problem) {
	sentence := pr.VI
	if languageOf(r) == en {
		sentence = pr.EN
	}
	if err := p.render(w, r, pr.Status, "problem.html", map[string]any{"Sentence": sentence}); err != nil {
		writeProblem(w, pr)
	}
}

func (s *Server) registerPages(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", s.today)
	elsewhere := nowhere(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/") || r.Method != http.MethodGet && r.Method != http.MethodHead {
			elsewhere.ServeHTTP(w, r)
			return
		}
		s.pages.problem(w, r, notFound)
	})
}

// today is the one page of this system so far: every village, what its
// loudspeakers do now, and who heard what.
func (s *Server) today(w http.ResponseWriter, r *http.Request) {
	if q := r.URL.Query().Get("lang"); q != "" {
		http.SetCookie(w, &http.Cookie{Name: langCookie, Value: string(languageOf(r)), Path: "/", MaxAge: int(cookieFor.Seconds()), SameSite: http.SameSiteStrictMode, HttpOnly: true, Secure: r.TLS != nil})
	}
	view, err := s.todayView(r.Context(), time.Now())
	if err != nil {
		s.pages.problem(w, r, s.explain(err))
		return
	}
	name := "today.html"
	if r.URL.Query().Get("part") == "main" {
		name = "main"
	}
	if err := s.pages.render(w, r, http.StatusOK, name, view); err != nil {
		s.pages.problem(w, r, s.explain(err))
	}
}

// todayView is all that the page shows, true at Now.
type todayView struct {
	Now      time.Time
	Commune  string
	Good     int // good or on air
	Total    int
	Others   []nodeRow // those that are not
	OnAir    []onAirRow
	Next     *airingView
	Villages []villageRow
	Heard    []heardRow
}

type villageRow struct {
	ID    string // of the area: two villages may have one name
	Name  string
	Nodes []nodeRow
}

type nodeRow struct {
	nodeView
	Next *airingView
}

type onAirRow struct {
	Title string
	Nodes int
	Since time.Time
}

func (s *Server) todayView(ctx context.Context, now time.Time) (todayView, error) {
	v := todayView{Now: now}
	nodes, err := s.nodes(ctx)
	if err != nil {
		return v, err
	}
	areas, err := s.opt.Store.Areas(ctx)
	if err != nil {
		return v, err
	}
	next, err := s.preview(ctx, now, now.Add(48*time.Hour), "")
	if err != nil {
		return v, err
	}
	if i := slices.IndexFunc(next, func(a airingView) bool { return len(a.Nodes) > 0 }); i >= 0 {
		v.Next = &next[i]
	}
	v.fillNodes(nodes, areas, next)
	for _, a := range areas {
		if a.ID == s.opt.Commune {
			v.Commune = a.Name
		}
	}
	v.Heard, err = s.heard(ctx, nodes, now)
	return v, err
}

// fillNodes puts the nodes into their areas: all villages, in the order of the
// list, and whatever other area has a node of its own.
func (v *todayView) fillNodes(nodes []nodeView, areas []store.Area, next []airingView) {
	byArea := map[string][]nodeRow{}
	nextOf := nextByNode(next)
	for _, n := range nodes {
		row := nodeRow{nodeView: n, Next: nextOf[n.ID]}
		v.Total++
		if n.State == "good" || n.State == "on_air" {
			v.Good++
		} else {
			v.Others = append(v.Others, row)
		}
		if n.OnAir != nil && n.State == "on_air" {
			v.onAir(n)
		}
		byArea[n.Area] = append(byArea[n.Area], row)
	}
	for _, a := range areas {
		if rows := byArea[a.ID]; a.Kind == store.Village || len(rows) > 0 {
			v.Villages = append(v.Villages, villageRow{a.ID, a.Name, rows})
		}
	}
}

func (v *todayView) onAir(n nodeView) {
	for i := range v.OnAir {
		if v.OnAir[i].Title == n.OnAir.Title {
			v.OnAir[i].Nodes++
			return
		}
	}
	v.OnAir = append(v.OnAir, onAirRow{Title: n.OnAir.Title, Nodes: 1, Since: n.OnAir.Since})
}

// nextByNode returns each node's next airing.
func nextByNode(next []airingView) map[string]*airingView {
	byNode := map[string]*airingView{}
	for i := range next {
		for _, n := range next[i].Nodes {
			if byNode[n] == nil {
				byNode[n] = &next[i]
			}
		}
	}
	return byNode
}

package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"loa/controller/i18n"
	"loa/controller/office/access"
	"loa/controller/office/asrun"
	"loa/controller/office/inventory"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
	"loa/schedule"
)

// pages renders the templates.
type pages struct {
	templates map[i18n.Language]*template.Template
	assets    map[string]string // address of each static file, by its path
}

const langCookie = "lang"

func parsePages() (*pages, error) {
	assets, err := addresses()
	if err != nil {
		return nil, err
	}
	p := &pages{templates: map[i18n.Language]*template.Template{}, assets: assets}
	for _, lang := range []i18n.Language{i18n.VI, i18n.EN} {
		t, err := template.New("").Funcs(p.functions(lang)).ParseFS(files, "templates/*.html")
		if err != nil {
			return nil, fmt.Errorf("parse templates: %w", err)
		}
		p.templates[lang] = t
	}
	return p, nil
}

// addresses gives each static file an address that changes with its content:
// after an update no browser goes on with yesterday's script.
func addresses() (map[string]string, error) {
	all := map[string]string{}
	err := fs.WalkDir(files, "static", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := files.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		all[strings.TrimPrefix(path, "static/")] = fmt.Sprintf("/%s?v=%x", path, sum[:6])
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	return all, nil
}

// length is a stretch of time as m:ss.
func length(d time.Duration) string {
	s := int(d.Round(time.Second).Seconds())
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

func (p *pages) functions(lang i18n.Language) template.FuncMap {
	return template.FuncMap{
		"t":    func(key string, args ...any) string { return i18n.Say(lang, key, args...) },
		"lang": func() i18n.Language { return lang },
		// clock and day show an instant in the commune's zone, 24 hours.
		"clock":  func(t time.Time) string { return t.In(schedule.Zone()).Format("15:04:05") },
		"hour":   func(t time.Time) string { return t.In(schedule.Zone()).Format("15:04") },
		"when":   func(t, now time.Time) string { return p.when(lang, t, now) },
		"span":   func(d time.Duration) string { return i18n.Span(lang, d) },
		"tongue": func(code string) string { return i18n.TongueName(lang, code) },
		"length": length,
		"told":   func(n asrun.NodeHeard) toldNode { return told(lang, n) },
		"ear":    func(e string, db *float64) string { return i18n.EarWord(lang, e, db) },
		"reason": func(code string) string { return i18n.ReasonWord(lang, code) },
		"day":    func(t time.Time) string { return t.In(schedule.Zone()).Format("02/01/2006") },
		"moment": func(t time.Time) string { return t.In(schedule.Zone()).Format("15:04 02/01/2006") },
		"join":   func(all []string) string { return strings.Join(all, ", ") },
		"plus":   func(a, b int) int { return a + b },
		"words": func(prefixes string) (string, error) {
			data, err := json.Marshal(i18n.Some(lang, strings.Fields(prefixes)))
			return string(data), err
		},
		"device":    deviceName,
		"pair":      func(v personsView, g store.Grant) grantView { return grantView{v, g} },
		"asset":     func(path string) string { return p.assets[path] },
		"beatTitle": func(b inventory.Beat, now time.Time) string { return p.beatTitle(lang, b, now) },
		"beatSum":   func(b inventory.Beats) string { return beatSum(lang, b) },
		"auditKind": func(kind string) string { return i18n.AuditWord(lang, "audit_kind_", kind) },
		"auditDoes": func(does string) string { return i18n.AuditWord(lang, "audit_do_", does) },
		"ended": func(reason string) string {
			if !i18n.Exists("end_" + reason) {
				reason = "other"
			}
			return i18n.Say(lang, "end_"+reason)
		},
		"templates": viewTemplates,
		// repeats are how often a drill can say a recorded alert.
		"repeats": func() []int { return []int{1, 2, 3} },
		// limits are the minutes that a person can choose for what ends by itself.
		"limits": func() []int { return []int{5, 15, 30, 60, 120} },
		"said": func(p *problem.Problem) string {
			if lang == i18n.EN {
				return p.EN
			}
			return p.VI
		},
		"iso": func(t time.Time) string { return t.In(schedule.Zone()).Format(time.RFC3339) },
	}
}

// when names an instant the way a person would: the hour today, the day else.
func (p *pages) when(lang i18n.Language, t, now time.Time) string {
	if t.IsZero() {
		return i18n.Say(lang, "never")
	}
	t, now = t.In(schedule.Zone()), now.In(schedule.Zone())
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format("15:04")
	}
	return t.Format("15:04 02/01/2006")
}

// languageOf is what the person chose, Vietnamese if nothing.
func languageOf(r *http.Request) i18n.Language {
	if q := i18n.Language(r.URL.Query().Get("lang")); q == i18n.VI || q == i18n.EN {
		return q
	}
	if c, err := r.Cookie(langCookie); err == nil && i18n.Language(c.Value) == i18n.EN {
		return i18n.EN
	}
	return i18n.VI
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

// spoken is a problem's sentence in the language of the caller.
func spoken(r *http.Request, p *problem.Problem) string {
	if languageOf(r) == i18n.EN {
		return text.Cut(p.EN, maxSentence)
	}
	return text.Cut(p.VI, maxSentence)
}

type problemView struct {
	frame
	Sentence string
}

func (s *Server) problemPage(w http.ResponseWriter, r *http.Request, pr *problem.Problem) {
	view := problemView{frame: s.frame(r, ""), Sentence: spoken(r, pr)}
	if err := s.pages.render(w, r, statusOf(pr), "problem.html", view); err != nil {
		writeProblem(w, pr)
	}
}

// show writes a page, or says what went wrong in making it.
func (s *Server) show(w http.ResponseWriter, r *http.Request, status int, template string, view any) {
	if lang := r.URL.Query().Get("lang"); lang != "" {
		http.SetCookie(w, &http.Cookie{Name: langCookie, Value: string(languageOf(r)), Path: "/", MaxAge: int(cookieFor.Seconds()), SameSite: http.SameSiteStrictMode, HttpOnly: true, Secure: r.TLS != nil})
	}
	if err := s.pages.render(w, r, status, template, view); err != nil {
		s.problemPage(w, r, s.explain(err))
	}
}

func (s *Server) registerPages(mux *router) {
	mux.HandleFunc("GET /{$}", s.page("today", map[string]part{"main": s.todayView}))
	mux.HandleFunc("GET /live", s.page("live", map[string]part{"places": s.livePlaces, "calls": s.liveCalls, "quiet": s.quietNow}))
	mux.HandleFunc("GET /emergency", s.reachPage("emergency", map[string]part{"places": s.emergencyPlaces,
		"recorded": s.recorded, "alerts": s.alerts}))
	elsewhere := nowhere(mux.ServeMux)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/") || r.Method != http.MethodGet && r.Method != http.MethodHead {
			elsewhere.ServeHTTP(w, r)
			return
		}
		s.problemPage(w, r, notFound)
	})
}

// part makes what one part of a page shows, true at an instant. The page asks
// for the part alone, with ?part=, when the server says that it changed.
type part func(ctx context.Context, now time.Time) (any, error)

// frame is what stands around every page.
type frame struct {
	Page    string
	Path    string
	Commune string
	Air     any // what is on air now, the part that all pages have
	Notices any // what the reader has not read yet, the other
	Machine any // what is wrong with the office's machine, a third; nil: nobody is signed in
	Who     WhoFrame
	Nav     Nav
	Trust   bool // phones must trust the commune's own authority first
}

// WhoFrame is the reader of a page.
type WhoFrame struct {
	Name            string
	Person, Machine bool
	New             bool // there is no account yet
}

// frame is what stands around every page.
func (s *Server) frame(r *http.Request, page string) frame {
	v := access.Of(r.Context())
	f := frame{Page: page, Path: r.URL.Path, Nav: navOf(v, page), Trust: s.authority() != nil}
	if v.Kind != access.Nobody {
		f.Who = WhoFrame{Name: v.Who.Name, Person: v.Kind == access.Person, Machine: v.Kind == access.Machine}
	}
	if v.Kind != access.Nobody {
		if air, err := s.onAir(r.Context(), s.opt.Now()); err == nil {
			f.Air = air
		} // else the page is shown without
		f.Machine = s.machine(v)
	}
	if v.Kind == access.Machine {
		f.Who.New, _ = s.isNew(r.Context()) // the link to the first account is left out, then
	}
	if a, err := s.access.View(r.Context()); err == nil {
		f.Commune = a.Areas[a.Commune].Name
	} // else a commune that nobody has named yet
	if told, err := s.notices.Unread(r.Context(), r.URL.Path); err == nil && f.Who.Person {
		f.Notices = told
	} // else the page is shown without
	return f
}

// pageView is a whole page.
type pageView struct {
	frame
	Parts map[string]any
}

// page answers with a page, NAME.html, or a part of it, NAME_PART.
func (s *Server) page(name string, parts map[string]part) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		template, view, err := s.view(r, name, parts)
		if err != nil {
			s.problemPage(w, r, s.explain(err))
			return
		}
		s.show(w, r, http.StatusOK, template, view)
	}
}

func (s *Server) view(r *http.Request, name string, parts map[string]part) (template string, view any, err error) {
	ctx, now := r.Context(), s.opt.Now()
	asked := r.URL.Query().Get("part")
	if asked == "air" {
		view, err = s.callsOnAir(ctx, now)
		return "air", view, err
	}
	if asked == "notices" {
		view, err = s.notices.Unread(ctx, r.URL.Path)
		return "notices", view, err
	}
	if asked == "machine" {
		return "machine", s.machine(access.Of(ctx)), nil
	}
	if make, ok := parts[asked]; ok {
		view, err = make(ctx, now)
		return name + "_" + asked, view, err
	}
	if asked != "" {
		return "", nil, store.ErrNotFound
	}
	v := pageView{frame: s.frame(r, name), Parts: map[string]any{}}
	for part, make := range parts {
		if v.Parts[part], err = make(ctx, now); err != nil {
			return "", nil, err
		}
	}
	return name + ".html", v, nil
}

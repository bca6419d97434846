package pages

import (
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
	"strings"

	"loa/controller/i18n"
	"loa/controller/web/middleware"
	"loa/controller/web/respond"
)

// brandColour is the green of the head of every page.
const brandColour = "#14532d"

// manifest is what a phone knows of Loa when it stands on its home screen, as
// W3C's Web Application Manifest has it.
type manifest struct {
	ID         string         `json:"id"` // one app, in whichever language
	Name       string         `json:"name"`
	ShortName  string         `json:"short_name"`
	Lang       i18n.Language  `json:"lang"`
	StartURL   string         `json:"start_url"`
	Scope      string         `json:"scope"`
	Display    string         `json:"display"`
	Background string         `json:"background_color"`
	Theme      string         `json:"theme_color"`
	Icons      []manifestIcon `json:"icons"`
	Shortcuts  []manifestLink `json:"shortcuts"`
}

type manifestIcon struct {
	Src   string `json:"src"`
	Sizes string `json:"sizes"`
	Type  string `json:"type"`
}

type manifestLink struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// files are what a page is made of, and what an address has that is none of ours.
type files struct{ *kit }

//go:embed all:static templates
var tree embed.FS

// register adds the endpoints.
func (p *files) register() {
	p.mux.HandleFunc("GET /manifest.webmanifest", p.manifest)
	static, err := fs.Sub(tree, "static")
	if err != nil {
		panic(err) // the name is ours, and right
	}
	p.mux.Handle("GET /static/", http.StripPrefix("/static/", cached(http.FileServerFS(static))))
	elsewhere := middleware.Nowhere(p.mux.ServeMux)
	p.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/") || r.Method != http.MethodGet && r.Method != http.MethodHead {
			elsewhere.ServeHTTP(w, r)
			return
		}
		p.problemPage(w, r, respond.NotFound)
	})
}

// cached lets a browser keep static files for a while: they change only with
// the binary. It lists no folders.
func cached(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "" || strings.HasSuffix(r.URL.Path, "/") {
			respond.Problem(w, respond.NotFound)
			return
		}
		w.Header().Set("Cache-Control", "private, max-age=3600")
		h.ServeHTTP(w, r)
	})
}

// manifest is in the language of its address: a browser asks for it without
// the cookie that knows the person's.
func (p *files) manifest(w http.ResponseWriter, r *http.Request) {
	lang, asset := respond.Language(r), p.assets
	data, err := json.Marshal(manifest{ID: "/", Name: i18n.Say(lang, "app_name"), ShortName: "Loa", Lang: lang, StartURL: "/", Scope: "/",
		Display:    "standalone",
		Background: brandColour, Theme: brandColour,
		Icons: []manifestIcon{{asset["icon.svg"], "any", "image/svg+xml"}, {asset["icon-192.png"], "192x192", "image/png"},
			{asset["icon-512.png"], "512x512", "image/png"}},
		Shortcuts: []manifestLink{{i18n.Say(lang, "emergency_title"), "/emergency"}, {i18n.Say(lang, "village_title"), "/village"}}})
	if err != nil {
		p.problemPage(w, r, p.explain(err))
		return
	}
	w.Header().Set("Content-Type", "application/manifest+json")
	_, _ = w.Write(data) // a client that went away needs none
}

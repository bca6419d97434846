package web

import (
	"encoding/json"
	"net/http"

	"loa/controller/i18n"
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

// manifest is in the language of its address: a browser asks for it without
// the cookie that knows the person's.
func (s *Server) manifest(w http.ResponseWriter, r *http.Request) {
	lang, asset := languageOf(r), s.pages.assets
	data, err := json.Marshal(manifest{ID: "/", Name: i18n.Say(lang, "app_name"), ShortName: "Loa", Lang: lang, StartURL: "/", Scope: "/", Display: "standalone",
		Background: brandColour, Theme: brandColour,
		Icons:     []manifestIcon{{asset["icon.svg"], "any", "image/svg+xml"}, {asset["icon-192.png"], "192x192", "image/png"}, {asset["icon-512.png"], "512x512", "image/png"}},
		Shortcuts: []manifestLink{{i18n.Say(lang, "emergency_title"), "/emergency"}, {i18n.Say(lang, "village_title"), "/village"}}})
	if err != nil {
		s.problemPage(w, r, s.explain(err))
		return
	}
	w.Header().Set("Content-Type", "application/manifest+json")
	_, _ = w.Write(data) // who went away needs none
}

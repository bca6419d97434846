package public

import (
	"encoding/json"
	"net/http"
	"time"

	"loa/controller/i18n"
	"loa/controller/office/replay"
	"loa/schedule"
)

// The same as the pages, for programs; openapi.json describes it.
type apiPlace struct {
	Name     string        `json:"name"`
	Commune  string        `json:"commune"`
	Code     string        `json:"code"`
	URL      string        `json:"url"`
	Made     time.Time     `json:"made"`
	Silent   bool          `json:"silent,omitempty"`
	Alerts   []apiEntry    `json:"alerts"`
	Heard    []apiEntry    `json:"heard"`
	Coming   []apiComing   `json:"coming"`
	Villages []apiNeighbor `json:"villages,omitempty"`
	Tested   *apiTested    `json:"tested,omitempty"`
}

// apiTested is the last test of the commune's loudspeakers, where the commune tells of it.
type apiTested struct {
	Time     time.Time `json:"time"`
	Aloud    bool      `json:"aloud"`
	Passed   int       `json:"passed"`
	Of       int       `json:"of"`
	Repaired int       `json:"repaired"`
	Open     int       `json:"open"`
}

type apiNeighbor struct {
	Name string `json:"name"`
	Code string `json:"code"`
	URL  string `json:"url"`
}

type apiEntry struct {
	ID          string     `json:"id"`
	URL         string     `json:"url"`
	Time        time.Time  `json:"time"`
	Title       string     `json:"title"`
	Class       string     `json:"class"`
	Text        string     `json:"text,omitempty"`
	Sounds      []apiSound `json:"sounds"`
	Drill       bool       `json:"drill,omitempty"`
	OnAir       bool       `json:"on_air,omitempty"`
	Emergency   bool       `json:"emergency,omitempty"`
	InForce     bool       `json:"in_force,omitempty"`
	Until       *time.Time `json:"until,omitempty"`
	Corrects    string     `json:"corrects,omitempty"`
	CorrectedBy string     `json:"corrected_by,omitempty"`
}

type apiSound struct {
	Language string  `json:"language,omitempty"`
	Seconds  float64 `json:"seconds"`
	Opus     string  `json:"opus"`
	M4A      string  `json:"m4a"`
}

type apiComing struct {
	Time  time.Time `json:"time"`
	Title string    `json:"title"`
	Class string    `json:"class"`
}

// api answers with a place; without a code with the commune, and where its villages are.
func (s *Server) api(w http.ResponseWriter, r *http.Request) {
	now, err := s.opt.Replay.Snapshot(r.Context())
	if err != nil {
		s.fail(w, err)
		return
	}
	code := r.PathValue("code")
	p, ok := now.Page(code)
	if !ok {
		w.Header().Set("Content-Type", "application/problem+json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusNotFound)
		_ = json.NewEncoder(w).Encode(map[string]any{"status": http.StatusNotFound, "title": "Not Found", // a reader that is gone needs none
			"detail": i18n.Say(i18n.EN, "pub_nowhere"), "detail_vi": i18n.Say(i18n.VI, "pub_nowhere")})
		return
	}
	made, err := s.view.once(now, "api "+p.Code, func() (page, error) {
		data, err := json.Marshal(s.apiPlace(now, p))
		return pack("application/json", data), err
	})
	if err != nil {
		s.fail(w, err)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=30")
	w.Header().Set("Access-Control-Allow-Origin", "*") // anybody may read it, and no cookie comes with it
	made.write(w, r, http.StatusOK)
}

func (s *Server) apiPlace(now *replay.Snapshot, p replay.Page) apiPlace {
	v := apiPlace{Name: p.Name, Commune: p.Commune, Code: p.Code, URL: s.opt.URL + pathOf(p.Place), Made: p.Made.In(schedule.Zone()),
		Silent: p.Silent, Alerts: s.apiEntries(p, p.Alerts), Heard: s.apiEntries(p, p.Entries), Coming: []apiComing{}}
	for _, c := range p.Coming {
		v.Coming = append(v.Coming, apiComing{c.Time.In(schedule.Zone()), c.Title, string(c.Class)})
	}
	if x := p.Tested; x != nil {
		v.Tested = &apiTested{x.Time.In(schedule.Zone()), x.Aloud, x.Passed, x.Of, x.Mended, x.Open}
	}
	if p.Whole {
		for _, x := range now.Villages {
			v.Villages = append(v.Villages, apiNeighbor{x.Name, x.Code, s.opt.URL + pathOf(x)})
		}
	}
	return v
}

func (s *Server) apiEntries(p replay.Page, entries []*replay.Entry) []apiEntry {
	all := []apiEntry{}
	for _, e := range entries {
		x := apiEntry{ID: e.ID, URL: s.opt.URL + entryPath(p.Place, e.ID), Time: e.Time.In(schedule.Zone()), Title: e.Title,
			Class: string(e.Class),
			Text:  e.Text, Sounds: []apiSound{}, Drill: e.Drill, OnAir: e.OnAir, Emergency: e.Emergency, InForce: e.InForce}
		if !e.Until.IsZero() {
			until := e.Until.In(schedule.Zone())
			x.Until = &until
		}
		if e.Corrects != nil {
			x.Corrects = e.Corrects.ID
		}
		if e.Corrected != nil {
			x.CorrectedBy = e.Corrected.ID
		}
		for _, sound := range e.Sounds {
			x.Sounds = append(x.Sounds, apiSound{sound.Language, sound.Length.Seconds(), s.opt.URL + soundPath(sound, opus),
				s.opt.URL + soundPath(sound, aac)})
		}
		all = append(all, x)
	}
	return all
}

// openAPI describes it.
func (s *Server) openAPI(w http.ResponseWriter, r *http.Request) {
	data, err := tree.ReadFile("openapi.json")
	if err != nil {
		s.fail(w, err)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=3600")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	pack("application/json", data).write(w, r, http.StatusOK)
}

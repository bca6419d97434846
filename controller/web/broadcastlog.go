package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/asrun"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
	"loa/schedule"
)

type logInput struct {
	From      time.Time `query:"from"`
	To        time.Time `query:"to"`
	Area      string    `query:"area"`
	Class     string    `query:"class" enum:"normal,priority,emergency,live,relay,drill,stop" doc:"drill: the drills; stop: the stops of everything; the others are what was real"`
	Person    string    `query:"person" doc:"a part of the name of whoever wrote, approved or spoke"`
	Confirmed string    `query:"confirmed" enum:"yes,no" doc:"yes: every node heard it"`
	Limit     int       `query:"limit" minimum:"1" maximum:"1000" default:"50"`
	Before    string    `query:"before" doc:"next of the page before"`
}

type logAnswer struct {
	Body struct {
		Items []asrun.Line `json:"items"`
		Next  string       `json:"next,omitempty" doc:"give it as before for the rest"`
	}
}

func (s *Server) registerLog(mux *router) {
	huma.Register(s.api, operation("list-log", http.MethodGet, "/log", "The broadcast log: every airing, call and stop of everything, newest first", "Proof", http.StatusOK), s.listLog)
	op := operation("log-csv", http.MethodGet, "/log.csv", "The same as CSV, all of it: from, to, area, class, person and confirmed as there", "Proof", http.StatusOK)
	op.Responses = map[string]*huma.Response{"200": {Description: "CSV, UTF-8 with a mark, newest first", Content: map[string]*huma.MediaType{"text/csv": {}}}}
	s.api.OpenAPI().AddOperation(&op)
	mux.HandleFunc("GET /api/v1/log.csv", s.logCSV)
	mux.HandleFunc("GET /log", s.logPage)
	mux.HandleFunc("GET /log/print", s.logPrint)
}

func (s *Server) listLog(ctx context.Context, in *logInput) (*logAnswer, error) {
	lines, next, err := s.asrun.Lines(ctx, store.BroadcastFilter{From: in.From, To: in.To, Area: in.Area, Class: schedule.Class(in.Class),
		Person: in.Person, Confirmed: in.Confirmed, Before: in.Before, Limit: in.Limit})
	if err != nil {
		return nil, s.fail(err)
	}
	out := &logAnswer{}
	out.Body.Items, out.Body.Next = lines, next
	return out, nil
}

// logFilter reads the filter of a page or of the CSV. Days are those of the
// commune, and the last is meant whole.
func (s *Server) logFilter(r *http.Request) (f store.BroadcastFilter, err error) {
	q := r.URL.Query()
	f = store.BroadcastFilter{Area: q.Get("area"), Class: schedule.Class(q.Get("class")), Person: strings.TrimSpace(q.Get("person")), Confirmed: q.Get("confirmed"), Before: q.Get("before")}
	for key, at := range map[string]*time.Time{"from": &f.From, "to": &f.To} {
		said := q.Get(key)
		if said == "" {
			continue
		}
		if *at, err = time.ParseInLocation(time.DateOnly, said, schedule.Zone()); err == nil {
			if key == "to" {
				*at = at.AddDate(0, 0, 1)
			}
			continue
		}
		if *at, err = time.Parse(time.RFC3339, said); err != nil {
			return f, problem.New(problem.Invalid, "time_invalid",
				"Ngày %s chưa đúng: hãy viết như 2026-11-23.", "The day %s is not right: write it as 2026-11-23.", text.Shown(said))
		}
	}
	return f, nil
}

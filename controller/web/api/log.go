package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/asrun"
	"loa/controller/store"
	"loa/controller/web/api/resource"
	"loa/controller/web/respond"
	"loa/schedule"
)

// logHandlers show the broadcast log.
type logHandlers struct {
	resource.Face
	asrun *asrun.Log
}

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

// register adds the operations.
func (h logHandlers) register() {
	huma.Register(h.Huma, resource.Operation("list-log", http.MethodGet, "/log", "Proof", http.StatusOK,
		"The broadcast log: every airing, call and stop of everything, newest first"), h.listLog)
	op := resource.Operation("log-csv", http.MethodGet, "/log.csv", "Proof", http.StatusOK,
		"The same as CSV, all of it: from, to, area, class, person and confirmed as there")
	h.Describe(op, "text/csv", "CSV, UTF-8 with a mark, newest first")
	h.Mux.HandleFunc("GET /api/v1/log.csv", h.logCSV)
}

func (h logHandlers) listLog(ctx context.Context, in *logInput) (*logAnswer, error) {
	lines, next, err := h.asrun.Lines(ctx, store.BroadcastFilter{From: in.From, To: in.To, Area: in.Area, Class: schedule.Class(in.Class),
		Person: in.Person, Confirmed: in.Confirmed, Before: in.Before, Limit: in.Limit})
	if err != nil {
		return nil, h.Fail(err)
	}
	out := &logAnswer{}
	out.Body.Items, out.Body.Next = lines, next
	return out, nil
}

func (h logHandlers) logCSV(w http.ResponseWriter, r *http.Request) {
	f, err := asrun.FilterOf(r.URL.Query())
	if err != nil {
		h.Refuse(w, err)
		return
	}
	write, err := h.asrun.CSV(r.Context(), respond.Language(r), f)
	h.CSV(w, "nhat-ky-phat.csv", write, err)
}

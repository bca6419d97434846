package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/audit"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/web/api/resource"
)

// auditHandlers show who did what.
type auditHandlers struct {
	resource.Face
	trail *audit.Trail
	store *store.Store
}

type auditInput struct {
	Before int64     `query:"before" minimum:"0" doc:"next of the page before"`
	From   time.Time `query:"from"`
	To     time.Time `query:"to"`
	Who    string    `query:"who" doc:"id of a person or token; machine, live, nobody"`
	Action string    `query:"action" doc:"call.begin, or all of a kind: call"`
	Limit  int       `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type auditAnswer struct {
	Body struct {
		Items []store.Audit `json:"items"`
		Next  int64         `json:"next,omitempty" doc:"there is more: give it as before"`
	}
}

// register adds the operations.
func (h auditHandlers) register() {
	huma.Register(h.Huma, resource.Operation("list-audit", http.MethodGet, "/audit", "Audit", http.StatusOK,
		"Who did what, newest first"), h.listAudit)
	op := resource.Operation("audit-csv", http.MethodGet, "/audit.csv", "Audit", http.StatusOK,
		"The same as CSV, all of it: from, to, who and action as there")
	h.Describe(op, "text/csv", "CSV, newest first")
	huma.Register(h.Huma, resource.Operation("audit-heads", http.MethodGet, "/audit/heads", "Audit", http.StatusOK,
		"What the nodes keep of the log, and what of that it does not hold"),
		func(context.Context, *struct{}) (*struct{ Body audit.Heads }, error) {
			return &struct{ Body audit.Heads }{h.trail.Heads()}, nil
		})
	h.Mux.HandleFunc("GET /api/v1/audit.csv", h.auditCSV)
}

func (h auditHandlers) listAudit(ctx context.Context, in *auditInput) (*auditAnswer, error) {
	all, err := h.store.Audits(ctx, store.AuditFilter{Before: in.Before, From: in.From, To: in.To, Who: in.Who, Action: in.Action,
		Limit: in.Limit})
	if err != nil {
		return nil, h.Fail(err)
	}
	out := &auditAnswer{}
	if out.Body.Items = all; len(all) == in.Limit && all[len(all)-1].Seq > 1 {
		out.Body.Next = all[len(all)-1].Seq
	}
	return out, nil
}

func (h auditHandlers) auditCSV(w http.ResponseWriter, r *http.Request) {
	f, err := auditFilter(r)
	if err != nil {
		h.Refuse(w, err)
		return
	}
	write, err := h.trail.CSV(r.Context(), f)
	h.CSV(w, "loa-audit.csv", write, err)
}

// instants are those of a parameter, which huma reads only one of.
func instants(name string, said []string) (all []time.Time, err error) {
	for _, text := range said {
		at, err := instant(name, text)
		if err != nil {
			return nil, err
		}
		all = append(all, at)
	}
	return all, nil
}

func instant(name, said string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, said)
	if err != nil {
		return at, problem.New(problem.Invalid, "time_invalid",
			"Thời điểm %s chưa đúng: hãy viết như 2026-11-23T05:00:00Z.",
			"The time %s is not right: write it as 2026-11-23T05:00:00Z.", strconv.Quote(name))
	}
	return at, nil
}

func auditFilter(r *http.Request) (f store.AuditFilter, err error) {
	q := r.URL.Query()
	f = store.AuditFilter{Who: q.Get("who"), Action: q.Get("action")}
	for key, at := range map[string]*time.Time{"from": &f.From, "to": &f.To} {
		if q.Get(key) == "" {
			continue
		}
		if *at, err = instant(key, q.Get(key)); err != nil {
			return f, err
		}
	}
	return f, nil
}

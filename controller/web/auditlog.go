package web

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/problem"
	"loa/controller/store"
)

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

func (s *Server) registerAudit(mux *router) {
	huma.Register(s.api, operation("list-audit", http.MethodGet, "/audit", "Who did what, newest first", "Audit", http.StatusOK), s.listAudit)
	op := operation("audit-csv", http.MethodGet, "/audit.csv", "The same as CSV, all of it: from, to, who and action as there", "Audit", http.StatusOK)
	op.Responses = map[string]*huma.Response{"200": {Description: "CSV, newest first", Content: map[string]*huma.MediaType{"text/csv": {}}}}
	s.api.OpenAPI().AddOperation(&op)
	huma.Register(s.api, operation("audit-heads", http.MethodGet, "/audit/heads", "What the nodes keep of the log, and what of that it does not hold", "Audit", http.StatusOK), s.auditHeads)
	mux.HandleFunc("GET /api/v1/audit.csv", s.auditCSV)
	mux.HandleFunc("GET /audit", s.auditPage)
}

func (s *Server) listAudit(ctx context.Context, in *auditInput) (*auditAnswer, error) {
	all, err := s.opt.Store.Audits(ctx, store.AuditFilter{Before: in.Before, From: in.From, To: in.To, Who: in.Who, Action: in.Action, Limit: in.Limit})
	if err != nil {
		return nil, s.fail(err)
	}
	out := &auditAnswer{}
	if out.Body.Items = all; len(all) == in.Limit && all[len(all)-1].Seq > 1 {
		out.Body.Next = all[len(all)-1].Seq
	}
	return out, nil
}

// auditCSV writes page by page: the log may be years long.
func (s *Server) auditCSV(w http.ResponseWriter, r *http.Request) {
	filter, err := auditFilter(r)
	if err != nil {
		writeProblem(w, s.explain(err))
		return
	}
	page, err := s.opt.Store.Audits(r.Context(), filter)
	if err != nil {
		writeProblem(w, s.explain(err))
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="loa-audit.csv"`)
	out, err := store.NewAuditCSV(w)
	for err == nil && len(page) > 0 {
		for _, a := range page {
			if err == nil {
				err = out.Add(a)
			}
		}
		if len(page) < filter.Limit || err != nil {
			break
		}
		filter.Before = page[len(page)-1].Seq
		page, err = s.opt.Store.Audits(r.Context(), filter)
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil { // a part must not look like the whole
		panic(http.ErrAbortHandler)
	}
}

func auditFilter(r *http.Request) (f store.AuditFilter, err error) {
	q := r.URL.Query()
	f = store.AuditFilter{Who: q.Get("who"), Action: q.Get("action"), Limit: maxList}
	for key, at := range map[string]*time.Time{"from": &f.From, "to": &f.To} {
		if q.Get(key) == "" {
			continue
		}
		if *at, err = time.Parse(time.RFC3339, q.Get(key)); err != nil {
			return f, problem.New(problem.Invalid, "time_invalid",
				"Thời điểm %s chưa đúng: hãy viết như 2026-11-23T05:00:00Z.", "The time %s is not right: write it as 2026-11-23T05:00:00Z.", strconv.Quote(key))
		}
	}
	return f, nil
}

// HeadsView is what the nodes keep of the audit log.
type HeadsView struct {
	Nodes  []KeptHead `json:"nodes"`
	Missed []KeptHead `json:"missed" doc:"the log does not hold it: it was cut, or an older one was put in its place"`
}

// KeptHead is the mark of one record that a node keeps.
type KeptHead struct {
	Node string    `json:"node"`
	Seq  int64     `json:"seq"`
	Hash string    `json:"hash"`
	At   time.Time `json:"at" doc:"when the office told it"`
}

func (s *Server) auditHeads(context.Context, *struct{}) (*struct{ Body HeadsView }, error) {
	out := &struct{ Body HeadsView }{HeadsView{[]KeptHead{}, []KeptHead{}}}
	if s.opt.Heads == nil {
		return out, nil
	}
	kept, missed := s.opt.Heads()
	for _, node := range slices.Sorted(maps.Keys(kept)) {
		h := kept[node].Last
		out.Body.Nodes = append(out.Body.Nodes, KeptHead{node, h.Seq, h.Hash, h.At})
	}
	for _, m := range missed {
		out.Body.Missed = append(out.Body.Missed, KeptHead{m.Node, m.Seq, m.Hash, m.At})
	}
	return out, nil
}

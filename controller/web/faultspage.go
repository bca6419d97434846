package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"loa/controller/fleet"
	"loa/controller/store"
)

// faultsView is the page of whoever repairs: what is wrong, grouped by cause,
// since when, and who looks after it.
type faultsView struct {
	Now     time.Time
	Groups  []faultGroup
	Reports []reportRow
	Past    []pastRow
}

// faultGroup is one cause, at all nodes that have it.
type faultGroup struct {
	Code, VI, EN string
	Nodes        []faultRow
}

type faultRow struct {
	nodeView
	From    time.Time
	Village string
	Care    string
	May     bool // say who looks after it
}

type reportRow struct {
	store.Report
	NodeName, Village string
	May               bool
}

// pastRow is a fault that ended.
type pastRow struct {
	Name, VI, EN string
	Since, Until time.Time
}

// faultsPast are shown of those that ended.
const faultsPast = 50

func (s *Server) registerFaultsPage(mux *router) {
	mux.HandleFunc("GET /faults", s.page("faults", map[string]part{"main": func(ctx context.Context, now time.Time) (any, error) { return s.faultsView(ctx, now) }}))
	mux.HandleFunc("POST /faults/reports/{id}", s.faultForm(func(r *http.Request) error {
		return s.endReport(r.Context(), r.PathValue("id"), r.PostForm.Get("remark"))
	}))
	mux.HandleFunc("POST /faults/nodes/{id}", s.faultForm(func(r *http.Request) error {
		return s.care(r.Context(), r.PathValue("id"), r.PostForm.Get("who"))
	}))
}

func (s *Server) faultsView(ctx context.Context, now time.Time) (*faultsView, error) {
	nodes, err := s.nodes(ctx)
	if err != nil {
		return nil, err
	}
	a, err := s.atlas(ctx)
	if err != nil {
		return nil, err
	}
	care, err := s.opt.Store.Care(ctx)
	if err != nil {
		return nil, err
	}
	v := &faultsView{Now: now}
	for _, n := range nodes {
		row := faultRow{nodeView: n, Village: a.areas[n.Area].Name, Care: care[n.ID], May: a.who.may(maintaining, a.tree, n.Area)}
		if n.State == "offline" || n.State == "unknown" {
			v.add(n.State, n.VI, n.EN, row, n.Since)
		}
		for _, f := range n.Faults {
			v.add(f.Code, f.VI, f.EN, row, f.Since)
		}
	}
	slices.SortStableFunc(v.Groups, func(a, b faultGroup) int { return cmp.Compare(len(b.Nodes), len(a.Nodes)) })
	if v.Reports, err = s.openReports(ctx, a); err != nil {
		return nil, err
	}
	v.Past, err = s.pastFaults(ctx, a)
	return v, err
}

// add puts a node to those with the same cause.
func (v *faultsView) add(code, vi, en string, row faultRow, since time.Time) {
	row.From = since
	i := slices.IndexFunc(v.Groups, func(g faultGroup) bool { return g.Code == code })
	if i < 0 {
		v.Groups = append(v.Groups, faultGroup{Code: code, VI: vi, EN: en})
		i = len(v.Groups) - 1
	}
	v.Groups[i].Nodes = append(v.Groups[i].Nodes, row)
}

func (s *Server) openReports(ctx context.Context, a *atlas) (rows []reportRow, err error) {
	all, err := s.opt.Store.OpenReports(ctx)
	for _, r := range all {
		if a.concerns(nodeTarget(r.Node)) {
			area := a.areaOf[r.Node]
			rows = append(rows, reportRow{r, cmp.Or(a.names[r.Node], r.Node), a.areas[area].Name, a.who.may(maintaining, a.tree, area)})
		}
	}
	return rows, err
}

func (s *Server) pastFaults(ctx context.Context, a *atlas) (rows []pastRow, err error) {
	all, err := s.opt.Store.EndedFaults(ctx, maxList) // more than are shown: most may be of villages that whoever asks does not see
	for _, f := range all {
		if len(rows) < faultsPast && a.concerns(nodeTarget(f.Node)) {
			vi, en := fleet.FaultSentence(f.Code)
			rows = append(rows, pastRow{cmp.Or(a.names[f.Node], f.Node), vi, en, f.Since, f.Until})
		}
	}
	return rows, err
}

// faultForm is a form of the page, which comes back to it.
func (s *Server) faultForm(do func(*http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := readForm(w, r)
		if err == nil {
			err = do(r)
		}
		if err != nil {
			s.problemPage(w, r, s.explain(err))
			return
		}
		http.Redirect(w, r, "/faults", http.StatusSeeOther)
	}
}

package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"loa/controller/fleet"
	"loa/controller/i18n"
	"loa/controller/office/access"
	"loa/controller/store"
)

// faultsView is the page of the technician: what is wrong, grouped by cause,
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
	Care    string // who looks after this one
	May     bool   // say who looks after it
}

type reportRow struct {
	store.Report
	NodeName, Village string
	May               bool
}

// pastRow is a fault that ended, or a stretch in which the node was offline.
type pastRow struct {
	Node   string    `json:"node"`
	Name   string    `json:"name"`
	Code   string    `json:"code" doc:"offline: nothing was heard of the node"`
	VI     string    `json:"vi"`
	EN     string    `json:"en"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until"`
	Detail string    `json:"detail,omitempty" doc:"what the machine said"`
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
	a, err := s.access.View(ctx)
	if err != nil {
		return nil, err
	}
	v := &faultsView{Now: now}
	for _, n := range nodes {
		row := faultRow{nodeView: n, Village: a.Areas[n.Area].Name, May: a.Who.May(access.Maintaining, a.Tree, n.Area)}
		if n.State == "offline" || n.State == "unknown" {
			row.Care = n.Care
			v.add(n.State, n.VI, n.EN, row, n.Since)
		}
		for _, f := range n.Faults {
			row.Care = f.Care
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

func (s *Server) openReports(ctx context.Context, a *access.View) (rows []reportRow, err error) {
	all, err := s.opt.Store.OpenReports(ctx)
	for _, r := range all {
		if a.Concerns(access.NodeTarget(r.Node)) {
			area := a.AreaOf[r.Node]
			rows = append(rows, reportRow{r, cmp.Or(a.Names[r.Node], r.Node), a.Areas[area].Name, a.Who.May(access.Maintaining, a.Tree, area)})
		}
	}
	return rows, err
}

func (s *Server) pastFaults(ctx context.Context, a *access.View) (rows []pastRow, err error) {
	all, err := s.opt.Store.EndedFaults(ctx, time.Time{}, maxList) // more than are shown: most may be of villages that the caller does not see
	for _, f := range all {
		if len(rows) < faultsPast && a.Concerns(access.NodeTarget(f.Node)) {
			rows = append(rows, viewPast(a, f))
		}
	}
	return rows, err
}

func viewPast(a *access.View, f store.Fault) pastRow {
	row := pastRow{Node: f.Node, Name: cmp.Or(a.Names[f.Node], f.Node), Code: f.Code, Since: f.Since, Until: f.Until, Detail: f.Detail}
	if row.VI, row.EN = fleet.FaultSentence(f.Code); f.Code == store.CodeOffline {
		row.VI, row.EN = i18n.Say(i18n.VI, "state_offline"), i18n.Say(i18n.EN, "state_offline")
	}
	return row
}

// faultHistory is what ended, the last first, of what the caller may see.
func (s *Server) faultHistory(ctx context.Context, in *pageInput) (*list[pastRow], error) {
	all, err := s.opt.Store.EndedFaults(ctx, in.Before, in.Limit)
	if err != nil {
		return nil, s.fail(err)
	}
	a, err := s.access.View(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	rows := []pastRow{}
	for _, f := range all {
		if a.Concerns(access.NodeTarget(f.Node)) {
			rows = append(rows, viewPast(a, f))
		}
	}
	out := listOf(rows)
	if len(all) == in.Limit {
		out.Body.Next = &all[len(all)-1].Until
	}
	return out, nil
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

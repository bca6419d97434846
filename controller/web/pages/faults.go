package pages

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/inventory"
)

// faultsPage is the technician's: what is wrong, grouped by cause.
type faultsPage struct {
	*kit
	inventory *inventory.Inventory
}

// register adds the endpoints.
func (p *faultsPage) register() {
	main := func(ctx context.Context, now time.Time) (any, error) { return p.faultsView(ctx, now) }
	p.mux.HandleFunc("GET /faults", p.page("faults", map[string]part{"main": main}))
	p.mux.HandleFunc("POST /faults/reports/{id}", p.faultForm(func(r *http.Request) error {
		return p.inventory.EndReport(r.Context(), r.PathValue("id"), r.PostForm.Get("remark"))
	}))
	p.mux.HandleFunc("POST /faults/nodes/{id}", p.faultForm(func(r *http.Request) error {
		return p.inventory.SetCare(r.Context(), r.PathValue("id"), r.PostForm.Get("who"))
	}))
}

// faultsView is the page of the technician: what is wrong, grouped by cause,
// since when, and who looks after it.
type faultsView struct {
	Now     time.Time
	Groups  []faultGroup
	Reports []inventory.OpenReport
	Past    []inventory.EndedFault
}

// faultGroup is one cause, at all nodes that have it.
type faultGroup struct {
	Code, VI, EN string
	Nodes        []faultRow
}

type faultRow struct {
	inventory.Node
	From    time.Time
	Village string
	Care    string // who looks after this one
	May     bool   // say who looks after it
}

// mostEnded are looked through for those.
const mostEnded = 1000

// faultsPast are shown of those that ended.
const faultsPast = 50

func (p *faultsPage) faultsView(ctx context.Context, now time.Time) (*faultsView, error) {
	nodes, err := p.inventory.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	a, err := p.access.View(ctx)
	if err != nil {
		return nil, err
	}
	v := &faultsView{Now: now}
	for _, n := range nodes {
		row := faultRow{Node: n, Village: a.Areas[n.Area].Name, May: a.Who.May(access.Maintaining, a.Tree, n.Area)}
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
	if v.Reports, err = p.inventory.OpenReports(ctx, a); err != nil {
		return nil, err
	}
	v.Past, _, err = p.inventory.Ended(ctx, time.Time{},
		mostEnded) // more than are shown: most may be of villages that the caller does not see
	v.Past = v.Past[:min(len(v.Past), faultsPast)]
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

// faultForm is a form of the page, which comes back to it.
func (p *faultsPage) faultForm(do func(*http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := readForm(w, r)
		if err == nil {
			err = do(r)
		}
		if err != nil {
			p.problemPage(w, r, p.explain(err))
			return
		}
		http.Redirect(w, r, "/faults", http.StatusSeeOther)
	}
}

package pages

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/asrun"
	"loa/controller/office/inventory"
	"loa/controller/office/repair"
)

// faultsPage is the technician's: what is wrong, grouped by cause.
type faultsPage struct {
	*kit
	asrun     *asrun.Log
	inventory *inventory.Inventory
	repair    *repair.Desk
}

// register adds the endpoints.
func (p *faultsPage) register() {
	p.mux.HandleFunc("GET /faults", p.page("faults", p.parts()))
	p.mux.HandleFunc("POST /faults/reports/{id}", p.faultForm(func(r *http.Request) error {
		return p.inventory.EndReport(r.Context(), r.PathValue("id"), r.PostForm.Get("remark"))
	}))
	p.mux.HandleFunc("POST /faults/nodes/{id}", p.faultForm(func(r *http.Request) error {
		known, err := knownOf(r)
		if err != nil {
			return err
		}
		return p.repair.Know(r.Context(), r.PathValue("id"), known)
	}))
	p.mux.HandleFunc("POST /faults/areas/{id}", p.faultForm(func(r *http.Request) error {
		known, err := knownOf(r)
		if err != nil {
			return err
		}
		return p.repair.KnowAll(r.Context(), r.PathValue("id"), known)
	}))
	p.mux.HandleFunc("POST /faults/works", p.faultForm(func(r *http.Request) error {
		work, err := workOf(r)
		if err == nil {
			_, err = p.repair.Note(r.Context(), work)
		}
		return err
	}))
	p.mux.HandleFunc("POST /faults/works/{id}/end", p.faultForm(func(r *http.Request) error {
		return p.repair.End(r.Context(), r.PathValue("id"))
	}))
}

// parts are those of the page.
func (p *faultsPage) parts() map[string]part {
	return map[string]part{"main": func(ctx context.Context, now time.Time) (any, error) { return p.faultsView(ctx, now) }}
}

// knownOf is what the form says of somebody who looks after it.
func knownOf(r *http.Request) (k repair.Care, err error) {
	k = repair.Care{Who: r.PostForm.Get("who"), Reason: r.PostForm.Get("reason")}
	if day := r.PostForm.Get("until"); day != "" { // that day is still in time
		if k.Until, err = momentOf(day, "23:59", time.Time{}); err != nil {
			return k, err
		}
	}
	return k, nil
}

func workOf(r *http.Request) (w repair.Work, err error) {
	f := r.PostForm
	w = repair.Work{Place: f.Get("place"), Reason: f.Get("reason"), Who: f.Get("who")}
	if w.Since, err = momentOf(f.Get("day"), f.Get("from"), time.Time{}); err != nil {
		return w, err
	}
	w.Until, err = momentOf(cmp.Or(f.Get("last"), f.Get("day")), f.Get("to"), time.Time{})
	return w, err
}

// faultsView is the page of the technician: what is wrong, grouped by cause,
// since when, and who looks after it.
type faultsView struct {
	Now     time.Time
	Groups  []faultGroup
	Reports []openReport
	Works   worksView
	Times   []repair.Times
	Past    []inventory.EndedFault
}

// worksView is the maintenance that runs or lies ahead, and that of the last month.
type worksView struct {
	Pending, Past []repair.Maintenance
	Places        []worksPlace // where the reader may note one
}

type worksPlace struct {
	ID, Name string
	Depth    int // 0: an area; 1: a loudspeaker in it
}

// openReport is what somebody reported, and what really sounded when they heard it.
type openReport struct {
	inventory.OpenReport
	Sounds []asrun.Sounding
	Asked  bool // they heard a sound, and it was looked for
	Reads  bool // the reader may read the message that it was made of
}

// faultGroup is one cause, at all villages that have it.
type faultGroup struct {
	Code, VI, EN string
	Total        int
	Villages     []faultVillage
}

// faultVillage are those of one village: one line, however many they are.
type faultVillage struct {
	Area, Name string
	May        bool // say who looks after it
	From       time.Time
	Nodes      []faultRow
}

type faultRow struct {
	inventory.Node
	From  time.Time
	Known *inventory.InCare // what is known of this one
}

const (
	mostEnded  = 1000 // looked through for those that the reader sees
	faultsPast = 50   // shown of those that ended
	mostSounds = 20   // reports, the oldest, of which it is shown what sounded
	// repairDays is how far back the time to repair is counted.
	repairDays = 90
)

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
		for _, c := range n.Causes() {
			v.add(c, n, faultVillage{Area: n.Area, Name: a.Areas[n.Area].Name, May: a.Who.May(access.Maintaining, a.Tree, n.Area)})
		}
	}
	slices.SortStableFunc(v.Groups, func(a, b faultGroup) int { return cmp.Compare(b.Total, a.Total) })
	if v.Reports, err = p.openReports(ctx, a); err != nil {
		return nil, err
	}
	if v.Works.Pending, v.Works.Past, err = p.repair.List(ctx); err != nil {
		return nil, err
	}
	if v.Works.Places, err = p.worksPlaces(ctx, nodes); err != nil {
		return nil, err
	}
	if v.Times, err = p.repair.Times(ctx, repairDays); err != nil {
		return nil, err
	}
	v.Past, _, err = p.inventory.Ended(ctx, time.Time{},
		mostEnded) // more than are shown: most may be of villages that the caller does not see
	v.Past = v.Past[:min(len(v.Past), faultsPast)]
	return v, err
}

// sounding are the reports of a sound that should not have been, or not so.
var sounding = []string{"loud", "noise", "on_always", "distorted"}

// openReports are those that nobody has seen to; of those of a sound, with what it was.
func (p *faultsPage) openReports(ctx context.Context, a *access.View) ([]openReport, error) {
	all, err := p.inventory.OpenReports(ctx, a)
	if err != nil {
		return nil, err
	}
	rows := make([]openReport, len(all))
	for i, r := range all {
		rows[i].OpenReport = r
		rows[i].Reads = r.Message != "" && a.Permit(access.Listening, a.AreaOf[r.Node]) == nil
		if r.Heard.IsZero() && !slices.Contains(sounding, r.Kind) || i >= mostSounds {
			continue
		}
		at := r.Heard
		if at.IsZero() {
			at = r.At
		}
		rows[i].Asked = true
		if rows[i].Sounds, err = p.asrun.Sounded(ctx, []string{r.Node}, at); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// worksPlaces are the places where the reader may note work, each loudspeaker below its area.
func (p *faultsPage) worksPlaces(ctx context.Context, nodes []inventory.Node) (all []worksPlace, err error) {
	areas, err := p.inventory.Maintained(ctx)
	if err != nil {
		return nil, err
	}
	for _, x := range areas {
		all = append(all, worksPlace{x.ID, x.Name, 0})
		for _, n := range nodes {
			if n.Area == x.ID {
				all = append(all, worksPlace{n.ID, n.Name, 1})
			}
		}
	}
	return all, nil
}

// add puts a node to those with the same cause, and there to those of its village.
func (v *faultsView) add(c inventory.Cause, n inventory.Node, of faultVillage) {
	g := slices.IndexFunc(v.Groups, func(g faultGroup) bool { return g.Code == c.Code })
	if g < 0 {
		v.Groups = append(v.Groups, faultGroup{Code: c.Code, VI: c.VI, EN: c.EN})
		g = len(v.Groups) - 1
	}
	group := &v.Groups[g]
	group.Total++
	i := slices.IndexFunc(group.Villages, func(x faultVillage) bool { return x.Area == of.Area })
	if i < 0 {
		of.From = c.Since
		group.Villages = append(group.Villages, of)
		i = len(group.Villages) - 1
	}
	village := &group.Villages[i]
	if c.Since.Before(village.From) {
		village.From = c.Since
	}
	village.Nodes = append(village.Nodes, faultRow{n, c.Since, c.Known})
}

// faultForm is a form of the page, which comes back to it.
func (p *faultsPage) faultForm(do func(*http.Request) error) http.HandlerFunc {
	return p.form("/faults", "faults", p.parts(), do)
}

package pages

import (
	"context"
	"slices"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/approval"
	"loa/controller/office/asrun"
	"loa/controller/office/audit"
	"loa/controller/office/backups"
	"loa/controller/office/exercise"
	"loa/controller/office/inventory"
	"loa/controller/office/preview"
	"loa/controller/office/setup"
	"loa/controller/store"
)

// todayPage is the first one: how all is, and what to do next.
type todayPage struct {
	*kit
	approval  *approval.Desk
	asrun     *asrun.Log
	exercise  *exercise.Desk
	inventory *inventory.Inventory
	preview   *preview.Preview
	setup     *setup.Setup
	store     *store.Store
	trail     *audit.Trail
}

// register adds the endpoints.
func (p *todayPage) register() {
	p.mux.HandleFunc("GET /{$}", p.page("today", map[string]part{"main": p.todayView}))
}

// todayView is all that the page shows, true at Now.
type todayView struct {
	Now      time.Time
	Good     int       // good or on air
	Total    int       // that can say how they are
	Others   []nodeRow // those that are not, and where somebody should look
	Waiting  []nodeRow // those that are not, and are looked after or worked on
	Mute     []nodeRow // those that have no way to say
	OnAir    []onAirRow
	Next     *preview.Airing
	Villages []villageRow
	Heard    []asrun.Airing
	Review   approval.Counts
	Overdue  []exercise.Entry // tests and drills that the reader can do something about
	Steps    int              // of the first-run wizard that remain
	Keeping  keepingView
	Do       suggestion
}

type villageRow struct {
	ID    string // of the area: two villages may have one name
	Name  string
	Nodes []nodeRow
}

type nodeRow struct {
	inventory.Node
	Next *preview.Airing
}

type onAirRow struct {
	Title string
	Nodes int
	Since time.Time
}

func (p *todayPage) todayView(ctx context.Context, now time.Time) (any, error) {
	v := todayView{Now: now}
	nodes, err := p.inventory.Nodes(ctx)
	if err != nil {
		return v, err
	}
	areas, err := p.inventory.Areas(ctx)
	if err != nil {
		return v, err
	}
	next, err := p.preview.Between(ctx, now, now.Add(48*time.Hour))
	if err != nil {
		return v, err
	}
	if i := slices.IndexFunc(next, func(a preview.Airing) bool { return len(a.Nodes) > 0 }); i >= 0 {
		v.Next = &next[i]
	}
	v.fillNodes(nodes, areas, next)
	if v.Review, err = p.approval.Waiting(ctx); err != nil {
		return v, err
	}
	if v.Overdue, err = p.exercise.Overdue(ctx); err != nil {
		return v, err
	}
	if v.Steps, err = p.setup.Left(ctx); err != nil {
		return v, err
	}
	if v.Keeping, err = p.keepingView(ctx); err != nil {
		return v, err
	}
	if v.Do, err = p.suggest(ctx, &v, next); err != nil {
		return v, err
	}
	v.Heard, err = p.asrun.Latest(ctx, nodes, now)
	return v, err
}

// fillNodes puts the nodes into their areas: all villages, in the order of the
// list, and whatever other area has a node of its own.
func (v *todayView) fillNodes(nodes []inventory.Node, areas []store.Area, next []preview.Airing) {
	byArea := map[string][]nodeRow{}
	nextOf := nextByNode(next)
	for _, n := range nodes {
		row := nodeRow{Node: n, Next: nextOf[n.ID]}
		v.Total += count(!n.NoReturn)
		switch {
		case n.NoReturn:
			v.Mute = append(v.Mute, row)
		case n.Good():
			v.Good++
		case n.Waits():
			v.Waiting = append(v.Waiting, row)
		default:
			v.Others = append(v.Others, row)
		}
		if n.OnAir != nil && n.State == "on_air" {
			v.onAir(n)
		}
		byArea[n.Area] = append(byArea[n.Area], row)
	}
	for _, a := range areas {
		if rows := byArea[a.ID]; a.Kind == store.Village || len(rows) > 0 {
			v.Villages = append(v.Villages, villageRow{a.ID, a.Name, rows})
		}
	}
}

func (v *todayView) onAir(n inventory.Node) {
	for i := range v.OnAir {
		if v.OnAir[i].Title == n.OnAir.Title {
			v.OnAir[i].Nodes++
			return
		}
	}
	v.OnAir = append(v.OnAir, onAirRow{Title: n.OnAir.Title, Nodes: 1, Since: n.OnAir.Since})
}

// nextByNode returns each node's next airing.
func nextByNode(next []preview.Airing) map[string]*preview.Airing {
	byNode := map[string]*preview.Airing{}
	for i := range next {
		for _, n := range next[i].Nodes {
			if byNode[n] == nil {
				byNode[n] = &next[i]
			}
		}
	}
	return byNode
}

// keepingView is what those who govern must know of the machine itself.
type keepingView struct {
	Cut    bool // the audit log was tampered with
	Old    bool // there is no good backup
	Failed *backups.Sentences
}

func (p *todayPage) keepingView(ctx context.Context) (k keepingView, err error) {
	a, err := p.access.View(ctx)
	if err != nil {
		return k, err
	}
	k.Cut = p.trail.Tampered() && a.Who.May(access.Auditing, a.Tree, a.Commune)
	if p.backups != nil && a.Who.May(access.Governing, a.Tree, a.Commune) {
		v := p.backups.State()
		k.Old, k.Failed = v.Old, v.Failed
	}
	return k, nil
}

package pages

import (
	"cmp"
	"context"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/answers"
	"loa/controller/office/inventory"
	"loa/controller/web/respond"
)

// nodesPage is what stands where and how it is, and how a board becomes a node.
type nodesPage struct {
	*kit
	answers   *answers.Desk
	inventory *inventory.Inventory
}

// register adds the endpoints.
func (p *nodesPage) register() {
	p.mux.HandleFunc("GET /nodes", func(w http.ResponseWriter, r *http.Request) { p.nodesPage(w, r, nil) })
	p.mux.HandleFunc("GET /nodes/{id}", func(w http.ResponseWriter, r *http.Request) {
		p.nodePage(w, r, r.PathValue("id"), nil, nil)
	})
	p.mux.HandleFunc("POST /nodes", p.newNodeForm)
	p.mux.HandleFunc("POST /nodes/{id}", p.nodeForm)
	p.mux.HandleFunc("POST /nodes/{id}/invite", p.inviteForm)
	p.mux.HandleFunc("POST /nodes/{id}/revoke", p.revokeForm)
	p.mux.HandleFunc("POST /nodes/{id}/test", p.testForm)
	p.mux.HandleFunc("POST /nodes/{id}/selftest", p.testHornForm)
	p.mux.HandleFunc("POST /nodes/{id}/place", p.placeForm)
}

// nodesView is the page of a technician: what stands where and how it is, and
// how a board becomes a node.
type nodesView struct {
	frame
	Parts    map[string]any
	Sentence string // what went wrong
	Areas    []inventory.Area
	Name     string // of a new one, as it was written
	Area     string // where it is to stand
	Open     bool   // the form of a new one
}

// nodesList is how each one is, true at Now.
type nodesList struct {
	Now      time.Time
	Days     int // that the bars show
	Good     int
	Total    int              // that can say how they are
	Others   []inventory.Node // that are not good
	Mute     []inventory.Node // that have no way to say
	Branches []branch
}

// beatenNode is a node with its bars.
type beatenNode struct {
	inventory.Node
	Bars  []inventory.Beats
	Now   time.Time
	Brief bool       // among many: the rest is on its own page
	Sent  *sentOrder // that the page was just asked to give
	// Misheard is that people there do not understand it; nil: nobody said so.
	Misheard *answers.Misheard
}

// unclearOf is what people said of a loudspeaker.
func misheardOf(all map[string]answers.Misheard, node string) *answers.Misheard {
	if u, ok := all[node]; ok {
		return &u
	}
	return nil
}

// nodePageView is the page of one node.
type nodePageView struct {
	frame
	Parts    map[string]any
	Now      time.Time
	Node     inventory.Node
	Sentence string
	Invited  *invited
	Areas    []inventory.Area
	Map      *nodeMap
	Written  string // the position, as it was written
	Saved    bool
}

// invited is a code, shown this once.
type invited struct {
	Node, Command string
	Expires       time.Time
	QR            template.HTML
}

// daysOf is how far back the reader wants to see.
func daysOf(r *http.Request) int {
	days, _ := strconv.Atoi(r.URL.Query().Get("days"))
	if !slices.Contains(beatDays, days) {
		return beatDays[0]
	}
	return days
}

func (p *nodesPage) nodesPage(w http.ResponseWriter, r *http.Request, wrong error) {
	parts := map[string]part{
		"list": func(ctx context.Context, now time.Time) (any, error) { return p.nodesList(ctx, now, daysOf(r)) },
		"map":  func(ctx context.Context, _ time.Time) (any, error) { return p.nodeMap(ctx, "") },
	}
	q := r.URL.Query()
	if q.Get("part") != "" {
		p.page("nodes", parts)(w, r)
		return
	}
	v := nodesView{frame: p.frameOf(r, "nodes"), Area: q.Get("add"), Open: q.Has("add") || wrong != nil}
	status := http.StatusOK
	if wrong != nil {
		pr := p.explain(wrong)
		status, v.Sentence, v.Name, v.Area = respond.Status(pr), respond.Sentence(r, pr), r.PostForm.Get("name"), r.PostForm.Get("area")
	}
	err := p.fill(r.Context(), &v.Parts, parts)
	if err == nil {
		v.Areas, err = p.inventory.Maintained(r.Context())
	}
	if err != nil {
		p.problemPage(w, r, p.explain(err))
		return
	}
	list := v.Parts["list"].(*nodesList)
	v.Open = v.Open || list.Total+len(list.Mute) == 0
	p.show(w, r, status, "nodes.html", v)
}

func (p *nodesPage) nodesList(ctx context.Context, now time.Time, days int) (*nodesList, error) {
	areas, err := p.inventory.Areas(ctx)
	if err != nil {
		return nil, err
	}
	nodes, err := p.inventory.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	a, err := p.access.View(ctx)
	if err != nil {
		return nil, err
	}
	beatsOf, err := p.inventory.BeatsOf(ctx, "", days, time.Now())
	if err != nil {
		return nil, err
	}
	misheard, err := p.answers.Misheard(ctx)
	if err != nil {
		return nil, err
	}
	v := &nodesList{Now: now, Days: days}
	byArea := map[string][]beatenNode{}
	for _, n := range nodes {
		v.Total += count(!n.NoReturn)
		switch {
		case n.NoReturn:
			v.Mute = append(v.Mute, n)
		case n.Good():
			v.Good++
		default:
			v.Others = append(v.Others, n)
		}
		byArea[n.Area] = append(byArea[n.Area], beatenNode{Node: n, Bars: []inventory.Beats{beatsOf(n.ID)}, Now: now, Brief: true,
			Misheard: misheardOf(misheard, n.ID)})
	}
	v.Branches = growTree(areas, byArea, func(area string) bool { return a.Who.May(access.Maintaining, a.Tree, area) })
	return v, nil
}

// nodeMap is the map of all that the caller may see; here is the one that the
// page is about.
func (p *nodesPage) nodeMap(ctx context.Context, here string) (*nodeMap, error) {
	nodes, err := p.inventory.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	areas, err := p.inventory.Areas(ctx)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, a := range areas {
		names[a.ID] = a.Name
	}
	m := drawMap(nodes, names)
	m.Here = here
	return m, nil
}

// nodePage is all of one node, and what can be done with it.
func (p *nodesPage) nodePage(w http.ResponseWriter, r *http.Request, id string, code *invited, wrong error) {
	parts := map[string]part{"state": func(ctx context.Context, now time.Time) (any, error) { return p.beatenNode(ctx, id, now, sentOf(r)) }}
	if r.URL.Query().Get("part") != "" {
		p.page("node", parts)(w, r)
		return
	}
	v := nodePageView{frame: p.frameOf(r, "nodes"), Now: p.now(), Invited: code, Saved: r.URL.Query().Has("saved")}
	err := p.fill(r.Context(), &v.Parts, parts)
	if err == nil {
		v.Node = v.Parts["state"].(*beatenNode).Node
		v.Written = writePlace(v.Node.Place)
		v.Map, err = p.nodeMap(r.Context(), id)
	}
	if err == nil {
		v.Areas, err = p.inventory.Maintained(r.Context())
	}
	if err != nil {
		p.problemPage(w, r, p.explain(cmp.Or(wrong, err)))
		return
	}
	status := http.StatusOK
	if wrong != nil {
		pr := p.explain(wrong)
		status, v.Sentence = respond.Status(pr), respond.Sentence(r, pr)
		if r.PostForm.Has("place") {
			v.Written = r.PostForm.Get("place")
		}
	}
	p.show(w, r, status, "node.html", v)
}

func (p *nodesPage) beatenNode(ctx context.Context, id string, now time.Time, sent *sentOrder) (*beatenNode, error) {
	n, err := p.inventory.Node(ctx, id)
	if err != nil {
		return nil, err
	}
	misheard, err := p.answers.Misheard(ctx)
	if err != nil {
		return nil, err
	}
	v := &beatenNode{Node: n, Now: now, Sent: sent, Misheard: misheardOf(misheard, id)}
	for _, days := range beatDays {
		beatsOf, err := p.inventory.BeatsOf(ctx, id, days, time.Now())
		if err != nil {
			return nil, err
		}
		v.Bars = append(v.Bars, beatsOf(id))
	}
	return v, nil
}

// beatDays are the spans of a bar that one can choose.
var beatDays = []int{1, 30}

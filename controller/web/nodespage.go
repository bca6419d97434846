package web

import (
	"cmp"
	"context"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/inventory"
	"loa/controller/store"
)

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

func (s *Server) registerNodesPage(mux *router) {
	mux.HandleFunc("GET /nodes", func(w http.ResponseWriter, r *http.Request) { s.nodesPage(w, r, nil) })
	mux.HandleFunc("GET /nodes/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.nodePage(w, r, r.PathValue("id"), nil, nil)
	})
	mux.HandleFunc("POST /nodes", s.newNodeForm)
	mux.HandleFunc("POST /nodes/{id}", s.nodeForm)
	mux.HandleFunc("POST /nodes/{id}/invite", s.inviteForm)
	mux.HandleFunc("POST /nodes/{id}/revoke", s.revokeForm)
	mux.HandleFunc("POST /nodes/{id}/test", s.testForm)
	mux.HandleFunc("POST /nodes/{id}/selftest", s.testHornForm)
	mux.HandleFunc("POST /nodes/{id}/place", s.placeForm)
}

// daysOf is how far back the reader wants to see.
func daysOf(r *http.Request) int {
	days, _ := strconv.Atoi(r.URL.Query().Get("days"))
	if !slices.Contains(beatDays, days) {
		return beatDays[0]
	}
	return days
}

func (s *Server) nodesPage(w http.ResponseWriter, r *http.Request, wrong error) {
	parts := map[string]part{
		"list": func(ctx context.Context, now time.Time) (any, error) { return s.nodesList(ctx, now, daysOf(r)) },
		"map":  func(ctx context.Context, _ time.Time) (any, error) { return s.nodeMap(ctx, "") },
	}
	q := r.URL.Query()
	if q.Get("part") != "" {
		s.page("nodes", parts)(w, r)
		return
	}
	v := nodesView{frame: s.frame(r, "nodes"), Area: q.Get("add"), Open: q.Has("add") || wrong != nil}
	status := http.StatusOK
	if wrong != nil {
		p := s.explain(wrong)
		status, v.Sentence, v.Name, v.Area = statusOf(p), spoken(r, p), r.PostForm.Get("name"), r.PostForm.Get("area")
	}
	err := s.fill(r.Context(), &v.Parts, parts)
	if err == nil {
		v.Areas, err = s.inventory.Maintained(r.Context())
	}
	if err != nil {
		s.problemPage(w, r, s.explain(err))
		return
	}
	list := v.Parts["list"].(*nodesList)
	v.Open = v.Open || list.Total+len(list.Mute) == 0
	s.show(w, r, status, "nodes.html", v)
}

// fill makes the parts of a page.
func (s *Server) fill(ctx context.Context, into *map[string]any, parts map[string]part) (err error) {
	now := s.opt.Now()
	*into = map[string]any{}
	for name, make := range parts {
		if (*into)[name], err = make(ctx, now); err != nil {
			return err
		}
	}
	return err
}

func (s *Server) nodesList(ctx context.Context, now time.Time, days int) (*nodesList, error) {
	areas, err := s.inventory.Areas(ctx)
	if err != nil {
		return nil, err
	}
	nodes, err := s.inventory.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	a, err := s.access.View(ctx)
	if err != nil {
		return nil, err
	}
	beatsOf, err := s.inventory.BeatsOf(ctx, "", days, time.Now())
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
		byArea[n.Area] = append(byArea[n.Area], beatenNode{Node: n, Bars: []inventory.Beats{beatsOf(n.ID)}, Now: now, Brief: true})
	}
	v.Branches = growTree(areas, byArea, func(area string) bool { return a.Who.May(access.Maintaining, a.Tree, area) })
	return v, nil
}

// nodeMap is the map of all that the caller may see; here is the one that the
// page is about.
func (s *Server) nodeMap(ctx context.Context, here string) (*nodeMap, error) {
	nodes, err := s.inventory.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	areas, err := s.inventory.Areas(ctx)
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
func (s *Server) nodePage(w http.ResponseWriter, r *http.Request, id string, code *invited, wrong error) {
	parts := map[string]part{"state": func(ctx context.Context, now time.Time) (any, error) { return s.beatenNode(ctx, id, now, sentOf(r)) }}
	if r.URL.Query().Get("part") != "" {
		s.page("node", parts)(w, r)
		return
	}
	v := nodePageView{frame: s.frame(r, "nodes"), Now: s.opt.Now(), Invited: code, Saved: r.URL.Query().Has("saved")}
	err := s.fill(r.Context(), &v.Parts, parts)
	if err == nil {
		v.Node = v.Parts["state"].(*beatenNode).Node
		v.Written = writePlace(v.Node.Place)
		v.Map, err = s.nodeMap(r.Context(), id)
	}
	if err == nil {
		v.Areas, err = s.inventory.Maintained(r.Context())
	}
	if err != nil {
		s.problemPage(w, r, s.explain(cmp.Or(wrong, err)))
		return
	}
	status := http.StatusOK
	if wrong != nil {
		p := s.explain(wrong)
		status, v.Sentence = statusOf(p), spoken(r, p)
		if r.PostForm.Has("place") {
			v.Written = r.PostForm.Get("place")
		}
	}
	s.show(w, r, status, "node.html", v)
}

func (s *Server) beatenNode(ctx context.Context, id string, now time.Time, sent *sentOrder) (*beatenNode, error) {
	n, err := s.inventory.Node(ctx, id)
	if err != nil {
		return nil, err
	}
	v := &beatenNode{Node: n, Now: now, Sent: sent}
	for _, days := range beatDays {
		beatsOf, err := s.inventory.BeatsOf(ctx, id, days, time.Now())
		if err != nil {
			return nil, err
		}
		v.Bars = append(v.Bars, beatsOf(id))
	}
	return v, nil
}

// newNodeForm makes a place for a loudspeaker, and the code for its board.
func (s *Server) newNodeForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	var id string
	if err == nil {
		id, err = s.inventory.AddNode(r.Context(), r.PostForm.Get("name"), r.PostForm.Get("area"), r.PostForm.Has("no_return"))
	}
	if err != nil {
		s.nodesPage(w, r, err)
		return
	}
	if r.PostForm.Has("no_return") { // there is no board to invite
		http.Redirect(w, r, "/nodes/"+id+"?saved", http.StatusSeeOther)
		return
	}
	s.invitePage(w, r, id, nil)
}

func (s *Server) inviteForm(w http.ResponseWriter, r *http.Request) {
	s.invitePage(w, r, r.PathValue("id"), readForm(w, r))
}

// invitePage shows the code by which a board becomes a node.
func (s *Server) invitePage(w http.ResponseWriter, r *http.Request, id string, err error) {
	var code *invited
	if err == nil {
		code, err = s.invited(r, id)
	}
	s.nodePage(w, r, id, code, err)
}

func (s *Server) invited(r *http.Request, id string) (*invited, error) {
	answer, err := s.invite(r.Context(), &inviteInput{ID: id, host: s.reachable(r)})
	if err != nil {
		return nil, err
	}
	code := &invited{Node: id, Command: "loa node enrol " + answer.Body.URL + " " + answer.Body.Code, Expires: answer.Body.Expires}
	code.QR, err = qrSVG(code.Command)
	return code, err
}

// reachable is the address by which a board finds this machine: what the page
// was opened by, unless that is a name that only this machine knows.
func (s *Server) reachable(r *http.Request) string {
	if here(r) {
		if lan := s.lanAddresses(); len(lan) > 0 {
			return hostPort(lan[0], s.plainPort, "80")
		}
	}
	return s.ownHost(access.Of(r.Context()))
}

func (s *Server) revokeForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	if err == nil && !r.PostForm.Has("sure") { // no press of one button takes a loudspeaker away for good
		err = formProblem("node_revoke_unsure")
	}
	if err == nil {
		err = s.inventory.Revoke(r.Context(), r.PathValue("id"))
	}
	s.afterNodeForm(w, r, err)
}

// testForm plays the chime softly at one loudspeaker.
func (s *Server) testForm(w http.ResponseWriter, r *http.Request) {
	err, at := readForm(w, r), s.opt.Now()
	if err == nil {
		_, err = s.calls.PlayTest(r.Context(), r.PathValue("id"))
	}
	s.afterOrder(w, r, "test", at, err)
}

// nodeForm changes what a technician may change.
func (s *Server) nodeForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	if err == nil {
		volume, errVolume := strconv.Atoi(r.PostForm.Get("volume"))
		delay, errDelay := strconv.Atoi(cmp.Or(r.PostForm.Get("delay"), "0"))
		if errors.Join(errVolume, errDelay) != nil {
			volume = -1 // which is refused
		}
		_, err = s.inventory.PutNode(r.Context(), r.PathValue("id"), inventory.Change{Name: r.PostForm.Get("name"), Area: r.PostForm.Get("area"), Volume: &volume, DelayMS: delay, NoReturn: r.PostForm.Has("no_return")})
	}
	s.afterNodeForm(w, r, err)
}

// placeForm says where a loudspeaker stands.
func (s *Server) placeForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	if err == nil {
		var p *store.Place
		if p, err = readPlace(r.PostForm.Get("place")); err == nil {
			err = s.inventory.PlaceNode(r.Context(), r.PathValue("id"), p)
		}
	}
	s.afterNodeForm(w, r, err)
}

func (s *Server) afterNodeForm(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil {
		s.nodePage(w, r, r.PathValue("id"), nil, err)
		return
	}
	http.Redirect(w, r, "/nodes/"+r.PathValue("id")+"?saved", http.StatusSeeOther)
}

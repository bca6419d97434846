package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/inventory"
	"loa/controller/store"
	"loa/schedule"
)

// The steps of the wizard, after the account, in order.
const (
	stepPlaces = "places"
	stepHours  = "hours"
	stepNode   = "node"
	stepHear   = "hear"
	stepDone   = "done"
)

const keyWizard = "wizard"

// wizardState is what the wizard keeps; all else it sees by what there is.
type wizardState struct {
	Hours  bool      `json:"hours,omitempty"` // were said, perhaps to be none
	Node   string    `json:"node,omitempty"`  // the first loudspeaker
	Played time.Time `json:"played,omitzero"` // when the test chime was
	Heard  string    `json:"heard,omitempty"` // yes or no
}

// wizardStep is one step, for the page.
type wizardStep struct {
	Step          string
	Done, Current bool
}

// wizard is how far a station has come.
type wizard struct {
	state wizardState
	steps []wizardStep
	nodes []inventory.Node
}

func (s *Server) wizard(ctx context.Context) (w wizard, err error) {
	if err = s.opt.Store.SettingOr(ctx, keyWizard, &w.state); err != nil {
		return w, err
	}
	areas, err := s.opt.Store.Areas(ctx)
	if err != nil {
		return w, err
	}
	quiet, err := s.opt.Store.Quiet(ctx)
	if err != nil {
		return w, err
	}
	if w.nodes, err = s.inventory.Nodes(ctx); err != nil {
		return w, err
	}
	came, heard := false, false
	for _, n := range w.nodes {
		came, heard = came || n.LastWord != nil, heard || n.LastHeard != nil
	}
	// A station that works and never saw the wizard is not asked.
	used := w.state == (wizardState{}) && heard
	village := slices.ContainsFunc(areas, func(a store.Area) bool { return a.Kind == store.Village })
	w.steps = []wizardStep{{Step: stepPlaces, Done: village}, {Step: stepHours, Done: used || w.state.Hours || len(quiet) > 0},
		{Step: stepNode, Done: came}, {Step: stepHear, Done: used || w.state.Heard == "yes"}}
	return w, nil
}

// next is the first step that is not done.
func (w *wizard) next() string {
	for _, s := range w.steps {
		if !s.Done {
			return s.Step
		}
	}
	return stepDone
}

// node is the first loudspeaker, or nil.
func (w *wizard) node() *inventory.Node {
	for i, n := range w.nodes {
		if n.ID == w.state.Node {
			return &w.nodes[i]
		}
	}
	for i, n := range w.nodes {
		if n.LastWord != nil {
			return &w.nodes[i]
		}
	}
	if len(w.nodes) > 0 {
		return &w.nodes[0]
	}
	return nil
}

// stepsLeft counts the steps that remain, for those who govern the commune.
func (s *Server) stepsLeft(ctx context.Context) (left int, err error) {
	a, err := s.access.View(ctx)
	if err != nil || !a.Who.May(access.Governing, a.Tree, a.Commune) {
		return 0, err
	}
	w, err := s.wizard(ctx)
	for _, step := range w.steps {
		if !step.Done {
			left++
		}
	}
	return left, err
}

// keepStep changes what the wizard keeps; does is what the audit log calls that.
func (s *Server) keepStep(ctx context.Context, does string, change func(*wizardState)) error {
	s.editing.Lock()
	defer s.editing.Unlock()
	var state wizardState
	if err := s.opt.Store.SettingOr(ctx, keyWizard, &state); err != nil {
		return err
	}
	before := state
	change(&state)
	if err := s.opt.Store.PutSetting(ctx, keyWizard, state); err != nil {
		return err
	}
	s.trail.Did(ctx, does, keyWizard, before, state, s.opt.Commune)
	return nil
}

// wizardView is a page of the wizard.
type wizardView struct {
	frame
	Now      time.Time
	Step     string
	Steps    []wizardStep
	Left     int
	Next     string
	Sentence string // what is wrong

	Name  string // of the commune, or of a new node
	Names string // of villages
	Known []store.Area
	Quiet []schedule.Quiet

	Areas   []inventory.Area
	Area    string
	Node    *inventory.Node
	Came    bool // the node has spoken
	Invited *invited
	State   wizardState
	Asked   bool // the chime was played, and there is no answer yet
	Proved  bool // the node says that it has played it
}

func (s *Server) registerWizard(mux *router) {
	mux.HandleFunc("GET /wizard", func(w http.ResponseWriter, r *http.Request) {
		state, err := s.wizard(r.Context())
		if err != nil {
			s.problemPage(w, r, s.explain(err))
			return
		}
		to := url.URL{Path: "/wizard/" + state.next(), RawQuery: r.URL.RawQuery} // the language is in it
		http.Redirect(w, r, to.String(), http.StatusSeeOther)
	})
	mux.HandleFunc("GET /wizard/{step}", func(w http.ResponseWriter, r *http.Request) { s.wizardPage(w, r, r.PathValue("step"), nil, nil) })
	mux.HandleFunc("POST /wizard/places", s.wizardForm(stepPlaces, s.wizardPlaces))
	mux.HandleFunc("POST /wizard/hours", s.wizardForm(stepHours, func(r *http.Request) error {
		err := s.hours.PutQuiet(r.Context(), quietOf(r))
		if err == nil {
			err = s.keepStep(r.Context(), "wizard.put", func(w *wizardState) { w.Hours = true })
		}
		return err
	}))
	mux.HandleFunc("POST /wizard/node", s.wizardNode)
	mux.HandleFunc("POST /wizard/hear", s.wizardHear)
	s.registerHearing()
}

// wizardForm does a step and goes to the next.
func (s *Server) wizardForm(step string, do func(*http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := readForm(w, r)
		if err == nil {
			err = do(r)
		}
		if err != nil {
			s.wizardPage(w, r, step, nil, err)
			return
		}
		http.Redirect(w, r, "/wizard", http.StatusSeeOther)
	}
}

func (s *Server) wizardPlaces(r *http.Request) error {
	if err := s.inventory.NameCommune(r.Context(), r.PostForm.Get("name")); err != nil {
		return err
	}
	names := r.PostForm.Get("names")
	if w, err := s.wizard(r.Context()); err != nil || w.steps[0].Done && strings.TrimSpace(names) == "" {
		return err
	}
	return s.inventory.AddVillages(r.Context(), names)
}

// wizardNode makes the first loudspeaker and shows the code for its board; of
// one that there is, another code.
func (s *Server) wizardNode(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	id := r.PostForm.Get("node")
	if err == nil && id != "" {
		err = s.access.Permit(r.Context(), access.Maintaining, access.NodeTarget(id))
	} else if err == nil {
		id, err = s.inventory.AddNode(r.Context(), r.PostForm.Get("name"), r.PostForm.Get("area"), false)
	}
	if err == nil {
		err = s.keepStep(r.Context(), "wizard.put", func(w *wizardState) { w.Node = id })
	}
	var code *invited
	if err == nil {
		code, err = s.invited(r, id)
	}
	s.wizardPage(w, r, stepNode, code, err)
}

// wizardHear plays the chime, or takes the answer whether it was heard.
func (s *Server) wizardHear(w http.ResponseWriter, r *http.Request) {
	s.wizardForm(stepHear, func(r *http.Request) error {
		return s.hear(r.Context(), r.PostForm.Get("do"), r.PostForm.Get("node"))
	})(w, r)
}

func (s *Server) wizardPage(w http.ResponseWriter, r *http.Request, step string, code *invited, wrong error) {
	v := wizardView{frame: s.frame(r, "wizard"), Now: s.opt.Now(), Step: step, Invited: code}
	status := http.StatusOK
	if wrong != nil {
		p := s.explain(wrong)
		status, v.Sentence = statusOf(p), spoken(r, p)
	}
	err := s.fillWizard(r.Context(), &v)
	if err != nil {
		s.problemPage(w, r, s.explain(err))
		return
	}
	if wrong != nil { // what was typed is kept
		v.Name, v.Names, v.Area = cmp.Or(r.PostForm.Get("name"), v.Name), r.PostForm.Get("names"), r.PostForm.Get("area")
		if step == stepHours {
			v.Quiet = append(quietOf(r), schedule.Quiet{})
		}
	}
	switch r.URL.Query().Get("part") {
	case "came":
		s.show(w, r, status, "wizard_came", v)
	case "heard":
		s.show(w, r, status, "wizard_heard", v)
	default:
		s.show(w, r, status, "wizard.html", v)
	}
}

func (s *Server) fillWizard(ctx context.Context, v *wizardView) error {
	w, err := s.wizard(ctx)
	if err != nil {
		return err
	}
	known := v.Step == stepDone
	for i := range w.steps {
		w.steps[i].Current = w.steps[i].Step == v.Step
		known = known || w.steps[i].Current
		if !w.steps[i].Done {
			v.Left++
		}
	}
	if !known {
		return store.ErrNotFound
	}
	v.Steps, v.State, v.Node, v.Next = w.steps, w.state, w.node(), w.next()
	v.Came = v.Node != nil && v.Node.LastWord != nil
	v.Asked = !w.state.Played.IsZero() && w.state.Heard == ""
	v.Proved = v.Node != nil && v.Node.LastHeard != nil && !v.Node.LastHeard.Before(w.state.Played)
	areas, err := s.inventory.Areas(ctx)
	if err != nil {
		return err
	}
	for _, a := range areas {
		switch {
		case a.ID == s.opt.Commune && v.Step == stepPlaces:
			v.Name = a.Name
		case a.Kind == store.Village:
			v.Known = append(v.Known, a)
			v.Areas = append(v.Areas, inventory.AreaOf(a))
		}
	}
	if len(v.Areas) == 0 { // the first loudspeaker may stand at the office
		v.Areas = []inventory.Area{{ID: s.opt.Commune, Name: fmt.Sprint(cmp.Or(v.Commune, s.opt.Commune))}}
	}
	v.Quiet, err = s.opt.Store.Quiet(ctx)
	if len(v.Quiet) == 0 && !w.state.Hours {
		v.Quiet = []schedule.Quiet{{From: "21:30", To: "04:45"}}
	} else {
		v.Quiet = append(v.Quiet, schedule.Quiet{})
	}
	return err
}

package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/inventory"
	"loa/controller/office/setup"
	"loa/controller/store"
	"loa/schedule"
)

// wizardView is a page of the wizard.
type wizardView struct {
	frame
	Now      time.Time
	Step     string
	Steps    []setup.Step
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
	State   setup.State
	Asked   bool // the chime was played, and there is no answer yet
	Proved  bool // the node says that it has played it
}

func (s *Server) registerWizard(mux *router) {
	mux.HandleFunc("GET /wizard", func(w http.ResponseWriter, r *http.Request) {
		state, err := s.setup.Progress(r.Context())
		if err != nil {
			s.problemPage(w, r, s.explain(err))
			return
		}
		to := url.URL{Path: "/wizard/" + state.Next(), RawQuery: r.URL.RawQuery} // the language is in it
		http.Redirect(w, r, to.String(), http.StatusSeeOther)
	})
	mux.HandleFunc("GET /wizard/{step}", func(w http.ResponseWriter, r *http.Request) { s.wizardPage(w, r, r.PathValue("step"), nil, nil) })
	mux.HandleFunc("POST /wizard/places", s.wizardForm(setup.StepPlaces, s.wizardPlaces))
	mux.HandleFunc("POST /wizard/hours", s.wizardForm(setup.StepHours, func(r *http.Request) error {
		err := s.hours.PutQuiet(r.Context(), quietOf(r))
		if err == nil {
			err = s.setup.Keep(r.Context(), "wizard.put", func(w *setup.State) { w.Hours = true })
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
	if w, err := s.setup.Progress(r.Context()); err != nil || w.Steps[0].Done && strings.TrimSpace(names) == "" {
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
		err = s.setup.Keep(r.Context(), "wizard.put", func(w *setup.State) { w.Node = id })
	}
	var code *invited
	if err == nil {
		code, err = s.invited(r, id)
	}
	s.wizardPage(w, r, setup.StepNode, code, err)
}

// wizardHear plays the chime, or takes the answer whether it was heard.
func (s *Server) wizardHear(w http.ResponseWriter, r *http.Request) {
	s.wizardForm(setup.StepHear, func(r *http.Request) error {
		return s.setup.Hear(r.Context(), r.PostForm.Get("do"), r.PostForm.Get("node"))
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
		if step == setup.StepHours {
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
	w, err := s.setup.Progress(ctx)
	if err != nil {
		return err
	}
	known := v.Step == setup.StepDone
	for i := range w.Steps {
		w.Steps[i].Current = w.Steps[i].Step == v.Step
		known = known || w.Steps[i].Current
		if !w.Steps[i].Done {
			v.Left++
		}
	}
	if !known {
		return store.ErrNotFound
	}
	v.Steps, v.State, v.Node, v.Next = w.Steps, w.State, w.Node(), w.Next()
	v.Came = v.Node != nil && v.Node.LastWord != nil
	v.Asked = !w.State.Played.IsZero() && w.State.Heard == ""
	v.Proved = v.Node != nil && v.Node.LastHeard != nil && !v.Node.LastHeard.Before(w.State.Played)
	areas, err := s.inventory.Areas(ctx)
	if err != nil {
		return err
	}
	for _, a := range areas {
		switch {
		case a.ID == s.opt.Commune && v.Step == setup.StepPlaces:
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
	if len(v.Quiet) == 0 && !w.State.Hours {
		v.Quiet = []schedule.Quiet{{From: "21:30", To: "04:45"}}
	} else {
		v.Quiet = append(v.Quiet, schedule.Quiet{})
	}
	return err
}

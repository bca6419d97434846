package pages

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/hours"
	"loa/controller/office/inventory"
	"loa/controller/office/setup"
	"loa/controller/store"
	"loa/controller/web/respond"
	"loa/schedule"
)

// wizardPage leads a new station to its first sound.
type wizardPage struct {
	*kit
	hours     *hours.Hours
	inventory *inventory.Inventory
	setup     *setup.Setup
	store     *store.Store
}

// register adds the endpoints.
func (p *wizardPage) register() {
	p.mux.HandleFunc("GET /wizard", func(w http.ResponseWriter, r *http.Request) {
		state, err := p.setup.Progress(r.Context())
		if err != nil {
			p.problemPage(w, r, p.explain(err))
			return
		}
		to := url.URL{Path: "/wizard/" + state.Next(), RawQuery: r.URL.RawQuery} // the language is in it
		http.Redirect(w, r, to.String(), http.StatusSeeOther)
	})
	p.mux.HandleFunc("GET /wizard/{step}", func(w http.ResponseWriter, r *http.Request) { p.wizardPage(w, r, r.PathValue("step"), nil, nil) })
	p.mux.HandleFunc("POST /wizard/places", p.wizardForm(setup.StepPlaces, p.wizardPlaces))
	p.mux.HandleFunc("POST /wizard/hours", p.wizardForm(setup.StepHours, func(r *http.Request) error {
		err := p.hours.PutQuiet(r.Context(), quietOf(r))
		if err == nil {
			err = p.setup.Keep(r.Context(), "wizard.put", func(w *setup.State) { w.Hours = true })
		}
		return err
	}))
	p.mux.HandleFunc("POST /wizard/node", p.wizardNode)
	p.mux.HandleFunc("POST /wizard/hear", p.wizardHear)
}

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

// wizardForm does a step and goes to the next.
func (p *wizardPage) wizardForm(step string, do func(*http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := readForm(w, r)
		if err == nil {
			err = do(r)
		}
		if err != nil {
			p.wizardPage(w, r, step, nil, err)
			return
		}
		http.Redirect(w, r, "/wizard", http.StatusSeeOther)
	}
}

func (p *wizardPage) wizardPlaces(r *http.Request) error {
	if err := p.inventory.NameCommune(r.Context(), r.PostForm.Get("name")); err != nil {
		return err
	}
	names := r.PostForm.Get("names")
	if w, err := p.setup.Progress(r.Context()); err != nil || w.Steps[0].Done && strings.TrimSpace(names) == "" {
		return err
	}
	return p.inventory.AddVillages(r.Context(), names)
}

// wizardNode makes the first loudspeaker and shows the code for its board; of
// one that there is, another code.
func (p *wizardPage) wizardNode(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	id := r.PostForm.Get("node")
	if err == nil && id != "" {
		err = p.access.Permit(r.Context(), access.Maintaining, access.NodeTarget(id))
	} else if err == nil {
		id, err = p.inventory.AddNode(r.Context(), r.PostForm.Get("name"), r.PostForm.Get("area"), false)
	}
	if err == nil {
		err = p.setup.Keep(r.Context(), "wizard.put", func(w *setup.State) { w.Node = id })
	}
	var code *invited
	if err == nil {
		code, err = invite(p.kit, p.inventory, r, id)
	}
	p.wizardPage(w, r, setup.StepNode, code, err)
}

// wizardHear plays the chime, or takes the answer whether it was heard.
func (p *wizardPage) wizardHear(w http.ResponseWriter, r *http.Request) {
	p.wizardForm(setup.StepHear, func(r *http.Request) error {
		return p.setup.Hear(r.Context(), r.PostForm.Get("do"), r.PostForm.Get("node"))
	})(w, r)
}

func (p *wizardPage) wizardPage(w http.ResponseWriter, r *http.Request, step string, code *invited, wrong error) {
	v := wizardView{frame: p.frameOf(r, "wizard"), Now: p.now(), Step: step, Invited: code}
	status := http.StatusOK
	if wrong != nil {
		pr := p.explain(wrong)
		status, v.Sentence = respond.Status(pr), respond.Sentence(r, pr)
	}
	err := p.fillWizard(r.Context(), &v)
	if err != nil {
		p.problemPage(w, r, p.explain(err))
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
		p.show(w, r, status, "wizard_came", v)
	case "heard":
		p.show(w, r, status, "wizard_heard", v)
	default:
		p.show(w, r, status, "wizard.html", v)
	}
}

func (p *wizardPage) fillWizard(ctx context.Context, v *wizardView) error {
	w, err := p.setup.Progress(ctx)
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
	areas, err := p.inventory.Areas(ctx)
	if err != nil {
		return err
	}
	for _, a := range areas {
		switch {
		case a.ID == p.commune && v.Step == setup.StepPlaces:
			v.Name = a.Name
		case a.Kind == store.Village:
			v.Known = append(v.Known, a)
			v.Areas = append(v.Areas, inventory.AreaOf(a))
		}
	}
	if len(v.Areas) == 0 { // the first loudspeaker may stand at the office
		v.Areas = []inventory.Area{{ID: p.commune, Name: fmt.Sprint(cmp.Or(v.Commune, p.commune))}}
	}
	v.Quiet, err = p.store.Quiet(ctx)
	if len(v.Quiet) == 0 && !w.State.Hours {
		v.Quiet = []schedule.Quiet{{From: "21:30", To: "04:45"}}
	} else {
		v.Quiet = append(v.Quiet, schedule.Quiet{})
	}
	return err
}

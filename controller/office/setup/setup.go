package setup

import (
	"context"
	"slices"
	"sync"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/office/calls"
	"loa/controller/office/inventory"
	"loa/controller/store"
)

// The steps of the wizard, after the account, in order.
const (
	StepPlaces = "places"
	StepHours  = "hours"
	StepNode   = "node"
	StepHear   = "hear"
	StepDone   = "done"
)

const keyWizard = "wizard"

// State is what the wizard keeps; all else it sees by what there is.
type State struct {
	Hours  bool      `json:"hours,omitempty"` // were said, perhaps to be none
	Node   string    `json:"node,omitempty"`  // the first loudspeaker
	Played time.Time `json:"played,omitzero"` // when the test chime was
	Heard  string    `json:"heard,omitempty"` // yes or no
}

// Step is one step, for the page.
type Step struct {
	Step          string
	Done, Current bool
}

// Progress is how far a station has come.
type Progress struct {
	State State
	Steps []Step
	nodes []inventory.Node
}

// Setup is how a new station comes to its first sound.
type Setup struct{ opt Options }

// Options are what the setup works with.
type Options struct {
	Store     *store.Store
	Access    *access.Control
	Trail     *audit.Trail
	Inventory *inventory.Inventory
	Calls     *calls.Desk
	// Editing is held from reading what is to be changed until it is stored.
	Editing *sync.Mutex
	Commune string // id of its area
}

// New returns the setup of one commune.
func New(opt Options) *Setup { return &Setup{opt} }

// Progress is how far the station has come, by what there is.
func (d *Setup) Progress(ctx context.Context) (w Progress, err error) {
	if err = d.opt.Store.SettingOr(ctx, keyWizard, &w.State); err != nil {
		return w, err
	}
	areas, err := d.opt.Store.Areas(ctx)
	if err != nil {
		return w, err
	}
	quiet, err := d.opt.Store.Quiet(ctx)
	if err != nil {
		return w, err
	}
	if w.nodes, err = d.opt.Inventory.Nodes(ctx); err != nil {
		return w, err
	}
	came, heard := false, false
	for _, n := range w.nodes {
		came, heard = came || n.LastWord != nil, heard || n.LastHeard != nil
	}
	// A station that works and never saw the wizard is not asked.
	used := w.State == (State{}) && heard
	village := slices.ContainsFunc(areas, func(a store.Area) bool { return a.Kind == store.Village })
	w.Steps = []Step{{Step: StepPlaces, Done: village}, {Step: StepHours, Done: used || w.State.Hours || len(quiet) > 0},
		{Step: StepNode, Done: came}, {Step: StepHear, Done: used || w.State.Heard == "yes"}}
	return w, nil
}

// Next is the first step that is not done.
func (w *Progress) Next() string {
	for _, s := range w.Steps {
		if !s.Done {
			return s.Step
		}
	}
	return StepDone
}

// Node is the first loudspeaker, or nil.
func (w *Progress) Node() *inventory.Node {
	for i, n := range w.nodes {
		if n.ID == w.State.Node {
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

// Left counts the steps that remain, for those who govern the commune.
func (d *Setup) Left(ctx context.Context) (left int, err error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil || !a.Who.May(access.Governing, a.Tree, a.Commune) {
		return 0, err
	}
	w, err := d.Progress(ctx)
	for _, step := range w.Steps {
		if !step.Done {
			left++
		}
	}
	return left, err
}

// Keep changes what the wizard keeps; does is what the audit log calls that.
func (d *Setup) Keep(ctx context.Context, does string, change func(*State)) error {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	var state State
	if err := d.opt.Store.SettingOr(ctx, keyWizard, &state); err != nil {
		return err
	}
	before := state
	change(&state)
	if err := d.opt.Store.PutSetting(ctx, keyWizard, state); err != nil {
		return err
	}
	d.opt.Trail.Did(ctx, does, keyWizard, before, state, d.opt.Commune)
	return nil
}

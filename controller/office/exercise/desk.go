package exercise

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/asrun"
	"loa/controller/office/audit"
	"loa/controller/office/inventory"
	"loa/controller/office/notices"
	"loa/controller/store"
	"loa/node/wire"
)

// Desk keeps the calendar of tests and drills, and their results.
type Desk struct {
	opt     Options
	running sync.Mutex // held from looking whether a silent test is under way until it is

	// of Run:
	began  time.Time
	failed map[string]bool // steps that did not go well the last time
	asked  map[string]time.Time
	forgot time.Time
}

// Options are what it works with.
type Options struct {
	Store     *store.Store
	Access    *access.Control
	Trail     *audit.Trail
	AsRun     *asrun.Log
	Inventory *inventory.Inventory
	Notices   *notices.Notices
	// Inspect has a node examine itself in silence; see dispatch.Inspect. nil: nobody can.
	Inspect func(ctx context.Context, node string, order uint64, clips []wire.ClipRef) error
	// OnAir reports whether a call is on the air: then nothing is asked of the boards.
	OnAir func() bool
	Now   func() time.Time // controller time
	// Editing is held from reading what is to be changed until it is stored.
	Editing *sync.Mutex
	News    func(what string) // the pages show something else now
	Commune string            // id of its area
	Logger  *slog.Logger
}

// New returns the desk; nothing happens by itself before [Desk.Run].
func New(opt Options) *Desk {
	return &Desk{opt: opt, failed: map[string]bool{}, asked: map[string]time.Time{}}
}

const (
	lookEach = 15 * time.Second
	// settled is how long after a start of the office the boards have to come back before
	// they are tested by themselves.
	settled = 5 * time.Minute
	// keepYears is for how long sheets are kept.
	keepYears  = 3
	forgetEach = 24 * time.Hour
)

// Run keeps the calendar until ctx ends.
func (d *Desk) Run(ctx context.Context) {
	d.began = d.opt.Now()
	tick := time.NewTicker(lookEach)
	defer tick.Stop()
	for {
		d.look(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look does what there is to do, each step by itself: where one fails the others go on. A
// failure that stays is logged once.
func (d *Desk) look(ctx context.Context) {
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{{"drills are not taken up", d.adopt}, {"results are not drawn", d.draw}, {"what is right again is not known", d.mend},
		{"the silent test does not run", d.runDue}, {"nobody is told what is overdue", d.tell}, {"old sheets are not removed", d.forget}} {
		err := step.do(access.With(ctx, access.MachineVisit()))
		if err != nil && !d.failed[step.name] && ctx.Err() == nil {
			d.opt.Logger.Error("exercises: "+step.name, "err", err)
		}
		d.failed[step.name] = err != nil
	}
}

// forget removes what is too old, once a day.
func (d *Desk) forget(ctx context.Context) error {
	now := d.opt.Now()
	if now.Sub(d.forgot) < forgetEach {
		return nil
	}
	err := d.opt.Store.ForgetExercises(ctx, now.AddDate(-keepYears, 0, 0))
	if err == nil {
		d.forgot = now
	}
	return err
}

// itself is how what happens by itself stands in the audit log.
const itself = "schedule"

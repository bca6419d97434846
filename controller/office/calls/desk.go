package calls

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"loa/controller/fleet"
	"loa/controller/library"
	"loa/controller/live"
	"loa/controller/office/access"
	"loa/controller/office/asrun"
	"loa/controller/office/audit"
	"loa/controller/office/calendar"
	"loa/controller/office/inventory"
	"loa/controller/office/notices"
	"loa/controller/office/preview"
	"loa/controller/problem"
	"loa/controller/reach"
	"loa/controller/store"
)

// Desk is the desk at which voices, stations and recorded alerts are put on the air.
type Desk struct {
	opt   Options
	began sync.WaitGroup // calls that were begun here and are on air
}

// Options are what the desk works with.
type Options struct {
	Store     *store.Store
	Library   *library.Library
	Live      *live.Live
	Fleet     *fleet.Fleet
	Access    *access.Control
	Trail     *audit.Trail
	Preview   *preview.Preview
	Inventory *inventory.Inventory
	AsRun     *asrun.Log
	Calendar  *calendar.Desk
	Notices   *notices.Notices
	// Started is told of each drill that was begun here, and of which entry of the calendar of
	// exercises; nil: nobody is.
	Started  func(ctx context.Context, kind store.ExerciseKind, c store.Call)
	Reach    *reach.Guard             // judges the addresses of stations
	Now      func() time.Time         // controller time
	News     func(what string)        // the pages show something else now
	Troubles func() []problem.Trouble // of this machine, gravest first
	Commune  string                   // id of its area
	Logger   *slog.Logger
}

// New returns the desk of one commune.
func New(opt Options) *Desk { return &Desk{opt: opt} }

// Wait returns once the calls that were begun here are over.
func (d *Desk) Wait() { d.began.Wait() }

package calendar

import (
	"log/slog"
	"sync"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/approval"
	"loa/controller/office/asrun"
	"loa/controller/office/audit"
	"loa/controller/reach"
	"loa/controller/store"
)

// Desk is where the calendar is kept: programmes, bulletins, and what is decided on
// them.
type Desk struct {
	opt   Options
	undos undos // what can be taken back
}

// Options are what the desk works with.
type Options struct {
	Store    *store.Store
	Access   *access.Control
	Trail    *audit.Trail
	Approval *approval.Desk
	AsRun    *asrun.Log
	Reach    *reach.Guard     // judges the addresses of stations
	Now      func() time.Time // controller time
	// Editing is held from reading what is to be changed until it is stored.
	Editing *sync.Mutex
	News    func(what string) // the pages show something else now
	Changed func(what string) // and the nodes' plans may differ
	Commune string            // id of its area
	Logger  *slog.Logger
}

// New returns the desk of one commune.
func New(opt Options) *Desk { return &Desk{opt: opt} }

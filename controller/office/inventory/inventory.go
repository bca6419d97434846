package inventory

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"loa/controller/fleet"
	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/office/preview"
	"loa/controller/store"
	"loa/controller/trust"
)

// Inventory is what stands where, and how it is.
type Inventory struct{ opt Options }

// Options are what the inventory works with.
type Options struct {
	Store  *store.Store
	Access *access.Control
	Trail  *audit.Trail
	Fleet  *fleet.Fleet
	Enrol  *trust.Enrolment
	// Preview knows the quiet hours.
	Preview *preview.Preview
	Now     func() time.Time // controller time
	Began   time.Time        // when this run began to listen, by the clock of this PC
	// Editing is held from reading what is to be changed until it is stored.
	Editing *sync.Mutex
	News    func(what string) // the pages show something else now
	Changed func(what string) // and the nodes' plans may differ
	// TestHorn has a node test its horn.
	TestHorn func(ctx context.Context, node string) error
	Logger   *slog.Logger
}

// New returns the inventory; nothing is watched before [Inventory.KeepWatch].
func New(opt Options) *Inventory { return &Inventory{opt} }

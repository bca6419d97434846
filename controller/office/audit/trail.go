package audit

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"loa/controller/office/access"
	"loa/controller/store"
	"loa/controller/trust/signing"
	"loa/node/wire"
	"loa/schedule"
)

// Trail is the audit log as those who change something write it: each change,
// where it is made, so that a request that makes three leaves three records.
type Trail struct {
	opt    Options
	mu     sync.Mutex
	end    int64       // how far it is written
	sealed int64       // and sealed
	cut    atomic.Bool // it does not hold what was sealed
	failed atomic.Bool // the last try to seal it did: said once
}

// Options are what a trail is written and sealed by.
type Options struct {
	Store  *store.Store
	Now    func() time.Time // controller time
	Logger *slog.Logger
	// Seal seals the end of the log; signing.ErrCut says that it was tampered with. nil: it
	// is not sealed.
	Seal func(context.Context) error
	// Heads is what nodes keep of the log, and what of that it does not hold; nil: they
	// are not asked.
	Heads func() (map[string]wire.Heads, []signing.Missed)
	Began time.Time // of this run: since when the log may be cut, as far as is known
}

// New returns the trail of a log; nothing is sealed before Run.
func New(opt Options) *Trail { return &Trail{opt: opt} }

// Did writes that the caller has changed something; before is nil where there was
// nothing, after where there is nothing any more. What is called so is in the
// table of rules, as "thing.deed"; where names areas and nodes.
func (t *Trail) Did(ctx context.Context, deed, object string, before, after any, where ...string) {
	t.Record(ctx, store.Audit{Action: deed, Object: object, Where: where, Before: Written(before), After: Written(after)})
}

// Record writes to the log, by the caller if it names nobody. What was done is done
// already: where the log cannot be written it is kept until it can.
func (t *Trail) Record(ctx context.Context, a store.Audit) {
	v := access.Of(ctx)
	if a.Who == "" {
		a.Who, a.Name = v.Who.ID, v.Who.Name
	}
	a.At, a.From = t.opt.Now(), v.From.Address
	if !t.opt.Store.Keep(context.WithoutCancel(ctx), store.Deed{Audit: &a}) {
		t.opt.Logger.Warn("not in the audit log yet", "action", a.Action, "object", a.Object, "who", a.Who)
	}
}

// Written is what is kept of a thing; what JSON cannot hold is left out.
func Written(thing any) json.RawMessage {
	if thing == nil {
		return nil
	}
	data, err := json.Marshal(thing)
	if err != nil {
		return nil
	}
	return data
}

// Targeted is where targets are, for the log.
func Targeted(t schedule.Targets) []string { return slices.Concat(t.Areas, t.Nodes) }

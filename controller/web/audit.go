package web

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"loa/controller/i18n"
	"loa/controller/live"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/schedule"
)

// trail is the audit log as those who change something write it: each change,
// where it is made, so that a request that makes three leaves three records.
type trail struct {
	store  *store.Store
	now    func() time.Time // controller time
	logger *slog.Logger
	// seal seals the end of the log; trust.ErrCut says that it was tampered with. nil: it
	// is not sealed.
	seal func(context.Context) error

	mu     sync.Mutex
	end    int64       // how far it is written
	sealed int64       // and sealed
	cut    atomic.Bool // it does not hold what was sealed
	failed atomic.Bool // the last try to seal it did: said once
	made   time.Time   // since when it may be cut, at the earliest
}

// did writes that the caller has changed something; before is nil where there was
// nothing, after where there is nothing any more. What is called so is in the
// table of rules, as "thing.deed"; where names areas and nodes.
func (t *trail) did(ctx context.Context, deed, object string, before, after any, where ...string) {
	t.record(ctx, store.Audit{Action: deed, Object: object, Where: where, Before: written(before), After: written(after)})
}

// record writes to the log, by the caller if it names nobody. What was done is done
// already: where the log cannot be written it is kept until it can.
func (t *trail) record(ctx context.Context, a store.Audit) {
	v := visitOf(ctx)
	if a.Who == "" {
		a.Who, a.Name = v.who.ID, v.who.Name
	}
	a.At, a.From = t.now(), v.from.Address
	if !t.store.Keep(context.WithoutCancel(ctx), store.Deed{Audit: &a}) {
		t.logger.Warn("not in the audit log yet", "action", a.Action, "object", a.Object, "who", a.Who)
	}
}

// written is what is kept of a thing; what JSON cannot hold is left out.
func written(thing any) json.RawMessage {
	if thing == nil {
		return nil
	}
	data, err := json.Marshal(thing)
	if err != nil {
		return nil
	}
	return data
}

// targeted is where targets are, for the log.
func targeted(t schedule.Targets) []string { return slices.Concat(t.Areas, t.Nodes) }

// sealEvery is how long the end of the audit log may stand unsealed.
const sealEvery = time.Second

func (t *trail) wrote(seq int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end = max(t.end, seq)
}

// unsealed returns the end, if there is more than was sealed.
func (t *trail) unsealed() (end int64, more bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.end, t.end > t.sealed
}

// sealUp seals what was written since. A log that was tampered with is said
// loudly, here and on the pages; work goes on.
func (t *trail) sealUp(ctx context.Context) {
	t.wrote(t.store.Audited())
	end, more := t.unsealed()
	if t.seal == nil || !more {
		return
	}
	err := t.seal(context.WithoutCancel(ctx))
	cut := trust.Tampered(err)
	if was := t.cut.Swap(cut); cut && !was {
		t.logger.Error("THE AUDIT LOG WAS TAMPERED WITH: leave this machine as it is, look with loa audit verify", "err", err)
	}
	if was := t.failed.Swap(err != nil && !cut); err != nil && !cut {
		if !was {
			t.logger.Error("audit log not sealed", "err", err)
		}
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sealed = end
}

// troubles is the trouble that the log, or its seal, was tampered with; none: it was
// not.
func (t *trail) troubles() []problem.Trouble {
	if !t.cut.Load() {
		return nil
	}
	return []problem.Trouble{{Problem: &problem.Problem{Kind: problem.Unavailable, Code: "audit_cut", VI: i18n.Say(i18n.VI, "audit_cut"), EN: i18n.Say(i18n.EN, "audit_cut")}, Alarm: true, Since: t.made}}
}

// sealFirst looks at the log as it was found.
func (t *trail) sealFirst(ctx context.Context) {
	t.wrote(1)
	t.sealUp(ctx)
}

// keepSealing seals until ctx ends, and once more then.
func (t *trail) keepSealing(ctx context.Context) {
	tick := time.NewTicker(sealEvery)
	defer tick.Stop()
	defer t.sealUp(ctx)
	t.sealFirst(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			t.sealUp(ctx)
		}
	}
}

// begins waits for the end of a call that was begun here: it is written down.
func (s *Server) begins(c *live.Call) {
	s.began.Go(func() { <-c.Done() }) // at the latest when live ends
}

// CallEnded writes down that a call is over, also one that another run of the
// controller began.
func (s *Server) CallEnded(row store.Call) {
	s.trail.record(context.Background(), store.Audit{Who: "live", Action: "call.end", Object: row.ID, Where: targeted(row.Targets), Note: row.Reason,
		After: written(map[string]any{"title": row.Title, "class": row.Class, "drill": row.Drill, "start": row.Start, "ended": row.Ended, "heard": row.Heard})})
}

// isOwn reports whether the caller began a call: by their account, for two
// people may have one name. One of which the account is not known is nobody's
// own but the machine's.
func (s *Server) isOwn(v *visit, row store.Call) bool {
	return v.kind == machine || v.kind != nobody && row.Account != "" && row.Account == v.who.ID
}

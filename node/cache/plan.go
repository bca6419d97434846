package cache

import (
	"fmt"
	"time"

	"loa/node/wire"
)

const namePlan = "plan"

// Keeper holds the node's plan: the last one that was signed for it, and never
// an older one again, also after a restart.
type Keeper struct {
	Cache  *Cache
	Open   wire.Opener // by the commune's keys
	Kept   wire.Opener // likewise, for what was accepted before
	Target string      // wire.Target of this node
}

// Load returns the plan kept on flash; a sequence of 0 means there is none.
// It is checked like one from the wire: flash may be written by others.
func (k Keeper) Load() (wire.Plan, uint64, error) {
	raw, err := k.Cache.Load(namePlan)
	if err != nil || raw == nil {
		return wire.Plan{}, 0, err
	}
	var plan wire.Plan
	h, err := k.Kept(raw, wire.Header{Kind: wire.KindPlan, Target: k.Target}, time.Time{}, &plan)
	if err != nil {
		return wire.Plan{}, 0, fmt.Errorf("plan on flash: %w", err)
	}
	return plan, h.Seq, nil
}

// Accept checks a plan from the wire against the one of sequence last, and
// keeps it before it counts. wire.ErrStale is the usual answer to a plan that
// is retained and comes again. now is controller time, zero if it is not
// known: a last plan that turns out to be from the future binds nobody.
func (k Keeper) Accept(raw []byte, last uint64, now time.Time) (wire.Plan, uint64, error) {
	var plan wire.Plan
	h, err := k.Open(raw, wire.Header{Kind: wire.KindPlan, Target: k.Target, Seq: wire.Binding(last, now)}, now, &plan)
	if err != nil {
		return wire.Plan{}, 0, err
	}
	if err := k.Cache.Save(namePlan, raw); err != nil {
		return wire.Plan{}, 0, err
	}
	return plan, h.Seq, nil
}

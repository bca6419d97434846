package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"loa/node/wire"
)

const namePlan = "plan"

// ErrComing means that the rest of a plan, the clip Plan.Long, is not held yet.
var ErrComing = errors.New("the rest of the plan is still to come")

// keptPlan is a long plan on flash: as it was signed, and its rest. One that is not
// long stands there as it was signed.
type keptPlan struct {
	Raw  []byte `json:"raw"`
	Rest []byte `json:"rest"`
}

func readKept(value []byte) keptPlan {
	var k keptPlan
	if wire.Decode(value, &k) == nil && len(k.Raw) > 0 {
		return k
	}
	return keptPlan{Raw: value}
}

// whole is the plan with its rest, which must be the one that it names.
func (k keptPlan) whole(plan wire.Plan) (wire.Plan, error) {
	if plan.Long == nil {
		return plan, nil
	}
	if sum := sha256.Sum256(k.Rest); hex.EncodeToString(sum[:]) != plan.Long.SHA {
		return plan, fmt.Errorf("%w: the rest of a plan is another one", ErrSpoilt)
	}
	return plan.With(k.Rest)
}

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
	value, err := k.Cache.Load(namePlan)
	if err != nil || value == nil {
		return wire.Plan{}, 0, err
	}
	kept := readKept(value)
	var plan wire.Plan
	h, err := k.Kept(kept.Raw, wire.Header{Kind: wire.KindPlan, Target: k.Target}, time.Time{}, &plan)
	if err == nil {
		plan, err = kept.whole(plan)
	}
	if err != nil {
		return wire.Plan{}, 0, fmt.Errorf("plan on flash: %w", err)
	}
	return plan, h.Seq, nil
}

// Accept checks a plan from the wire against the one of sequence last, and
// keeps it before it counts. wire.ErrStale is the usual answer to a plan that
// is retained and comes again. now is controller time, zero if it is not
// known: a last plan that turns out to be from the future binds nobody. With
// ErrComing come back what can be said of a plan whose rest must be fetched first.
func (k Keeper) Accept(raw []byte, last uint64, now time.Time) (wire.Plan, uint64, error) {
	var plan wire.Plan
	h, err := k.Open(raw, wire.Header{Kind: wire.KindPlan, Target: k.Target, Seq: wire.Binding(last, now)}, now, &plan)
	if err != nil {
		return wire.Plan{}, 0, err
	}
	value := raw
	if plan.Long != nil {
		kept := keptPlan{Raw: raw}
		if kept.Rest, err = k.rest(*plan.Long); err != nil {
			return plan, h.Seq, err
		}
		if plan, err = kept.whole(plan); err != nil {
			return wire.Plan{}, 0, err
		}
		if value, err = wire.Encode(kept); err != nil {
			return wire.Plan{}, 0, err
		}
	}
	if err := k.Cache.Save(namePlan, value); err != nil {
		return wire.Plan{}, 0, err
	}
	return plan, h.Seq, nil
}

// rest reads the clip that holds the rest of a plan.
func (k Keeper) rest(ref wire.ClipRef) ([]byte, error) {
	if ref.Bytes > wire.MaxMessage {
		return nil, wire.ErrPlanTooLong
	}
	f, _, err := k.Cache.Clip(ref.SHA)
	if errors.Is(err, ErrNotHeld) {
		return nil, fmt.Errorf("%w: %w", ErrComing, err)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, wire.MaxMessage))
}

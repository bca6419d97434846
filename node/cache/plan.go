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

// A long plan stands under a name of its own, where a program that does not know such
// plans, one of before to which a board goes back, finds its last one as it was.
const namePlan, nameLongPlan = "plan", "longplan"

// ErrComing means that the rest of a plan, the clip Plan.Long, is not held yet.
var ErrComing = errors.New("the rest of the plan is still to come")

// keptPlan is a long plan on flash: as it was signed, and its rest. One that is not
// long stands there as it was signed, under namePlan.
type keptPlan struct {
	Raw  []byte `json:"raw"`
	Rest []byte `json:"rest"`
	Over uint64 `json:"over,omitempty"` // sequence of the plan under namePlan that it counts instead of; another there is newer
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
	plan, seq, _, err := k.load(namePlan)
	if long, longSeq, over, longErr := k.load(nameLongPlan); longErr != nil || longSeq > 0 && (err != nil || seq == over) {
		return long, longSeq, longErr
	}
	return plan, seq, err
}

func (k Keeper) load(name string) (plan wire.Plan, seq, over uint64, err error) {
	value, err := k.Cache.Load(name)
	if err != nil || len(value) == 0 {
		return wire.Plan{}, 0, 0, err
	}
	kept := readKept(value)
	h, err := k.Kept(kept.Raw, wire.Header{Kind: wire.PlanKind(kept.Raw), Target: k.Target}, time.Time{}, &plan)
	if err == nil {
		plan, err = kept.whole(plan)
	}
	if err != nil {
		return wire.Plan{}, 0, 0, fmt.Errorf("plan on flash: %w", err)
	}
	return plan, h.Seq, kept.Over, nil
}

// Accept checks a plan from the wire against the one of sequence last, and
// keeps it before it counts. wire.ErrStale is the usual answer to a plan that
// is retained and comes again. now is controller time, zero if it is not
// known: a last plan that turns out to be from the future binds nobody. With
// ErrComing come back what can be said of a plan whose rest must be fetched first.
func (k Keeper) Accept(raw []byte, last uint64, now time.Time) (wire.Plan, uint64, error) {
	var plan wire.Plan
	h, err := k.Open(raw, wire.Header{Kind: wire.PlanKind(raw), Target: k.Target, Seq: wire.Binding(last, now)}, now, &plan)
	if err != nil {
		return wire.Plan{}, 0, err
	}
	if plan.Long != nil {
		kept := keptPlan{Raw: raw}
		if kept.Rest, err = k.rest(*plan.Long); err != nil {
			return plan, h.Seq, err
		}
		if plan, err = kept.whole(plan); err != nil {
			return wire.Plan{}, 0, err
		}
		err = k.saveLong(kept)
	} else {
		err = k.save(raw)
	}
	if err != nil {
		return wire.Plan{}, 0, err
	}
	return plan, h.Seq, nil
}

func (k Keeper) saveLong(kept keptPlan) error {
	_, kept.Over, _, _ = k.load(namePlan) // none that can be used is 0
	value, err := wire.Encode(kept)
	if err != nil {
		return err
	}
	return k.Cache.Save(nameLongPlan, value)
}

// save keeps a plan that is not long, and then no long one of before.
func (k Keeper) save(raw []byte) error {
	if err := k.Cache.Save(namePlan, raw); err != nil {
		return err
	}
	long, err := k.Cache.Load(nameLongPlan)
	if err != nil || len(long) == 0 {
		return nil // what cannot be read is told when it is needed
	}
	return k.Cache.Save(nameLongPlan, nil)
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

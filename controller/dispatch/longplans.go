package dispatch

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sync/atomic"

	"loa/controller/store"
	"loa/node/wire"
	"loa/schedule"
)

// longPlans are the plans that are too long for one message, by the last round: what
// must sound would wait behind it (wire.LongPlan). Their rest goes as a clip to the
// nodes that take it so; to the others they go whole.
type longPlans struct {
	clips atomic.Pointer[map[string][]byte] // sha → rest, packed
	sent  atomic.Pointer[map[string]bool]   // nodes with a long plan: did it go as a clip?
	over  atomic.Pointer[[]string]          // names of nodes whose plan is longer than any node takes
}

func (l *longPlans) rests() map[string][]byte {
	if all := l.clips.Load(); all != nil {
		return *all
	}
	return nil
}

// round is the long plans of one round of plans.
type round struct {
	takes  map[string]*wire.Status // what nodes said last
	rests  map[string][]byte
	packed map[[32]byte]wire.ClipRef // by the hash of the rest: most nodes have the same
	sent   map[string]bool
	over   []string
}

func (d *Dispatch) newRound() *round {
	r := &round{rests: map[string][]byte{}, sent: map[string]bool{}, packed: map[[32]byte]wire.ClipRef{}}
	if d.opt.Statuses != nil {
		r.takes = d.opt.Statuses()
	}
	return r
}

// done makes the round's long plans those that nodes may fetch. The plans of the last
// round are no more: a node that fetches one of them gets the newer plan.
func (r *round) done(l *longPlans) {
	l.clips.Store(&r.rests)
	l.sent.Store(&r.sent)
	l.over.Store(&r.over)
}

// fit returns a plan as it is to be sent to its node; ok is false of one that is
// longer than any node takes.
func (r *round) fit(n store.Node, plan wire.Plan) (sent wire.Plan, ok bool, err error) {
	raw, err := wire.Encode(plan)
	if err != nil || len(raw) <= wire.LongPlan {
		return plan, err == nil, err
	}
	if len(raw) > wire.MaxMessage-planAround {
		r.over = append(r.over, n.Name)
		return plan, false, nil
	}
	s := r.takes[n.ID]
	r.sent[n.ID] = s != nil && s.LongPlans
	if !r.sent[n.ID] {
		return plan, true, nil
	}
	ref, err := r.pack(wire.PlanRest{Plan: plan.Plan, Clips: plan.Clips})
	if err != nil {
		return plan, false, err
	}
	plan.Plan, plan.Clips, plan.Long = schedule.Plan{}, nil, &ref
	return plan, true, nil
}

// planAround is room for a signature, and what stands before a plan.
const planAround = 4 << 10

func (r *round) pack(rest wire.PlanRest) (wire.ClipRef, error) {
	raw, err := wire.Encode(rest)
	if err != nil {
		return wire.ClipRef{}, err
	}
	same := sha256.Sum256(raw)
	if ref, ok := r.packed[same]; ok {
		return ref, nil
	}
	packed, err := rest.Pack()
	if err != nil {
		return wire.ClipRef{}, err
	}
	sum := sha256.Sum256(packed)
	ref := wire.ClipRef{SHA: hex.EncodeToString(sum[:]), Bytes: int64(len(packed))}
	r.packed[same], r.rests[ref.SHA] = ref, packed
	return ref, nil
}

// Came says that a node has a new connection, and perhaps another program: a long plan
// may have to go to it in another way.
func (d *Dispatch) Came() {
	sent := d.long.sent.Load()
	if sent == nil || len(*sent) == 0 || d.opt.Statuses == nil {
		return
	}
	takes := d.opt.Statuses()
	for node, asClip := range *sent {
		if s := takes[node]; s != nil && s.LongPlans != asClip {
			d.Changed()
			return
		}
	}
}

// TooLong returns the names of nodes whose plan is longer than any node takes: they go
// on by their last one.
func (d *Dispatch) TooLong() []string {
	if over := d.long.over.Load(); over != nil {
		return slices.Clone(*over)
	}
	return nil
}

package fleet

import (
	"context"
	"slices"
	"strings"
	"time"

	"loa/node/wire"
)

// Faults that no node says of itself: the office finds them.
const (
	// FaultTwins is that two boards use one identity: a copied card, perhaps.
	FaultTwins = "identity_shared"
	// FaultWrongTime is that a node tells of times that cannot be.
	FaultWrongTime = "time_wrong"
	// FaultFlood is that a node says far more than any has to say.
	FaultFlood = "too_many_words"
)

const (
	stands    = 10 * time.Minute // a finding, after it was last made
	aheadMost = 2 * time.Minute  // a node's idea of controller time may be off by, with its way here
	bootsKept = 4
	returns   = 3 // of a boot that another had followed: a word that was late makes two
)

// doubt is what another part of the office found.
type doubt struct {
	node, code, detail string
}

// finding is a fault that the office found, until it has not for a while.
type finding struct {
	detail string
	until  time.Time
}

// Doubt has the office say what it found wrong with a node, for ten minutes after it
// was found last; it does not block. Of a node that has never been heard of nothing
// is said.
func (f *Fleet) Doubt(node, code, detail string) {
	select {
	case f.doubts <- doubt{node, code, detail}:
	default: // it will be found again
	}
}

func (f *Fleet) doDoubt(ctx context.Context, d doubt, now time.Time) {
	n := f.nodes[d.node]
	if n == nil {
		return
	}
	before := visible(n)
	n.find(d.code, d.detail, now)
	f.doFaults(ctx, n, n.said(), now)
	f.judge(n, now)
	f.publish(n)
	f.news(visible(n) != before)
}

func (n *node) find(code, detail string, now time.Time) {
	if n.found == nil {
		n.found = map[string]finding{}
	}
	n.found[code] = finding{detail, now.Add(stands)}
}

// forget drops the findings that have not been made for a while.
func (n *node) forget(now time.Time) (any bool) {
	for code, found := range n.found {
		if now.After(found.until) {
			delete(n.found, code)
			any = true
		}
	}
	return any
}

// findings are the office's as a node would say them, in an order of their own.
func (n *node) findings() (faults []wire.Fault) {
	for code, found := range n.found {
		faults = append(faults, wire.Fault{Code: code, Detail: found.detail})
	}
	slices.SortFunc(faults, func(a, b wire.Fault) int { return strings.Compare(a.Code, b.Code) })
	return faults
}

// said is what the node itself said last.
func (n *node) said() []wire.Fault {
	if n.Status == nil {
		return nil
	}
	return n.Status.Faults
}

// judgeTime judges a node's idea of controller time by ours.
func (n *node) judgeTime(s *wire.Status, now time.Time) {
	for _, t := range []time.Time{s.Sent, s.LastHeard} {
		if t.After(now.Add(aheadMost)) {
			n.find(FaultWrongTime, t.UTC().Format(time.RFC3339), now)
		}
	}
}

// hear notes when the node last gave out sound: now, while it plays; else when it says
// that it did, for it may have been cut off then, if that can be.
func (n *node) hear(s *wire.Status, retained bool, now time.Time) {
	heard := past(s.LastHeard, now)
	if s.OnAir != nil && !retained {
		heard = now
	}
	if heard.After(n.LastHeard) {
		n.LastHeard = heard
	}
}

// past returns a time that is over, else none: what lies ahead would stand for ever.
func past(t, now time.Time) time.Time {
	switch {
	case t.After(now.Add(aheadMost)):
		return time.Time{}
	case t.After(now):
		return now
	}
	return t
}

// boots are the starts of a node that are over, and when one of them was there again. A
// board that is started anew has another each time: one that comes back after another
// is a second board.
type boots struct {
	now  string
	past []string
	back []time.Time
}

// judgeBoot finds two boards that take turns.
func (n *node) judgeBoot(boot string, now time.Time) {
	b := &n.boots
	if boot == b.now {
		return
	}
	if slices.Contains(b.past, boot) {
		b.back = slices.DeleteFunc(append(b.back, now), func(t time.Time) bool { return now.Sub(t) > stands })
		if len(b.back) >= returns {
			n.find(FaultTwins, "", now)
		}
	}
	if b.now != "" {
		b.past = append(slices.DeleteFunc(b.past, func(old string) bool { return old == b.now || old == boot }), b.now)
		b.past = b.past[max(0, len(b.past)-bootsKept):]
	}
	b.now = boot
}

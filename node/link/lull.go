package link

import (
	"sync"
	"time"
)

const (
	lullLong  = 60 * time.Millisecond // after what was sent before; simulated: anything from 40 to 90 is as good
	lullEarly = 80 * time.Millisecond // a ping may go so much before it is due
	lullLate  = 50 * time.Millisecond // and so much after it
	lullFrom  = 5 * time.Millisecond  // ways that are so much longer than the shortest, in the mean: else a ping goes when it is due
	ackAfter  = 40 * time.Millisecond // the kernel's delayed acknowledgement (TCP_DELACK_MIN)
)

// lull finds the instant at which a ping goes best. Packets keep their order on
// the way, so one that leaves right after another is held up by it whenever that
// one is slow, and says little of the shortest way. Most of what a node sends is
// the kernel's acknowledgements of what comes: one of every second packet, and of
// a single one after ackAfter unless data goes before, which takes it along. Of
// pings that were sent when a bundle had come, two thirds followed an
// acknowledgement within half a millisecond.
type lull struct {
	mu      sync.Mutex
	opens   time.Time // from then on it matters what is sent: a ping is near; zero: it does not
	packets uint32    // sent so far, by the kernel's count
	last    time.Time // one was sent
	owed    time.Time // something came and its acknowledgement waits since; zero: none does
}

// open reports whether it matters what is sent. Mostly it does not, and on a
// steady link never: a thousand nodes in one process should not ask the kernel for
// each bundle.
func (l *lull) open(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.opens.IsZero() && !now.Before(l.opens)
}

// sent takes that data went, and the kernel's count after it.
func (l *lull) sent(now time.Time, packets uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.packets, l.last, l.owed = packets, now, time.Time{}
}

// came takes that something was received, likewise.
func (l *lull) came(now time.Time, packets uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settle(now)
	if packets != l.packets { // it is acknowledged already
		l.packets, l.last, l.owed = packets, now, time.Time{}
	} else if l.owed.IsZero() {
		l.owed = now
	}
}

// settle notes the acknowledgement that did not wait any longer.
func (l *lull) settle(now time.Time) {
	if at := l.owed.Add(ackAfter); !l.owed.IsZero() && !at.After(now) {
		l.packets, l.last, l.owed = l.packets+1, at, time.Time{}
	}
}

// moment returns the instant for a ping that is due after a wait, as far as is
// known at now: on a steady link when it is due.
func (l *lull) moment(c *Clock, now, due time.Time, wait time.Duration) time.Time {
	if c.unsteady() {
		return l.best(now, due, wait)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.opens, l.owed = time.Time{}, time.Time{}
	return due
}

// best is that instant on a link whose ways vary.
func (l *lull) best(now, due time.Time, wait time.Duration) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settle(now)
	early := due.Add(-min(lullEarly, wait/4))
	l.opens = early.Add(-ackAfter - lullLong)
	at := latest(early, l.last.Add(lullLong))
	if owed := l.owed.Add(ackAfter); !l.owed.IsZero() && at.After(owed) {
		at = latest(at, owed.Add(lullLong))
	}
	if late := due.Add(lullLate); at.After(late) {
		at = late
	}
	return at
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

package live

import (
	"context"
	"time"

	"loa/controller/store"
	"loa/node/wire"
)

// Connected says that there is a new connection to the broker: what is on air, and
// what has ended, is said at once. It does not block.
func (l *Live) Connected() {
	select {
	case l.linked <- struct{}{}:
	default:
	}
}

// Came says that a node has a new connection: what it has missed is said at once,
// to those that come within half a second of each other together. It does not
// block.
func (l *Live) Came() {
	select {
	case l.came <- struct{}{}:
	default:
	}
}

// Urgent reports whether every moment without the broker is silence, or a sound that
// should have ended: a call is on air, or the end of one has not been said.
func (l *Live) Urgent() bool { return l.ends.unsaid.Load() || len(l.Calls()) > 0 }

// sayAll says the ends, then what is on air.
func (l *Live) sayAll(ctx context.Context, now time.Time) {
	l.ends.repeat(ctx, now)
	for _, c := range l.Calls() {
		_ = l.say(ctx, c, now) // what fails is said again in two seconds
	}
}

// StillUntil is until when a node that has not heard of the end of a recorded emergency
// may go on with it at the most; zero: it has been over for longer than that, or every
// node has ended it by itself.
func (l *Live) StillUntil(row store.Call, now time.Time) time.Time {
	if len(row.Rundown) == 0 || row.Ended.IsZero() || row.Reason == EndLimit {
		return time.Time{}
	}
	until := l.ends.until(row.ID, row.Ended.Add(wire.AloneFor))
	if !until.After(now) {
		return time.Time{}
	}
	return until
}

// hearAll notes who plays each of the calls now. It is called with the lock held.
func (l *Live) hearAll() {
	statuses := l.opt.Statuses()
	for _, c := range l.calls {
		c.hear(statuses)
	}
}

package live

import (
	"context"
	"time"
)

// Connected says that there is a new connection to the broker: what is on air, and
// what has ended, is said at once. It does not block.
func (l *Live) Connected() {
	select {
	case l.linked <- struct{}{}:
	default:
	}
}

// Urgent reports whether every moment without the broker is silence, or a sound that
// should have ended: a call is on air, or the end of one has not been said.
func (l *Live) Urgent() bool { return l.unsaid.Load() || len(l.Calls()) > 0 }

// sayAll says the ends, then what is on air.
func (l *Live) sayAll(ctx context.Context, now time.Time) {
	l.repeat(ctx, now)
	for _, c := range l.Calls() {
		_ = l.say(ctx, c, now) // what fails is said again in two seconds
	}
}

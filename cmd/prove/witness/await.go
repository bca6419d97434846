package witness

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// Await polls until ok is true, for real processes give no other sign. The
// limit is in the machine's own time: one that is slow or stands still is given
// longer, up to four times.
func Await(t testing.TB, what string, limit time.Duration, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for from := time.Now(); !ok(); <-tick.C {
		if Over(from, limit) {
			t.Fatalf("waited in vain: %s, for %v (%v by the clock)", what, limit, time.Since(from).Round(time.Second))
		}
	}
}

// Over says whether a wait that began at an instant has had its time.
func Over(from time.Time, limit time.Duration) bool {
	now := time.Now()
	return now.Sub(from) >= limit && here().spent(from, now) >= limit
}

// Within is a context of a test that ends when a time is over, of the
// machine's own.
func Within(t testing.TB, parent context.Context, limit time.Duration) context.Context {
	ctx, cancel := context.WithCancelCause(parent)
	t.Cleanup(func() { cancel(nil) })
	go func() {
		tick := time.NewTicker(beat)
		defer tick.Stop()
		for from := time.Now(); ; {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if Over(from, limit) {
					cancel(fmt.Errorf("%v are over", limit))
					return
				}
			}
		}
	}()
	return ctx
}

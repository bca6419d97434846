package trust

import (
	"sync"
	"time"
)

const (
	freeTries    = 5 // wrong ones in a row that cost nothing: people mistype
	firstPause   = 2 * time.Second
	longestPause = 15 * time.Minute
	forgiveAfter = 24 * time.Hour
	mostKeys     = 10_000
)

// Throttle slows down who guesses, by account and by address: after five wrong
// tries in a row each further one must wait, twice as long as the last. It
// remembers a bounded number of keys; when there are more, those that failed
// least are forgotten first.
type Throttle struct {
	mu   sync.Mutex
	keys map[string]*tries
}

type tries struct {
	wrong int
	last  time.Time
	until time.Time
}

// NewThrottle makes an empty one.
func NewThrottle() *Throttle { return &Throttle{keys: map[string]*tries{}} }

// Wait returns how long a caller with these keys must wait; zero: try.
func (t *Throttle) Wait(now time.Time, keys ...string) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range keys {
		if x := t.keys[k]; x != nil && now.Sub(x.last) < forgiveAfter {
			wait = max(wait, x.until.Sub(now))
		}
	}
	return wait
}

// Wrong notes a wrong try.
func (t *Throttle) Wrong(now time.Time, keys ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range keys {
		x := t.keys[k]
		if x == nil || now.Sub(x.last) >= forgiveAfter {
			if x == nil && len(t.keys) >= mostKeys {
				t.forget(now)
			}
			x = &tries{}
			t.keys[k] = x
		}
		x.wrong++
		x.last = now
		if over := x.wrong - freeTries; over >= 0 {
			x.until = now.Add(min(firstPause<<min(over, 20), longestPause))
		}
	}
}

// Right forgets the wrong tries of an account.
func (t *Throttle) Right(keys ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range keys {
		delete(t.keys, k)
	}
}

// forget makes room: first what is old, then what costs least to forget.
func (t *Throttle) forget(now time.Time) {
	for most := 1; len(t.keys) >= mostKeys; most *= 4 {
		for k, x := range t.keys {
			if now.Sub(x.last) >= forgiveAfter || x.wrong <= most {
				delete(t.keys, k)
			}
		}
	}
}

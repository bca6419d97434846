package replay

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/office/preview"
	"loa/controller/store"
)

// How fresh a picture is.
const (
	renewAfter = 2 * time.Second // of news, at the soonest
	renewEach  = time.Minute     // without: time passes
	gatherFor  = 20 * time.Second
	gatherSoon = time.Second // a reader that has the one before waits no longer
	restFactor = 10          // to make it takes at most so small a part of the time
)

// Options are what the people's picture is made from.
type Options struct {
	Store   *store.Store
	Access  *access.Control
	Trail   *audit.Trail
	Preview *preview.Preview
	// Tested is the last test of the loudspeakers of which the people are told; nil: of none.
	Tested  func(context.Context) (*Tested, error)
	Now     func() time.Time // controller time
	Editing *sync.Mutex
	News    func(what string)
	Commune string
	Logger  *slog.Logger
}

// Replay is what the people may hear again. It is safe for concurrent use.
type Replay struct {
	opt Options

	mu      sync.Mutex
	last    *Snapshot     // nil: none yet
	stale   bool          // something happened since
	rest    time.Time     // until then it is good enough
	making  chan struct{} // closed when the one that is being made is done; nil: none is
	failure error         // of the last that was made

	publishing Publishing
}

// Publishing is how the copy of the people's pages is kept, of which this room only hears.
type Publishing struct {
	Last  time.Time // when it was last as it should be; zero: not since the office came up
	Since time.Time // from when on it has failed; zero: it does not
	Err   error     // why, then
}

// Published says how a round of publishing went. The caller publishes; without that nothing is said.
func (r *Replay) Published(now time.Time, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := &r.publishing
	switch {
	case err == nil:
		*p = Publishing{Last: now}
	case p.Since.IsZero():
		p.Since = now
		fallthrough
	default:
		p.Err = err
	}
}

// Publishing returns how that is; zero where nothing is published.
func (r *Replay) Publishing() Publishing {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.publishing
}

// New returns it; nothing is read before somebody asks.
func New(opt Options) *Replay { return &Replay{opt: opt} }

// Stale says that something may be different now.
func (r *Replay) Stale() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stale = true
}

// Snapshot returns the commune as it is now, or was a moment ago. However many ask, one
// at a time is made, and a reader that comes meanwhile waits a second for it at the most, then gets
// the one before. An error only where there has never been one.
func (r *Replay) Snapshot(ctx context.Context) (*Snapshot, error) {
	now := r.opt.Now()
	r.mu.Lock()
	due := r.last == nil || r.stale || now.Sub(r.last.Made) >= renewEach || now.Before(r.last.Made)
	if due && r.making == nil && (r.last == nil || !now.Before(r.rest) || now.Before(r.last.Made)) {
		r.making, r.stale = make(chan struct{}), false
		go r.renew(context.WithoutCancel(ctx), now)
	}
	known, making := r.last != nil, r.making
	r.mu.Unlock()
	if making != nil {
		var patience <-chan time.Time // for ever, where there is nothing yet
		if known {
			timer := time.NewTimer(gatherSoon)
			defer timer.Stop()
			patience = timer.C
		}
		select {
		case <-making:
		case <-patience:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		return nil, r.failure
	}
	return r.last, nil
}

// Fresh is Snapshot for the office itself: what it has just decided is in it.
func (r *Replay) Fresh(ctx context.Context) (*Snapshot, error) {
	return r.gather(ctx, r.opt.Now())
}

// renew makes a picture and puts it in the place of the one before.
func (r *Replay) renew(ctx context.Context, now time.Time) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, gatherFor)
	defer cancel()
	s, err := r.gather(ctx, now)
	took := time.Since(began)
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.making)
	r.making, r.failure = nil, err
	r.rest = now.Add(max(renewAfter, took*restFactor))
	if err == nil {
		r.last = s
		return
	}
	r.stale = true
	r.opt.Logger.Warn("what the people may hear again could not be read", "err", err)
}

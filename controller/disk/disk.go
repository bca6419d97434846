// Package disk watches what the controller writes on: how much room there is,
// whether it may write, whether the database takes a write, and what waits to be
// written down.
//
//	        room, and a write as far as the disk
//	looks ───────────────────────────────────────▶ troubles
//	every [roomEvery], [probeEvery]; a trouble is looked at every [troubleEvery]
//	and at once when a write was refused
//
// A warning comes long before the disk is full, an alarm when something is not
// written any more or soon will not be. An emergency needs none of it: it sounds,
// and it stops; see store.Deed. Only its log waits.
package disk

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"loa/controller/store"
)

// The codes of troubles.
const (
	Low       = "disk_low"       // a warning
	AlmostOut = "disk_almost"    // hardly any room is left
	Full      = "disk_full"      // a write found no room
	ReadOnly  = "disk_read_only" // no right to write, or a disk that takes none
	Failing   = "database_fails" // the database, or the disk, fails otherwise
	Unwritten = "unwritten"      // what was done waits to be written down
)

const (
	roomEvery    = 5 * time.Second
	probeEvery   = 30 * time.Second
	troubleEvery = 3 * time.Second
	rememberEach = time.Minute // what an alert needs is read anew, see store.Remember: so it is found out that it cannot be
	probeWithin  = 15 * time.Second
)

// Bounds are how much room is little. What is zero is the default.
type Bounds struct {
	Warn  int64 // bytes: with less it is a warning; also with less than a tenth of the disk, or 10 GB
	Alarm int64 // bytes: with less it is an alarm
}

const (
	defaultWarn  = 1 << 30
	defaultAlarm = 200 << 20
	tenth        = 10 << 30 // a tenth of a large disk is no little room
	small        = 4 << 30  // a disk of less goes by its parts: a tenth, a fiftieth
)

// of returns the bounds for a disk of a size.
func (b Bounds) of(size int64) (warn, alarm int64) {
	warn, alarm = b.Warn, b.Alarm
	if warn <= 0 && size >= small {
		warn = defaultWarn
	}
	if alarm <= 0 {
		if alarm = defaultAlarm; size < small {
			alarm = size / 50
		}
	}
	return max(warn, min(size/10, tenth)), alarm
}

// Trouble is one thing that is wrong.
type Trouble struct {
	Code  string
	Alarm bool // else a warning
	Since time.Time
	Free  int64 // bytes, of those about room
	Count int   // deeds, of Unwritten
	Kept  bool  // a restart would not lose them
}

// Options of a Watch.
type Options struct {
	Store  *store.Store
	Bounds Bounds
	News   func() // the troubles changed
	Logger *slog.Logger
}

// Watch looks at the disk. One goroutine, Run, does; anybody may ask.
type Watch struct {
	opt Options

	mu       sync.Mutex
	troubles []Trouble

	probed, remembered time.Time // owned by Run
	failed             error     // what the last probe came to
}

// New makes a Watch, and looks once at the room that there is.
func New(opt Options) *Watch {
	w := &Watch{opt: opt}
	w.opt.News = nil // nobody is there yet to hear it
	w.look(time.Now())
	w.opt.News = opt.News
	return w
}

// Troubles returns what is wrong now, the worst first.
func (w *Watch) Troubles() []Trouble {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.troubles)
}

// Run looks until ctx ends.
func (w *Watch) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	looked := time.Time{}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.opt.Store.Refusals():
			w.refused(ctx, time.Now())
		case now := <-tick.C:
			every := probeEvery
			if len(w.Troubles()) > 0 || w.opt.Store.Backlog().Err != nil {
				every = troubleEvery
			}
			if now.Sub(w.probed) >= every {
				w.probe(ctx, now)
				looked = time.Time{}
			}
			if now.Sub(looked) >= min(roomEvery, every) || w.opt.Store.Backlog().Err != nil {
				w.look(now)
				looked = now
			}
			if now.Sub(w.remembered) >= rememberEach {
				w.remembered = now
				_ = w.opt.Store.Remember(ctx) // what failed is what probe tells of
			}
		}
	}
}

// refused looks at once: something was to be written and could not be. What comes
// right after a look is looked at with the next tick.
func (w *Watch) refused(ctx context.Context, now time.Time) {
	if now.Sub(w.probed) < time.Second {
		w.probed = time.Time{}
		return
	}
	w.probe(ctx, now)
	w.look(now)
}

// probe writes.
func (w *Watch) probe(ctx context.Context, now time.Time) {
	bounded, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	w.probed = now
	done := make(chan error, 1)
	go func() { done <- w.opt.Store.Probe(bounded, now) }()
	err := error(context.DeadlineExceeded)
	select {
	case err = <-done:
	case <-bounded.Done(): // a disk that hangs answers to no context
	}
	if ctx.Err() == nil {
		w.failed = err
	}
}

// look judges, and tells of what changed.
func (w *Watch) look(now time.Time) {
	fresh := w.judge(now)
	w.mu.Lock()
	changed := len(fresh) != len(w.troubles)
	for i := range fresh {
		was := slices.IndexFunc(w.troubles, func(t Trouble) bool { return t.Code == fresh[i].Code })
		if was < 0 {
			changed = true
			continue
		}
		fresh[i].Since = w.troubles[was].Since
		changed = changed || fresh[i].Count != w.troubles[was].Count
	}
	old := w.troubles
	w.troubles = fresh
	w.mu.Unlock()
	w.log(old, fresh)
	if changed && w.opt.News != nil {
		w.opt.News()
	}
}

// judge is what is wrong now.
func (w *Watch) judge(now time.Time) (all []Trouble) {
	size, free, sizeErr := w.opt.Store.Disk()
	back := w.opt.Store.Backlog()
	if err := errors.Join(w.failed, back.Err, w.opt.Store.ReadFault()); err != nil {
		all = append(all, Trouble{Code: codeOf(err), Alarm: true, Since: now, Free: free})
	}
	if back.Err != nil && back.Count > 0 {
		all = append(all, Trouble{Code: Unwritten, Alarm: true, Since: back.Since, Count: back.Count, Kept: back.Kept})
	}
	warn, alarm := w.opt.Bounds.of(size)
	switch {
	case sizeErr != nil || len(all) > 0 && all[0].Code == Full:
	case free < alarm:
		all = append(all, Trouble{Code: AlmostOut, Alarm: true, Since: now, Free: free})
	case free < warn:
		all = append(all, Trouble{Code: Low, Since: now, Free: free})
	}
	return all
}

func codeOf(err error) string {
	switch {
	case errors.Is(err, store.ErrFull):
		return Full
	case store.IsReadOnly(err):
		return ReadOnly
	}
	return Failing
}

// log says what began and what is over, once.
func (w *Watch) log(old, fresh []Trouble) {
	has := func(all []Trouble, code string) bool {
		return slices.ContainsFunc(all, func(t Trouble) bool { return t.Code == code })
	}
	for _, t := range fresh {
		if !has(old, t.Code) {
			w.opt.Logger.Error("disk", "trouble", t.Code, "free", t.Free, "unwritten", t.Count, "err",
				errors.Join(w.failed, w.opt.Store.ReadFault()))
		}
	}
	for _, t := range old {
		if !has(fresh, t.Code) {
			w.opt.Logger.Info("disk: this is over", "trouble", t.Code, "since", t.Since)
		}
	}
}

package health

import (
	"context"
	"sync/atomic"
	"time"

	"loa/node/wire"
)

const (
	every      = 10 * time.Second // between two looks at the board
	modemEvery = 30 * time.Second
	modemGone  = 5 * time.Minute // without one that was there: longer than it takes to start anew
	stale      = time.Minute     // a look that took longer is of the past
)

// Watch looks at a board now and then, for some of its answers take seconds.
type Watch struct {
	Reader Reader
	Mains  Sense                             // instead of the kernel's power supplies, if not nil
	Modem  func(context.Context) *wire.Modem // nil: nobody to ask
	Kick   func()                            // the mains came or went; may be nil

	latest atomic.Pointer[seen]
}

type seen struct {
	at     time.Time
	status wire.Status // only of the board
}

// Run looks until ctx ends.
func (w *Watch) Run(ctx context.Context) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	var modem *wire.Modem
	var asked, found time.Time
	for {
		if now := time.Now(); w.Modem != nil && (asked.IsZero() || now.Sub(asked) >= modemEvery) {
			modem, asked = w.Modem(ctx), now
			if modem != nil {
				found = now
			} else if !found.IsZero() && now.Sub(found) >= modemGone {
				modem = &wire.Modem{State: wire.ModemGone}
			}
		}
		w.look(ctx, modem)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (w *Watch) look(ctx context.Context, modem *wire.Modem) {
	var s wire.Status
	w.Reader.Fill(&s)
	s.Modem = modem
	if w.Mains != nil {
		s.Mains = w.Mains(ctx)
	}
	before := w.latest.Swap(&seen{time.Now(), s})
	if w.Kick != nil && before != nil && s.Mains != nil && before.status.Mains != nil && *s.Mains != *before.status.Mains {
		w.Kick()
	}
}

// Fill writes what the board said last into a status. What was said too long ago is not known.
func (w *Watch) Fill(s *wire.Status, now time.Time) {
	last := w.latest.Load()
	if last == nil || now.Sub(last.at) > stale {
		last = &seen{}
	}
	b := last.status
	s.TempC, s.DiskFree, s.MemFree, s.Load = b.TempC, b.DiskFree, b.MemFree, b.Load
	s.Mains, s.Undervoltage, s.DiskWear, s.Modem = b.Mains, b.Undervoltage, b.DiskWear, b.Modem
}

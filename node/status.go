package node

import (
	"context"
	"time"

	"loa/node/health"
	"loa/node/wire"
)

const (
	statusEvery = 20 * time.Second // a third of the silence that counts as offline
	statusLive  = 3 * time.Second  // while a voice is on air: its sender goes by what is told of it
	statusLook  = time.Second      // how soon a change is noticed that nobody reports
	statusCalm  = 250 * time.Millisecond
	clipsSoon   = 15 * time.Minute // a clip missing so near its airing is a fault
)

// reporter says how the node is: regularly, and at once when that changes.
type reporter struct {
	app     *App
	version string
	kicks   chan struct{}
	seq     uint64
	since   map[string]time.Time // of each fault that is open
	clips   bool                 // clips missing soon, as last looked up
	looked  time.Time
}

func newReporter(a *App, version string) *reporter {
	return &reporter{app: a, version: version, kicks: make(chan struct{}, 1), since: map[string]time.Time{}}
}

// kick asks for a status soon.
func (r *reporter) kick() {
	select {
	case r.kicks <- struct{}{}:
	default:
	}
}

func (r *reporter) run(ctx context.Context) error {
	look := time.NewTicker(statusLook)
	defer look.Stop()
	var sent time.Time
	var told string
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.kicks: // several come together: plan, clips, plays
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(statusCalm):
			}
		case <-look.C:
			if key := r.key(); key == told && time.Since(sent) < r.every() {
				continue
			}
		}
		if err := r.send(); err == nil {
			sent, told = time.Now(), r.key()
		}
	}
}

// every is how often a status is sent when nothing happens.
func (r *reporter) every() time.Duration {
	if r.live(time.Now()) != nil {
		return statusLive
	}
	return statusEvery
}

// live tells how the voice on air comes; nil if there is none.
func (r *reporter) live(now time.Time) *wire.Live {
	ct, _, ok := r.app.clock.At(now)
	if !ok {
		return nil
	}
	return r.app.calls.live(ct, r.app.player.Ahead()+max(0, r.app.sink.State().Latency))
}

// key is what a person would want to be told of at once.
func (r *reporter) key() string {
	key := r.app.sink.State().Fault
	if on := r.app.player.OnAir(); on != nil {
		key += "\x00" + on.Airing + "\x00" + on.Title
	}
	return key
}

func (r *reporter) send() error {
	if _, up := r.app.link.Session(); !up {
		return nil // the next session begins with a status
	}
	return r.app.link.Publish(wire.KindStatus, 1, true, r.status(time.Now()))
}

func (r *reporter) status(now time.Time) wire.Status {
	a := r.app
	plan, seq := a.plans.get()
	session, _ := a.link.Session()
	sent, _, known := a.clock.At(now)
	if !known {
		sent = time.Time{}
	}
	r.seq++
	s := wire.Status{
		Boot: a.boot, Session: session, Seq: r.seq, Sent: sent, Version: r.version,
		Uptime: int64(now.Sub(a.start).Seconds()),
		Plan:   seq, OnAir: a.player.OnAir(), LastHeard: a.player.LastHeard(), Volume: plan.Volume, Clips: len(plan.Clips), Dropped: a.link.Dropped() + a.calls.dropped(),
		Clock: a.clock.Status(now), Live: r.live(now),
	}
	for _, c := range plan.Clips {
		if a.cache.Held(c.SHA) {
			s.Held++
		}
	}
	sound := a.sink.State()
	s.Sound = wire.Sound{OK: sound.OK(), Output: a.config.Sound, Error: sound.Detail}
	health.Reader{Disk: a.config.Data}.Fill(&s)
	var flash error
	s.Fetching, flash = a.fetcher.Progress()
	var err error
	if _, s.Unsent, err = a.cache.Unsent(0); err != nil {
		flash = err
	}
	s.Faults = r.faults(now, s, sound.Fault, flash)
	return s
}

// faults turns what is wrong now into faults with their since.
func (r *reporter) faults(now time.Time, s wire.Status, sound string, flash error) []wire.Fault {
	if now.Sub(r.looked) > statusEvery/2 {
		r.looked, r.clips = now, s.Clock.Known && r.app.missingSoon(s.Sent, clipsSoon)
	}
	var faults []wire.Fault
	raise := func(wrong bool, code, detail string) {
		if !wrong {
			delete(r.since, code)
			return
		}
		if r.since[code].IsZero() {
			r.since[code] = s.Sent
		}
		faults = append(faults, wire.Fault{Code: code, Since: r.since[code], Detail: detail})
	}
	detail := ""
	if flash != nil {
		detail = flash.Error()
	}
	raise(!s.Sound.OK && sound != "sound_starting", wire.FaultSound, s.Sound.Error)
	raise(!s.Clock.Known, wire.FaultClock, "")
	raise(r.clips, wire.FaultClips, "")
	raise(health.DiskLow(s.DiskFree), wire.FaultDisk, "")
	raise(flash != nil, wire.FaultStore, detail)
	return faults
}

package node

import (
	"errors"
	"io"
	"path/filepath"
	"time"

	"loa/node/update"
	"loa/node/wire"
	"loa/schedule"
)

const (
	nameSoftware = "software"
	// quietFor is how long before an airing no other version is tried.
	quietFor = 10 * time.Minute
)

// SoftwareDir is where a node keeps other versions of the program.
func (c Config) SoftwareDir() string { return filepath.Join(c.Data, "software") }

// TakeUpdates has the node bring the program to what the office wants. store is
// what the launcher chose from, and running the key it gave. Without it, before
// Run, the program stays as it is. Run then ends with [update.ErrRestart] when
// another one is to be started.
func (a *App) TakeUpdates(store *update.Store, running string) {
	a.software = update.New(update.Options{Store: store, Running: running, Logger: a.logger, Idle: a.idle, Well: a.well,
		Open: func(sha string) (io.ReadCloser, error) {
			f, _, err := a.cache.Clip(sha)
			return f, err
		}})
	raw, err := a.cache.Load(nameSoftware)
	if err != nil || raw == nil {
		return
	}
	var w wire.Software
	h, err := a.keys.OpenKept(raw, a.softwareHeader(0), wire.Kept, &w)
	if err != nil {
		a.logger.Error("the office's word about the program cannot be used; waiting for a new one", "err", err)
		return
	}
	a.softwareSeq = h.Seq
	a.software.Want(&w)
}

func (a *App) softwareHeader(last uint64) wire.Header {
	return wire.Header{Kind: wire.KindSoftware, Target: wire.Target(a.config.Commune, a.config.ID), Seq: last}
}

// receiveSoftware takes the office's word about the program to run. It is kept
// before it counts, so that an older one is refused after a restart too.
func (a *App) receiveSoftware(raw []byte) {
	if a.software == nil {
		return
	}
	ct := a.toldTime()
	var w wire.Software
	h, err := a.keys.Open(raw, a.softwareHeader(wire.Binding(a.softwareSeq, ct)), ct, &w)
	if errors.Is(err, wire.ErrStale) {
		return // retained, and known
	}
	if err == nil {
		err = a.cache.Save(nameSoftware, raw)
	}
	if err != nil {
		a.refusals.warn(a.logger, "word about the program refused", err)
		return
	}
	a.softwareSeq = h.Seq
	a.software.Want(&w)
	a.fetcher.SetClips(a.wantedClips(time.Now()))
	a.status.kick()
}

// program is the clip of the version that is to be tried, if any.
func (a *App) program() []wire.ClipRef {
	if a.software == nil {
		return nil
	}
	if ref, ok := a.software.Clip(); ok {
		return []wire.ClipRef{ref}
	}
	return nil
}

// idle reports whether nothing is on air nor will be soon, and all is well: a
// node in trouble is to be looked after, not to be changed.
func (a *App) idle() bool {
	now, _, known := a.clock.At(time.Now())
	if !known || !a.well() || a.player.OnAir() != nil || a.calls.busy() {
		return false
	}
	plan, _ := a.plans.get()
	return len(schedule.NewTimeline(plan.Plan, now, now.Add(quietFor)).Slots) == 0
}

// well reports whether the node is in touch with the office, knows the time and
// has a working output.
func (a *App) well() bool {
	_, up := a.link.Session()
	_, _, known := a.clock.At(time.Now())
	return up && known && a.sink.State().OK()
}

package node

import (
	"errors"
	"fmt"
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

// takenWord is the office's word about the program as flash keeps it: as it was
// signed, and the version of the packaged program at the time. Before that was
// noted, the signed word alone stood there.
type takenWord struct {
	Raw  []byte `json:"raw"`
	Base string `json:"base"`
}

// readWord reads the word that is kept; under is the package that it was taken
// under if that is not noted, "" if nobody knows.
func readWord(kept []byte, under string) takenWord {
	var w takenWord
	if wire.Decode(kept, &w) == nil && len(w.Raw) > 0 {
		return w
	}
	return takenWord{kept, under}
}

// SoftwareDir is where a node keeps other versions of the program.
func (c Config) SoftwareDir() string { return filepath.Join(c.Data, "software") }

// program is the program itself, as far as the office may have another run.
type program struct {
	updates *update.Manager // nil: it stays as it is
	base    string          // version of the packaged program
	seq     uint64          // of the office's last word about it; of the link's goroutine
}

// state is how far another version is; nil: none is to be tried.
func (p *program) state() *wire.SoftwareState {
	if p.updates == nil {
		return nil
	}
	return p.updates.State()
}

// clips are the clip of the version that is to be tried, if any.
func (p *program) clips() []wire.ClipRef {
	if p.updates == nil {
		return nil
	}
	if ref, ok := p.updates.Clip(); ok {
		return []wire.ClipRef{ref}
	}
	return nil
}

// keep puts the office's word on flash as it was signed.
func (p *program) keep(raw []byte, save func(name string, value []byte) error) error {
	data, err := wire.Encode(takenWord{raw, p.base})
	if err != nil {
		return fmt.Errorf("encode word about the program: %w", err)
	}
	return save(nameSoftware, data)
}

// TakeUpdates has the node bring the program to what the office wants. store is
// what the launcher chose from, and running the key it gave. Without it, before
// Run, the program stays as it is. Run then ends with [update.ErrRestart] when
// another one is to be started.
func (a *App) TakeUpdates(store *update.Store, running string) {
	a.program.base = store.Base()
	a.program.updates = update.New(update.Options{Store: store, Running: running, Logger: a.logger, Idle: a.idle, Quiet: a.quiet, Well: a.well,
		Open: func(sha string) (io.ReadCloser, error) {
			f, _, err := a.cache.Clip(sha)
			return f, err
		}})
	kept, err := a.cache.Load(nameSoftware)
	if err != nil || kept == nil {
		return
	}
	word := readWord(kept, store.Under())
	var w wire.Software
	h, err := a.keys.OpenKept(word.Raw, a.softwareHeader(0), wire.Kept, &w)
	if err != nil {
		a.logger.Error("the office's word about the program cannot be used; waiting for a new one", "err", err)
		return
	}
	a.program.seq = h.Seq
	if word.Base != "" && word.Base != store.Base() {
		a.logger.Info("a package was installed since the office's last word about the program: it stays until the next word",
			"version", w.Version)
		return
	}
	a.program.updates.Want(&w)
}

func (a *App) softwareHeader(last uint64) wire.Header {
	return wire.Header{Kind: wire.KindSoftware, Target: wire.Target(a.config.Commune, a.config.ID), Seq: last}
}

// receiveSoftware takes the office's word about the program to run. It is kept
// before it counts, so that an older one is refused after a restart too.
func (a *App) receiveSoftware(raw []byte) {
	if a.program.updates == nil {
		return
	}
	ct := a.toldTime()
	var w wire.Software
	h, err := a.keys.Open(raw, a.softwareHeader(wire.Binding(a.program.seq, ct)), ct, &w)
	if errors.Is(err, wire.ErrStale) {
		return // retained, and known
	}
	if err == nil {
		err = a.program.keep(raw, a.cache.Save)
	}
	if err != nil {
		a.refusals.warn(a.logger, "word about the program refused", err)
		return
	}
	a.program.seq = h.Seq
	a.program.updates.Want(&w)
	a.fetcher.SetClips(a.wantedClips(time.Now()))
	a.status.kick()
}

// idle reports whether nothing is on air nor will be soon, and all is well: a
// node in trouble is to be looked after, not to be changed.
func (a *App) idle() bool {
	now, _, known := a.clock.At(time.Now())
	if !known || !a.well() || !a.quiet() {
		return false
	}
	plan, _ := a.plans.get()
	return len(schedule.NewTimeline(plan.Plan, now, now.Add(quietFor)).Slots) == 0
}

// quiet reports whether nothing is on air, nor will be within half a minute.
func (a *App) quiet() bool {
	return a.player.OnAir() == nil && a.player.Next().IsZero() && !a.calls.Busy()
}

// well reports whether the node is in touch with the office, knows the time and
// has a working output.
func (a *App) well() bool {
	_, up := a.link.Session()
	_, _, known := a.clock.At(time.Now())
	return up && known && a.sink.State().OK()
}

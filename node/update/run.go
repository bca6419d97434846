package update

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"loa/node/wire"
)

const (
	look      = 5 * time.Second
	wellFor   = 30 * time.Second // so long without a break, and a program on trial is kept; see Store
	trialTime = 5 * time.Minute  // within which it must have been
	goBackIn  = time.Hour        // at the latest, though something is on air: what is not well may not be heard
)

// ErrRestart is what Run ends with when another program is to run from now on:
// what started this one starts the launcher.
var ErrRestart = errors.New("another version of the program is to run now")

// Options is what a Manager needs of its node.
type Options struct {
	Store   *Store
	Running string                                  // the key of the word that brought the running program; "" for the packaged one
	Open    func(sha string) (io.ReadCloser, error) // the packed program; an error while it is not at hand
	Idle    func() bool                             // nothing is on air nor will be soon
	Quiet   func() bool                             // likewise, though not all is well; nil: it always is
	Well    func() bool                             // the node is in touch with the office and all is well
	Logger  *slog.Logger
}

// Manager brings the program to what the office wants.
type Manager struct {
	opt Options

	mu     sync.Mutex
	want   *wire.Software
	broken string // key of what cannot be installed
}

// New makes a manager; Run runs it.
func New(opt Options) *Manager { return &Manager{opt: opt} }

// Want says what the office wants to run here; nil is no wish.
func (m *Manager) Want(w *wire.Software) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.want = w
}

// wanted is the program that the office wants here, and its key, "" for the
// packaged one; ok is false if it has no wish, or none for this processor.
func (m *Manager) wanted() (ref wire.ClipRef, key string, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.want == nil {
		return ref, "", false
	}
	ref, ok = m.want.Clips[runtime.GOARCH]
	return ref, m.want.Key(runtime.GOARCH), ok || len(m.want.Clips) == 0
}

// Clip is what must be fetched for what the office wants, if anything.
func (m *Manager) Clip() (ref wire.ClipRef, ok bool) {
	ref, key, ok := m.wanted()
	return ref, ok && key != "" && key != m.opt.Running && !m.inVain(key)
}

// State is what a status tells of updates; nil if nothing is to tell.
func (m *Manager) State() *wire.SoftwareState {
	_, key, ok := m.wanted()
	if !ok || key == "" {
		return nil
	}
	s := &wire.SoftwareState{Key: key, State: wire.SoftwareWaiting}
	_, trial, _ := m.opt.Store.Standing(key)
	switch {
	case m.inVain(key):
		s.State = wire.SoftwareFailed
	case trial:
		s.State = wire.SoftwareTrial
	case key == m.opt.Running:
		s.State = wire.SoftwareKept
	}
	return s
}

// inVain reports whether a program was tried in vain, or cannot be installed.
func (m *Manager) inVain(key string) bool {
	_, _, failed := m.opt.Store.Standing(key)
	m.mu.Lock()
	defer m.mu.Unlock()
	return failed || key != "" && m.broken == key
}

// Run waits until ctx ends, or until another program is to run: then it
// returns [ErrRestart].
func (m *Manager) Run(ctx context.Context) error {
	_, trial, _ := m.opt.Store.Standing(m.opt.Running)
	if trial && !m.proves(ctx) {
		if ctx.Err() != nil {
			return nil // the next start goes back: better that than a doubtful one for ever
		}
		m.opt.Logger.Error("this version was not well in time: going back")
		m.waitForQuiet(ctx)
		return ErrRestart
	}
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if m.change() {
			return ErrRestart
		}
	}
}

// proves waits until the running program has been well for long enough, and
// keeps it.
func (m *Manager) proves(ctx context.Context) bool {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	began := time.Now()
	since := began
	for now := began; now.Sub(began) < trialTime; {
		if !m.opt.Well() {
			since = now
		}
		if now.Sub(since) >= m.opt.Store.WellFor {
			err := m.opt.Store.Keep()
			if err != nil {
				m.opt.Logger.Error("the version on trial cannot be kept", "err", err)
				return false
			}
			m.opt.Logger.Info("this version is kept", "key", m.opt.Running)
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case now = <-tick.C:
		}
	}
	return false
}

// waitForQuiet waits until a start would cut nothing short, within bounds.
func (m *Manager) waitForQuiet(ctx context.Context) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for began := time.Now(); m.opt.Quiet != nil && !m.opt.Quiet() && time.Since(began) < goBackIn; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// change installs what is wanted, when there is no harm in it, and reports
// whether it is to be started.
func (m *Manager) change() bool {
	ref, key, ok := m.wanted()
	if !ok || key == m.opt.Running || m.inVain(key) || !m.opt.Idle() {
		return false
	}
	if key == "" {
		return m.done(key, m.opt.Store.Leave())
	}
	packed, err := m.opt.Open(ref.SHA)
	if err != nil {
		return false // not at hand yet
	}
	return m.done(key, errors.Join(m.opt.Store.Install(key, packed), packed.Close()))
}

func (m *Manager) done(key string, err error) bool {
	if err != nil {
		m.opt.Logger.Error("a version cannot be installed", "key", key, "err", err)
		m.mu.Lock()
		m.broken = key
		m.mu.Unlock()
		return false
	}
	m.opt.Logger.Info("another version is to be tried", "key", key)
	return true
}

// Package rendition makes of a clip what an old telephone plays too: AAC beside the Opus
// that the horns play. It is made once, when somebody asks for it, by ffmpeg, and kept
// beside the clip under the clip's sha256 ([store.Store.RenditionPath]).
//
// It is the least of all that an office PC does: one at a time, giving way to all else on
// the machine, and not on a disk that is nearly full. While an emergency is on the air only
// what it says is made, which people look for just then; the rest waits, and what is under
// way is broken off and begun anew afterwards. A full queue refuses. What nobody may hear
// any more is removed within the hour.
package rendition

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"loa/audio/ffmpeg"
	"loa/audio/program"
	"loa/controller/problem"
	"loa/controller/store"
)

const (
	mostWaiting = 64
	lookEvery   = 500 * time.Millisecond // whether an emergency is on the air
	tidyEvery   = time.Hour
	tryAgain    = 10 * time.Minute // what could not be made
)

// ErrBusy means that too much waits already, or that it cannot be made now.
var ErrBusy error = problem.New(problem.Unavailable, "rendition_busy",
	"Máy đang bận nên chưa có bản nghe cho điện thoại cũ: hãy thử lại sau ít phút.",
	"The machine is busy: the version for old telephones is not there yet. Try again in a few minutes.")

// Options are what a Maker works with.
type Options struct {
	Store  *store.Store
	FFmpeg ffmpeg.Program
	// Urgent reports whether an emergency is on the air, and the sha256 of each clip that
	// it says; nil: none ever is.
	Urgent func() (onAir bool, says []string)
	// MinFree is how many bytes must be left on the disk; 0: 300 MB.
	MinFree int64
	// Kept reports whether what is named by a sha256 may still be heard. false: leave all
	// as it is, that is not known.
	Kept   func(context.Context) (keep func(sha string) bool, known bool)
	Logger *slog.Logger
}

// Maker makes renditions. It is safe for concurrent use.
type Maker struct {
	opt  Options
	wake chan struct{}

	mu     sync.Mutex
	queue  []*order
	orders map[string]*order // by sha256, until done
	failed map[string]time.Time
}

// order is one that is to be made.
type order struct {
	sha, source string
	done        chan struct{}
	err         error
}

// New returns a maker; nothing is made before Run.
func New(opt Options) *Maker {
	if opt.MinFree == 0 {
		opt.MinFree = 300 << 20
	}
	if opt.Urgent == nil {
		opt.Urgent = func() (bool, []string) { return false, nil }
	}
	return &Maker{opt: opt, wake: make(chan struct{}, 1), orders: map[string]*order{}, failed: map[string]time.Time{}}
}

// Ready returns where the rendition of a sound is, and its length in bytes. false: it has
// not been made.
func (m *Maker) Ready(sha string) (path string, size int64, ok bool) {
	path = m.opt.Store.RenditionPath(sha)
	info, err := os.Stat(path)
	if err != nil {
		return "", 0, false
	}
	return path, info.Size(), true
}

// Order has a rendition made when there is time, of the Opus file at source, and waits for
// nothing. What is there or ordered already is not ordered again; ErrBusy: it is not now.
func (m *Maker) Order(sha, source string) error {
	_, err := m.order(sha, source)
	return err
}

// Get returns where the rendition of a sound is; if it has not been made it waits for it
// until ctx ends. ErrBusy: it was not ordered.
func (m *Maker) Get(ctx context.Context, sha, source string) (path string, err error) {
	if path, _, ok := m.Ready(sha); ok {
		return path, nil
	}
	o, err := m.order(sha, source)
	if err != nil || o == nil {
		return m.opt.Store.RenditionPath(sha), err
	}
	select {
	case <-o.done:
		return m.opt.Store.RenditionPath(sha), o.err
	case <-ctx.Done():
		return "", ErrBusy
	}
}

func (m *Maker) order(sha, source string) (*order, error) {
	if _, _, ok := m.Ready(sha); ok {
		return nil, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if o := m.orders[sha]; o != nil {
		return o, nil
	}
	_, says := m.opt.Urgent()
	alert := slices.Contains(says, sha)
	if at, bad := m.failed[sha]; bad && time.Since(at) < tryAgain || len(m.queue) >= mostWaiting && !alert {
		return nil, ErrBusy
	}
	o := &order{sha: sha, source: source, done: make(chan struct{})}
	m.orders[sha], m.queue = o, append(m.queue, o)
	select {
	case m.wake <- struct{}{}:
	default:
	}
	return o, nil
}

// Run makes one after another, until ctx ends.
func (m *Maker) Run(ctx context.Context) error {
	tidy := time.NewTicker(tidyEvery)
	defer tidy.Stop()
	m.tidy(ctx)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tidy.C:
			m.tidy(ctx)
		case <-m.wake:
			m.work(ctx)
		}
	}
}

// work makes what is ordered, as soon as it may be, until nothing waits.
func (m *Maker) work(ctx context.Context) {
	for ctx.Err() == nil {
		o, waiting := m.next()
		switch {
		case o != nil:
			if err := m.try(ctx, o); errors.Is(err, errUrgent) {
				m.again(o)
			} else {
				m.finish(o, err)
			}
		case waiting == 0:
			return
		default:
			_ = pause(ctx) // the loop sees that ctx has ended
		}
	}
}

// held reports whether a sound must wait for an emergency.
func (m *Maker) held(sha string) bool {
	onAir, says := m.opt.Urgent()
	return onAir && !slices.Contains(says, sha)
}

// next takes out what may be made now, in the order in which it was asked for; nil: nothing
// of all that waits may be.
func (m *Maker) next() (o *order, waiting int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.queue, func(o *order) bool { return !m.held(o.sha) })
	if i < 0 {
		return nil, len(m.queue)
	}
	o = m.queue[i]
	m.queue = slices.Delete(m.queue, i, i+1)
	return o, len(m.queue)
}

// again puts back what was broken off.
func (m *Maker) again(o *order) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.queue = slices.Insert(m.queue, 0, o)
}

func (m *Maker) finish(o *order, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.orders, o.sha)
	delete(m.failed, o.sha)
	if err != nil {
		o.err = ErrBusy
		if len(m.failed) > mostWaiting {
			clear(m.failed)
		}
		m.failed[o.sha] = time.Now()
		m.opt.Logger.Warn("no rendition for old telephones", "clip", o.sha, "err", err)
	}
	close(o.done)
}

func pause(ctx context.Context) error {
	wait := time.NewTimer(lookEvery)
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-wait.C:
		return nil
	}
}

var (
	errUrgent = errors.New("an emergency goes first")
	errNoRoom = errors.New("the disk is nearly full")
)

func (m *Maker) try(ctx context.Context, o *order) error {
	if _, free, err := m.opt.Store.Disk(); err != nil || free < m.opt.MinFree {
		return errors.Join(errNoRoom, err)
	}
	ctx, cancel := context.WithCancelCause(program.Nicely(ctx))
	defer cancel(nil)
	var watching sync.WaitGroup
	defer watching.Wait()
	defer cancel(nil)
	watching.Go(func() {
		for pause(ctx) == nil {
			if m.held(o.sha) {
				cancel(errUrgent)
			}
		}
	})
	tmp, err := os.CreateTemp(m.opt.Store.TempDir(), "rendition-*.m4a")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // it has been put in its place by then
	if err := tmp.Close(); err != nil {
		return err
	}
	if err := m.opt.FFmpeg.Rendition(ctx, o.source, tmp.Name()); err != nil {
		if errors.Is(context.Cause(ctx), errUrgent) {
			return errUrgent
		}
		return err
	}
	return m.opt.Store.Install(tmp.Name(), m.opt.Store.RenditionPath(o.sha))
}

// tidy removes what nobody may hear any more.
func (m *Maker) tidy(ctx context.Context) {
	if m.opt.Kept == nil {
		return
	}
	keep, known := m.opt.Kept(ctx)
	if !known {
		return
	}
	folder := filepath.Dir(filepath.Dir(m.opt.Store.RenditionPath(strings.Repeat("0", 64))))
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if sha := strings.TrimSuffix(d.Name(), filepath.Ext(d.Name())); !keep(sha) {
			return os.Remove(path)
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		m.opt.Logger.Warn("old renditions not removed", "err", err)
	}
}

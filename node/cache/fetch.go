package cache

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"loa/node/wire"
)

const (
	stall      = 5 * time.Second  // no chunk for so long: ask again for what is missing
	retry      = 15 * time.Second // after a failure of flash, or a clip that was not what it said
	syncEvery  = 16               // chunks between syncs: half a megabyte is lost at most
	chunkQueue = 32               // chunks waiting for flash; more are dropped and asked for again
)

// FetchOptions is what a Fetcher needs from the link.
type FetchOptions struct {
	Listen  func(sha string, on bool) error // subscribe to a clip's topic, or no longer
	Want    func(wire.Want) error
	Changed func() // progress was made, or a clip is now held
	Logger  *slog.Logger
}

// Fetcher brings the clips of the plan to the node, one at a time.
type Fetcher struct {
	cache *Cache
	opt   FetchOptions

	refs   chan []wire.ClipRef
	kicks  chan struct{}
	chunks chan arrived

	list []wire.ClipRef // owned by Run

	mu       sync.Mutex
	progress []wire.Progress
	fault    error
}

type arrived struct {
	sha   string
	chunk wire.Chunk
}

// NewFetcher makes a fetcher; Run runs it.
func (c *Cache) NewFetcher(opt FetchOptions) *Fetcher {
	return &Fetcher{cache: c, opt: opt,
		refs: make(chan []wire.ClipRef, 1), kicks: make(chan struct{}, 1), chunks: make(chan arrived, chunkQueue)}
}

// SetClips says which clips the plan needs, soonest first.
func (f *Fetcher) SetClips(refs []wire.ClipRef) {
	for {
		select {
		case f.refs <- slices.Clone(refs):
			return
		default:
		}
		select { // the latest list counts
		case <-f.refs:
		default:
		}
	}
}

// Kick says that the link is up again.
func (f *Fetcher) Kick() {
	select {
	case f.kicks <- struct{}{}:
	default:
	}
}

// Chunk hands over a chunk as it came; it never blocks.
func (f *Fetcher) Chunk(sha string, raw []byte) {
	var ch wire.Chunk
	if wire.Decode(raw, &ch) != nil {
		return
	}
	select {
	case f.chunks <- arrived{sha, ch}:
	default:
	}
}

// Progress returns how far the fetches are, and what flash last said if it
// failed.
func (f *Fetcher) Progress() ([]wire.Progress, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.progress), f.fault
}

func (f *Fetcher) set(progress []wire.Progress, fault error) {
	f.mu.Lock()
	f.progress, f.fault = progress, fault
	f.mu.Unlock()
	f.opt.Changed()
}

// Run fetches until ctx ends.
func (f *Fetcher) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		ref, ok := f.next()
		if !ok {
			f.set(nil, nil)
			select {
			case <-ctx.Done():
			case f.list = <-f.refs:
			case <-f.chunks: // late, after the clip was complete
			case <-f.kicks:
			}
			continue
		}
		if err := f.fetch(ctx, ref); err != nil && ctx.Err() == nil {
			f.opt.Logger.Warn("clip not fetched", "clip", ref.SHA, "err", err)
			f.set(nil, err)
			if f.cache.makeRoom(err, f.list) {
				continue
			}
			f.pause(ctx)
		}
	}
	return nil
}

// next returns the first clip of the list that is not held.
func (f *Fetcher) next() (wire.ClipRef, bool) {
	for _, r := range f.list {
		if !f.cache.Held(r.SHA) {
			return r, true
		}
	}
	return wire.ClipRef{}, false
}

// pause waits out a failure, or until the plan changes.
func (f *Fetcher) pause(ctx context.Context) {
	timer := time.NewTimer(retry)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case f.list = <-f.refs:
			return
		case <-f.chunks:
		case <-timer.C:
			return
		}
	}
}

// ErrSpoilt is a clip that cannot be had as the plan names it. The flash is well.
var ErrSpoilt = errors.New("clip is spoilt")

var (
	errNotWhatItSaid = fmt.Errorf("%w: what arrived does not match its sha256", ErrSpoilt)
	errImpossible    = fmt.Errorf("%w: the plan names one of impossible name or size", ErrSpoilt)
)

// fetch brings one clip. It returns early when the plan now wants another
// first; what has arrived is kept.
func (f *Fetcher) fetch(ctx context.Context, ref wire.ClipRef) error {
	if !wire.ValidSHA(ref.SHA) || ref.Bytes <= 0 || ref.Bytes > wire.MaxClip {
		return errImpossible
	}
	p, err := f.cache.openPart(ref)
	if err != nil {
		return err
	}
	if p.left > 0 {
		err = f.receive(ctx, p)
	}
	if err != nil || p.left > 0 {
		return errors.Join(err, f.cache.syncPart(p), p.file.Close())
	}
	held, err := f.cache.finish(p)
	if err == nil && !held {
		return errNotWhatItSaid
	}
	return err
}

// receive takes chunks until none is missing, or another clip comes first.
func (f *Fetcher) receive(ctx context.Context, p *part) error {
	f.ask(p)
	defer func() { _ = f.opt.Listen(p.ref.SHA, false) }() // a broken link forgets by itself
	timer := time.NewTimer(stall)
	defer timer.Stop()
	for p.left > 0 {
		select {
		case <-ctx.Done():
			return nil
		case f.list = <-f.refs:
			if next, ok := f.next(); !ok || next != p.ref {
				return nil
			}
		case <-f.kicks:
			f.ask(p)
			timer.Reset(stall)
		case <-timer.C:
			f.ask(p)
			timer.Reset(stall)
		case a := <-f.chunks:
			fresh, err := f.take(p, a)
			if err != nil {
				return err
			}
			if fresh {
				timer.Reset(stall)
			}
		}
	}
	return nil
}

// ask listens and wants; what fails here is asked again after the stall, or
// at once when the link is back.
func (f *Fetcher) ask(p *part) {
	if err := f.opt.Listen(p.ref.SHA, true); err != nil {
		return
	}
	_ = f.opt.Want(wire.Want{Clip: p.ref.SHA, Ranges: p.missing()})
}

func (f *Fetcher) take(p *part, a arrived) (fresh bool, err error) {
	if a.sha != p.ref.SHA {
		return false, nil
	}
	fresh, err = p.write(a.chunk)
	if err != nil || !fresh {
		return fresh, err
	}
	if p.unsafe >= syncEvery {
		if err := f.cache.syncPart(p); err != nil {
			return fresh, err
		}
	}
	f.set([]wire.Progress{{Clip: p.ref.SHA, Have: len(p.have) - p.left, Of: len(p.have)}}, nil)
	return fresh, nil
}

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
	stallMost  = 20 * time.Second // between two questions on a link that is dead or nearly so
	holdLook   = 500 * time.Millisecond
)

// FetchOptions is what a Fetcher needs from the link.
type FetchOptions struct {
	Listen  func(sha string, on bool) error // subscribe to a clip's topic, or no longer
	Want    func(wire.Want) error
	Changed func() // progress was made, or a clip is now held
	// Pieces says that the link hands over pieces: then a clip comes in these until
	// the link has shown to carry more. Else it comes in chunks.
	Pieces bool
	// Clock turns an instant into controller time, as link.Clock does; nil: it is not
	// known.
	Clock func(at time.Time) (controller time.Time, bound time.Duration, ok bool)
	// Hold reports that a voice is on air here: on a thin link nothing is asked for
	// meanwhile. nil: never.
	Hold   func() bool
	Logger *slog.Logger
}

// Fetcher brings the clips of the plan to the node, one at a time.
type Fetcher struct {
	cache *Cache
	opt   FetchOptions

	refs   chan []wire.ClipRef
	kicks  chan struct{}
	chunks chan arrived
	pieces chan wire.Piece

	// owned by Run
	list   []wire.ClipRef
	way    way
	window window
	wideAt time.Time // the link last carried what is sent to all

	mu       sync.Mutex
	progress []wire.Progress
	fault    error
	rate     int64
}

type arrived struct {
	sha   string
	chunk wire.Chunk
}

// way is how clips come to a node.
//
//	        link up          a round comes fast enough, or no piece ever comes
//	(start) -------> narrow ---------------------------------------------------> wide
//	                   ^   a chunk was long under way, or none came; the link is   |
//	                   |   up anew; a clip is begun after a while without any      |
//	                   '----------------------------------------------------------'
type way int

const (
	narrow way = iota // in pieces, as many as the window allows
	wide              // in the chunks that are sent to all
)

// NewFetcher makes a fetcher; Run runs it.
func (c *Cache) NewFetcher(opt FetchOptions) *Fetcher {
	f := &Fetcher{cache: c, opt: opt, refs: make(chan []wire.ClipRef, 1), kicks: make(chan struct{}, 1),
		chunks: make(chan arrived, chunkQueue), pieces: make(chan wire.Piece, wire.MaxPieces)}
	f.anew()
	return f
}

// anew forgets what was known of the link: it may lead elsewhere now.
func (f *Fetcher) anew() {
	f.window.unanswered = 0
	f.probe()
}

// probe forgets what the link carries: it may have become less.
func (f *Fetcher) probe() {
	f.window = window{pieces: 1, unanswered: f.window.unanswered}
	f.setRate(0)
	if f.way = narrow; !f.opt.Pieces || f.window.old() {
		f.way, f.window.rate = wide, 0
	}
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

// Piece hands over a piece as it came; it never blocks.
func (f *Fetcher) Piece(raw []byte) {
	var pc wire.Piece
	if wire.Decode(raw, &pc) != nil {
		return
	}
	select {
	case f.pieces <- pc:
	default:
	}
}

// Rate is what the link has shown to carry since it is up, in bytes/s; 0: not known.
func (f *Fetcher) Rate() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rate
}

// Thin reports whether that is known to be hardly enough for a voice.
func (f *Fetcher) Thin() bool {
	rate := f.Rate()
	return rate > 0 && rate < wire.ThinRate
}

func (f *Fetcher) setRate(rate int64) {
	f.mu.Lock()
	f.rate = rate
	f.mu.Unlock()
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
			case <-f.pieces:
			case <-f.kicks:
				f.anew()
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
		case <-f.pieces:
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
	if f.way == wide && time.Since(f.wideAt) > trusted {
		f.probe()
	}
	for again := true; p.left > 0 && again && err == nil; {
		if f.way == wide {
			again, err = f.receive(ctx, p)
		} else {
			again, err = f.receivePieces(ctx, p)
		}
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

// receive takes chunks until none is missing, another clip comes first, or the way
// has become another: then again is true.
func (f *Fetcher) receive(ctx context.Context, p *part) (again bool, err error) {
	f.ask(p)
	defer func() { _ = f.opt.Listen(p.ref.SHA, false) }() // a broken link forgets by itself
	timer, patient := time.NewTimer(stall), true
	defer timer.Stop()
	for p.left > 0 {
		select {
		case <-ctx.Done():
			return false, nil
		case f.list = <-f.refs:
			if next, ok := f.next(); !ok || next != p.ref {
				return false, nil
			}
			continue
		case <-f.kicks:
			if f.anew(); f.way != wide {
				return true, nil
			}
			f.ask(p)
		case <-timer.C:
			if f.probe(); f.way != wide {
				return true, nil
			}
			f.ask(p)
			patient = true
		case <-f.pieces: // late
			continue
		case a := <-f.chunks:
			fresh, err := f.take(p, a)
			if err != nil {
				return false, err
			}
			if !fresh {
				continue
			}
			if f.tooLate(a.chunk, time.Now()) {
				f.opt.Logger.Info("the link carries too little for what is sent to all", "clip", p.ref.SHA)
				f.probe()
				return true, nil
			}
			patient, f.wideAt = f.window.rate == 0, time.Now() // the rest follows at once, if the office knows the rate
		}
		if patient {
			timer.Reset(stall)
		} else {
			timer.Reset(lateChunk)
		}
	}
	return false, nil
}

// tooLate reports whether a chunk was so long under way that what must sound would
// be, too.
func (f *Fetcher) tooLate(ch wire.Chunk, now time.Time) bool {
	if !f.opt.Pieces || f.opt.Clock == nil || ch.Sent == 0 {
		return false
	}
	ct, bound, ok := f.opt.Clock(now)
	return ok && ct.Sub(time.UnixMilli(ch.Sent))-bound > lateChunk
}

// ask listens and wants; what fails here is asked again after the stall, or
// at once when the link is back.
func (f *Fetcher) ask(p *part) {
	if err := f.opt.Listen(p.ref.SHA, true); err != nil {
		return
	}
	_ = f.opt.Want(wire.Want{Clip: p.ref.SHA, Ranges: p.missing(), Rate: f.window.rate})
}

func (f *Fetcher) take(p *part, a arrived) (fresh bool, err error) {
	if a.sha != p.ref.SHA {
		return false, nil
	}
	fresh, err = p.write(a.chunk)
	if err != nil || !fresh {
		return fresh, err
	}
	return fresh, f.tell(p)
}

// tell makes safe what has arrived, now and then, and says how far the clip is.
func (f *Fetcher) tell(p *part) error {
	if p.unsafe >= syncEvery {
		if err := f.cache.syncPart(p); err != nil {
			return err
		}
	}
	f.set([]wire.Progress{{Clip: p.ref.SHA, Have: len(p.have) - p.left, Of: len(p.have)}}, nil)
	return nil
}

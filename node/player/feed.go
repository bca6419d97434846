package player

import (
	"fmt"
	"sync"
	"time"

	"loa/audio"
)

// Feed is the way of a call's frames from the network to the voice that plays
// them. Its methods may be called from any goroutine and wait for no more than
// the decoding of one frame.
type Feed struct {
	mu      sync.Mutex
	jitter  *audio.Jitter
	arrived chan struct{}
}

// NewFeed makes the feed of a call whose frame 0 sounds at start, in
// controller time.
func NewFeed(start time.Time) (*Feed, error) {
	j, err := audio.NewJitter(start)
	if err != nil {
		return nil, fmt.Errorf("make feed: %w", err)
	}
	return &Feed{jitter: j, arrived: make(chan struct{}, 1)}, nil
}

// Push takes consecutive Opus packets of 20 ms that came at the controller
// time now, and returns how many were new and not too late. The bytes are
// copied.
func (f *Feed) Push(first uint64, frames [][]byte, now time.Time) int {
	f.mu.Lock()
	took := f.jitter.Push(first, frames, now)
	f.mu.Unlock()
	select {
	case f.arrived <- struct{}{}:
	default:
	}
	return took
}

// SetStart moves the call to another start.
func (f *Feed) SetStart(start time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.jitter.SetStart(start)
}

// Counters returns what became of the frames so far.
func (f *Feed) Counters() audio.JitterCounters {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.jitter.Counters()
}

// Margins returns how long before their play time the bundles of the ten
// seconds before the controller time now came: see [audio.Jitter.Margins].
func (f *Feed) Margins(now time.Time) (least, most95 time.Duration, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.jitter.Margins(now)
}

// next yields a frame as [audio.Jitter.Next] does.
func (f *Feed) next(frame int64, dst []float32, needed bool) (ok, sound bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.jitter.Jump(frame)
	return f.jitter.Next(dst, needed)
}

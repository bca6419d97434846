package speaker

import (
	"context"
	"time"
)

const (
	blockFrames = Rate / 50 // 20 ms, the step of a paced output that somebody may listen to
	blockTime   = 20 * time.Millisecond

	// stall is how far behind a paced output may be before it counts as an underrun.
	stall = 200 * time.Millisecond
	// lost is how far behind is too far: a machine that slept through it had a silent horn, and to ask the
	// source for sound of then would make it report that sound as heard.
	lost = 2 * time.Second
)

// pacer calls a source in real time: frame n belongs to start + n/Rate of the monotonic clock.
type pacer struct {
	start       time.Time
	frames      int64
	behind      bool      // in a stall that is already counted
	silentUntil time.Time // the end of what was slept through
	buf         []float32 // a block
}

func newPacer(block int) *pacer { return &pacer{start: time.Now(), buf: make([]float32, block)} }

// framesToTime is exact to the nanosecond for any run length: frames*1e9 would overflow after 53 hours.
func framesToTime(n int64) time.Duration {
	return time.Duration(n/Rate)*time.Second + time.Duration(n%Rate)*time.Second/Rate
}

func (p *pacer) at() time.Time { return p.start.Add(framesToTime(p.frames)) }

// run emits blocks until ctx ends or stop is closed. emit gets every block in turn, and whether the source
// filled it (false: silence for time that was slept through) and the number of stalls noticed before it.
func (p *pacer) run(ctx context.Context, stop <-chan struct{}, src Source,
	emit func(buf []float32, live bool, stalls int) error) error {
	tick := time.NewTicker(framesToTime(int64(len(p.buf))))
	defer tick.Stop()
	for {
		if err := p.due(ctx, src, emit); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-stop:
			return nil
		case <-tick.C:
		}
	}
}

// due emits every block whose first frame is due by now.
func (p *pacer) due(ctx context.Context, src Source, emit func([]float32, bool, int) error) error {
	for ctx.Err() == nil {
		at := p.at()
		late := time.Since(at)
		if late < 0 {
			return nil
		}
		if late >= lost {
			p.silentUntil = at.Add(late)
		}
		live := !at.Before(p.silentUntil)
		if live {
			src(p.buf, at)
		} else {
			clear(p.buf)
		}
		if err := emit(p.buf, live, p.stalls(late)); err != nil {
			return err
		}
		p.frames += int64(len(p.buf))
	}
	return nil
}

// stalls returns 1 for the first block of a stall.
func (p *pacer) stalls(late time.Duration) int {
	was := p.behind
	p.behind = late >= stall
	if p.behind && !was {
		return 1
	}
	return 0
}

// wait plays to nothing until ctx ends, stop is closed or d has passed.
func wait(ctx context.Context, d time.Duration, stop <-chan struct{}, p *pacer, src Source) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	p.run(ctx, stop, src, discard) // discard never fails
}

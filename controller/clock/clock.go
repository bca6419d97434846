// Package clock is controller time: what the nodes are told, and what every
// airing and every frame of a voice is timed by.
//
// It goes by this machine's monotonic clock and follows its wall clock: small
// differences, as NTP makes them, by going up to 50 ppm faster or slower, so
// that no node needs to jump; large ones, as when an empty battery gave a PC a
// wrong year until the network told it the time, in one step, but never while
// a call is on air: the voice would be cut, or end by a limit that has not
// come. A plan that lies in the calendar is then aired by the true time.
package clock

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	followEvery = time.Second
	slewMost    = 50 * time.Microsecond // per second: the bounds that nodes work out allow no more
	stepAbove   = 500 * time.Millisecond
)

// Clock is controller time. Its methods may be called from any goroutine.
type Clock struct {
	base time.Time        // wall and monotonic, at the start
	wall func() time.Time // this machine's idea of the time

	mu    sync.Mutex
	shift time.Duration // what controller time has gone ahead of base since, beside the monotonic clock
}

// New makes a clock that agrees with the wall clock now.
func New() *Clock { return following(time.Now) }

func following(wall func() time.Time) *Clock {
	return &Clock{base: time.Now(), wall: wall}
}

// Now returns controller time, without a monotonic reading.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	return c.base.Round(0).Add(time.Since(c.base) + c.shift)
}

// follow comes nearer to the wall clock and returns by how much it stepped.
func (c *Clock) follow(hold bool) (step time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	off := c.wall().Round(0).Sub(c.now())
	switch {
	case off.Abs() <= stepAbove:
		c.shift += min(max(off, -slewMost), slewMost)
	case !hold:
		c.shift += off
		return off
	}
	return 0
}

// Run follows the wall clock until ctx ends; it does not step while onAir.
func (c *Clock) Run(ctx context.Context, onAir func() bool, logger *slog.Logger) error {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if step := c.follow(onAir()); step != 0 {
			logger.Warn("this machine's clock was set: controller time follows", "by", step)
		}
	}
}

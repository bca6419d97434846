package speaker

import (
	"math"
	"time"
)

const (
	clockWarm   = 16                        // readings before the clock is believed
	clockWindow = Rate                      // frames between two slow corrections: one second
	clockJump   = 10 * time.Millisecond     // farther off than this, for clockRecent readings, is a jump
	clockRecent = 8                         // readings
	clockFirst  = 2                         // windows whose whole offset is taken away
	clockGain   = 0.3                       // share of the offset taken away per window
	clockTrim   = clockGain * clockGain / 4 // share of it that is ascribed to the crystal (critical damping)
	clockMaxPPM = 500e-6                    // no card's crystal is worse
)

// frameClock tells when the n-th frame given to a card leaves it.
//
// A reading is "the frame given now leaves at t", computed from what is queued before it. Every error of a
// reading makes t too late, never too early: the reading goroutine woke late, the card's buffer was not quite
// full, or the queue was measured just before the card took its next period. So the least of many is the best,
// and the clock follows the least of each second: a little in phase, and still less in rate, because crystals
// differ by tens of parts per million. When all recent readings are off by more than clockJump the card has
// really stopped for a while (an underrun), and the clock jumps.
type frameClock struct {
	base    time.Time // when frame baseN leaves
	baseN   int64
	frame   float64 // nanoseconds per frame
	count   int     // readings so far
	windows int     // that have ended
	next    int64   // frame that ends the window
	least   time.Duration
	recent  [clockRecent]time.Duration
}

// at returns when frame n leaves.
func (c *frameClock) at(n int64) time.Time {
	return c.base.Add(time.Duration(float64(n-c.baseN) * c.frame))
}

// ready reports whether the clock has enough readings to be believed.
func (c *frameClock) ready() bool { return c.count >= clockWarm }

// observe takes the reading "frame n leaves at t" and returns by how much the clock jumped, usually 0.
func (c *frameClock) observe(n int64, t time.Time) time.Duration {
	if c.count == 0 {
		c.base, c.baseN, c.frame = t, n, 1e9/Rate
		c.openWindow(n)
	}
	off := t.Sub(c.at(n))
	c.recent[c.count%clockRecent] = off
	c.count++
	c.least = min(c.least, off)
	if !c.ready() {
		if off < 0 {
			c.shift(n, off)
		}
		return 0
	}
	if jump := c.farOff(); jump != 0 {
		c.shift(n, jump)
		c.openWindow(n)
		return jump
	}
	if n >= c.next {
		c.correct(n)
	}
	return 0
}

// farOff returns how far the clock is off if all recent readings agree that it is far off.
func (c *frameClock) farOff() time.Duration {
	if c.count < clockRecent {
		return 0
	}
	least, most := c.recent[0], c.recent[0]
	for _, off := range c.recent[1:] {
		least, most = min(least, off), max(most, off)
	}
	if least > clockJump || most < -clockJump {
		return least
	}
	return 0
}

// shift moves the clock by d from frame n on.
func (c *frameClock) shift(n int64, d time.Duration) {
	c.base, c.baseN = c.at(n).Add(d), n
	for i := range c.recent {
		c.recent[i] -= d
	}
	c.least = 0
}

func (c *frameClock) openWindow(n int64) {
	c.next, c.least = n+clockWindow, math.MaxInt64
}

// correct ends a window: it takes part of the least offset away and trims the rate.
func (c *frameClock) correct(n int64) {
	window := float64(clockWindow) / Rate * 1e9
	off := float64(c.least)
	if c.windows++; c.windows <= clockFirst {
		c.shift(n, c.least) // the card has only begun: what it was held to be then is no better
		c.openWindow(n)
		return
	}
	c.shift(n, time.Duration(off*clockGain))
	rate := c.frame*Rate/1e9 - 1 + off*clockTrim/window
	rate = max(-clockMaxPPM, min(clockMaxPPM, rate))
	c.frame = (1 + rate) * 1e9 / Rate
	c.openWindow(n)
}

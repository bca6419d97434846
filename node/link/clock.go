package link

import (
	"fmt"
	"sync"
	"time"

	"loa/node/wire"
)

const (
	maxDrift    = 105e-6          // of a board's crystal over temperature: 100 ppm, and rounding
	trusted     = 5 * time.Minute // a bound wider than this is no knowledge
	maxRTT      = 10 * time.Second
	stepAnswers = 3 // contradicting answers in a row that make a step
	systemBound = 2 * time.Second
)

// Clock is the node's knowledge of controller time. Its methods may be called
// from any goroutine; At does not allocate.
type Clock struct {
	base   time.Time // monotonic zero
	system System

	mu       sync.Mutex
	known    bool
	anchor   time.Duration // since base, when the estimate was made
	unix     int64         // controller time then, Unix ns
	bound    time.Duration // then
	rtt      time.Duration // of the last answer
	pending  int64         // T1 of the ping that waits for its answer
	disputes int
}

// System is what the board knows by itself of time and of its own restarts.
type System struct {
	BootID   string        // the kernel's, made anew when the board starts
	Boottime time.Duration // since the board started, sleep included
	Synced   bool          // the kernel says its wall clock is set by NTP or a receiver
}

// saved is the estimate as it is kept over a restart of the node.
type saved struct {
	BootID   string        `json:"boot_id"`
	Boottime time.Duration `json:"boottime"`
	Unix     int64         `json:"unix"`
	Bound    time.Duration `json:"bound"`
}

// NewClock makes a clock at now from what an earlier run saved, if that still
// says something.
func NewClock(now time.Time, system System, earlier []byte) *Clock {
	c := &Clock{base: now, system: system}
	var s saved
	if wire.Decode(earlier, &s) == nil && s.BootID != "" && s.BootID == system.BootID && s.Boottime <= system.Boottime {
		passed := system.Boottime - s.Boottime
		c.known, c.unix, c.bound = true, s.Unix+int64(passed), s.Bound+drift(passed)
	} else if system.Synced {
		c.known, c.unix, c.bound = true, now.UnixNano(), systemBound
	}
	return c
}

func drift(d time.Duration) time.Duration { return time.Duration(float64(d) * maxDrift) }

// At gives the controller's time at the node's instant t, and by how much it
// may be off. ok is false while the time is not known well enough to play by.
func (c *Clock) At(t time.Time) (controller time.Time, bound time.Duration, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	unix, bound := c.at(t.Sub(c.base))
	return time.Unix(0, unix).UTC(), bound, c.known && bound <= trusted
}

func (c *Clock) at(m time.Duration) (unix int64, bound time.Duration) {
	age := m - c.anchor
	return c.unix + int64(age), c.bound + drift(max(age, -age))
}

// Status describes the clock at t.
func (c *Clock) Status(t time.Time) wire.Clock {
	controller, bound, ok := c.At(t)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !ok {
		return wire.Clock{RTT: c.rtt}
	}
	return wire.Clock{Known: true, Offset: controller.Sub(t.Round(0)), Bound: bound, RTT: c.rtt}
}

// Save encodes the estimate at t for NewClock; nil while nothing is known.
func (c *Clock) Save(t time.Time) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known {
		return nil, nil
	}
	m := t.Sub(c.base)
	unix, bound := c.at(m)
	data, err := wire.Encode(saved{c.system.BootID, c.system.Boottime + m, unix, bound})
	if err != nil {
		return nil, fmt.Errorf("encode clock: %w", err)
	}
	return data, nil
}

// ping makes a question at t; an earlier one that was not answered is void.
func (c *Clock) ping(t time.Time) wire.Ping {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending = int64(t.Sub(c.base))
	return wire.Ping{T1: c.pending}
}

// answer takes a Pong that arrived at t. again asks for a ping at once: the
// answer contradicts what is known, or nothing is known yet.
func (c *Clock) answer(p wire.Pong, t time.Time) (again bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := t.Sub(c.base)
	rtt := m - time.Duration(p.T1) - time.Duration(p.T3-p.T2)
	if p.T1 == 0 || p.T1 != c.pending || p.T2 <= 0 || p.T3 < p.T2 || rtt < 0 || rtt > maxRTT {
		return false
	}
	c.pending, c.rtt = 0, rtt
	unix, bound := p.T3+int64(rtt/2), rtt/2
	if !c.known {
		c.set(m, unix, bound)
		return true
	}
	estimate, width := c.at(m)
	low := max(estimate-int64(width), unix-int64(bound))
	high := min(estimate+int64(width), unix+int64(bound))
	if low <= high {
		c.set(m, low+(high-low)/2, time.Duration(high-low)/2)
		return false
	}
	if c.disputes++; c.disputes >= stepAnswers {
		c.set(m, unix, bound)
		return false
	}
	return true
}

func (c *Clock) set(m time.Duration, unix int64, bound time.Duration) {
	c.known, c.disputes = true, 0
	// A bound of zero would let rounding make the next answer a contradiction.
	c.anchor, c.unix, c.bound = m, unix, max(bound, 50*time.Microsecond)
}

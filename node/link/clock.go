package link

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"loa/node/wire"
)

const (
	// maxDrift is how fast the controller's clock and the board's crystal may
	// drift apart: 100 ppm and 50 ppm over temperature and age, and rounding.
	maxDrift    = 160e-6
	trusted     = 5 * time.Minute // a bound wider than this is no knowledge
	leastBound  = 50 * time.Microsecond
	maxRTT      = 10 * time.Second
	stepAnswers = 3 // contradicting answers in a row that make a step
	systemBound = 2 * time.Second
	maxUnix     = 1 << 62 // ns: the year 2116, and room for sums

	// A correction up to smallStep is led in, at no more than maxSlew: nobody
	// hears it. A larger one is made at once, and the player, whose own limit is
	// the same, jumps, once.
	smallStep = 5 * time.Millisecond
	maxSlew   = 500e-6
	slewOver  = 8 * time.Second // a small correction takes so long: later answers correct it

	learning   = 50  // answers that make up the estimate; each replaces it at once
	settled    = 160 // answers until which more of them are worth their while on any link: the first minute
	learnt     = 600 // answers after which an unsteady link is asked no more often than needed
	maxPending = 32
)

// Clock is the node's knowledge of controller time. Its methods may be called
// from any goroutine; At does not allocate.
type Clock struct {
	base   time.Time // monotonic zero
	system System

	mu    sync.Mutex
	known bool
	told  bool  // by the controller, since the board started
	floor int64 // the latest that it ever told, Unix ns, before this start
	// What At tells: a line that never jumps but in set.
	anchor time.Duration // since base
	unix   int64         // controller time then, Unix ns
	rate   float64       // of controller time against the node's, less 1
	slew   float64       // likewise, for slewFor from the anchor on
	slewed time.Duration // how long slew holds
	// What must be true: controller time at marked, since base, was between.
	marked    time.Duration
	low, high int64

	fit      fit
	ref      int64                  // the fit's offset 0: controller time at base, Unix ns
	answers  int                    // taken, since the start
	rtt      time.Duration          // of the last answer
	ways     ways                   // of what came
	pending  [maxPending]wire.Ping  // that wait for their answers; zero: none
	pings    int                    // so far
	disputed [stepAnswers]dispute   // answers in a row that contradict
	disputes int                    // how many
	stepped  func(by time.Duration) // see OnStep
	apart    time.Duration          // at the least between two pings, for many nodes hear what is on air
}

// dispute is an answer that contradicts what is known.
type dispute struct {
	sent, came time.Duration
	t2, t3     int64
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
	Rate     float64       `json:"rate,omitempty"`
	RateLow  float64       `json:"rate_low,omitempty"`
	RateHigh float64       `json:"rate_high,omitempty"`
	Told     bool          `json:"told,omitempty"`
	Floor    int64         `json:"floor,omitempty"`
}

// NewClock makes a clock at now from what an earlier run saved, if that still
// says something. A wall clock that is earlier than what the controller has
// told already is not believed, whatever set it.
func NewClock(now time.Time, system System, earlier []byte) *Clock {
	c := &Clock{base: now, system: system, fit: newFit()}
	var s saved
	err := wire.Decode(earlier, &s)
	if err == nil {
		c.floor = s.Floor
	}
	if err == nil && s.BootID != "" && s.BootID == system.BootID && s.Boottime <= system.Boottime {
		passed := system.Boottime - s.Boottime
		c.told = s.Told
		c.set(0, s.Unix+int64(passed)+int64(float64(passed)*s.Rate), s.Rate)
		// The bound is that of a line of rate 0.
		c.mark(0, s.Unix+int64(passed), s.Bound+drift(passed))
		if s.RateLow < s.RateHigh && s.RateLow >= minRate && s.RateHigh <= maxRate {
			c.fit.low, c.fit.high, c.fit.since = s.RateLow, s.RateHigh, -passed.Seconds()
		}
	} else if system.Synced && now.UnixNano() >= c.floor {
		c.set(0, now.UnixNano(), 0)
		c.mark(0, now.UnixNano(), systemBound)
	}
	c.ref = c.unix
	return c
}

// OnStep has f told, from then on, that the controller's clock was set, and by
// how much. It is called after At tells the new time, from the goroutine that
// brought the answer, and must not block.
func (c *Clock) OnStep(f func(by time.Duration)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stepped = f
}

func drift(d time.Duration) time.Duration { return time.Duration(float64(d) * maxDrift) }

// At gives the controller's time at the node's instant t, and by how much it
// may be off. ok is false while the time is not known well enough to play by.
// Of t only the monotonic reading counts.
func (c *Clock) At(t time.Time) (controller time.Time, bound time.Duration, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	unix, bound := c.at(t.Sub(c.base))
	return time.Unix(0, unix).UTC(), bound, c.known && bound <= trusted
}

// Told is At, but only while the time hangs from what the controller itself
// answered since the board started. By it is judged what has expired and which
// numbers are from the future: a wall clock that NTP set is good enough to keep
// to the calendar, and not to say what of the past counts again.
func (c *Clock) Told(t time.Time) (controller time.Time, bound time.Duration, ok bool) {
	controller, bound, ok = c.At(t)
	c.mu.Lock()
	defer c.mu.Unlock()
	return controller, bound, ok && c.told
}

func (c *Clock) at(m time.Duration) (unix int64, bound time.Duration) {
	unix = c.unix + c.passed(m)
	low, high := c.within(m)
	return unix, max(time.Duration(high-unix), time.Duration(unix-low), leastBound)
}

// passed returns controller time since the anchor.
func (c *Clock) passed(m time.Duration) int64 {
	d := m - c.anchor
	led := min(max(d, 0), c.slewed)
	return int64(d) + int64(float64(d)*c.rate+float64(led)*c.slew)
}

// within returns the interval in which controller time must lie.
func (c *Clock) within(m time.Duration) (low, high int64) {
	age := m - c.marked
	wide := int64(drift(max(age, -age)))
	return c.low + int64(age) - wide, c.high + int64(age) + wide
}

// Status describes the clock at t.
func (c *Clock) Status(t time.Time) wire.Clock {
	controller, bound, ok := c.At(t)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !ok {
		return wire.Clock{RTT: c.rtt}
	}
	return wire.Clock{Known: true, Offset: controller.Sub(t.Round(0)), Bound: bound, RTT: c.rtt, Way: c.ways.long(t.Sub(c.base)),
		RatePPM: c.rate * 1e6}
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
	low, high := c.fit.known(m.Seconds())
	floor := c.floor
	if c.told { // it may be earlier than before: the controller's clock was set back
		floor = unix - int64(bound)
	}
	data, err := wire.Encode(saved{c.system.BootID, c.system.Boottime + m, unix, bound, c.rate, low, high, c.told, floor})
	if err != nil {
		return nil, fmt.Errorf("encode clock: %w", err)
	}
	return data, nil
}

// ping makes a question at t. The oldest of many that were not answered is
// void.
func (c *Clock) ping(t time.Time) wire.Ping {
	c.mu.Lock()
	defer c.mu.Unlock()
	var nonce [8]byte
	_, _ = rand.Read(nonce[:]) // never fails: crypto/rand
	p := wire.Ping{T1: int64(t.Sub(c.base)), Nonce: binary.BigEndian.Uint64(nonce[:])}
	c.pending[c.pings%maxPending] = p
	c.pings++
	return p
}

// awaited reports whether a ping waits for its answer, and no longer.
func (c *Clock) awaited(asked wire.Ping) bool {
	for i, p := range c.pending {
		if p == asked && p != (wire.Ping{}) {
			c.pending[i] = wire.Ping{}
			return true
		}
	}
	return false
}

// answer takes a Pong that arrived at t. again asks for a ping at once: the
// answer contradicts what is known, or nothing is known yet.
func (c *Clock) answer(p wire.Pong, t time.Time) (again bool) {
	c.mu.Lock()
	a := dispute{time.Duration(p.T1), t.Sub(c.base), p.T2, p.T3}
	rtt := a.came - a.sent - time.Duration(p.T3-p.T2)
	if p.T2 <= 0 || p.T3 < p.T2 || p.T3 > maxUnix || rtt < 0 || rtt > maxRTT || !c.awaited(wire.Ping{T1: p.T1, Nonce: p.Nonce}) {
		c.mu.Unlock()
		return false
	}
	c.rtt = rtt
	again, by := c.take(a)
	c.travelled(a.t3, a.came)
	stepped := c.stepped
	c.mu.Unlock()
	if by.Abs() > smallStep && stepped != nil {
		stepped(by)
	}
	return again
}

// Heard takes that something which the controller issued at one instant, by its
// clock, was here at another: it is no earlier than that. What is signed tells
// it without being asked, and a voice tells it all the time. length is that of a
// voice's bundle: the longer, the more nodes there are that ask the one
// controller.
func (c *Clock) Heard(issued, at time.Time, length time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case length >= crowdBundle:
		c.apart = pingSounding
	case length >= manyBundle:
		c.apart = max(c.apart, pingMany)
	}
	m, unix := at.Sub(c.base), issued.UnixNano()
	if low, high := c.within(m); c.known && c.disputes == 0 && unix <= high { // else the clock was set: answers tell
		low = max(low, unix)
		c.mark(m, low+(high-low)/2, time.Duration(high-low)/2)
		c.fit.lower.add(point{m.Seconds(), c.offset(unix, m)}, 1)
		c.travelled(unix, m)
	}
}

// Crowd reports whether what is on air here goes to hundreds of nodes.
func (c *Clock) Crowd() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.apart >= pingSounding
}

// travelled notes how long something of an instant was under way.
func (c *Clock) travelled(unix int64, m time.Duration) {
	now, _ := c.at(m)
	c.ways.add(m, max(0, time.Duration(now-unix)))
}

// take learns from an answer. by is how far it shows the controller's clock to
// have been set.
func (c *Clock) take(a dispute) (again bool, by time.Duration) {
	first := !c.known
	if first {
		c.begin(a)
	} else if !c.narrow(a) {
		c.disputed[c.disputes] = a
		if c.disputes++; c.disputes < stepAnswers {
			return true, 0
		}
		return false, c.step()
	}
	c.disputes, c.told = 0, true
	c.lead(a.came, c.learn(a))
	return first, 0
}

// begin forgets all but the rate and takes the interval from one answer.
func (c *Clock) begin(a dispute) {
	c.fit.restart(a.came.Seconds())
	c.ref = a.t3 - int64(a.came)
	rtt := a.came - a.sent - time.Duration(a.t3-a.t2)
	c.mark(a.came, a.t3+int64(rtt/2), rtt/2)
}

// mark sets the interval.
func (c *Clock) mark(m time.Duration, unix int64, bound time.Duration) {
	// A bound of zero would let rounding make the next answer a contradiction.
	bound = max(bound, leastBound)
	c.marked, c.low, c.high = m, unix-int64(bound), unix+int64(bound)
}

// narrow intersects the interval with an answer's (Marzullo 1984), and reports
// false if they have nothing in common.
func (c *Clock) narrow(a dispute) bool {
	rtt := int64(a.came-a.sent) - (a.t3 - a.t2)
	low, high := c.within(a.came)
	low, high = max(low, a.t3), min(high, a.t3+rtt)
	if low > high {
		return false
	}
	c.mark(a.came, low+(high-low)/2, time.Duration(high-low)/2)
	return true
}

// step follows the controller's clock that was set. What was known of the rate
// stays.
func (c *Clock) step() (by time.Duration) {
	last := c.disputed[stepAnswers-1]
	before, _ := c.at(last.came)
	var l line
	c.begin(c.disputed[0])
	for _, a := range c.disputed {
		if !c.narrow(a) { // they contradict one another: the last one counts
			c.begin(a)
		}
		l = c.learn(a)
	}
	c.lead(last.came, l)
	c.disputes, c.told = 0, true
	after, _ := c.at(last.came)
	return time.Duration(after - before)
}

// learn takes an answer into the estimate.
func (c *Clock) learn(a dispute) line {
	c.answers++
	return c.fit.add(a.sent.Seconds(), a.came.Seconds(), c.offset(a.t2, a.sent), c.offset(a.t3, a.came))
}

// offset is controller time at m as the fit has it.
func (c *Clock) offset(unix int64, m time.Duration) float64 {
	return float64(unix-int64(m)-c.ref) * 1e-9
}

// lead leads At to the estimate from m on, or sets it there. The interval is
// that of m.
func (c *Clock) lead(m time.Duration, l line) {
	unix := c.ref + int64(m) + int64(l.offset*1e9)
	unix = min(max(unix, c.low), c.high)
	now := c.unix + c.passed(m)
	off := time.Duration(unix - now)
	contradicted := now < c.low || now > c.high
	if !c.known || c.answers <= learning || off.Abs() > smallStep && contradicted {
		c.set(m, unix, l.rate)
		return
	}
	c.set(m, now, l.rate)
	c.slew = min(max(float64(off)/float64(slewOver), -maxSlew), maxSlew)
	if c.slew != 0 {
		c.slewed = time.Duration(float64(off) / c.slew)
	}
}

// set makes At tell unix at m and go on at rate.
func (c *Clock) set(m time.Duration, unix int64, rate float64) {
	c.known, c.anchor, c.unix, c.rate, c.slew, c.slewed = true, m, unix, rate, 0, 0
}

const (
	pingFirst    = 100 * time.Millisecond // the first, to make a start, and until an unsteady link is learnt
	pingFast     = 250 * time.Millisecond // after a contradiction, and after each connect
	pingOnAir    = 100 * time.Millisecond // at the most often while something is on air
	pingBusy     = 250 * time.Millisecond // likewise for the first answers
	pingUneasy   = 3 * time.Second        // likewise else: a link by the byte
	pingSettling = 500 * time.Millisecond // at the least often in a node's first minute, but in a crowd
	pingCalm     = 10 * time.Second       // at the least often
	pingSounding = 2 * time.Second        // at the least often while something is on air: 1 MB an hour
	onAirMore    = 6                      // times as many while on air
	pingMany     = 500 * time.Millisecond // at the most often while more than a hundred nodes hear it
	pingThin     = time.Second            // at the most often on a thin link: ten answers a second are half of it
	manyBundle   = 80 * time.Millisecond  // a bundle so long goes to more than a hundred
	crowdBundle  = 160 * time.Millisecond // a bundle so long goes to hundreds of nodes
)

// unsteady reports whether the ways of the link vary so much that it matters when
// a ping goes.
func (c *Clock) unsteady() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fit.wait > lullFrom.Seconds()
}

// pause returns how long to wait until the next ping: the more the ways of the
// link vary, the more answers it takes to know their shortest. Among many
// everyone asks seldomer, and in a crowd seldom, for the ways vary with the number of questions: a
// thousand nodes that ask ten times a second leave a controller no time for the
// voice.
func (c *Clock) pause(onAir bool) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	least, most, wanted := pingUneasy, pingCalm, c.fit.pause()
	if !onAir {
		c.apart = 0
	}
	switch {
	case c.answers < learning:
		return pingFirst
	case c.answers < learnt && c.fit.vague() && c.apart < pingSounding:
		return max(pingFirst, c.apart)
	case c.disputes > 0:
		return pingFast
	case c.apart >= pingSounding:
		return pingSounding
	case onAir:
		least, most = max(pingOnAir, c.apart), pingSounding
		wanted /= onAirMore
	case c.answers < learnt:
		least = pingBusy
	}
	if c.answers < settled {
		most = pingSettling
	}
	return min(max(wanted, least), most)
}

package link

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/wire"
)

// tcp is a TCP connection over a bad link. In each direction packets stay in
// order, so one that is late holds up those behind it; one that is lost is sent
// again, and holds up all of them for as long. Acknowledgements are packets.
type tcp struct {
	up, down time.Duration // the latest arrival so far
	lull     lull
	due      time.Duration // the next ping, after
	wait     time.Duration
	sent     uint32 // packets
	owed     int    // packets that came and were not acknowledged
}

const (
	voiceEvery = 60 * time.Millisecond  // bundles, over a bad link
	sendAgain  = 250 * time.Millisecond // about the timer of RFC 6298 with such round trips; doubled each time
)

// overTCP makes the bad link one of TCP, on which a voice comes while it is on
// air.
func (w *world) overTCP() *world {
	w.bad().least, w.tcp = time.Millisecond, &tcp{}
	var voice func()
	voice = func() {
		w.later(w.now+voiceEvery, voice)
		if !w.onAir {
			return
		}
		w.tcp.down = w.carry(w.tcp.down)
		issued := w.truth(w.now)
		w.later(w.tcp.down, func() {
			w.clock.Heard(issued, w.base.Add(w.now), wire.FrameLength)
			w.tcp.came(w)
		})
	}
	w.later(0, voice)
	return w
}

// ask takes a ping there and its answer back.
func (t *tcp) ask(w *world, p wire.Ping) {
	t.wait = w.next - w.now
	t.wait -= time.Duration(w.rnd.Int64N(int64(t.wait/4) + 1))
	t.due = max(t.due+t.wait, w.now)
	t.send(w)
	w.later(t.up, func() {
		t2 := w.truth(w.now).UnixNano()
		t.down = w.carry(t.down)
		w.later(t.down, func() {
			w.arrive(wire.Pong{T1: p.T1, Nonce: p.Nonce, T2: t2, T3: t2})
			t.came(w)
		})
	})
	t.plan(w)
}

// send sends a packet; if it carries data, it acknowledges as well.
func (t *tcp) send(w *world) {
	t.up, t.owed = w.carry(t.up), 0
	t.sent++
	if now := w.base.Add(w.now); t.lull.open(now) {
		t.lull.sent(now, t.sent)
	}
}

// came is what Linux does about a packet with data (tcp_input.c): it is
// acknowledged with the next one, or after a while.
func (t *tcp) came(w *world) {
	t.owed++
	if sent := t.sent; t.owed == 1 {
		w.later(w.now+ackAfter, func() {
			if t.sent == sent {
				t.up, t.owed = w.carry(t.up), 0
				t.sent++ // of this the node is not told
			}
		})
	} else {
		t.up, t.owed = w.carry(t.up), 0
		t.sent++
	}
	if now := w.base.Add(w.now); t.lull.open(now) {
		t.lull.came(now, t.sent)
		t.plan(w)
	} else if !w.clock.unsteady() && t.due-w.now < lullEarly {
		w.next = w.now
	}
}

// plan is what Link.await does.
func (t *tcp) plan(w *world) {
	at := t.lull.moment(w.clock, w.base.Add(w.now), w.base.Add(t.due), t.wait)
	w.next = max(w.now, at.Sub(w.base))
}

// carry returns when a packet arrives that is sent now.
func (w *world) carry(last time.Duration) time.Duration {
	at := w.now
	for again := sendAgain; w.rnd.Float64() < w.loss; again *= 2 {
		at += again
	}
	return max(last, at+w.least+time.Duration(w.rnd.Int64N(int64(w.jitter))))
}

// On a bad link a node that has just connected learns the time within seconds;
// four of them agree on it.
func TestClockLearnsABadLinkSoon(t *testing.T) {
	for _, c := range []struct {
		name  string
		ppm   [4]float64
		onAir time.Duration // from here on
		most  time.Duration // spread, p50, in the call
		clean bool
	}{
		{"a clean link, on a machine that is busy", [4]float64{-100, -20, 0, 0}, 10 * time.Second, 250 * time.Microsecond, true},
		{"a call after ten seconds", [4]float64{}, 10 * time.Second, 2 * time.Millisecond, false},
		{"a call after ten seconds, crystals differ", [4]float64{-40, -10, 15, 30}, 10 * time.Second, 2 * time.Millisecond, false},
		{"a call after ten seconds, bad crystals", [4]float64{-100, -60, 60, 100}, 10 * time.Second, 4 * time.Millisecond, false},
		{"a call after half an hour", [4]float64{-40, -10, 15, 30}, 30 * time.Minute, time.Millisecond, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			looks, seeds := []time.Duration{5, 10, 20, 30, 45, 60, 85}, 40
			if c.onAir > time.Minute {
				looks, seeds = []time.Duration{1790, 1805, 1810, 1830, 1860}, 10
			}
			off, spread, idle, air := make([][]time.Duration, len(looks)), make([][]time.Duration, len(looks)), 0, 0
			for seed := range uint64(seeds) {
				at := make([][]time.Duration, len(looks))
				for i, ppm := range c.ppm {
					w := newWorld(seed*10+uint64(i), ppm).overTCP()
					if c.clean {
						w.least, w.jitter, w.loss = 200*time.Microsecond, 600*time.Microsecond, 0
					}
					for k, look := range looks {
						before := w.clock.pings
						w.run(min(look*time.Second, max(c.onAir, w.now)), time.Second, nil)
						idle += w.clock.pings - before
						before = w.clock.pings
						w.onAir = look*time.Second > c.onAir
						w.run(look*time.Second, time.Second, nil)
						air += w.clock.pings - before
						by, bound, ok := w.at(w.now)
						require.True(t, ok)
						require.LessOrEqual(t, by.Abs(), bound)
						at[k] = append(at[k], by)
						off[k] = append(off[k], by.Abs())
					}
				}
				for k := range looks {
					spread[k] = append(spread[k], slices.Max(at[k])-slices.Min(at[k]))
				}
			}
			text := ""
			for k, look := range looks {
				text += fmt.Sprintf("\n%5d s: off p50 %.2f p90 %.2f p99 %.2f ms; spread p50 %.2f p90 %.2f max %.2f ms", int(look),
					ms(quantile(off[k], 0.5)), ms(quantile(off[k], 0.9)), ms(quantile(off[k], 0.99)),
					ms(quantile(spread[k], 0.5)), ms(quantile(spread[k], 0.9)), ms(quantile(spread[k], 1)))
				if look*time.Second > c.onAir {
					require.Less(t, quantile(spread[k], 0.5), c.most)
				}
			}
			t.Logf("%s: %s\n%d pings before, %d in the call", c.name, text, idle/seeds/4, air/seeds/4)
		})
	}
}

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }

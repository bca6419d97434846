package speaker

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// simulated is a card whose frame n leaves at start + n/(Rate·(1+ppm)) + lost.
type simulated struct {
	start time.Time
	ppm   float64
	lost  time.Duration
}

func (s simulated) at(n int64) time.Time {
	return s.start.Add(time.Duration(float64(n)*1e9/Rate/(1+s.ppm*1e-6)) + s.lost)
}

// feed gives the clock readings for frames from n to end, each late by 0–late, and returns the worst error of the
// clock in the second half.
func feed(c *frameClock, s simulated, n, end int64, late time.Duration, rnd *rand.Rand) (worst time.Duration) {
	for half := (n + end) / 2; n < end; n += alsaPeriod {
		c.observe(n, s.at(n).Add(time.Duration(rnd.Int64N(int64(late)))))
		if err := c.at(n).Sub(s.at(n)).Abs(); n > half {
			worst = max(worst, err)
		}
	}
	return worst
}

func TestClockFollowsCrystal(t *testing.T) {
	for _, ppm := range []float64{-300, -50, 0, 50, 300} {
		rnd := rand.New(rand.NewPCG(1, 2))
		var c frameClock
		s := simulated{start: time.Unix(1e9, 0), ppm: ppm}
		worst := feed(&c, s, 0, 120*Rate, 8*time.Millisecond, rnd)
		t.Logf("%+.0f ppm: worst error in the second minute %v", ppm, worst)
		require.Less(t, worst, time.Millisecond)
	}
}

func TestClockJumpsOnUnderrunOnly(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	s := simulated{start: time.Unix(1e9, 0), ppm: 20}
	var c frameClock
	feed(&c, s, 0, 20*Rate, time.Millisecond, rnd)

	n := int64(20 * Rate)
	for range clockRecent - 1 { // a busy spell: readings late by up to 60 ms, yet nothing was lost
		require.Zero(t, c.observe(n, s.at(n).Add(60*time.Millisecond)))
		n += alsaPeriod
	}
	require.Zero(t, c.observe(n, s.at(n)))
	require.Less(t, c.at(n).Sub(s.at(n)).Abs(), 2*time.Millisecond)

	s.lost = 35 * time.Millisecond // an underrun
	var jumped time.Duration
	for range clockRecent {
		n += alsaPeriod
		jumped += c.observe(n, s.at(n))
	}
	require.InDelta(t, 35*time.Millisecond, jumped, float64(time.Millisecond))
	require.Less(t, c.at(n).Sub(s.at(n)).Abs(), time.Millisecond)
}

func TestClockKeepsTimeForAYear(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	s := simulated{start: time.Unix(1e9, 0)}
	var c frameClock
	feed(&c, s, 0, 20*Rate, time.Millisecond, rnd)
	const year = 365 * 24 * 3600 * Rate
	c.base, c.baseN = s.at(year), year
	worst := feed(&c, s, year, year+20*Rate, time.Millisecond, rnd)
	require.Less(t, worst, time.Millisecond)
}

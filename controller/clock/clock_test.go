package clock

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// machine is a wall clock that can be set, and drifts.
type machine struct {
	zero time.Time
	set  atomic.Int64
	ppm  float64
}

func (m *machine) wall() time.Time {
	passed := time.Since(m.zero)
	return time.Now().Round(0).Add(time.Duration(m.set.Load()) + time.Duration(float64(passed)*m.ppm*1e-6))
}

func run(t *testing.T, ppm float64, test func(t *testing.T, m *machine, c *Clock, onAir *atomic.Bool)) {
	synctest.Test(t, func(t *testing.T) {
		m := &machine{zero: time.Now(), ppm: ppm}
		c := following(m.wall)
		var onAir atomic.Bool
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- c.Run(ctx, onAir.Load, slog.New(slog.DiscardHandler)) }()
		test(t, m, c, &onAir)
		cancel()
		require.NoError(t, <-done)
	})
}

func TestFollowsWithoutAJump(t *testing.T) {
	run(t, 20, func(t *testing.T, m *machine, c *Clock, _ *atomic.Bool) {
		time.Sleep(followEvery / 2) // between two looks: what is read at one may be before or after it
		last, at := c.Now(), time.Now()
		for range 3600 {
			time.Sleep(time.Second)
			now := c.Now()
			require.InDelta(t, time.Since(at).Seconds(), now.Sub(last).Seconds(), 60e-6)
			last, at = now, time.Now()
		}
		require.WithinDuration(t, m.wall(), c.Now(), time.Millisecond)
		m.set.Add(int64(300 * time.Millisecond)) // an NTP correction
		time.Sleep(time.Second)
		require.InDelta(t, 1, c.Now().Sub(last).Seconds(), 60e-6)
		time.Sleep(4 * time.Hour)
		require.WithinDuration(t, m.wall(), c.Now(), time.Millisecond)
	})
}

func TestAnHourInMidCallWaitsForItsEnd(t *testing.T) {
	for _, by := range []time.Duration{time.Hour, -time.Hour, 40 * 365 * 24 * time.Hour} {
		run(t, 0, func(t *testing.T, m *machine, c *Clock, onAir *atomic.Bool) {
			onAir.Store(true)
			begun := c.Now()
			time.Sleep(10 * time.Second)
			m.set.Store(int64(by))
			time.Sleep(50 * time.Second)
			require.Equal(t, time.Minute, c.Now().Sub(begun))
			onAir.Store(false)
			time.Sleep(2 * time.Second)
			require.WithinDuration(t, m.wall(), c.Now(), time.Millisecond)
		})
	}
}

package link

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/wire"
)

// office is the controller's clock as the node's monotonic time sees it.
type office struct {
	start time.Time // the controller's time at node zero
	rate  float64   // of the node's crystal against it: 1e-4 is 100 ppm
}

func (o office) at(m time.Duration) time.Time {
	return o.start.Add(m + time.Duration(float64(m)*o.rate))
}

// ask plays one ping with its ways there and back.
func ask(c *Clock, o office, base time.Time, at, there, back time.Duration) (again bool) {
	p := c.ping(base.Add(at))
	t2 := o.at(at + there).UnixNano()
	return c.answer(wire.Pong{T1: p.T1, Nonce: p.Nonce, T2: t2, T3: t2}, base.Add(at+there+back))
}

func TestClockBoundIsHonest(t *testing.T) {
	base := time.Now()
	for _, ppm := range []float64{-100, -20, 0, 20, 100} {
		o := office{time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), ppm * 1e-6}
		c := NewClock(base, System{}, nil)
		_, _, ok := c.At(base)
		require.False(t, ok, "unknown until told")
		r := rand.New(rand.NewPCG(1, uint64(ppm+200)))
		var worst, widest time.Duration
		for i := range 2000 {
			at := time.Duration(i+1) * 10 * time.Second
			ask(c, o, base, at, time.Duration(r.IntN(100))*time.Millisecond, time.Duration(r.IntN(100))*time.Millisecond)
			now := at + 5*time.Second
			got, bound, ok := c.At(base.Add(now))
			require.True(t, ok)
			off := got.Sub(o.at(now)).Abs()
			require.LessOrEqual(t, off, bound, "ppm %v, answer %d", ppm, i)
			if i > 100 {
				worst, widest = max(worst, off), max(widest, bound)
			}
		}
		t.Logf("%+4.0f ppm, ways of 0 to 100 ms: off by at most %v, bound at most %v", ppm, worst, widest)
	}
}

func TestClockFollowsAStepButNotOneOddAnswer(t *testing.T) {
	base := time.Now()
	o := office{start: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
	c := NewClock(base, System{}, nil)
	ms := time.Millisecond
	require.True(t, ask(c, o, base, time.Second, ms, ms), "the first answer wants a second")
	require.False(t, ask(c, o, base, 2*time.Second, ms, ms))

	odd := office{start: o.start.Add(time.Hour)}
	require.True(t, ask(c, odd, base, 3*time.Second, ms, ms))
	require.False(t, ask(c, o, base, 4*time.Second, ms, ms))
	got, _, _ := c.At(base.Add(5 * time.Second))
	require.InDelta(t, 0, got.Sub(o.at(5*time.Second)).Seconds(), 0.002)

	for i := range 3 {
		ask(c, odd, base, time.Duration(6+i)*time.Second, ms, ms)
	}
	got, _, _ = c.At(base.Add(10 * time.Second))
	require.InDelta(t, 0, got.Sub(odd.at(10*time.Second)).Seconds(), 0.002)
}

func TestClockRefusesWhatIsNoAnswer(t *testing.T) {
	base := time.Now()
	c := NewClock(base, System{}, nil)
	p := c.ping(base.Add(time.Second))
	now := base.Add(1010 * time.Millisecond)
	unix := time.Now().UnixNano()
	for _, bad := range []wire.Pong{
		{T1: p.T1 + 1, Nonce: p.Nonce, T2: unix, T3: unix}, {T1: p.T1, Nonce: p.Nonce, T2: unix, T3: unix - 1},
		{T1: p.T1, Nonce: p.Nonce, T2: unix, T3: unix + 11e6}, {T1: p.T1, Nonce: p.Nonce}, {T1: p.T1, Nonce: p.Nonce + 1, T2: unix, T3: unix},
	} {
		c.answer(bad, now)
		_, _, ok := c.At(now)
		require.False(t, ok, "%+v", bad)
	}
	c.answer(wire.Pong{T1: p.T1, Nonce: p.Nonce, T2: unix, T3: unix}, now)
	_, _, ok := c.At(now)
	require.True(t, ok)
	require.False(t, c.answer(wire.Pong{T1: p.T1, Nonce: p.Nonce, T2: 1, T3: 1}, now), "answered once already")
}

func TestClockOverARestart(t *testing.T) {
	base := time.Now()
	o := office{start: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
	c := NewClock(base, System{BootID: "b1", Boottime: time.Hour}, nil)
	ask(c, o, base, time.Second, time.Millisecond, time.Millisecond)
	kept, err := c.Save(base.Add(2 * time.Second))
	require.NoError(t, err)

	later := NewClock(base, System{BootID: "b1", Boottime: time.Hour + 102*time.Second}, kept)
	got, bound, ok := later.At(base)
	require.True(t, ok)
	require.WithinDuration(t, o.at(102*time.Second), got, time.Microsecond)
	require.InDelta(t, (17 * time.Millisecond).Seconds(), bound.Seconds(), 0.001, "100 s at 160 ppm, and the first millisecond")

	_, _, ok = NewClock(base, System{BootID: "b2", Boottime: time.Minute}, kept).At(base)
	require.False(t, ok, "the board restarted and has no clock")
	got, bound, ok = NewClock(base, System{BootID: "b2", Synced: true}, kept).At(base)
	require.True(t, ok)
	require.WithinDuration(t, base, got, 0)
	require.Equal(t, systemBound, bound)
	_, _, ok = NewClock(base, System{BootID: "b1", Boottime: 40 * 24 * time.Hour}, kept).At(base)
	require.False(t, ok, "too long ago to be of use")
	_, _, ok = NewClock(base, System{BootID: "b1", Boottime: 2 * time.Hour}, []byte("torn")).At(base)
	require.False(t, ok)
}

// A board without a chip is set back over NTP while its answers are kept away:
// that is not believed. The controller's own fresh answer is.
func TestClockIsNotSetBack(t *testing.T) {
	base := time.Now()
	ms := time.Millisecond
	o := office{start: base.Add(time.Hour)}
	c := NewClock(base, System{BootID: "b1", Boottime: time.Minute, Synced: true}, nil)
	_, _, ok := c.Told(base)
	require.False(t, ok, "the wall clock is not the controller")
	kept, err := c.Save(base)
	require.NoError(t, err)
	_, _, ok = NewClock(base.Add(-time.Hour), System{BootID: "b2", Synced: true}, kept).At(base)
	require.True(t, ok, "no more is a wall clock of before")

	for i := range stepAnswers {
		ask(c, o, base, time.Duration(1+i)*time.Second, ms, ms)
	}
	told, bound, ok := c.Told(base.Add(4 * time.Second))
	require.True(t, ok)
	kept, err = c.Save(base.Add(4 * time.Second))
	require.NoError(t, err)
	least := told.Add(-bound)

	boot := func(wall time.Time) (*Clock, bool) {
		next := NewClock(wall, System{BootID: "b2", Synced: true}, kept)
		_, _, ok := next.At(wall)
		_, _, byAnswer := next.Told(wall)
		require.False(t, byAnswer, "after a restart of the board")
		return next, ok
	}
	_, ok = boot(least.Add(-1))
	require.False(t, ok)
	believed, ok := boot(least)
	require.True(t, ok)
	again, err := believed.Save(least.Add(time.Minute))
	require.NoError(t, err)
	require.NotNil(t, again)
	_, _, ok = NewClock(least.Add(-1), System{BootID: "b3", Synced: true}, again).At(least)
	require.False(t, ok, "the bound outlives a boot that knew only its wall clock")

	unknown, _ := boot(base)
	past := office{start: base}
	ask(unknown, past, base, time.Second, ms, ms)
	got, _, ok := unknown.Told(base.Add(2 * time.Second))
	require.True(t, ok)
	require.WithinDuration(t, past.at(2*time.Second), got, 2*ms, "the controller's clock was set back")
	kept, err = unknown.Save(base.Add(2 * time.Second))
	require.NoError(t, err)
	_, ok = boot(base.Add(3 * time.Second))
	require.True(t, ok, "and that is the bound from now on")
	same := NewClock(base, System{BootID: "b2", Boottime: time.Minute}, kept)
	_, _, ok = same.Told(base)
	require.True(t, ok, "the node alone restarted")
}

func BenchmarkClockAt(b *testing.B) {
	base := time.Now()
	c := NewClock(base, System{Synced: true}, nil)
	b.ReportAllocs()
	for b.Loop() {
		c.At(base)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(int64(1), int64(2), int64(3))
	base := time.Now()
	f.Fuzz(func(t *testing.T, t1, t2, t3 int64) {
		c := NewClock(base, System{}, nil)
		p := c.ping(base.Add(time.Second))
		c.answer(wire.Pong{T1: t1, Nonce: p.Nonce, T2: t2, T3: t3}, base.Add(2*time.Second))
		if _, bound, ok := c.At(base.Add(3 * time.Second)); ok {
			require.GreaterOrEqual(t, bound, time.Duration(0))
		}
	})
}

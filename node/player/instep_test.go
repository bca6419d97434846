package player

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/node/wire"
	"loa/schedule"
)

// lag returns how much later than it should what was heard is, judged by the sound alone: the shift of pcm at which it
// is most alike. pcm is the sound whose frame 0 belongs to start; it repeats.
func lag(t *testing.T, pcm, got []float32, at, start time.Time, ppm float64) time.Duration {
	t.Helper()
	step := 1 / (1 + ppm*1e-6)
	likeness := func(by time.Duration) float64 {
		place := at.Sub(start).Seconds()*audio.Rate - by.Seconds()*audio.Rate
		first := int(math.Floor(place))
		src := make([]float32, len(got)+8*audio.Reach)
		for i := range src {
			src[i] = pcm[(first-2*audio.Reach+i+len(pcm))%len(pcm)]
		}
		want := make([]float32, len(got))
		audio.Interpolate(want, src, 2*audio.Reach+place-float64(first), step)
		return correlation(want, got)
	}
	best, found := -1.0, time.Duration(0)
	for _, round := range []struct{ span, step time.Duration }{{5 * ms, 100 * time.Microsecond},
		{100 * time.Microsecond, 10 * time.Microsecond}, {10 * time.Microsecond, 2 * time.Microsecond}} {
		middle := found
		for by := -round.span; by <= round.span; by += round.step {
			if c := likeness(middle + by); c > best {
				best, found = c, middle+by
			}
		}
	}
	require.Greater(t, best, 0.97, "it is that sound")
	return found
}

// A card whose crystal is off stays in step, clips and voices alike, and the proof of play is right. Snapcast's error
// was 6 ms after a minute at 100 ppm.
func TestInStepOnASkewedCard(t *testing.T) {
	for ppm, block := range map[float64]time.Duration{-300: 20 * ms, -100: frames(2048), 20: 20 * ms, 100: frames(960)} {
		bubbleOne(t, fmt.Sprintf("%+g ppm, blocks of %v", ppm, block), func(t *testing.T, r *rig) {
			r.ppm, r.block = ppm, block
			item, pcm := r.clip(1, 10*sec)
			item.Repeat = 7
			s := speech(t, 5, 30*sec)
			at := r.now().Add(5 * sec).Truncate(sec)
			c := r.call("c1", schedule.Live, at.Add(75*sec), 30*sec)
			r.start(withCalls(plan(programme("p", schedule.Normal, at, item)), c))
			r.speak(c, s, inTime(200*ms))
			r.until(at.Add(110 * sec))
			r.stop()
			var lags []time.Duration
			for _, after := range []time.Duration{sec, 5 * sec, 30 * sec, 60 * sec} {
				got, when := r.placed(at.Add(after), audio.Rate/10)
				lags = append(lags, lag(t, pcm, got, when, at, ppm))
			}
			got, when := r.placed(c.Start.Add(20*sec), audio.Rate/10)
			voice := lag(t, s.pcm, got, when, c.Start, ppm)
			t.Logf("late after 1, 5, 30 and 60 s: %v; a voice after 20 s: %v", lags, voice)
			for _, l := range append(lags, voice) {
				require.Less(t, l.Abs(), 700*time.Microsecond)
			}
			require.Less(t, lags[3].Abs(), 100*time.Microsecond)
			require.Less(t, voice.Abs(), 100*time.Microsecond)
			all, _ := r.placed(at, 69*audio.Rate)
			smooth(t, all, 1.3*steepest(pcm), "no clicks")
			p := r.playOf("p", 0)
			require.Equal(t, wire.Heard, p.Outcome, p.Reason)
			require.InDelta(t, 70*sec, p.Heard, float64(5*ms), "counted in the clip's frames")
			require.WithinDuration(t, at, p.Began, ms)
			require.WithinDuration(t, at.Add(70*sec), p.Ended, 2*ms)
			require.Equal(t, wire.Heard, r.playOf("c1", 0).Outcome)
			require.InDelta(t, 30*sec, r.playOf("c1", 0).Heard, float64(50*ms))
		})
	}
}

// A small error goes away without a jump; an output that is in step plays the clip as it is.
func TestSmallErrorsAreMadeGood(t *testing.T) {
	for _, step := range []time.Duration{50 * time.Microsecond, 500 * time.Microsecond, -3 * ms, 3 * ms, 4900 * time.Microsecond} {
		bubbleOne(t, step.String(), func(t *testing.T, r *rig) {
			a, pcm := r.clip(1, 40*sec)
			at := r.now().Add(10 * sec).Truncate(sec)
			b := programme("b", schedule.Normal, at.Add(50*sec), a)
			r.start(plan(programme("p", schedule.Normal, at, a), b))
			r.until(at.Add(10 * sec))
			same(t, pcm[480:9*audio.Rate], r.heard(at.Add(10*ms), 9*sec-10*ms), 1e-6, "as it is")
			r.set(func() { r.offset += step })
			r.until(at.Add(100 * sec))
			r.stop()
			var lags []time.Duration
			for _, after := range []time.Duration{sec, 5 * sec, 10 * sec, 20 * sec} {
				when := at.Add(10*sec + after).Truncate(20 * ms)
				got := r.heard(when, 40*ms)
				lags = append(lags, lag(t, pcm, got, when.Add(frames(1)/2), at, 0))
			}
			t.Logf("late 1, 5, 10 and 20 s after: %v", lags)
			require.Less(t, lags[3].Abs(), 100*time.Microsecond, "within the dead band")
			smooth(t, r.heard(at.Add(9*sec), 30*sec), 1.1*steepest(pcm), "no jump")
			require.Equal(t, wire.Heard, r.playOf("p", 0).Outcome)
			require.InDelta(t, 40*sec, r.playOf("p", 0).Heard, float64(10*ms))
			got := r.heard(b.Rule.At.Add(10*sec), 40*ms)
			require.Less(t, lag(t, pcm, got, b.Rule.At.Add(10*sec+frames(1)/2), b.Rule.At, 0).Abs(), 100*time.Microsecond, "the next item")
		})
	}
}

func TestServo(t *testing.T) {
	var s servo
	s.follow(deadBand, 0, 960)
	require.Equal(t, servo{calm: 960}, s, "near enough")
	worst := 0.0
	for off, n := float64(inStep), 0; n < 60*50; n++ { // at the limit, and a card of 150 ppm
		s.follow(off, 0.3, 960)
		require.LessOrEqual(t, math.Abs(s.rate-s.skew), steerMost+2e-5)
		off += 960 * (150e-6 - s.rate)
		if n > 30*50 {
			worst = max(worst, math.Abs(off))
		}
	}
	require.Less(t, worst, 1.0, "within a frame after half a minute")
	require.InDelta(t, 150e-6, s.skew, 1e-6)
	s.begin()
	require.InDelta(t, 150e-6, s.rate, 1e-6, "the next item begins with what was learnt")
	s.skew = skewNone / 2
	s.begin()
	require.Zero(t, s, "frames as they are")
	for range 1000 {
		s.follow(-learnSkew, 0.3, 96000)
	}
	require.InDelta(t, -skewMost, s.skew, 1e-9)
}

// An output with hardly any skew is led to a whole frame and then left alone, so that it need not be resampled; a step
// of the clock after that is made good in a moment, and teaches no skew. One whose crystal is off is steered always.
func TestServoLeavesAloneWhatIsInStep(t *testing.T) {
	for _, c := range []struct {
		skew        float64
		first, most time.Duration // until exact at first; steered afterwards, over a minute in which the clock steps twice
	}{{0, 15 * sec, 5 * sec}, {1e-6, 15 * sec, 8 * sec}, {-2e-6, 20 * sec, 20 * sec}, {20e-6, time.Hour, time.Minute}} {
		var s servo
		at, want, first, steered := 0.0, 3.3, time.Hour, time.Duration(0)
		for now := time.Duration(0); now < 90*sec; now += 20 * ms {
			if now == 50*sec || now == 70*sec {
				want += 4.2
			}
			s.follow(want-at, at-math.Floor(at), 960)
			switch {
			case !s.on:
				require.Zero(t, s.rate)
				require.InDelta(t, math.Round(at), at, 1e-5, "a whole frame")
				require.Less(t, math.Abs(want-at), deadBand+1e-9)
				at, first = math.Round(at), min(first, now)
			case now >= 30*sec:
				steered += 20 * ms
			}
			at += 960 * (1 + s.rate)
			want += 960 * (1 + c.skew)
		}
		t.Logf("skew %+g: exact after %v, then steered for %v of a minute", c.skew, first, steered)
		require.LessOrEqual(t, first, c.first)
		require.LessOrEqual(t, steered, c.most)
	}
}

// Each node plays later or earlier by its plan's delay, within a second; what is told is when it was heard.
func TestDelay(t *testing.T) {
	for _, delay := range []time.Duration{300 * ms, -200 * ms, 123456789, -sec, time.Hour} {
		bubbleOne(t, delay.String(), func(t *testing.T, r *rig) {
			real := min(delay, maxDelay)
			a, pcm := r.clip(1, 20*sec)
			s := speech(t, 5, 10*sec)
			at := r.now().Add(20 * sec).Truncate(sec)
			c := r.call("c1", schedule.Live, at.Add(30*sec), 10*sec)
			p := withCalls(plan(programme("p", schedule.Normal, at, a)), c)
			p.Delay = delay
			r.start(p)
			r.speak(c, s, inTime(1300*ms))
			r.until(at.Add(time.Minute))
			r.stop()
			got := r.heard(at.Add(real), 20*sec)
			same(t, pcm[10:len(got)-1000], got[10:len(got)-1000], 1e-6, "later by the delay")
			silent(t, r.heard(at.Add(real-5*sec), 5*sec-frames(1)), "before")
			got = r.heard(c.Start.Add(real), 9*sec)
			require.Greater(t, correlation(s.pcm[1:len(got)], got[1:]), 0.999, "a voice")
			q := r.playOf("p", 0)
			require.Equal(t, wire.Heard, q.Outcome)
			require.InDelta(t, 20*sec, q.Heard, float64(ms))
			require.WithinDuration(t, at.Add(real), q.Began, frames(2))
			require.WithinDuration(t, at.Add(real+20*sec), q.Ended, frames(2))
			require.WithinDuration(t, c.Start.Add(real), r.playOf("c1", 0).Began, frames(2))
			require.WithinDuration(t, r.playOf("c1", 0).Ended, r.player.LastHeard(), ms)
			require.Equal(t, 20*ms+20*ms+5*ms-real, r.player.Ahead(), "what must come earlier by as much")
		})
	}
}

// A change of the delay while something is on air is one jump.
func TestDelayChangesOnAir(t *testing.T) {
	for _, delay := range []time.Duration{-400 * ms, 700 * ms} {
		bubbleOne(t, delay.String(), func(t *testing.T, r *rig) {
			a, pcm := r.clip(1, 40*sec)
			at := r.now().Add(5 * sec).Truncate(sec)
			p := plan(programme("p", schedule.Normal, at, a))
			p.Delay = 200 * ms
			r.start(p)
			r.until(at.Add(15 * sec))
			p.Delay += delay
			r.player.SetPlan(p)
			r.until(at.Add(60 * sec))
			r.stop()
			same(t, pcm[480:14*audio.Rate], r.heard(at.Add(210*ms), 14*sec-10*ms), 1e-6, "before")
			got := r.heard(at.Add(p.Delay+16*sec), 20*sec)
			alike(t, pcm[16*audio.Rate:16*audio.Rate+len(got)], got, "after")
			smooth(t, r.heard(at.Add(14*sec), 3*sec), 1.3*steepest(pcm), "one jump")
			require.Len(t, r.plays, 1)
			require.Equal(t, wire.Heard, r.plays[0].Outcome)
			require.Empty(t, r.plays[0].Reason)
		})
	}
}

// The controller's clock is set by an hour in mid-call: with the plan that lets the call go with it nothing is heard
// of that, the call ends when it should, and its play is whole.
func TestCallGoesWithAClockThatIsSet(t *testing.T) {
	for _, step := range []time.Duration{time.Hour, -time.Hour, 5 * sec} {
		for _, after := range []time.Duration{0, 30 * ms, 600 * ms} {
			bubbleOne(t, fmt.Sprintf("%v, the plan after %v", step, after), func(t *testing.T, r *rig) {
				s := speech(t, 5, 30*sec)
				at := r.now().Add(5 * sec).Truncate(sec)
				c := r.call("c1", schedule.Live, at, 20*sec)
				r.start(withCalls(plan(), c))
				r.speak(c, s, inTime(300*ms))
				r.until(at.Add(8 * sec))
				moved := c
				moved.Start, moved.End = c.Start.Add(step), c.End.Add(step)
				r.set(func() { r.offset += step; r.feeds["c1"].SetStart(moved.Start) })
				time.Sleep(after)
				r.player.SetPlan(withCalls(plan(), moved))
				r.until(at.Add(step + 9*sec))
				require.NotNil(t, r.player.OnAir())
				r.until(at.Add(step + 40*sec))
				r.stop()
				r.offset -= step // heard goes by it
				got := r.heard(at, 20*sec)
				require.Greater(t, correlation(s.pcm[1:len(got)], got[1:]), 0.999, "not a frame is missing")
				silent(t, r.heard(c.End.Add(50*ms), 10*sec), "ends when it should")
				require.Len(t, r.plays, 1)
				p := r.playOf("c1", 0)
				require.Equal(t, wire.Heard, p.Outcome, p.Reason)
				require.InDelta(t, 20*sec, p.Heard, float64(50*ms))
				require.WithinDuration(t, moved.Start, p.Began, frames(2))
				require.WithinDuration(t, moved.End, p.Ended, frames(2))
			})
		}
	}
}

// Without such a plan the new time counts, a second later.
func TestCallThatDoesNotGoWithTheClock(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		s := speech(t, 5, 30*sec)
		at := r.now().Add(5 * sec).Truncate(sec)
		c := r.call("c1", schedule.Live, at, 20*sec)
		r.start(withCalls(plan(), c))
		r.speak(c, s, inTime(1200*ms))
		r.until(at.Add(8 * sec))
		r.set(func() { r.offset += time.Hour })
		time.Sleep(10 * sec)
		synctest.Wait()
		r.stop()
		r.offset -= time.Hour
		silent(t, r.heard(at.Add(9100*ms), 8*sec), "over")
		require.Equal(t, wire.ClockUnknown, r.playOf("c1", 0).Reason)
		require.InDelta(t, 9*sec, r.playOf("c1", 0).Heard, float64(100*ms))
	})
}

// What Ahead says is what it takes: frames that come a little earlier are all heard, and with a little less some are
// made up. The output here has no latency of its own.
func TestAheadIsWhatItTakes(t *testing.T) {
	for _, block := range []time.Duration{frames(512), frames(1024), frames(2048)} { // at which frames begin anywhere
		for _, more := range []time.Duration{ms / 2, -2 * ms} {
			bubbleOne(t, fmt.Sprintf("blocks of %v, %v more", block, more), func(t *testing.T, r *rig) {
				r.block = block
				s := speech(t, 5, 10*sec)
				at := r.now().Add(5 * sec).Truncate(sec)
				c := r.call("c1", schedule.Live, at, 9*sec)
				r.start(withCalls(plan(), c))
				r.until(at.Add(-2 * sec))
				need := r.player.Ahead()
				r.speak(c, s, inTime(need+more))
				r.until(at.Add(12 * sec))
				r.stop()
				n := r.feeds["c1"].Counters()
				t.Logf("need %v: %+v", need, n)
				require.Equal(t, more < 0, n.Lost+n.Recovered+n.Concealed > 0)
			})
		}
	}
}

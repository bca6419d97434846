package player

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/audio/tune"
	"loa/node/wire"
	"loa/schedule"
)

// spoken is a voice as it is sent, and the sound that it is.
type spoken struct {
	packets [][]byte
	pcm     []float32
}

var voices sync.Map // as noiseClips

func speech(t testing.TB, seed uint64, length time.Duration) spoken {
	once, _ := voices.LoadOrStore(fmt.Sprint(seed, length), sync.OnceValue(func() spoken { return speak(t, seed, length) }))
	return once.(func() spoken)()
}

func speak(t testing.TB, seed uint64, length time.Duration) spoken {
	var s spoken
	enc, err := audio.NewEncoder(32000)
	require.NoError(t, err)
	dec, err := audio.NewJitter(time.Time{}) // of a call, which is not the decoder of a clip
	require.NoError(t, err)
	said := vowels(float64(seed), length)
	s.pcm = make([]float32, len(said))
	for at := 0; at < len(said); at += audio.FrameSamples {
		packet := make([]byte, audio.MaxPacket)
		n, err := enc.Encode(said[at:at+audio.FrameSamples], packet)
		require.NoError(t, err)
		frame := uint64(at / audio.FrameSamples)
		dec.Push(frame, [][]byte{packet[:n]}, time.Time{}.Add(time.Duration(frame)*audio.FrameLength))
		ok, sound := dec.Next(s.pcm[at:at+audio.FrameSamples], true)
		require.True(t, ok && sound)
		s.packets = append(s.packets, packet[:n])
	}
	return s
}

// vowels is like a voice: the harmonics of a pitch that wanders, in syllables. The sine of each multiple follows from
// those of the two before: sines take most of the time of these tests otherwise.
func vowels(seed float64, length time.Duration) []float32 {
	pcm := make([]float32, audio.Samples(length))
	phase := 0.0
	for i := range pcm {
		t := seed + float64(i)/audio.Rate
		phase += 2 * math.Pi * (140 + 40*math.Sin(2.1*t) + 15*math.Sin(13*t+math.Sin(5*t))) / audio.Rate
		sin, cos := math.Sincos(phase)
		wave, wave1, twice := sin, 0.0, 2*cos // sin(k·phase) and the one before
		swell, swell1, by := math.Sin(10*t), math.Sin(9*t), 2*math.Cos(t)
		sum := 0.0
		for k := 1.0; k < 12; k++ {
			sum += 0.2 / k * wave * (0.6 + 0.4*swell)
			wave, wave1 = twice*wave-wave1, wave
			swell, swell1 = by*swell-swell1, swell
		}
		pcm[i] = float32(sum)
	}
	return pcm
}

// call is a voice on air from a start to a limit; its frames are expected from now on.
func (r *rig) call(id string, class schedule.Class, start time.Time, limit time.Duration) schedule.Call {
	feed, err := NewFeed(start)
	require.NoError(r.t, err)
	r.set(func() { r.feeds[id] = feed })
	return schedule.Call{ID: id, Title: "call " + id, Class: class, Level: schedule.CommuneLevel, Start: start, End: start.Add(limit)}
}

// travel says how long before its time a frame arrives, and whether it does.
type travel func(frame int) (early time.Duration, arrives bool)

func inTime(early time.Duration) travel {
	return func(int) (time.Duration, bool) { return early, true }
}

// speak sends a voice, frame by frame, until the returned function is called or all is sent.
func (r *rig) speak(c schedule.Call, s spoken, how travel) (stop func()) {
	ctx, cancel := context.WithCancel(r.t.Context())
	r.t.Cleanup(cancel)
	for i, packet := range s.packets {
		early, arrives := how(i)
		wait := c.Start.Add(time.Duration(i)*20*ms - early).Sub(r.now())
		if !arrives {
			continue
		}
		go func() {
			select {
			case <-ctx.Done():
			case <-time.After(wait):
				r.mu.Lock()
				feed := r.feeds[c.ID]
				r.mu.Unlock()
				feed.Push(uint64(i), [][]byte{packet}, r.now())
			}
		}()
	}
	return cancel
}

func withCalls(p wire.Plan, calls ...schedule.Call) wire.Plan {
	p.Calls = calls
	return p
}

// A voice that comes long before its time is decoded somewhat ahead of the
// mixer, its first frame too, and more of it the longer the mixer goes on.
func TestVoiceIsDecodedLittleByLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		said := speech(t, 3, time.Second)
		feed, err := NewFeed(time.Now().Add(sec))
		require.NoError(t, err)
		v := newVoice(schedule.Item{Kind: schedule.Voice, Length: time.Minute}, &tally{})
		v.prepare(0)
		ctx, cancel := context.WithCancel(t.Context())
		go v.run(ctx, func(ctx context.Context) error {
			return v.speak(ctx, func(string) (*Feed, bool) { return feed, true }, "c1")
		}, slog.New(slog.DiscardHandler))
		decoded := func() time.Duration {
			synctest.Wait()
			v.mu.Lock()
			defer v.mu.Unlock()
			return audio.Length(v.end)
		}
		const silent, ahead = 6, 300 * time.Millisecond
		feed.Push(silent, said.packets[:40], time.Now())
		require.Equal(t, ahead, decoded())
		for i := range 10 {
			v.goOn(int64(i)*audio.FrameSamples, false)
			v.expect(audio.FrameSamples)
			feed.Push(uint64(silent+40+i), said.packets[40+i:41+i], time.Now()) // by which it wakes
			played := time.Duration(i) * 20 * ms
			require.InDelta(t, ahead+played+20*ms+played/8, decoded(), float64(20*ms))
		}
		cancel()
		<-v.ended
	})
}

func TestVoiceTakesTheAirAndGivesItBack(t *testing.T) {
	for _, block := range []time.Duration{20 * ms, frames(2048)} {
		t.Run(block.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.block = block
				low, lowPCM := r.clip(1, 60*sec)
				s := speech(t, 5, 10*sec)
				at := r.now().Add(20 * sec).Truncate(sec)
				base := plan(programme("low", schedule.Normal, at, low))
				r.start(base)
				begin := at.Add(10 * sec)
				r.until(begin.Add(-300 * ms))
				c := r.call("c1", schedule.Live, begin, time.Hour)
				r.player.SetPlan(withCalls(base, c))
				r.speak(c, s, inTime(100*ms))
				r.until(begin.Add(5 * sec))
				require.Equal(t, "c1", r.player.OnAir().Airing)
				require.Equal(t, "call c1", r.player.OnAir().Title)
				end := begin.Add(8 * sec)
				r.until(end.Add(30 * ms)) // the word of it comes a little late
				c.End = end
				r.player.SetPlan(withCalls(base, c))
				r.until(at.Add(70 * sec))
				r.stop()

				got := r.heard(begin, 8*sec)
				want := s.pcm[:len(got)]
				require.Greater(t, correlation(want[1:], got[1:]), 0.999)
				shift := leastDifference(want[audio.Rate:2*audio.Rate], got[audio.Rate-2:])
				require.LessOrEqual(t, shift, 1, "in its place to the sample")
				got = r.heard(end.Add(200*ms), 40*sec)
				from := int(audio.Samples(end.Add(200 * ms).Sub(at)))
				alike(t, lowPCM[from:from+len(got)], got, "rejoins")
				smooth(t, r.heard(begin.Add(-sec), 11*sec), 1.5*max(steepest(lowPCM), steepest(s.pcm)), "taking over and giving back")

				p := r.playOf("c1", 0)
				require.Equal(t, wire.Heard, p.Outcome, p.Reason)
				require.Equal(t, 8*sec, p.Length, "until it was stopped")
				require.Equal(t, "c1", p.Airing)
				require.WithinDuration(t, begin, p.Began, frames(2))
				p = r.playOf("low", 0)
				require.Equal(t, string(schedule.Preempted), p.Reason)
				require.InDelta(t, 52*sec, p.Heard, float64(200*ms))
				require.Len(t, r.plays, 2)
			})
		})
	}
}

// leastDifference returns by how many samples from -2 to 2 b is later than a, as it was cut.
func leastDifference(a, b []float32) int {
	best, shift := -1.0, 0
	for k := range 5 {
		if c := correlation(a, b[k:k+len(a)]); c > best {
			best, shift = c, k-2
		}
	}
	return max(shift, -shift)
}

func TestVoiceOverABadLink(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		s := speech(t, 5, 30*sec)
		at := r.now().Add(5 * sec).Truncate(sec)
		c := r.call("c1", schedule.Live, at, 30*sec)
		r.start(withCalls(plan(), c))
		rnd := rand.New(rand.NewPCG(1, 1))
		r.speak(c, s, func(int) (time.Duration, bool) { // 2 % lost, one in fifty late, the others up to 100 ms apart
			switch rnd.IntN(50) {
			case 0:
				return 0, false
			case 1:
				return -40 * ms, true
			}
			return 160*ms - time.Duration(rnd.IntN(100))*ms, true
		})
		r.until(at.Add(40 * sec))
		r.stop()
		got := r.heard(at, 30*sec)
		like := correlation(s.pcm[1:], got[1:])
		counters := r.feeds["c1"].Counters()
		t.Logf("likeness %.4f, %+v", like, counters)
		require.Greater(t, like, 0.95)
		require.InDelta(t, counters.Lost, counters.Recovered+counters.Concealed, 5, "or after the last")
		require.Positive(t, counters.Recovered)
		require.Positive(t, counters.Late)
		require.Equal(t, wire.Heard, r.playOf("c1", 0).Outcome)
		smooth(t, got, 2*steepest(s.pcm), "no clicks")
	})
}

// Eight seconds without frames are silence, and lost; what comes then is in its place.
func TestVoiceWithAGap(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		s := speech(t, 5, 30*sec)
		at := r.now().Add(5 * sec).Truncate(sec)
		c := r.call("c1", schedule.Live, at, 30*sec)
		r.start(withCalls(plan(), c))
		r.speak(c, s, func(n int) (time.Duration, bool) { return 100 * ms, n < 500 || n >= 900 })
		r.until(at.Add(15 * sec))
		require.Nil(t, r.player.OnAir(), "silence is not shown as sound")
		r.until(at.Add(40 * sec))
		r.stop()
		silent(t, r.heard(at.Add(10*sec+130*ms), 7850*ms), "gap")
		got := r.heard(at.Add(18*sec+100*ms), 11*sec)
		from := int(audio.Samples(18*sec + 100*ms))
		alike(t, s.pcm[from:from+len(got)], got, "in its place")
		smooth(t, r.heard(at.Add(9*sec), 10*sec), 1.5*steepest(s.pcm), "gap")
		p := r.playOf("c1", 0)
		require.Equal(t, wire.Partly, p.Outcome)
		require.Equal(t, Late, p.Reason)
		require.InDelta(t, 22*sec, p.Heard, float64(150*ms), "no more than there was")
	})
}

// The second is heard while it lasts; then the first again, where it is by then.
func TestSecondEmergencyIsHeardWhileItLasts(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		a, b := speech(t, 5, 20*sec), speech(t, 6, 10*sec)
		at := r.now().Add(5 * sec).Truncate(sec)
		first, second := r.call("e1", schedule.Emergency, at, time.Hour), r.call("e2", schedule.Emergency, at.Add(4*sec), 10*sec)
		r.start(withCalls(plan(), first))
		r.speak(first, a, inTime(100*ms))
		r.speak(second, b, inTime(100*ms))
		r.until(second.Start.Add(-200 * ms))
		r.player.SetPlan(withCalls(plan(), first, second))
		r.until(at.Add(20 * sec))
		first.End = at.Add(20 * sec)
		r.player.SetPlan(withCalls(plan(), first, second))
		r.until(at.Add(25 * sec))
		r.stop()
		got := r.heard(second.Start.Add(20*ms), 9*sec)
		alike(t, b.pcm[960:960+len(got)], got, "the second")
		got = r.heard(second.End.Add(100*ms), 5*sec)
		from := int(audio.Samples(second.End.Add(100 * ms).Sub(at)))
		alike(t, a.pcm[from:from+len(got)], got, "the first again, in its place")
		silent(t, r.heard(first.End.Add(50*ms), 4*sec), "until it is stopped")
		p := r.playOf("e1", 0)
		require.Equal(t, string(schedule.Replaced), p.Reason)
		require.InDelta(t, 10*sec, p.Heard, float64(60*ms))
		require.Equal(t, wire.Heard, r.playOf("e2", 0).Outcome)
	})
}

// A recorded emergency repeats until it is stopped; it is silent at once then, and only what was on air is told.
func TestRecordedEmergencyIsStopped(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		item, pcm := r.clip(2, 5*sec)
		at := r.now().Add(5 * sec).Truncate(sec)
		c := schedule.Call{ID: "e1", Title: "Lũ", Class: schedule.Emergency, Start: at, End: at.Add(time.Hour),
			Rundown: []schedule.Item{chime, item, {Kind: schedule.Gap, Length: 2 * sec}}}
		round := tune.ChimeDuration + 7*sec
		r.start(withCalls(plan(), c))
		stopped := at.Add(round + tune.ChimeDuration + 2*sec)
		r.until(stopped.Add(70 * ms))
		c.End = stopped
		r.player.SetPlan(withCalls(plan(), c))
		r.until(stopped.Add(time.Minute))
		r.stop()
		got := r.heard(at.Add(round+tune.ChimeDuration), 1900*ms)
		same(t, pcm[10:len(got)-10], got[10:len(got)-10], 1e-6, "the second time")
		smooth(t, r.heard(stopped.Add(-sec), 2*sec), 1.2*steepest(pcm), "stop")
		silent(t, r.heard(stopped.Add(150*ms), 50*sec), "stopped")
		require.Len(t, r.plays, 4, "what would have followed never was")
		for i, item := range []int{0, 1, 3, 4} {
			require.Equal(t, item, r.plays[i].Item)
			require.Equal(t, wire.Heard, r.plays[i].Outcome, r.plays[i].Reason)
		}
		require.Equal(t, 2*sec, r.plays[3].Length)
	})
}

func TestPowerCutInMidCall(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		s := speech(t, 5, 30*sec)
		at := r.now().Add(5 * sec).Truncate(sec)
		c := r.call("c1", schedule.Live, at, 30*sec)
		p := withCalls(plan(), c)
		r.start(p)
		r.speak(c, s, inTime(100*ms))
		r.until(at.Add(12 * sec))
		r.kill()
		r.until(at.Add(15 * sec))
		r.call("c1", schedule.Live, at, 30*sec) // a new feed, as after a start
		r.start(p)
		r.until(at.Add(40 * sec))
		r.stop()
		got := r.heard(at.Add(15500*ms), 14*sec)
		alike(t, s.pcm[15500*48:15500*48+len(got)], got, "rejoins")
		q := r.playOf("c1", 0)
		require.Equal(t, wire.NodeOff, q.Reason)
		require.WithinDuration(t, at, q.Began, ms)
		require.LessOrEqual(t, q.Heard, 27*sec)
	})
}

func TestClockStepsInMidCall(t *testing.T) {
	for _, step := range []time.Duration{3 * ms, 20 * ms, -20 * ms, -700 * ms, 700 * ms, time.Hour, -time.Hour} {
		t.Run(step.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				s := speech(t, 5, 30*sec)
				at := r.now().Add(5 * sec).Truncate(sec)
				c := r.call("c1", schedule.Live, at, 30*sec)
				r.start(withCalls(plan(), c))
				r.speak(c, s, inTime(900*ms))
				r.until(at.Add(10 * sec))
				r.set(func() { r.offset += step })
				time.Sleep(2 * sec)
				synctest.Wait()
				got := r.heard(r.now().Add(-200*ms), 150*ms)
				from := int(audio.Samples(r.now().Add(-200 * ms).Sub(at)))
				switch {
				case step.Abs() > time.Minute:
					silent(t, got, "neither before its start nor after its end")
				case step.Abs() <= 5*ms: // on its way: see TestSmallErrorsAreMadeGood
				default:
					alike(t, s.pcm[from:from+len(got)], got, "in step")
				}
				r.set(func() { r.offset -= step })
				time.Sleep(idleStep + sec)
				synctest.Wait()
				got = r.heard(r.now().Add(-200*ms), 150*ms)
				from = int(audio.Samples(r.now().Add(-200 * ms).Sub(at)))
				require.Greater(t, correlation(s.pcm[from:from+len(got)], got), 0.95, "in step again")
				r.stop()
			})
		})
	}
}

// An emergency is not to be turned down or muted, whether it was scheduled or not; afterwards the plan's volume counts.
func TestEmergencyOverridesTheVolume(t *testing.T) {
	for _, volume := range []int{0, 50} {
		bubbleOne(t, fmt.Sprint(volume), func(t *testing.T, r *rig) {
			low, lowPCM := r.clip(1, 60*sec)
			high, highPCM := r.clip(2, 5*sec)
			s := speech(t, 5, 10*sec)
			at := r.now().Add(20 * sec).Truncate(sec)
			c := r.call("e1", schedule.Emergency, at.Add(20*sec), 5*sec)
			p := withCalls(plan(programme("low", schedule.Normal, at, low), programme("high", schedule.Emergency, at.Add(5*sec), high)), c)
			p.Volume = volume
			r.start(p)
			r.speak(c, s, inTime(100*ms))
			r.until(at.Add(70 * sec))
			r.stop()
			got := r.heard(at.Add(5100*ms), 4800*ms)
			same(t, highPCM[10+4800:len(got)+4800-10], got[10:len(got)-10], 1e-6, "scheduled")
			got = r.heard(at.Add(20100*ms), 4800*ms)
			same(t, s.pcm[10+4800:len(got)+4800-10], got[10:len(got)-10], 1e-6, "call")
			quiet := append([]float32(nil), lowPCM[30*audio.Rate:50*audio.Rate]...)
			audio.Amplify(quiet, volumeGain(volume))
			same(t, quiet, r.heard(at.Add(30*sec), 20*sec), 1e-3, "as before")
			for _, change := range []time.Duration{5 * sec, 20 * sec, 25 * sec} {
				smooth(t, r.heard(at.Add(change-sec), 2*sec), 1.5*max(steepest(highPCM), steepest(s.pcm)), "up and down")
			}
			require.Equal(t, 100, r.playOf("e1", 0).Volume)
			require.Equal(t, wire.Heard, r.playOf("e1", 0).Outcome)
			require.Equal(t, 100, r.playOf("high", 0).Volume)
			require.Equal(t, wire.Heard, r.playOf("high", 0).Outcome)
			require.Equal(t, volume, r.playOf("low", 0).Volume)
		})
	}
}

func bubbleOne(t *testing.T, name string, f func(t *testing.T, r *rig)) {
	t.Run(name, func(t *testing.T) { bubble(t, f) })
}

// A call in the plan of which nobody brings frames is silent, and told as late.
func TestCallWithoutAFeed(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		at := r.now().Add(5 * sec).Truncate(sec)
		c := r.call("c1", schedule.Live, at, 5*sec)
		clear(r.feeds)
		r.start(withCalls(plan(), c))
		r.until(at.Add(10 * sec))
		r.stop()
		silent(t, r.heard(at, 5*sec), "nothing")
		require.Equal(t, wire.NotHeard, r.playOf("c1", 0).Outcome)
		require.Equal(t, Late, r.playOf("c1", 0).Reason)
	})
}

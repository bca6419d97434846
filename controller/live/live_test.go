package live_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/audio/tune"
	"loa/controller/live"
	"loa/controller/store"
	"loa/node/wire"
	"loa/schedule"
)

func TestAVoiceFromChimeToRecording(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		began := time.Now()
		c := s.begin(live.Request{Class: schedule.Live, Targets: la, Author: "cô Hoa", Chime: true})
		require.Equal(t, 2, c.Nodes())
		on, headers := s.commands()
		require.Len(t, on, 1)
		require.Equal(t, began.Add(260*time.Millisecond).UTC().Truncate(time.Millisecond), on[0].Call.Start, "a clean link")
		require.Equal(t, began.Add(10*time.Second).UTC(), headers[0].Expires)
		speak(t, c, 6*time.Second)
		c.Stop()
		<-c.Done()
		ended := time.Now()

		bundles, _, at := take[wire.Bundle](s, wire.KindFrames, c.Info().ID, "/live/"+c.Info().ID)
		frames := map[uint64][]byte{}
		chime := uint64(tune.ChimeDuration / wire.FrameLength)
		margin := time.Hour
		for i, b := range bundles {
			require.True(t, b.Check())
			for j, f := range b.Frames {
				n := b.First + uint64(j)
				require.Nil(t, frames[n], "a frame is sent once")
				frames[n] = f
				margin = min(margin, on[0].Call.Start.Add(time.Duration(n)*wire.FrameLength).Sub(at[i]))
			}
		}
		t.Logf("%d bundles, %d frames; the tightest leaves %v before it sounds", len(bundles), len(frames), margin)
		require.GreaterOrEqual(t, margin, 240*time.Millisecond, "a sound card of which nothing is known needs 240 ms")
		for n := range chime {
			require.NotNil(t, frames[n])
		}
		// the voice begins with the chime's end, and has no gap
		voice := 0
		first := uint64(math.MaxUint64)
		for n := range frames {
			if n >= chime {
				voice++
				first = min(first, n)
			}
		}
		require.Equal(t, chime, first, "and follows on the chime without a gap")
		for n := first; n < first+uint64(voice); n++ {
			require.NotNil(t, frames[n])
		}
		require.InDelta(t, 6-2.8, float64(voice)*0.02, 0.1)

		// said again every two seconds with the same number, and then off
		again, h := s.commands()
		require.Len(t, again, 3)
		require.Equal(t, headers[0].Seq, h[0].Seq)
		require.True(t, h[2].Expires.After(headers[0].Expires))
		off := s.stops()
		require.Len(t, off, 1)
		require.Equal(t, c.Info().ID, off[0].Call)
		require.InDelta(t, 0.28, off[0].At.Sub(ended).Seconds(), 0.08, "what was spoken is heard to its end")

		row, err := s.store.Call(t.Context(), c.Info().ID)
		require.NoError(t, err)
		require.Equal(t, live.EndStopped, row.Reason)
		require.Equal(t, "cô Hoa", row.Author)
		require.WithinDuration(t, ended, row.Ended, 50*time.Millisecond)
		require.InDelta(t, 6, s.recorded(c).Seconds(), 0.2)
		require.Empty(t, s.live.Calls())
	})
}

func TestACallNeverStaysOn(t *testing.T) {
	for name, c := range map[string]struct {
		limit  time.Duration
		speak  func(t *testing.T, s *studio, c *live.Call)
		within time.Duration
		why    string
	}{
		"the microphone is gone": {0, func(t *testing.T, _ *studio, c *live.Call) { speak(t, c, time.Second) },
			8*time.Second + 100*time.Millisecond, live.EndNoVoice},
		"nothing ever came": {0, func(*testing.T, *studio, *live.Call) {}, 8*time.Second + 400*time.Millisecond, live.EndNoVoice},
		"its time is over": {3 * time.Second, func(t *testing.T, _ *studio, c *live.Call) { speak(t, c, 3300*time.Millisecond) },
			100 * time.Millisecond, live.EndLimit},
		"open, and nobody speaks": {0, func(t *testing.T, _ *studio, c *live.Call) {
			speak(t, c, time.Second)
			for range 59 * 50 {
				require.NoError(t, c.WritePCM(make([]float32, audio.FrameSamples)))
				later(20 * time.Millisecond)
			}
			require.True(t, c.Meter(time.Now()).Warn, "it warns first")
			for range 50 {
				require.NoError(t, c.WritePCM(make([]float32, audio.FrameSamples)))
				later(20 * time.Millisecond)
			}
		}, 100 * time.Millisecond, live.EndSilence},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStudio(t)
				defer s.stop()
				call := s.begin(live.Request{Class: schedule.Live, Targets: la, Limit: c.limit})
				c.speak(t, s, call)
				later(c.within)
				select {
				case <-call.Done():
				default:
					require.FailNow(t, "still on")
				}
				require.Equal(t, c.why, call.Info().Reason)
				require.NotEmpty(t, s.stops())
			})
		})
	}
}

// The frames of a call, and of a station of the calendar, are for the nodes that it
// goes to; of a call that is not on air nothing is known.
func TestWhoMayHearACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		c := s.begin(live.Request{Class: schedule.Live, Targets: schedule.Targets{Nodes: []string{"n1"}}})
		require.True(t, s.live.May(t.Context(), "n1", c.Info().ID))
		require.False(t, s.live.May(t.Context(), "n2", c.Info().ID))
		require.True(t, s.live.May(t.Context(), "n2", "a call of another time"))

		s.tunes = (&fickle{}).tune
		p := schedule.Programme{ID: "prog-1", Title: "Thời sự", Class: schedule.Relay, Targets: schedule.Targets{Nodes: []string{"n1"}},
			Rule:    schedule.Rule{At: time.Now().Add(time.Minute)},
			Rundown: []schedule.Item{{Kind: schedule.Stream, Source: radio, Length: time.Minute}}}
		s.approved(p)
		station := schedule.FeedID(schedule.AiringID(p.ID, p.Rule.At), 0)
		require.False(t, s.live.May(t.Context(), "n1", station), "nobody needs it so soon")
		later(50 * time.Second) // ten seconds ahead a node asks for it
		require.True(t, s.live.May(t.Context(), "n1", station))
		require.False(t, s.live.May(t.Context(), "n2", station))
		require.False(t, s.live.May(t.Context(), "n1", schedule.FeedID("another", 0)))
		p.ID, p.Rule.At = "prog-2", time.Now().Add(3*time.Second)
		s.approved(p)
		require.True(t, s.live.May(t.Context(), "n1", schedule.FeedID(schedule.AiringID(p.ID, p.Rule.At), 0)),
			"one that has just been put in the calendar")
	})
}

// A microphone that is off is told of at once, however long a speaker may be
// silent: no room gives nothing but zeros.
func TestAMicrophoneThatDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		c := s.begin(live.Request{Class: schedule.Live, Targets: la})
		encoder, err := audio.NewEncoder(24000)
		require.NoError(t, err)
		gives := func(d time.Duration, level float32) {
			for n := range d / wire.FrameLength {
				pcm := make([]float32, audio.FrameSamples)
				for i := range pcm {
					pcm[i] = level * float32((int(n)*7+i*13)%17-8) / 8
				}
				packet := make([]byte, audio.MaxPacket)
				size, err := encoder.Encode(pcm, packet)
				require.NoError(t, err)
				require.NoError(t, c.Write(packet[:size]))
				later(wire.FrameLength)
			}
		}
		mute := func() bool { return c.Meter(time.Now()).Mute }
		speak(t, c, time.Second)
		gives(3*time.Second, 0.0005)
		require.False(t, mute(), "a quiet room")
		gives(1300*time.Millisecond, 0)
		require.False(t, mute())
		gives(400*time.Millisecond, 0)
		require.True(t, mute(), "digital zero")
		require.False(t, c.Meter(time.Now()).Warn, "the silence setting is another thing")
		gives(100*time.Millisecond, 0.01)
		require.False(t, mute(), "it is back")
		later(1600 * time.Millisecond)
		require.True(t, mute(), "no frames")
	})
}

// How long nobody may speak is the commune's to say.
func TestSilenceIsASetting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		s.stop()
		s.silence = 12 * time.Second
		s.open()
		defer s.stop()
		c := s.begin(live.Request{Class: schedule.Live, Targets: la})
		speak(t, c, time.Second)
		quiet := func(d time.Duration) {
			for range d / wire.FrameLength {
				require.NoError(t, c.WritePCM(make([]float32, audio.FrameSamples)))
				later(wire.FrameLength)
			}
		}
		quiet(3900 * time.Millisecond)
		require.False(t, c.Meter(time.Now()).Warn)
		quiet(200 * time.Millisecond)
		require.True(t, c.Meter(time.Now()).Warn, "after a third of it")
		quiet(7800 * time.Millisecond)
		require.Empty(t, c.Info().Reason)
		quiet(300 * time.Millisecond)
		require.Equal(t, live.EndSilence, c.Info().Reason)
	})
}

// The chime is the time to think again: stopped in it, the call is silent at once.
func TestStoppedInItsChime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		c := s.begin(live.Request{Class: schedule.Live, Targets: la, Chime: true})
		speak(t, c, time.Second)
		c.Stop()
		<-c.Done()
		require.WithinDuration(t, time.Now(), s.stops()[0].At, 0)
	})
}

func TestWhoMayBegin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		ctx := t.Context()
		refused := func(r live.Request) string {
			_, err := s.live.Begin(ctx, r)
			return code(t, err)
		}
		one := schedule.Targets{Areas: []string{"thon-1"}}
		require.Equal(t, "targets_missing", refused(live.Request{Class: schedule.Live}))
		require.Equal(t, "targets_missing", refused(live.Request{Class: schedule.Live, Targets: schedule.Targets{Nodes: []string{"gone"}}}))
		require.Equal(t, "class_unknown", refused(live.Request{Class: schedule.Normal, Targets: la}))
		require.Equal(t, "limit_range", refused(live.Request{Class: schedule.Live, Targets: la, Limit: 5 * time.Hour}))
		require.Equal(t, "recorded_live", refused(live.Request{Class: schedule.Live, Targets: la, Rundown: []schedule.Item{{}}}))
		require.Equal(t, "not_armed", refused(live.Request{Class: schedule.Emergency, Targets: la}))
		token, until := s.live.Arm("hoa", time.Now())
		require.Equal(t, 10*time.Second, time.Until(until))
		later(10*time.Second + 1)
		require.Equal(t, "not_armed", refused(live.Request{Class: schedule.Emergency, Targets: la, Armed: token}))

		first := s.begin(live.Request{Title: "Trưởng thôn 1", Class: schedule.Live, Targets: one})
		require.Equal(t, "call_in_the_way", refused(live.Request{Class: schedule.Live, Targets: la}), "two people for one village")
		s.begin(live.Request{Class: schedule.Live, Targets: schedule.Targets{Areas: []string{"thon-2"}}}).Stop()
		token, _ = s.live.Arm("hoa", time.Now())
		emergency := s.begin(live.Request{Class: schedule.Emergency, Targets: la, Armed: token})
		require.Equal(t, "not_armed", refused(live.Request{Class: schedule.Emergency, Targets: la, Armed: token}), "a token counts once")
		emergency.Stop()
		first.Stop()
		synctest.Wait()
	})
}

func TestStopAllSilencesWhatIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		one := s.begin(live.Request{Class: schedule.Live, Targets: schedule.Targets{Areas: []string{"thon-1"}}})
		two := s.begin(live.Request{Class: schedule.Live, Targets: schedule.Targets{Areas: []string{"thon-2"}}})
		require.NoError(t, s.live.StopAll(t.Context(), schedule.Targets{Areas: []string{"thon-1"}}))
		<-one.Done()
		synctest.Wait()
		off := s.stops() // that of the call itself may be said first
		require.True(t, slices.ContainsFunc(off, func(o wire.CallOff) bool { return o.Call == "" }), "whatever is on air")
		require.Equal(t, []*live.Call{two}, s.live.Calls())
		two.Stop()
		<-two.Done()
	})
}

func TestBurstsAndStuttersKeepTheDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		s.say("n1", wire.Status{Clock: wire.Clock{RTT: 300 * time.Millisecond}})
		quick := live.Request{Class: schedule.Live, Targets: schedule.Targets{Nodes: []string{"n2"}}}
		s.say("n2", wire.Status{Sound: wire.Sound{Need: 70 * time.Millisecond}, Clock: wire.Clock{RTT: 5 * time.Millisecond}})
		c := s.begin(quick)
		on, _ := s.commands()
		require.Equal(t, 100*time.Millisecond, time.Until(on[0].Call.Start).Round(time.Millisecond), "a clean link and a quick sound card")
		c.Stop()
		<-c.Done()
		s.say("n2", wire.Status{Sound: wire.Sound{Need: 70 * time.Millisecond},
			Clock: wire.Clock{RTT: 10 * time.Millisecond, Way: 200 * time.Millisecond}})
		c = s.begin(quick)
		on, _ = s.commands()
		require.Equal(t, 710*time.Millisecond, time.Until(on[len(on)-1].Call.Start).Round(time.Millisecond),
			"the longest ways count, not the last")
		c.Stop()
		<-c.Done()
		later(time.Second)
		s.commands()
		c = s.begin(live.Request{Class: schedule.Live, Targets: la})
		on, _ = s.commands()
		require.Equal(t, 880*time.Millisecond, time.Until(on[0].Call.Start).Round(time.Millisecond), "a bad link: as late as it must be")
		speak(t, c, time.Second)
		for range 100 { // two seconds at once
			require.NoError(t, c.WritePCM(make([]float32, audio.FrameSamples)))
		}
		require.Greater(t, c.Meter(time.Now()).Dropped, 60)
		later(3 * time.Second) // the microphone stutters
		speak(t, c, time.Second)
		c.Stop()
		<-c.Done()
		bundles, _, at := take[wire.Bundle](s, wire.KindFrames, c.Info().ID, "/live/"+c.Info().ID)
		for i, b := range bundles {
			early := on[0].Call.Start.Add(time.Duration(b.First) * wire.FrameLength).Sub(at[i])
			require.Greater(t, early, 700*time.Millisecond)
			require.Less(t, early, 1500*time.Millisecond, "the delay does not grow")
		}
		require.Len(t, bundles[1].Frames, 3, "a bad link: each packet holds up those behind it")
		require.ErrorIs(t, c.Write([]byte("garbage")), live.ErrFrame)
	})
}

// What a burst brought too early goes in the pauses, and no frame is missing.
func TestABurstIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		c := s.begin(live.Request{Class: schedule.Live, Targets: la})
		on, _ := s.commands()
		pause := func(d time.Duration) {
			for range int(d / (20 * time.Millisecond)) {
				require.NoError(t, c.WritePCM(make([]float32, audio.FrameSamples)))
				later(20 * time.Millisecond)
			}
		}
		speak(t, c, time.Second)
		for range 20 {
			require.NoError(t, c.WritePCM(make([]float32, audio.FrameSamples)))
		}
		speak(t, c, 8*time.Second)
		delay := c.Meter(time.Now()).Delay
		pause(3 * time.Second)
		speak(t, c, time.Second)
		require.Equal(t, delay, c.Meter(time.Now()).Delay)
		c.Stop()
		<-c.Done()
		bundles, _, at := take[wire.Bundle](s, wire.KindFrames, c.Info().ID, "/live/"+c.Info().ID)
		early := func(i int) time.Duration {
			return on[0].Call.Start.Add(time.Duration(bundles[i].First) * wire.FrameLength).Sub(at[i])
		}
		require.Greater(t, early(100), early(5)+300*time.Millisecond)
		require.InDelta(t, early(5), early(len(bundles)-2), float64(40*time.Millisecond))
		for i := range len(bundles) - 2 {
			require.Equal(t, bundles[i].First+2, bundles[i+1].First, "no gap")
		}
	})
}

// A call that is stopped before it sounds lasted for no time.
func TestStoppedBeforeItSounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		c := s.begin(live.Request{Class: schedule.Live, Targets: la})
		c.Stop()
		<-c.Done()
		row, err := s.store.Call(t.Context(), c.Info().ID)
		require.NoError(t, err)
		require.False(t, row.End.Before(row.Start), "%v – %v", row.Start, row.End)
	})
}

// A controller that is told to end while it starts ends without an error.
func TestEndedBeforeItBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.NoError(t, live.New(live.Options{Store: s.store, Now: time.Now}).Run(ctx))
	})
}

// With no network the nodes end by themselves; the recording is whole.
func TestRecordingWithoutNetworkAndRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		c := s.begin(live.Request{Class: schedule.Live, Targets: la})
		s.mu.Lock()
		s.down = true
		s.mu.Unlock()
		speak(t, c, 2*time.Second)
		require.Positive(t, c.Meter(time.Now()).Failed)
		require.True(t, c.Meter(time.Now()).Cut, "whoever speaks is told")
		c.Stop()
		<-c.Done()
		require.NotEmpty(t, c.Info().Recording)

		// nor must it be there when the call begins: it is heard once it is
		s.sent = nil
		c = s.begin(live.Request{Class: schedule.Live, Targets: la})
		speak(t, c, 2*time.Second)
		s.mu.Lock()
		s.down = false
		s.mu.Unlock()
		speak(t, c, 2*time.Second)
		require.False(t, c.Meter(time.Now()).Cut)
		late, _ := s.commands()
		require.Equal(t, c.Info().ID, late[0].Call.ID)
		c.Stop()
		<-c.Done()
		require.InDelta(t, 4, s.recorded(c).Seconds(), 0.2)

		// the controller restarts: a recorded emergency goes on, a voice is over
		typed := []wire.ClipRef{{SHA: strings.Repeat("7e", 32), Bytes: 4711}}
		require.NoError(t, s.store.AddClip(t.Context(),
			store.Clip{ID: typed[0].SHA, Bytes: typed[0].Bytes, Seconds: 3, Kind: "speech", Created: time.Now()}))
		words := schedule.Item{Kind: schedule.Clip, Clip: typed[0].SHA, Length: 3 * time.Second}
		token, _ := s.live.Arm("hoa", time.Now())
		alert := s.begin(live.Request{Class: schedule.Emergency, Targets: la, Armed: token, Limit: time.Hour,
			Rundown: []schedule.Item{{Kind: schedule.Chime, Length: tune.ChimeDuration}, {Kind: schedule.Gap, Length: 5 * time.Second}, words,
				words}, Clips: typed})
		voice := s.begin(live.Request{Class: schedule.Live, Targets: la})
		s.stop()
		require.Equal(t, live.EndCut, voice.Info().Reason)
		s.commands()
		lost := voice.Info() // of a run that lost its power
		lost.ID, lost.Ended, lost.Reason = "call-lost", time.Time{}, ""
		s.reopen(func(st *store.Store) { require.NoError(t, st.PutCall(t.Context(), lost)) })
		s.over = nil
		s.open()
		require.Len(t, s.over, 1, "who reads the log must not think that it is still on air")
		require.Equal(t, []string{"call-lost", live.EndCut}, []string{s.over[0].ID, s.over[0].Reason})
		defer s.stop()
		require.Len(t, s.live.Calls(), 1)
		later(2100 * time.Millisecond)
		on, _ := s.commands()
		require.Equal(t, alert.Info().ID, on[0].Call.ID)
		require.Len(t, on[0].Call.Rundown, 4)
		require.Equal(t, typed, on[0].Clips, "nodes that lack it still ask for it")
		require.Equal(t, typed, s.live.Clips(), "and are served")
		s.stops()
		s.live.Call(alert.Info().ID).Stop()
		synctest.Wait()
		require.Empty(t, s.live.Calls())
		require.Equal(t, alert.Info().ID, s.over[1].ID, "begun by another run")

		// the end is said until the alert would have ended by itself: a node that
		// was off must not begin it again
		require.Len(t, s.stops(), 1)
		later(10 * time.Minute)
		require.InDelta(t, 300, len(s.stops()), 2)
		later(time.Hour)
		s.stops()
		later(time.Minute)
		require.Empty(t, s.stops())
	})
}

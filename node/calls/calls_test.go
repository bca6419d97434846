package calls

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/audio/tune"
	"loa/node/nodetest"
	"loa/node/wire"
	"loa/schedule"
)

func TestCallIsHeardUntilItIsStopped(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		at := b.now().Add(20 * sec).Truncate(sec)
		b.plan.Programmes = []schedule.Programme{nodetest.Bulletin("p", schedule.Normal, at, time.Minute)}
		b.start()
		start := at.Add(10*sec + 300*ms)
		b.until(start.Add(-300 * ms))
		on := nodetest.VoiceCall("c1", schedule.Live, start)
		b.calls.ReceiveOn(b.office.Command(t, wire.KindCall, b.now(), on))
		synctest.Wait()
		require.Equal(t, []string{"c1"}, b.listening())
		require.True(t, b.calls.Busy())
		b.speak(on, 0, 1000)
		b.until(start.Add(8 * sec))
		live := b.calls.Live(b.now(), 45*ms)
		require.Equal(t, wire.Live{Call: "c1", Received: live.Received, Margin5: 100 * ms, Least: 100 * ms, Need: 45 * ms}, *live)
		require.InDelta(t, 405, live.Received, 2)
		b.calls.ReceiveOff(b.office.Command(t, wire.KindStop, b.now(), wire.CallOff{Call: "c1", Targets: nodetest.Everywhere, At: b.now()}))
		stopped := b.now()
		require.True(t, b.calls.Any(), "it is known")
		time.Sleep(sec)
		require.False(t, b.calls.Busy(), "but over")
		b.until(at.Add(70 * sec))
		require.Empty(t, b.listening())
		b.stop()
		require.InDelta(t, nodetest.ToneLevel, nodetest.Level(b.heard(start.Add(40*ms), 7900*ms)), 0.01)
		p := b.playOf("c1", 0)
		require.Equal(t, wire.Heard, p.Outcome, p.Reason)
		require.Equal(t, stopped.Sub(start), p.Length)
		require.Equal(t, "c1", p.Programme)
		require.Equal(t, string(schedule.Preempted), b.playOf(schedule.AiringID("p", at), 0).Reason)
		require.Greater(t, b.calls.counts.bundles, int64(500), "frames after the end")
	})
}

// The same command again changes nothing, and two calls are repeated in turn.
func TestCommandsAreRepeated(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		b.start()
		start := b.now().Add(sec)
		one, two := nodetest.VoiceCall("c1", schedule.Live, start), nodetest.VoiceCall("c2", schedule.Emergency, start)
		for _, seq := range []uint64{6, 5, 6, 5, 5} { // the first command came last
			on := one
			if seq == 6 {
				on = two
			}
			b.calls.ReceiveOn(b.office.Again(t, wire.KindCall, seq, b.now(), on))
		}
		flash, _ := b.load(OnFlash)()
		time.Sleep(sec)
		synctest.Wait()
		b.calls.ReceiveOn(b.office.Again(t, wire.KindCall, 5, b.now(), one))
		kept, _ := b.load(OnFlash)()
		require.Same(t, &flash[0], &kept[0], "is not written for that")
		require.Len(t, b.calls.Into(b.plan).Calls, 2)
		require.Zero(t, b.calls.counts.refused)

		one.Call.End = one.Call.End.Add(-time.Minute) // a new command about it
		b.calls.ReceiveOn(b.office.Again(t, wire.KindCall, 7, b.now(), one))
		b.calls.ReceiveOn(b.office.Again(t, wire.KindCall, 5, b.now(), nodetest.VoiceCall("c1", schedule.Emergency, start)))
		require.Len(t, b.calls.Into(b.plan).Calls, 2)
		require.Equal(t, one.Call, b.calls.Into(b.plan).Calls[1])
		require.EqualValues(t, 1, b.calls.counts.refused)
		b.calls.ReceiveOff(b.office.Again(t, wire.KindStop, 6, b.now(), wire.CallOff{Call: "c1", Targets: nodetest.Everywhere, At: b.now()}))
		require.True(t, b.calls.find("c1").state == onAir, "an older stop of what began anew")
		b.stop()
	})
}

func TestCommandsThatAreNotBelieved(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		b.start()
		defer b.stop()
		now := b.now()
		on := nodetest.VoiceCall("c1", schedule.Emergency, now)
		good := wire.Header{Kind: wire.KindCall, Target: "la-da/*", Seq: 9, Issued: now, Expires: now.Add(sec)}
		other := &nodetest.Office{Key: make([]byte, 64)}
		copy(other.Key, nodetest.NewOffice().Key)
		other.Key[0] ^= 1
		with := func(change func(*wire.Header)) []byte {
			h := good
			change(&h)
			return b.office.Sign(t, h, on)
		}
		but := func(change func(*wire.CallOn)) []byte {
			c := on
			change(&c)
			return b.office.Sign(t, good, c)
		}
		refused := map[string][]byte{
			"forged":         other.Sign(t, good, on),
			"no message":     []byte("call"),
			"too long":       but(func(c *wire.CallOn) { c.Call.Title = string(make([]byte, wire.MaxCommand)) }),
			"expired":        with(func(h *wire.Header) { h.Expires = now }),
			"never expires":  with(func(h *wire.Header) { h.Expires = time.Time{} }),
			"no sequence":    with(func(h *wire.Header) { h.Seq = 0 }),
			"for one node":   with(func(h *wire.Header) { h.Target = "la-da/n1" }),
			"other commune":  with(func(h *wire.Header) { h.Target = "da-mi/*" }),
			"other kind":     with(func(h *wire.Header) { h.Kind = wire.KindStop }),
			"no id":          but(func(c *wire.CallOn) { c.Call.ID = "" }),
			"id of a topic":  but(func(c *wire.CallOn) { c.Call.ID = "a/#" }),
			"no class":       but(func(c *wire.CallOn) { c.Call.Class = "loud" }),
			"ends before":    but(func(c *wire.CallOn) { c.Call.End = c.Call.Start }),
			"voice in items": but(func(c *wire.CallOn) { c.Call.Rundown = []schedule.Item{{Kind: schedule.Voice, Length: 1}} }),
			"no length":      but(func(c *wire.CallOn) { c.Call.Rundown = []schedule.Item{{Kind: schedule.Clip}} }),
			"too many items": but(func(c *wire.CallOn) { c.Call.Rundown = make([]schedule.Item, maxRundown+1) }),
		}
		for what, raw := range refused {
			before := b.calls.counts.refused
			b.calls.ReceiveOn(raw)
			require.Equal(t, before+1, b.calls.counts.refused, what)
		}
		b.calls.ReceiveOn(but(func(c *wire.CallOn) { c.Targets = schedule.Targets{Areas: []string{"thon-2"}} }))
		b.calls.ReceiveOff(b.office.Command(t, wire.KindStop, now, wire.CallOff{At: now}))
		require.EqualValues(t, 2, b.calls.counts.foreign)
		b.calls.ReceiveOff(b.office.Command(t, wire.KindStop, now, wire.CallOff{Targets: nodetest.Everywhere}))
		b.calls.ReceiveOff(b.office.Command(t, wire.KindCall, now, wire.CallOff{Targets: nodetest.Everywhere, At: now}))
		require.Empty(t, b.calls.list)
		require.Zero(t, b.calls.mark)
		require.EqualValues(t, len(refused)+2, b.calls.Dropped())
		b.calls.ReceiveOn(b.office.Sign(t, good, on))
		require.Len(t, b.calls.list, 1, "but this one is")
	})
}

// What was stopped does not begin again, by no word and whatever happened in between.
func TestReplayAfterARestart(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		b.start()
		now := b.now()
		on := b.office.Command(t, wire.KindCall, now, nodetest.VoiceCall("c1", schedule.Emergency, now))
		b.calls.ReceiveOn(on)
		b.calls.ReceiveOff(b.office.Command(t, wire.KindStop, now, wire.CallOff{Call: "c1", Targets: nodetest.Everywhere, At: now.Add(sec)}))
		unheard := b.office.Command(t, wire.KindCall, now, nodetest.VoiceCall("c2", schedule.Emergency, now))
		b.calls.ReceiveOff(b.office.Command(t, wire.KindStop, now, wire.CallOff{Call: "c2", Targets: nodetest.Everywhere, At: now.Add(sec)}))
		last := b.office.Seq
		again := func(what string) {
			b.calls.ReceiveOn(on)
			b.calls.ReceiveOn(unheard)
			for _, c := range b.calls.Into(b.plan).Calls {
				require.Equal(t, "c1", c.ID, what)
				require.Equal(t, now.Add(sec).Truncate(0), c.End, what)
			}
		}
		again("before")
		b.kill()
		b.start()
		require.Len(t, b.calls.list, 2)
		again("within its expiry")
		b.kill()
		time.Sleep(2 * time.Hour)
		b.start()
		time.Sleep(sec)
		synctest.Wait()
		require.Empty(t, b.calls.list, "forgotten")
		require.Equal(t, last, b.calls.floor)
		again("long after")
		b.calls.ReceiveOn(b.office.Again(t, wire.KindCall, last-1, b.now(), nodetest.VoiceCall("c9", schedule.Emergency, b.now())))
		require.Empty(t, b.calls.list, "of a sequence that is past")
		b.kill()
		b.start()
		again("after another restart")
		require.Empty(t, b.calls.list)
		b.stop()
	})
}

func TestPowerCutInMidCall(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		b.start()
		start := b.now().Add(sec)
		on := nodetest.VoiceCall("c1", schedule.Live, start)
		b.calls.ReceiveOn(b.office.Command(t, wire.KindCall, b.now(), on))
		b.speak(on, 0, 1000)
		b.until(start.Add(12 * sec))
		b.kill()
		b.until(start.Add(14 * sec))
		b.start()
		b.until(start.Add(14*sec + 100*ms))
		require.Equal(t, []string{"c1"}, b.listening(), "without a word from the office")
		b.until(start.Add(40 * sec))
		b.stop()
		require.InDelta(t, nodetest.ToneLevel, nodetest.Level(b.heard(start.Add(14500*ms), 5*sec)), 0.01)
		p := b.playOf("c1", 0)
		require.Equal(t, wire.Partly, p.Outcome)
		require.WithinDuration(t, start, p.Began, ms)
	})
}

// A call whose frames stop ends by itself, at the same instant everywhere; it goes on when they come again.
func TestSilenceEndsACall(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		at := b.now().Add(5 * sec).Truncate(sec)
		b.plan.Programmes = []schedule.Programme{nodetest.Bulletin("waits", schedule.Normal, at.Add(5*sec), time.Minute)}
		b.start()
		on := nodetest.VoiceCall("c1", schedule.Live, at)
		b.calls.ReceiveOn(b.office.Command(t, wire.KindCall, b.now(), on))
		seq := b.office.Seq
		b.speak(on, 0, 497) // 9.94 s, and the last bundle of ten
		ends := at.Add(18 * sec)
		b.until(ends.Add(-ms))
		require.Equal(t, onAir, b.calls.list[0].state)
		b.until(ends.Add(watchCalls))
		require.Equal(t, silent, b.calls.list[0].state)
		require.Equal(t, ends, b.calls.list[0].end)
		b.until(ends.Add(5 * sec))
		require.InDelta(t, nodetest.Level(tune.Chime()), nodetest.Level(b.heard(ends.Add(600*ms), tune.ChimeDuration)), 0.02,
			"what waited began then")
		require.Empty(t, b.listening(), "the office has not said that it goes on")
		require.False(t, b.calls.Busy(), "nobody waits for it")

		b.calls.ReceiveOn(b.office.Again(t, wire.KindCall, seq, b.now(), on))
		synctest.Wait()
		require.Equal(t, []string{"c1"}, b.listening())
		require.Equal(t, silent, b.calls.list[0].state, "word of it alone does not take the air")
		require.True(t, b.calls.Busy())
		b.speak(on, 1250, 1500)
		b.until(at.Add(29 * sec))
		require.Equal(t, onAir, b.calls.list[0].state)
		require.InDelta(t, nodetest.ToneLevel, nodetest.Level(b.heard(at.Add(25500*ms), 3*sec)), 0.01)
		b.until(at.Add(2 * time.Minute))
		require.Equal(t, at.Add(38*sec), b.calls.list[0].end)
		b.stop()
		require.Equal(t, wire.Partly, b.playOf("c1", 0).Outcome)
	})
}

// A voice of which nothing ever comes gives the air back too.
func TestNothingIsSpoken(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		b.start()
		start := b.now().Add(2 * sec).Truncate(sec)
		b.calls.ReceiveOn(b.office.Command(t, wire.KindCall, b.now(), nodetest.VoiceCall("c1", schedule.Emergency, start)))
		b.until(start.Add(9 * sec))
		require.Equal(t, start.Add(8*sec), b.calls.list[0].end)
		require.Nil(t, b.calls.Live(b.now(), 0))
		b.stop()
		require.Equal(t, wire.NotHeard, b.playOf("c1", 0).Outcome)
	})
}

// A stop of everything silences calls and the calendar within a second, for good; what is ordered or begins after it is heard.
func TestStopOfEverything(t *testing.T) {
	for _, what := range []string{"a bulletin", "a call", "a recorded emergency", "an emergency of the calendar"} {
		t.Run(what, func(t *testing.T) {
			onBoard(t, func(t *testing.T, b *board) {
				at := b.now().Add(5 * sec).Truncate(sec)
				stop := at.Add(30 * sec)
				b.plan.Programmes = []schedule.Programme{
					nodetest.Bulletin("on-air", schedule.Normal, at, 2*time.Minute),
					nodetest.Bulletin("waits", schedule.Normal, at.Add(10*sec), time.Minute),
					nodetest.Bulletin("later", schedule.Normal, stop.Add(10*sec), 30*sec),
				}
				on := nodetest.VoiceCall("c1", schedule.Emergency, at.Add(20*sec))
				switch what {
				case "a recorded emergency":
					on.Call.Rundown = []schedule.Item{{Kind: schedule.Chime, Length: tune.ChimeDuration}}
				case "an emergency of the calendar":
					b.plan.Programmes = append(b.plan.Programmes, nodetest.Bulletin("e", schedule.Emergency, at.Add(20*sec), time.Minute))
				}
				b.start()
				ordered := b.office.Command(t, wire.KindCall, b.now(), on)
				unheard := b.office.Command(t, wire.KindCall, b.now(), nodetest.VoiceCall("c2", schedule.Emergency, at))
				if what == "a call" || what == "a recorded emergency" {
					b.calls.ReceiveOn(ordered)
					b.speak(on, 0, 2000)
				}
				b.until(stop)
				require.Positive(t, nodetest.Level(b.heard(stop.Add(-tune.ChimeDuration), tune.ChimeDuration-50*ms)))
				everything := b.office.Command(t, wire.KindStop, b.now(), wire.CallOff{Targets: nodetest.Everywhere, At: stop})
				b.calls.ReceiveOff(everything)
				b.until(stop.Add(5 * sec))
				b.calls.ReceiveOff(everything)
				b.calls.ReceiveOn(ordered)
				b.calls.ReceiveOn(unheard)
				require.Zero(t, nodetest.Level(b.heard(stop.Add(100*ms), 4800*ms)), "silent")
				b.kill()
				b.start()
				b.until(stop.Add(30 * sec))
				require.Zero(t, nodetest.Level(b.heard(stop.Add(100*ms), 9800*ms)), "and stays so over a power cut")
				require.Positive(t, nodetest.Level(b.heard(stop.Add(11*sec), 15*sec)), "what begins later")
				after := nodetest.VoiceCall("c3", schedule.Live, b.now().Add(sec))
				b.calls.ReceiveOn(b.office.Command(t, wire.KindCall, b.now(), after))
				b.speak(after, 0, 500)
				b.until(after.Call.Start.Add(5 * sec))
				require.InDelta(t, nodetest.ToneLevel, nodetest.Level(b.heard(after.Call.Start.Add(sec), 3*sec)), 0.01, "what is ordered later")
				b.stop()
				require.Equal(t, wire.Cancelled, b.playOf(schedule.AiringID("on-air", at), 0).Reason)
				require.Equal(t, wire.Cancelled, b.playOf(schedule.AiringID("waits", at.Add(10*sec)), 0).Reason)
			})
		})
	}
}

func TestFramesThatDoNotBelong(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		b.start()
		defer b.stop()
		start := b.now()
		packet := nodetest.TonePackets(t)[0]
		for _, id := range []string{"c1", "c2"} {
			b.calls.ReceiveOn(b.office.Command(t, wire.KindCall, start, nodetest.VoiceCall(id, schedule.Live, start)))
		}
		header := wire.Header{Kind: wire.KindFrames, Target: "la-da/c1", Seq: 8}
		with := func(change func(*wire.Header)) []byte {
			h := header
			change(&h)
			return b.office.Sign(t, h, wire.Bundle{First: 7, Frames: [][]byte{packet}})
		}
		refused := map[string][]byte{
			"no message":      []byte("frames"),
			"of another call": b.office.Frames(t, "c2", 7, packet),
			"of a command":    with(func(h *wire.Header) { h.Kind = wire.KindCall }),
			"other sequence":  with(func(h *wire.Header) { h.Seq = 9 }),
			"expired":         with(func(h *wire.Header) { h.Expires = start }),
			"empty":           b.office.Frames(t, "c1", 7),
			"too many":        b.office.Frames(t, "c1", 7, make([][]byte, wire.MaxFrames+1)...),
			"too long":        b.office.Frames(t, "c1", 7, make([]byte, wire.MaxFrame+1)),
		}
		for what, raw := range refused {
			before := b.calls.counts.bundles
			b.calls.take(arrival{"c1", raw, time.Now()})
			require.Equal(t, before+1, b.calls.counts.bundles, what)
		}
		b.calls.take(arrival{"c9", b.office.Frames(t, "c9", 7, packet), time.Now()})
		require.EqualValues(t, len(refused)+1, b.calls.counts.bundles)
		feed, _ := b.calls.Feed("c1")
		require.Zero(t, feed.Counters())

		inOrder := []int{7, 9, 8, 7, 1000} // swapped, twice, and of another time
		for _, first := range inOrder {
			b.calls.take(arrival{"c1", b.office.Frames(t, "c1", first, packet), time.Now()})
		}
		require.Equal(t, audio.JitterCounters{Received: 3, Duplicate: 1, Wrong: 1}, feed.Counters())
		b.calls.ReceiveOff(b.office.Command(t, wire.KindStop, b.now(), wire.CallOff{Call: "c1", Targets: nodetest.Everywhere, At: start}))
		b.calls.take(arrival{"c1", b.office.Frames(t, "c1", 10, packet), time.Now()})
		require.EqualValues(t, 3, feed.Counters().Received, "after the end")

		for range maxArrivals + 50 { // faster than they are checked
			b.calls.ReceiveFrames("c2", []byte("flood"))
		}
		require.Positive(t, b.calls.counts.overflow)
	})
}

// The controller's clock jumps in mid-call: silence, and never a call that is stuck on.
func TestClockJumpsInMidCall(t *testing.T) {
	for _, jump := range []time.Duration{time.Hour, -3 * time.Minute} {
		t.Run(jump.String(), func(t *testing.T) {
			onBoard(t, func(t *testing.T, b *board) {
				b.start()
				start := b.now().Add(sec).Truncate(sec)
				on := nodetest.VoiceCall("c1", schedule.Live, start)
				b.calls.ReceiveOn(b.office.Command(t, wire.KindCall, b.now(), on))
				b.speak(on, 0, 1200)
				b.until(start.Add(5 * sec))
				b.mu.Lock()
				b.offset += jump
				b.mu.Unlock()
				time.Sleep(16 * sec)
				synctest.Wait()
				require.Zero(t, nodetest.Level(b.heard(b.now().Add(-15*sec), 14*sec)))
				require.False(t, b.calls.Live(b.now(), 0) != nil)
				time.Sleep(4 * time.Minute)
				synctest.Wait()
				require.Zero(t, nodetest.Level(b.heard(b.now().Add(-time.Minute), 59*sec)), "not even when its time comes again")
				b.stop()
			})
		})
	}
}

// The controller's clock is set in mid-call, and the node is told: the voice
// goes on, and still ends by itself.
func TestClockIsSetInMidCall(t *testing.T) {
	for _, jump := range []time.Duration{time.Hour, -time.Hour} {
		t.Run(jump.String(), func(t *testing.T) {
			onBoard(t, func(t *testing.T, b *board) {
				b.start()
				start := b.now().Add(sec).Truncate(sec)
				on := nodetest.VoiceCall("c1", schedule.Live, start)
				b.calls.ReceiveOn(b.office.Command(t, wire.KindCall, b.now(), on))
				b.speak(on, 0, 750)
				b.until(start.Add(5 * sec))
				b.mu.Lock()
				b.offset += jump
				b.mu.Unlock()
				b.calls.Stepped(jump)
				b.until(start.Add(jump + 14*sec))
				require.InDelta(t, nodetest.ToneLevel, nodetest.Level(b.heard(start.Add(jump+5500*ms), 8*sec)), 0.01)
				require.NotNil(t, b.calls.Live(b.now(), 0))
				b.until(start.Add(jump + 40*sec))
				require.Nil(t, b.calls.Live(b.now(), 0))
				require.Zero(t, nodetest.Level(b.heard(start.Add(jump+25*sec), 10*sec)))
				b.stop()
			})
		})
	}
}

// Flash that fails does not keep an emergency from being heard.
func TestCallOnFullFlash(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		b.full = true
		b.start()
		start := b.now().Add(sec)
		on := nodetest.VoiceCall("c1", schedule.Emergency, start)
		b.calls.ReceiveOn(b.office.Command(t, wire.KindCall, b.now(), on))
		b.speak(on, 0, 200)
		b.until(start.Add(3 * sec))
		require.InDelta(t, nodetest.ToneLevel, nodetest.Level(b.heard(start.Add(sec), 1900*ms)), 0.01)
		b.full = false
		b.stop()
	})
}

// The clips of a call are fetched and kept like the plan's, and those of the plan that were there already are not named twice.
func TestClipsOfACall(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		b.plan.Clips = []wire.ClipRef{{SHA: "aa", Bytes: 1}}
		b.start()
		defer b.stop()
		on := nodetest.VoiceCall("c1", schedule.Emergency, b.now())
		on.Call.Rundown = []schedule.Item{{Kind: schedule.Clip, Clip: "bb", Length: sec}}
		on.Clips = []wire.ClipRef{{SHA: "aa", Bytes: 1}, {SHA: "bb", Bytes: 2}}
		b.calls.ReceiveOn(b.office.Command(t, wire.KindCall, b.now(), on))
		p := b.calls.Into(b.plan)
		require.Equal(t, on.Clips, p.Clips)
		require.Len(t, b.plan.Clips, 1)
		b.plan.Areas = nil
		require.Empty(t, b.calls.Into(b.plan).Calls, "the node stands elsewhere now")
	})
}

// A broker that refuses a subscription for a reason of the moment costs no
// more of a voice than that moment.
func TestRefusedSubscription(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		b.start()
		defer b.stop()
		b.noes = 2
		b.calls.ReceiveOn(b.office.Command(t, wire.KindCall, b.now(), nodetest.VoiceCall("c1", schedule.Live, b.now())))
		time.Sleep(299 * ms)
		require.Empty(t, b.listening())
		time.Sleep(2 * ms)
		synctest.Wait()
		require.Equal(t, []string{"c1"}, b.listening())
	})
}

func TestTooManyCalls(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		b.start()
		defer b.stop()
		var said []uint64
		for i := range 2 * maxCalls {
			id := "c" + time.Duration(i).String()
			b.calls.ReceiveOff(b.office.Command(t, wire.KindStop, b.now(),
				wire.CallOff{Call: id[:len(id)-2], Targets: nodetest.Everywhere, At: b.now().Add(time.Duration(i) * ms)}))
			said = append(said, b.office.Seq)
		}
		require.Len(t, b.calls.list, maxCalls)
		require.Equal(t, said[maxCalls-1], b.calls.floor)
	})
}

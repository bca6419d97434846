package live_test

import (
	"context"
	"fmt"
	"io"
	"math"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/audio/ffmpeg"
	"loa/audio/tune"
	"loa/controller/live"
	"loa/controller/live/station"
	"loa/controller/store"
	"loa/node/wire"
	"loa/schedule"
)

const radio = "http://radio.example/live"

// fickle is a stream that can be lost. Like a real one it begins with a burst.
type fickle struct {
	lost  atomic.Bool
	tries atomic.Int64
}

func (st *fickle) tune(ctx context.Context, _ string, sink func([]float32) error) error {
	st.tries.Add(1)
	if st.lost.Load() {
		return ffmpeg.ErrStream
	}
	begun := time.Now()
	for n := 0; ; n++ {
		pcm := make([]float32, audio.FrameSamples)
		for i := range pcm {
			pcm[i] = 0.3 * float32(math.Sin(2*math.Pi*440*float64(n*len(pcm)+i)/audio.Rate))
		}
		if err := sink(pcm); err != nil {
			return err
		}
		burst := 3 * time.Second
		if ahead := time.Duration(n)*wire.FrameLength - burst - time.Since(begun); ahead > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(ahead):
			}
		}
		if st.lost.Load() {
			return io.EOF
		}
	}
}

// frames returns how many frames of a call were sent since the last look, and
// checks that each has its time.
func (s *studio) frames(id string) (n int) {
	bundles, _, _ := take[wire.Bundle](s, wire.KindFrames, id, "/live/"+id)
	for _, b := range bundles {
		n += len(b.Frames)
	}
	return n
}

func TestARelayGoesOnOverALoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &fickle{}
		s := newStudio(t)
		defer s.stop()
		s.tunes = st.tune
		c := s.begin(live.Request{Class: schedule.Relay, Targets: la, Source: radio, Limit: time.Hour})
		require.Equal(t, "Tiếp sóng", c.Info().Title)
		id := c.Info().ID
		later(10 * time.Second)
		require.Equal(t, station.OnAir, c.Relay().State)
		require.InDelta(t, 500, s.frames(id), 8, "a burst of the station is none on the air")
		require.Greater(t, c.Meter(time.Now()).Level, -20.0)
		require.ErrorIs(t, c.WritePCM(make([]float32, 960)), live.ErrFrame, "no microphone speaks into a relay")

		st.lost.Store(true)
		later(20 * time.Second)
		require.Equal(t, station.Reconnecting, c.Relay().State)
		require.NotEmpty(t, c.Relay().VI)
		require.InDelta(t, 1000, s.frames(id), 8, "silence goes on, for the nodes would end the call")
		require.Less(t, c.Meter(time.Now()).Level, -100.0)
		require.Less(t, st.tries.Load(), int64(10), "it does not hammer")

		st.lost.Store(false)
		later(10 * time.Second)
		require.Equal(t, station.OnAir, c.Relay().State)
		require.Greater(t, c.Meter(time.Now()).Level, -20.0)
		c.Stop()
		<-c.Done()
		require.NotEmpty(t, c.Info().Recording)
	})
}

func TestARelayEndsWhenItsStationDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &fickle{}
		s := newStudio(t)
		defer s.stop()
		s.tunes = st.tune
		c := s.begin(live.Request{Class: schedule.Relay, Targets: la, Source: radio, Limit: time.Hour})
		later(5 * time.Second)
		st.lost.Store(true)
		later(50 * time.Second)
		require.Equal(t, station.Reconnecting, c.Relay().State)
		later(20 * time.Second)
		<-c.Done()
		require.Equal(t, live.EndStream, c.Info().Reason)
		require.Equal(t, station.Failed, c.Relay().State)
		require.NotEmpty(t, s.stops())

		limited := &fickle{}
		s.tunes = limited.tune
		c = s.begin(live.Request{Class: schedule.Relay, Targets: la, Source: radio, Limit: 30 * time.Second})
		later(31 * time.Second)
		<-c.Done()
		require.Equal(t, live.EndLimit, c.Info().Reason)
	})
}

// Each relay is a program of its own on the office's machine: one person has two,
// the commune six, and a place that was given back counts no more.
func TestRelaysHaveABound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &fickle{}
		s := newStudio(t)
		defer s.stop()
		s.tunes = st.tune
		require.NoError(t, s.store.PutNode(t.Context(), store.Node{ID: "n3", Name: "n3", Area: "thon-2"}))
		begin := func(account string, node string) (*live.Call, error) {
			return s.live.Begin(t.Context(),
				live.Request{Class: schedule.Relay, Targets: schedule.Targets{Nodes: []string{node}}, Source: radio, Limit: time.Hour,
					Account: account})
		}
		first, err := begin("p-1", "n1")
		require.NoError(t, err)
		_, err = begin("p-1", "n1") // in the way: its place is given back
		require.Equal(t, "call_in_the_way", code(t, err))
		_, err = begin("p-1", "n2")
		require.NoError(t, err)
		_, err = begin("p-1", "n3")
		require.Equal(t, "relays_many", code(t, err))
		first.Stop()
		<-first.Done()
		later(time.Second)
		_, err = begin("p-1", "n1")
		require.NoError(t, err)
	})
}

func TestAStationThatIsNotThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		s.tunes = func(ctx context.Context, _ string, _ func([]float32) error) error { return ffmpeg.ErrStream }
		begun := time.Now()
		_, err := s.live.Begin(t.Context(), live.Request{Class: schedule.Relay, Targets: la, Source: radio})
		require.Equal(t, "stream_unreachable", code(t, err))
		require.Equal(t, 15*time.Second, time.Since(begun))
		on, _ := s.commands()
		require.Empty(t, on, "nothing was aired")
		for _, r := range []live.Request{{Class: schedule.Relay}, {Class: schedule.Live, Source: radio},
			{Class: schedule.Relay, Source: "file:///etc/passwd"}, {Class: schedule.Relay, Source: "http://"}} {
			r.Targets = la
			_, err := s.live.Begin(t.Context(), r)
			require.Equal(t, "source_invalid", code(t, err))
		}
	})
}

// approved puts a programme into the calendar as people do who may approve it.
func (s *studio) approved(p schedule.Programme) {
	s.t.Helper()
	a := store.Approval{Kind: store.OfProgramme, ID: p.ID, State: store.Approved, Digest: store.Programme{Programme: p}.Digest()}
	require.NoError(s.t, second(s.store.PutProgramme(s.t.Context(), p, time.Now(), a)))
}

// What nobody approved is not even looked for: the writer of a draft would
// else have the controller call any address, and nothing would be heard of it.
func TestOnlyApprovedStationsArePassedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &fickle{}
		s := newStudio(t)
		defer s.stop()
		s.tunes = st.tune
		p := schedule.Programme{ID: "prog-1", Title: "Thời sự", Class: schedule.Relay, Targets: la,
			Rule:    schedule.Rule{At: time.Now().Add(30 * time.Second)},
			Rundown: []schedule.Item{{Kind: schedule.Stream, Source: radio, Length: time.Minute}}}
		id := schedule.FeedID(schedule.AiringID(p.ID, p.Rule.At), 0)
		require.NoError(t, second(s.store.PutProgramme(t.Context(), p, time.Now())))
		later(45 * time.Second)
		require.Zero(t, s.frames(id))
		require.Zero(t, st.tries.Load())

		s.approved(p)
		later(15 * time.Second)
		require.NotZero(t, s.frames(id), "approved in the midst of its item")

		changed := p // to be approved again
		changed.Title = "Ca nhạc"
		require.NoError(t, second(s.store.PutProgramme(t.Context(), changed, time.Now())))
		later(6 * time.Second)
		s.frames(id)
		later(5 * time.Second)
		require.Zero(t, s.frames(id))
	})
}

// A station in the calendar is passed on in its time; lost, it leaves the rest
// of its item without frames, and comes back.
func TestStationsOfTheCalendar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &fickle{}
		s := newStudio(t)
		defer s.stop()
		s.tunes = st.tune
		start := time.Now().Add(time.Minute)
		p := schedule.Programme{ID: "prog-1", Title: "Thời sự", Class: schedule.Relay, Targets: la, Rule: schedule.Rule{At: start},
			Rundown: []schedule.Item{{Kind: schedule.Chime, Length: 3 * time.Second}, {Kind: schedule.Stream, Source: radio, Length: time.Minute}}}
		s.approved(p)
		id := schedule.FeedID(schedule.AiringID("prog-1", start), 1)
		item := start.Add(3 * time.Second)
		later(time.Until(item.Add(-time.Second)))
		require.Zero(t, s.frames(id))
		later(time.Until(item.Add(10 * time.Second)))
		bundles, headers, at := take[wire.Bundle](s, wire.KindFrames, id, "/live/"+id)
		n := 0
		for i, b := range bundles {
			n += len(b.Frames)
			require.Equal(t, b.First+1, headers[i].Seq)
			early := item.Add(time.Duration(b.First) * wire.FrameLength).Sub(at[i])
			require.Greater(t, early, 800*time.Millisecond, "nobody waits for a station: a bad link is allowed for")
			require.Less(t, early, 1200*time.Millisecond)
		}
		require.InDelta(t, 550, n, 30)
		require.LessOrEqual(t, bundles[0].First, uint64(8), "from its beginning")

		st.lost.Store(true)
		later(20 * time.Second) // three seconds are at hand
		require.InDelta(t, 150, s.frames(id), 20)
		st.lost.Store(false)
		later(time.Until(item.Add(59 * time.Second)))
		require.Greater(t, s.frames(id), 1000)
		later(10 * time.Second)
		s.frames(id)
		later(5 * time.Second)
		require.Zero(t, s.frames(id), "its item is over")
		on, _ := s.commands()
		require.Empty(t, on, "it is in everybody's plan: no command is needed")

		// taken out of the calendar, it stops
		p.ID, p.Rule.At = "prog-2", time.Now().Add(30*time.Second)
		s.approved(p)
		id = schedule.FeedID(schedule.AiringID("prog-2", p.Rule.At), 1)
		later(45 * time.Second)
		require.NotZero(t, s.frames(id))
		require.NoError(t, s.store.CancelProgramme(t.Context(), "prog-2", time.Now()))
		later(6 * time.Second)
		s.frames(id)
		later(5 * time.Second)
		require.Zero(t, s.frames(id))
	})
}

func TestACorrectionGoesToWhoHeardTheAlert(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		ctx := t.Context()
		for _, id := range []string{"n3", "n4"} {
			require.NoError(t, s.store.PutNode(ctx, store.Node{ID: id, Name: id, Area: "thon-2"}))
		}
		rundown := []schedule.Item{{Kind: schedule.Chime, Length: tune.ChimeDuration}, {Kind: schedule.Gap, Length: 5 * time.Second}}
		token, _ := s.live.Arm("hoa", time.Now())
		alert := s.begin(live.Request{Title: "Vỡ đập", Class: schedule.Emergency, Targets: la, Armed: token, Rundown: rundown})
		id := alert.Info().ID
		correction := live.Request{Title: "Cải chính", Class: schedule.Emergency, Corrects: id, Rundown: rundown}
		_, err := s.live.Begin(ctx, correction)
		require.Equal(t, "not_armed", code(t, err))
		require.NotNil(t, s.live.Call(id), "and the alert goes on")

		since := time.Now().Add(time.Second).UTC()
		s.say("n1", wire.Status{OnAir: &wire.OnAir{Airing: id, Since: since}})
		s.say("n3", wire.Status{OnAir: &wire.OnAir{Airing: "other", Since: since}})
		later(2 * time.Second)
		require.Equal(t, map[string]time.Time{"n1": since}, alert.Heard())
		s.say("n1", wire.Status{}) // gone since: it has heard it all the same
		// n2's play came by report alone
		_, err = s.store.AddPlays(ctx,
			[]store.Play{{Node: "n2", Programme: id, Airing: id, At: since, Began: since, Heard: time.Second, Length: time.Second, Outcome: "heard"},
				{Node: "n3", Programme: id, Airing: id, At: since, Length: time.Second, Outcome: "not_heard"}})
		require.NoError(t, err)
		s.commands()
		correction.Armed, _ = s.live.Arm("hoa", time.Now())
		c := s.begin(correction)
		<-alert.Done()
		require.Equal(t, schedule.Targets{Nodes: []string{"n1", "n2"}}, c.Info().Targets)
		require.Equal(t, []string{"n1", "n2"}, c.NodeIDs())
		require.Equal(t, id, c.Info().Corrects)
		on, _ := s.commands()
		require.Equal(t, []string{"n1", "n2"}, on[len(on)-1].Targets.Nodes)
		require.Equal(t, id, s.stops()[0].Call)
		row, err := s.store.Call(ctx, id)
		require.NoError(t, err)
		require.Equal(t, map[string]time.Time{"n1": since}, row.Heard, "it is in the log")
		c.Stop()
		<-c.Done()

		token, _ = s.live.Arm("hoa", time.Now())
		unheard := s.begin(live.Request{Class: schedule.Emergency, Targets: la, Armed: token, Rundown: rundown})
		correction.Corrects = unheard.Info().ID
		correction.Armed, _ = s.live.Arm("hoa", time.Now())
		_, err = s.live.Begin(ctx, correction)
		require.Equal(t, "nobody_heard", code(t, err))
		<-unheard.Done()
		correction.Corrects = "call-none"
		correction.Armed, _ = s.live.Arm("hoa", time.Now())
		_, err = s.live.Begin(ctx, correction)
		require.Equal(t, "call_unknown", code(t, err))
		correction.Class, correction.Rundown = schedule.Live, nil
		_, err = s.live.Begin(ctx, correction)
		require.Equal(t, "correction_class", code(t, err))
	})
}

// The delay follows what the nodes say of their margins: up at once if most is
// lost, else little by little; down in the pauses.
func TestTheDelayFollowsTheNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		c := s.begin(live.Request{Class: schedule.Live, Targets: la})
		id := c.Info().ID
		delay := func() time.Duration { return c.Meter(time.Now()).Delay }
		least := delay()
		tell := func(margin, need time.Duration, late int64) {
			s.say("n1", wire.Status{Live: &wire.Live{Call: id, Margin5: margin, Need: need, Late: late}})
		}
		speak(t, c, 9*time.Second)
		tell(100*time.Millisecond, 240*time.Millisecond, 0)
		speak(t, c, time.Second)
		require.Equal(t, least, delay(), "the margins are older than the call")
		speak(t, c, time.Second)
		tell(100*time.Millisecond, 240*time.Millisecond, 3)
		speak(t, c, 2*time.Second)
		require.Equal(t, least+200*time.Millisecond, delay())
		raised := delay()
		for range 4 { // frames that were on their way are late still; then all is well
			tell(100*time.Millisecond, 240*time.Millisecond, 4)
			speak(t, c, time.Second)
		}
		require.Equal(t, raised, delay())
		tell(300*time.Millisecond, 240*time.Millisecond, 9)
		speak(t, c, time.Second)
		require.Equal(t, raised+100*time.Millisecond, delay(), "it loses frames still: no time to be gentle")
		for late := range 30 { // hopeless: no longer than a second
			tell(-time.Second, 240*time.Millisecond, int64(late)*10)
			speak(t, c, time.Second)
		}
		require.InDelta(t, 1, delay().Seconds(), 0.02)
		for range 15 {
			tell(800*time.Millisecond, 240*time.Millisecond, 1000)
			speak(t, c, time.Second)
		}
		require.InDelta(t, 1, delay().Seconds(), 0.02, "nobody is cut short in the middle of a word")
		for range 70 {
			tell(delay()-50*time.Millisecond, 100*time.Millisecond, 1000)
			for range 50 {
				require.NoError(t, c.WritePCM(make([]float32, audio.FrameSamples)))
				later(20 * time.Millisecond)
			}
		}
		t.Logf("from %v up to 1 s and down to %v", least, delay())
		require.InDelta(t, 0.35, delay().Seconds(), 0.2)
		c.Stop()
		<-c.Done()
	})
}

// A few frames that come too late are no reason for a gap.
func TestTheDelayRisesWithoutAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		c := s.begin(live.Request{Class: schedule.Live, Targets: la})
		id := c.Info().ID
		least := c.Meter(time.Now()).Delay
		speak(t, c, 3*time.Second)
		for late := range 2 {
			s.say("n1", wire.Status{Live: &wire.Live{Call: id, Margin5: 240 * time.Millisecond, Need: 100 * time.Millisecond, Late: int64(late)}})
			speak(t, c, 3*time.Second)
		}
		require.Less(t, c.Meter(time.Now()).Delay, least+100*time.Millisecond)
		speak(t, c, 4*time.Second)
		require.Equal(t, least+100*time.Millisecond, c.Meter(time.Now()).Delay)
		c.Stop()
		<-c.Done()
		bundles, _, _ := take[wire.Bundle](s, wire.KindFrames, id, "/live/"+id)
		for i, b := range bundles[1:] {
			require.Equal(t, bundles[i].First+2, b.First)
		}
	})
}

func second(_ int, err error) error { return err }

// Many nodes take up a call at once: its beginning waits for them, and none of
// it leaves before they are there. The delay shrinks as any does.
func TestACrowdIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		for i := range 998 { // it has two
			require.NoError(t, s.store.PutNode(context.Background(), store.Node{ID: fmt.Sprintf("m%d", i), Name: "m", Area: "thon-1"}))
		}
		begun := time.Now()
		c := s.begin(live.Request{Class: schedule.Live, Targets: la})
		const need, cushion, filling, crowd = 240, 20, 160, 700
		require.InDelta(t, need+cushion+filling+crowd, c.Meter(time.Now()).Delay.Milliseconds(), 1)
		id := c.Info().ID
		bundles := func() []wire.Bundle {
			all, _, _ := take[wire.Bundle](s, wire.KindFrames, id, "/live/"+id)
			return all
		}
		speak(t, c, (crowd-20)*time.Millisecond)
		require.Empty(t, bundles(), time.Since(begun))
		speak(t, c, 100*time.Millisecond)
		first := bundles()
		require.GreaterOrEqual(t, len(first), 3)
		require.EqualValues(t, 3, first[0].First, "nothing is missing")
		speak(t, c, 9*time.Second)
		for late := range int64(5) { // a node that loses frames
			s.say("n1", wire.Status{Live: &wire.Live{Call: id, Margin5: -50 * time.Millisecond, Need: need * time.Millisecond, Late: 3 * late}})
			speak(t, c, 2*time.Second)
		}
		const delay = need + cushion + filling + crowd
		require.InDelta(t, delay, c.Meter(time.Now()).Delay.Milliseconds(), 1, "who needs more than there may be does not get less")
		s.stops()
		stopped := time.Now()
		c.Stop()
		<-c.Done()
		require.Greater(t, s.stops()[0].At.Sub(stopped), delay*time.Millisecond, "the last word is heard")

		armed, _ := s.live.Arm("hoa", time.Now())
		recorded := s.begin(live.Request{Class: schedule.Emergency, Targets: la, Armed: armed, Limit: time.Minute,
			Rundown: []schedule.Item{{Kind: schedule.Chime, Length: tune.ChimeDuration}}})
		require.Less(t, time.Until(recorded.Info().Start), time.Second, "what they hold needs no subscription")
		recorded.Stop()
		<-recorded.Done()
	})
}

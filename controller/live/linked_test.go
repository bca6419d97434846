package live_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio/tune"
	"loa/controller/live"
	"loa/node/wire"
	"loa/schedule"
)

func (s *studio) cut(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

// alert puts a recorded emergency on the air.
func (s *studio) alert(targets schedule.Targets) *live.Call {
	token, _ := s.live.Arm("hoa", s.now())
	return s.begin(live.Request{Class: schedule.Emergency, Targets: targets, Armed: token,
		Rundown: []schedule.Item{{Kind: schedule.Chime, Length: tune.ChimeDuration}}})
}

// What was begun or ended while the broker was away is said at the moment it is back.
func TestWhatIsOnAirIsSaidOnceTheBrokerIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		require.False(t, s.live.Urgent())
		s.cut(true)
		c := s.alert(la)
		require.True(t, s.live.Urgent())
		later(2500 * time.Millisecond)
		back := func() {
			s.cut(false)
			s.live.Connected()
			synctest.Wait() // no time passes
		}
		back()
		on, _ := s.commands()
		require.Len(t, on, 1)
		require.Equal(t, c.Info().ID, on[0].Call.ID)

		s.cut(true)
		c.Stop()
		later(2500 * time.Millisecond)
		require.True(t, s.live.Urgent(), "its end has not been said")
		back()
		off := s.stops()
		require.Len(t, off, 1)
		require.Equal(t, c.Info().ID, off[0].Call)
		require.False(t, s.live.Urgent())
	})
}

// A node that comes back is told at once what has ended meanwhile; a crowd that
// comes together is told together.
func TestANodeThatComesIsToldWhatItMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		c := s.alert(la)
		c.Stop()
		<-c.Done()
		later(100 * time.Millisecond)
		s.stops() // what was said when it ended
		for range 1000 {
			s.live.Came()
			synctest.Wait()
		}
		require.Len(t, s.stops(), 1)
		later(gathered)
		require.Len(t, s.stops(), 1, "for those that came since")
	})
}

// gathered is longer than nodes that come are gathered for, and shorter than
// everything is said again.
const gathered = 600 * time.Millisecond

// Who has heard an alert is noted before another takes the air from it.
func TestWhoHeardAnAlertBeforeTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		a := s.alert(la)
		s.say("n1", wire.Status{OnAir: &wire.OnAir{Airing: a.Info().ID, Since: time.Now()}})
		b := s.alert(schedule.Targets{Areas: []string{"thon-1"}})
		s.say("n1", wire.Status{OnAir: &wire.OnAir{Airing: b.Info().ID, Since: time.Now()}})
		later(5 * time.Second)
		require.Contains(t, a.Heard(), "n1")
		require.Contains(t, b.Heard(), "n1")
	})
}

// A board that has not heard of the end goes on for a bounded time, and not beyond the alert's own limit.
func TestHowLongABoardMayGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		c := s.alert(la)
		later(time.Minute)
		require.True(t, s.live.StillUntil(c.Info(), s.now()).IsZero(), "it is on air")
		c.Stop()
		<-c.Done()
		ended := s.now()
		require.WithinDuration(t, ended.Add(wire.AloneFor), s.live.StillUntil(c.Info(), ended), time.Second)
		require.True(t, s.live.StillUntil(c.Info(), ended.Add(wire.AloneFor+time.Second)).IsZero())

		token, _ := s.live.Arm("hoa", s.now())
		short := s.begin(live.Request{Class: schedule.Emergency, Targets: la, Armed: token, Limit: time.Minute,
			Rundown: []schedule.Item{{Kind: schedule.Chime, Length: tune.ChimeDuration}}})
		limit := short.Info().End
		later(10 * time.Second)
		short.Stop()
		<-short.Done()
		require.Equal(t, limit, s.live.StillUntil(short.Info(), s.now()))
	})
}

// For a node whose link hardly carries a voice it goes in large bundles, from the beginning;
// and if most of it comes too late there, from then on.
func TestAVoiceForAThinLink(t *testing.T) {
	bundle := func(s *studio, id string) int {
		sent, _, _ := take[wire.Bundle](s, wire.KindFrames, id, "/live/"+id)
		require.NotEmpty(s.t, sent)
		return len(sent[len(sent)/2].Frames)
	}
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		s.say("n1", wire.Status{Rate: 7000})
		c := s.begin(live.Request{Class: schedule.Live, Targets: la})
		speak(t, c, 3*time.Second)
		require.Equal(t, 10, bundle(s, c.Info().ID))
	})
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		c := s.begin(live.Request{Class: schedule.Live, Targets: la})
		id := c.Info().ID
		for i := range int64(10) {
			s.say("n1", wire.Status{Live: &wire.Live{Call: id, Received: 50 * i, Late: 40 * i}})
			speak(t, c, time.Second)
			if i == 0 {
				require.Equal(t, 2, bundle(s, id))
			}
		}
		require.Equal(t, time.Second, c.Meter(time.Now()).Delay)
		take[wire.Bundle](s, wire.KindFrames, id, "/live/"+id)
		speak(t, c, 3*time.Second)
		require.Equal(t, 10, bundle(s, id))
	})
}

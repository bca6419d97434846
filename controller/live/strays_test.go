package live_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/live"
	"loa/node/wire"
	"loa/schedule"
)

// A node that missed the end of an alert, and an office that was started anew since:
// what the node says is what the office goes by.
func TestWhoPlaysOnIsToldAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		c := s.alert(la)
		id := c.Info().ID
		plays := wire.Status{OnAir: &wire.OnAir{Airing: id, Since: s.now()}}
		s.say("n1", plays)
		s.cut(true) // it hears no end
		c.Stop()
		<-c.Done()
		s.say("n1", plays) // just before the end could have reached it
		s.stop()

		s.cut(false)
		s.open()
		defer func() { s.stop() }()
		later(3 * time.Second)
		require.Empty(t, s.stops(), "what was said before the end says nothing")
		later(3 * time.Second)
		s.say("n1", plays)
		later(2 * time.Second)
		off := s.stops()
		require.Len(t, off, 1)
		require.Equal(t, id, off[0].Call)
		require.Equal(t, schedule.Targets{}, s.live.Stray(t.Context(), id), "it is known here")
	})
}

// A call that the office has never heard of, for its memory is of before, is ended
// where it plays.
func TestACallThatNobodyKnowsIsEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer func() { s.stop() }()
		s.say("n2", wire.Status{OnAir: &wire.OnAir{Airing: "call-of-before"}})
		s.say("n1", wire.Status{OnAir: &wire.OnAir{Airing: "p1@20261130T000000Z"}})
		later(5 * time.Second)
		require.Empty(t, s.stops(), "nobody has ended it")
		targets := s.live.Stray(t.Context(), "call-of-before")
		require.Equal(t, schedule.Targets{Nodes: []string{"n2"}}, targets)
		require.Empty(t, s.live.Stray(t.Context(), "p1@20261130T000000Z").Nodes)
		require.Empty(t, s.live.Stray(t.Context(), "call-nobody").Nodes)
		require.NoError(t, s.live.EndStray(t.Context(), "call-of-before", targets))
		off := s.stops()
		require.Len(t, off, 1)
		require.Equal(t, targets, off[0].Targets)
		later(wire.AloneFor - 10*time.Second)
		require.NotEmpty(t, s.stops(), "to one that comes back late")
		later(time.Minute)
		s.stops()
		later(time.Minute)
		require.Empty(t, s.stops(), "it has ended it by itself")
	})
}

// Who speaks in the moment in which the office starts is not taken for one that an
// earlier run left on air, and the office ends when it is told to.
func TestACallThatBeginsBeforeTheOthersAreTakenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		s.stop()
		var c *live.Call
		s.early = func() {
			c = s.begin(live.Request{Class: schedule.Live, Targets: schedule.Targets{Nodes: []string{"n1"}}})
			synctest.Wait() // it is in the log
		}
		s.open()
		require.Same(t, c, s.live.Call(c.Info().ID))
		row, err := s.store.Call(t.Context(), c.Info().ID)
		require.NoError(t, err)
		require.True(t, row.Ended.IsZero(), row.Reason)
		s.stop()
		select {
		case <-c.Done():
		default:
			require.Fail(t, "it is on air though the office has ended")
		}
	})
}

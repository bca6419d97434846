package live_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/live"
	"loa/node/wire"
	"loa/schedule"
)

// A database that answers nothing and takes nothing keeps nobody from speaking,
// from airing an alert, and from stopping one or all.
func TestADeadDatabaseSilencesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		require.NoError(t, s.store.Remember(t.Context()))
		require.NoError(t, s.store.Close())
		alert := live.Request{Class: schedule.Emergency, Targets: la,
			Rundown: []schedule.Item{{Kind: schedule.Clip, Clip: strings.Repeat("7e", 32), Length: time.Second}}}
		alert.Armed, _ = s.live.Arm("hoa", time.Now())
		began := time.Now()
		one := s.begin(alert)
		require.Equal(t, 2, one.Nodes(), "whom it concerns is remembered")
		on, headers := s.commands()
		require.Len(t, on, 1)
		one.Stop()
		<-one.Done()
		require.Len(t, s.stops(), 1)
		require.Less(t, time.Since(began), time.Second, "nobody waits for what does not answer")
		row, err := s.store.Call(t.Context(), one.Info().ID)
		require.NoError(t, err, "it is kept in memory")
		require.Equal(t, live.EndStopped, row.Reason)

		voice := live.Request{Class: schedule.Emergency, Targets: la, Chime: true}
		voice.Armed, _ = s.live.Arm("hoa", time.Now())
		two := s.begin(voice)
		speak(t, two, 4*time.Second)
		_, more := s.commands()
		require.Greater(t, more[0].Seq, headers[0].Seq, "numbers go on")
		bundles, _, _ := take[wire.Bundle](s, wire.KindFrames, two.Info().ID, "/live/"+two.Info().ID)
		require.NotEmpty(t, bundles)
		s.stops()
		require.NoError(t, s.live.StopAll(t.Context(), la))
		<-two.Done()
		require.Len(t, s.stops(), 2, "of the call, and of all")
		require.Equal(t, live.EndStopped, two.Info().Reason)
	})
}

// A voice that cannot be recorded is heard all the same, and it is told.
func TestAVoiceWithoutARecorder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		require.NoError(t, os.RemoveAll(filepath.Join(s.dir, "tmp")))
		c := s.begin(live.Request{Class: schedule.Live, Targets: la, Chime: true})
		require.True(t, c.Info().Unrecorded)
		speak(t, c, 4*time.Second)
		bundles, _, _ := take[wire.Bundle](s, wire.KindFrames, c.Info().ID, "/live/"+c.Info().ID)
		require.NotEmpty(t, bundles)
		c.Stop()
		<-c.Done()
		row, err := s.store.Call(t.Context(), c.Info().ID)
		require.NoError(t, err)
		require.True(t, row.Unrecorded)
		require.Empty(t, row.Recording)
		require.Len(t, s.stops(), 1)

		// one whose recording is lost on the way
		require.NoError(t, os.Mkdir(filepath.Join(s.dir, "tmp"), 0o700))
		c = s.begin(live.Request{Class: schedule.Live, Targets: la})
		require.False(t, c.Info().Unrecorded)
		speak(t, c, time.Second)
		require.NoError(t, os.RemoveAll(filepath.Join(s.dir, "tmp")))
		c.Stop()
		<-c.Done()
		require.True(t, c.Info().Unrecorded)
	})
}

// One person's tokens take no other's; the oldest of one's own gives way.
func TestTokensAreSharedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		mine, _ := s.live.Arm("hoa", time.Now())
		first, _ := s.live.Arm("flood", time.Now())
		for range 5000 {
			later(time.Microsecond)
			s.live.Arm("flood", time.Now())
		}
		_, err := s.live.Hold(first, false, time.Now())
		require.Equal(t, "not_armed", code(t, err))
		_, err = s.live.Hold(mine, false, time.Now())
		require.NoError(t, err)
	})
}

// A token is judged when the button is pressed: what is made ready after that may
// take longer than the token lives. It is used up all the same.
func TestATokenIsTakenWhenItIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		token, _ := s.live.Arm("hoa", time.Now())
		_, err := s.live.Hold(token, true, time.Now())
		require.Equal(t, "not_armed", code(t, err), "it is none for a drill")
		_, err = s.live.Hold(token, false, time.Now())
		require.Equal(t, "not_armed", code(t, err), "and is used up")

		token, until := s.live.Arm("hoa", time.Now())
		held, err := s.live.Hold(token, false, until)
		require.NoError(t, err)
		later(30 * time.Second) // of speech
		_, err = s.live.Begin(t.Context(), live.Request{Class: schedule.Emergency, Targets: la, Armed: token})
		require.Equal(t, "not_armed", code(t, err))
		c := s.begin(live.Request{Class: schedule.Emergency, Targets: la, Armed: held})
		c.Stop()
		<-c.Done()
		_, err = s.live.Begin(t.Context(), live.Request{Class: schedule.Emergency, Targets: la, Armed: held})
		require.Equal(t, "not_armed", code(t, err), "once")

		token, until = s.live.Arm("hoa", time.Now())
		_, err = s.live.Hold(token, false, until.Add(time.Nanosecond))
		require.Equal(t, "not_armed", code(t, err))
	})
}

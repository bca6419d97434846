package live_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio/tune"
	"loa/controller/live"
	"loa/controller/store"
	"loa/schedule"
)

// A call begins with what the commune chose; an emergency with what everybody
// knows; and with the usual chime if the chosen one is gone.
func TestACallBeginsWithTheChimeOfTheCommune(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		begins := func(class schedule.Class, with string, seconds float64) {
			t.Helper()
			r := live.Request{Class: class, Targets: la, Chime: true}
			if class == schedule.Emergency {
				r.Armed, _ = s.live.Arm("hoa", time.Now())
			}
			c := s.begin(r)
			speak(t, c, time.Until(c.SpeakAt())+time.Second)
			c.Stop()
			<-c.Done()
			text := strings.ReplaceAll(s.heard(c.Info().ID), ".", "c") // a bell fades
			require.Equal(t, with+"v", runs(text), text)
			require.InDelta(t, 10*seconds, strings.Index(text, "v"), 1.5)
		}
		choose := func(clip string) {
			require.NoError(t, s.store.PutOpenings(t.Context(), store.Openings{Live: schedule.Opening{Clip: clip}}))
		}
		usual := tune.ChimeDuration.Seconds()
		begins(schedule.Live, "c", usual)
		choose(s.tone(wordsHertz, 4*time.Second))
		begins(schedule.Live, "w", 4)
		begins(schedule.Live, "w", 4) // kept from the first time
		begins(schedule.Emergency, "c", usual)
		choose(s.tone(alertHertz, 2*time.Second))
		begins(schedule.Live, "a", 2)
		choose(strings.Repeat("0", 64))
		begins(schedule.Live, "c", usual)
	})
}

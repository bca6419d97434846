package live_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"loa/audio/tune"
	"loa/controller/live"
	"loa/node/wire"
	"loa/schedule"
)

// A command that is too long for a node is not acknowledged, and a stop never is too
// long.
func TestManyTargets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		defer s.stop()
		chime := []schedule.Item{{Kind: schedule.Chime, Length: tune.ChimeDuration}}
		same := schedule.Targets{Areas: slices.Repeat([]string{"thon-1"}, 20_000)}
		token, _ := s.live.Arm("hoa", s.now())
		c := s.begin(live.Request{Class: schedule.Emergency, Targets: same, Armed: token, Rundown: chime})
		require.Equal(t, schedule.Targets{Areas: []string{"thon-1"}, Nodes: c.Info().Targets.Nodes}, c.Info().Targets)
		on, _ := s.commands()
		require.Len(t, on, 1)

		many := schedule.Targets{Areas: []string{"thon-1"}}
		for i := range 3000 {
			many.Nodes = append(many.Nodes, fmt.Sprint("loa-", i))
		}
		token, _ = s.live.Arm("hoa", s.now())
		_, err := s.live.Begin(t.Context(), live.Request{Class: schedule.Emergency, Targets: many, Armed: token, Rundown: chime})
		require.Equal(t, "targets_many", code(t, err))
		on, _ = s.commands()
		require.Empty(t, on)

		s.stops()
		require.NoError(t, s.live.StopAll(t.Context(), many))
		var told []string
		for _, m := range s.raw("/all/stop") {
			require.LessOrEqual(t, len(m), wire.MaxCommand)
		}
		for _, off := range s.stops() {
			if off.Call == "" {
				told = append(told, off.Targets.Nodes...)
			}
		}
		require.Len(t, told, 3000)
	})
}

// raw is what was sent on topics with this end.
func (s *studio) raw(suffix string) (all [][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.sent {
		if len(m.topic) >= len(suffix) && m.topic[len(m.topic)-len(suffix):] == suffix {
			all = append(all, m.raw)
		}
	}
	return all
}

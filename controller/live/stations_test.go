package live_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/live"
	"loa/controller/store"
	"loa/schedule"
)

// Six calls of the commune may pass stations on, of all persons together, and ten stations
// in all are pulled at once: the calendar has four that no call can take, its fifth
// waits for a place and has it as soon as one is given back.
func TestTheCommuneHasSixRelaysAndTenStations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pulled, most atomic.Int64
		st := &fickle{}
		s := newStudio(t)
		defer s.stop()
		s.tunes = func(ctx context.Context, source string, sink func([]float32) error) error {
			most.Store(max(most.Load(), pulled.Add(1)))
			defer pulled.Add(-1)
			return st.tune(ctx, source, sink)
		}
		node := func(n int) schedule.Targets { return schedule.Targets{Nodes: []string{fmt.Sprint("m", n)}} }
		for n := range 12 {
			require.NoError(t, s.store.PutNode(t.Context(), store.Node{ID: fmt.Sprint("m", n), Name: "m", Area: "thon-2"}))
		}
		begin := func(n int) (*live.Call, error) {
			return s.live.Begin(t.Context(),
				live.Request{Class: schedule.Relay, Targets: node(n), Source: radio, Limit: time.Hour, Account: fmt.Sprint("p-", n/2)})
		}
		var calls []*live.Call
		for n := range 6 { // two each of three people
			c, err := begin(n)
			require.NoError(t, err)
			calls = append(calls, c)
		}
		_, err := begin(6) // a fourth person
		require.Equal(t, "relays_many", code(t, err))
		require.EqualValues(t, 6, pulled.Load())

		at := time.Now().Add(10 * time.Second)
		ids := map[int]string{}
		for n := 6; n < 11; n++ {
			p := schedule.Programme{ID: fmt.Sprint("prog-", n), Title: "Thời sự", Class: schedule.Relay, Targets: node(n),
				Rule:    schedule.Rule{At: at},
				Rundown: []schedule.Item{{Kind: schedule.Stream, Source: radio, Length: 10 * time.Minute}}}
			s.approved(p)
			ids[n] = schedule.FeedID(schedule.AiringID(p.ID, at), 0)
		}
		later(time.Until(at.Add(8 * time.Second)))
		require.EqualValues(t, 10, pulled.Load())
		heard := func() (stations int) {
			for _, id := range ids {
				if s.frames(id) > 0 {
					stations++
				}
			}
			return stations
		}
		require.Equal(t, 4, heard())
		calls[0].Stop()
		<-calls[0].Done()
		later(8 * time.Second)
		require.Equal(t, 5, heard(), "the place that was given back")
		_, err = begin(0)
		require.Equal(t, "relays_many", code(t, err), "all ten are taken")
		require.EqualValues(t, 10, most.Load(), "never more at once")
	})
}

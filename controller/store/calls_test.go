package store

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/schedule"
)

func TestCallsKeepWhoHeardThem(t *testing.T) {
	s := seeded(t)
	ctx := t.Context()
	c := Call{Call: schedule.Call{ID: "call-1", Title: "Bão số 5", Class: schedule.Emergency, Start: t0, End: t0.Add(time.Hour)},
		Targets: schedule.Targets{Areas: []string{"la-da"}}, Author: "Phó chủ tịch", Source: "http://radio.example/live", Corrects: "call-0"}
	require.NoError(t, s.PutCall(ctx, c))
	open, err := s.OpenCalls(ctx)
	require.NoError(t, err)
	require.Equal(t, []Call{c}, open)
	c.Heard = map[string]time.Time{"n1": t0.Add(time.Second)}
	c.Ended, c.Reason = t0.Add(time.Minute), "stopped"
	require.NoError(t, s.PutCall(ctx, c))
	got, err := s.Call(ctx, "call-1")
	require.NoError(t, err)
	require.Equal(t, c, got)
	open, err = s.OpenCalls(ctx)
	require.NoError(t, err)
	require.Empty(t, open)
}

func TestEmergenciesAmongManyCalls(t *testing.T) {
	s := seeded(t)
	ctx := t.Context()
	put := func(id string, class schedule.Class, began, ended time.Time) {
		require.NoError(t, s.PutCall(ctx, Call{Call: schedule.Call{ID: id, Class: class, Start: began}, Ended: ended}))
	}
	put("long", schedule.Emergency, t0.Add(-48*time.Hour), time.Time{})
	put("over", schedule.Emergency, t0.Add(-47*time.Hour), t0.Add(-46*time.Hour))
	put("late", schedule.Emergency, t0, t0.Add(time.Minute))
	put("talk", schedule.Live, t0.Add(time.Hour), time.Time{})
	all, err := s.Emergencies(ctx, t0.Add(-24*time.Hour))
	require.NoError(t, err)
	ids := []string{}
	for _, c := range all {
		ids = append(ids, c.ID)
	}
	require.Equal(t, []string{"late", "long"}, ids)
}

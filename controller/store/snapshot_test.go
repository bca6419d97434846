package store

import (
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/schedule"
)

// A copy that is made while others write is one instant of the database, and
// brings nothing back to life that must not come back.
func TestSnapshot(t *testing.T) {
	ctx, now := t.Context(), time.UnixMilli(1795392000000)
	s, err := Open(ctx, t.TempDir(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.PutArea(ctx, Area{ID: "la-da", Name: "Xã La Dạ", Kind: Commune}))
	require.NoError(t, s.PutNode(ctx, Node{ID: "loa-1", Area: "la-da", Created: now}))
	require.NoError(t, s.PutPerson(ctx, Person{ID: "p1", Login: "lan", Created: now}))
	require.NoError(t, s.PutCall(ctx, Call{Call: schedule.Call{ID: "c1", Class: schedule.Emergency, Start: now, End: now.Add(time.Hour)}}))
	_, err = s.NextPlans(ctx, map[string]string{"loa-1": "abc"}, now)
	require.NoError(t, err)

	var writers sync.WaitGroup
	stop := make(chan struct{})
	writers.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if _, err := s.AddAudit(ctx, Audit{At: now, Who: "p1", Action: "call.begin"}); err != nil {
					t.Error(err)
				}
			}
		}
	})
	dir := t.TempDir()
	require.NoError(t, s.Snapshot(ctx, filepath.Join(dir, Database), now.Add(time.Minute)))
	close(stop)
	writers.Wait()
	require.Error(t, s.Snapshot(ctx, filepath.Join(dir, Database), now), "what is there is not overwritten")

	require.NoError(t, Examine(ctx, dir))
	again, err := Open(ctx, dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer again.Close()
	require.NoError(t, again.CheckAudit(ctx, nil))
	open, err := again.OpenCalls(ctx)
	require.NoError(t, err)
	require.Empty(t, open, "an alert that was on air must not sound again")
	plans, err := again.NextPlans(ctx, map[string]string{"loa-1": "abc"}, now.Add(time.Hour))
	require.NoError(t, err)
	require.True(t, plans["loa-1"].Changed)
	require.EqualValues(t, now.Add(time.Hour).UnixMilli(), plans["loa-1"].Seq, "above all that the node has seen since, also of the same plan")
	f, err := again.Facts(ctx)
	require.NoError(t, err)
	require.Equal(t, f.Known, f.Version)
	require.EqualValues(t, 1, f.Rows["nodes"])
	require.Positive(t, f.Bytes)
	require.Zero(t, f.Rows["sessions"])
}

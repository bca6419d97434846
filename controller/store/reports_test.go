package store

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestReports(t *testing.T) {
	s := open(t, t.TempDir())
	ctx := t.Context()
	require.NoError(t, s.PutArea(ctx, Area{ID: "thon-1", Name: "Thôn 1", Kind: Village}))
	require.NoError(t, s.PutNode(ctx, Node{ID: "loa-1", Name: "Loa 1", Area: "thon-1", Created: t0}))
	r := Report{ID: "r1", Node: "loa-1", At: t0, Who: "p-1", Name: "Ông Ba", Kind: "silent", Words: "im từ sáng"}
	require.NoError(t, s.AddReport(ctx, r))
	require.NoError(t, s.AddReport(ctx, Report{ID: "r2", Node: "loa-1", At: t0.Add(time.Minute), Kind: "noise"}))
	require.Error(t, s.AddReport(ctx, Report{ID: "r3", Node: "nobody", At: t0}))
	all, err := s.OpenReports(ctx)
	require.NoError(t, err)
	require.Equal(t, r, all[0])
	require.Len(t, all, 2)
	require.NoError(t, s.EndReport(ctx, "r1", t0.Add(time.Hour), "Anh Tư", "thay dây"))
	require.ErrorIs(t, s.EndReport(ctx, "r1", t0.Add(time.Hour), "Anh Tư", "lại"), ErrNotFound)
	one, err := s.Report(ctx, "r1")
	require.NoError(t, err)
	require.Equal(t, []string{"Anh Tư", "thay dây"}, []string{one.DoneBy, one.Remark})
	all, err = s.OpenReports(ctx)
	require.NoError(t, err)
	require.Len(t, all, 1)
	all, err = s.Reports(ctx, time.Time{}, 10)
	require.NoError(t, err)
	require.Equal(t, "r2", all[0].ID, "newest first")
	all, err = s.Reports(ctx, t0.Add(time.Second), 10)
	require.NoError(t, err)
	require.Len(t, all, 1)

	require.NoError(t, s.SetCare(ctx, "loa-1", "Anh Tư", t0))
	care, err := s.Care(ctx)
	require.NoError(t, err)
	require.Equal(t, map[string]Care{"loa-1": {"Anh Tư", t0}}, care)
	require.Equal(t, "Anh Tư", care["loa-1"].Of(t0.Add(-time.Hour)))
	require.Equal(t, "Anh Tư", care["loa-1"].Of(t0))
	require.Empty(t, care["loa-1"].Of(t0.Add(time.Millisecond)), "another fault, which nobody took on yet")
	require.NoError(t, s.SetCare(ctx, "loa-1", "", t0))
	care, err = s.Care(ctx)
	require.NoError(t, err)
	require.Empty(t, care)
}

// Faults that ended and the stretches in which a node was away are one history.
func TestEndedFaults(t *testing.T) {
	s := open(t, t.TempDir())
	ctx := t.Context()
	require.NoError(t, s.PutArea(ctx, Area{ID: "thon-1", Name: "Thôn 1", Kind: Village}))
	require.NoError(t, s.PutNode(ctx, Node{ID: "loa-1", Name: "Loa 1", Area: "thon-1", Created: t0}))
	for i, state := range []string{"good", "offline", "good", "offline"} {
		require.NoError(t, s.PutNodeStates(ctx, []NodeState{{Node: "loa-1", State: state, Since: t0.Add(time.Duration(i) * time.Hour)}}))
	}
	require.NoError(t, s.OpenFault(ctx, Fault{Node: "loa-1", Code: "too_hot", Since: t0}))
	require.NoError(t, s.CloseFault(ctx, "loa-1", "too_hot", t0.Add(30*time.Minute)))
	require.NoError(t, s.OpenFault(ctx, Fault{Node: "loa-1", Code: "disk_full", Since: t0}))
	all, err := s.EndedFaults(ctx, time.Time{}, 10)
	require.NoError(t, err)
	require.Equal(t, []Fault{{Node: "loa-1", Code: CodeOffline, Since: t0.Add(time.Hour), Until: t0.Add(2 * time.Hour)},
		{Node: "loa-1", Code: "too_hot", Since: t0, Until: t0.Add(30 * time.Minute)}}, all, "what lasts is no history")
	all, err = s.EndedFaults(ctx, t0.Add(time.Hour), 10)
	require.NoError(t, err)
	require.Len(t, all, 1)
}

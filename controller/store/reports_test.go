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

	known := Care{Who: "Anh Tư", Reason: "chờ bộ nguồn", Until: t0.AddDate(0, 0, 3), At: t0}
	require.NoError(t, s.SetCare(ctx, "loa-1", known))
	care, err := s.Care(ctx)
	require.NoError(t, err)
	require.Equal(t, map[string]Care{"loa-1": known}, care)
	require.True(t, known.Of(t0.Add(-time.Hour)))
	require.True(t, known.Of(t0))
	require.False(t, known.Of(t0.Add(time.Millisecond)), "another fault, which nobody took on yet")
	require.False(t, Care{}.Of(time.Time{}), "nobody")
	require.NoError(t, s.SetCare(ctx, "loa-1", Care{}))
	care, err = s.Care(ctx)
	require.NoError(t, err)
	require.Empty(t, care)
}

// Maintenance is kept until it is forgotten, also of a place that is gone.
func TestMaintenance(t *testing.T) {
	s := open(t, t.TempDir())
	ctx := t.Context()
	m := Maintenance{ID: "w1", Place: "thon-1", Since: t0, Until: t0.Add(time.Hour), Reason: "thay ắc quy", Who: "Anh Tư", Noted: "Chị Hoa"}
	later := Maintenance{ID: "w2", Place: "loa-1", Since: t0.Add(2 * time.Hour), Until: t0.Add(3 * time.Hour)}
	require.NoError(t, s.PutMaintenance(ctx, later))
	require.NoError(t, s.PutMaintenance(ctx, m))
	all, err := s.Maintenances(ctx, t0, 10)
	require.NoError(t, err)
	require.Equal(t, []Maintenance{m, later}, all)
	all, err = s.Maintenances(ctx, m.Until, 10)
	require.NoError(t, err)
	require.Equal(t, []Maintenance{later}, all, "what ended is left out")
	m.Until = t0.Add(time.Minute)
	require.NoError(t, s.PutMaintenance(ctx, m))
	one, err := s.Maintenance(ctx, "w1")
	require.NoError(t, err)
	require.Equal(t, m, one)
	require.NoError(t, s.DeleteMaintenance(ctx, "w1"))
	require.ErrorIs(t, s.DeleteMaintenance(ctx, "w1"), ErrNotFound)
	_, err = s.Maintenance(ctx, "w1")
	require.ErrorIs(t, err, ErrNotFound)
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

package store

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// An exercise is kept once, is under way until its result is drawn, and goes with its sheet.
func TestExercises(t *testing.T) {
	s := open(t, t.TempDir())
	ctx := t.Context()
	put := func(id string, kind ExerciseKind, at time.Time) Exercise {
		e := Exercise{ID: id, Kind: kind, At: at, Title: "Lũ về", Who: "Chị Hoa", Whole: true}
		require.NoError(t, s.AddExercise(ctx, e))
		return e
	}
	first := put("x-1", Yearly, t0)
	again := first
	again.Kind, again.Who = Audible, "ai đó"
	require.NoError(t, s.AddExercise(ctx, again), "as one that was found in the log")
	got, err := s.Exercise(ctx, "x-1")
	require.NoError(t, err)
	require.Equal(t, first, got)
	under, err := s.ExercisesUnderWay(ctx)
	require.NoError(t, err)
	require.Equal(t, []Exercise{first}, under)
	last, err := s.LastExercises(ctx)
	require.NoError(t, err)
	require.Empty(t, last, "nothing is drawn yet")

	first.Ended, first.Counts = t0.Add(time.Hour), true
	failed := ExerciseNode{Exercise: "x-1", Node: "loa-1", Area: "thon-1", Outcome: "not_heard", Cause: "offline", VI: "Mất mạng",
		EN: "No network", Failed: true}
	excused := ExerciseNode{Exercise: "x-1", Node: "loa-2", Area: "thon-1", Outcome: "maintenance"}
	require.NoError(t, s.EndExercise(ctx, first, []ExerciseNode{failed, excused}))
	put("x-2", Silent, t0.Add(2*time.Hour))
	all, err := s.Exercises(ctx, time.Time{}, 10)
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, first, all[1])
	last, err = s.LastExercises(ctx)
	require.NoError(t, err)
	require.Equal(t, map[ExerciseKind]Exercise{Yearly: first}, last)

	open, err := s.OpenExerciseNodes(ctx)
	require.NoError(t, err)
	require.Equal(t, []ExerciseNode{failed}, open)
	failed.Mended, failed.Who = t0.Add(3*time.Hour), "Anh Tư"
	require.NoError(t, s.PutExerciseNodes(ctx, []ExerciseNode{failed}))
	open, err = s.OpenExerciseNodes(ctx)
	require.NoError(t, err)
	require.Empty(t, open)
	nodes, err := s.ExerciseNodes(ctx, []string{"x-1", "x-2"})
	require.NoError(t, err)
	require.Equal(t, map[string][]ExerciseNode{"x-1": {failed, excused}}, nodes)

	require.NoError(t, s.ForgetExercises(ctx, t0.Add(time.Hour)))
	_, err = s.Exercise(ctx, "x-1")
	require.ErrorIs(t, err, ErrNotFound)
	nodes, err = s.ExerciseNodes(ctx, []string{"x-1"})
	require.NoError(t, err)
	require.Empty(t, nodes)
	_, err = s.Exercise(ctx, "x-2")
	require.NoError(t, err)
}

// Heard again is who was heard whole after an instant, by the proof of it, and first when.
func TestFirstHeard(t *testing.T) {
	s := open(t, t.TempDir())
	ctx := t.Context()
	require.NoError(t, s.PutArea(ctx, Area{ID: "thon-1", Name: "Thôn 1", Kind: Village}))
	for _, n := range []string{"loa-1", "loa-2"} {
		require.NoError(t, s.PutNode(ctx, Node{ID: n, Name: n, Area: "thon-1", Created: t0.Add(-time.Hour)}))
	}
	aired := func(id string, at time.Time, outcome map[string]string) {
		require.NoError(t, s.AddBroadcasts(ctx, []Broadcast{{ID: id, Kind: AiringKind, Title: id, Planned: at, Items: 1, Due: at}}))
		for n, o := range outcome {
			_, err := s.AddPlays(ctx, []Play{{Node: n, Programme: id, Airing: id, At: at, Began: at, Ended: at.Add(time.Minute),
				Heard: time.Minute, Length: time.Minute, Outcome: o}})
			require.NoError(t, err)
		}
	}
	aired("a", t0, map[string]string{"loa-1": "heard", "loa-2": "heard"})
	aired("b", t0.Add(time.Hour), map[string]string{"loa-1": "partly"})
	aired("c", t0.Add(2*time.Hour), map[string]string{"loa-1": "heard"})
	require.NoError(t, s.AddBroadcasts(ctx, []Broadcast{{ID: "stop", Kind: AiringKind, Class: Stops, Planned: t0.Add(time.Minute), Items: 1}}))
	_, err := s.AddPlays(ctx, []Play{{Node: "loa-2", Programme: "stop", Airing: "stop", At: t0.Add(time.Minute), Began: t0.Add(time.Minute),
		Ended: t0.Add(2 * time.Minute), Outcome: "heard"}})
	require.NoError(t, err)
	aired("d", t0.Add(3*time.Hour), map[string]string{"loa-1": "heard"})
	heard, err := s.FirstHeard(ctx, []string{"loa-1", "loa-2"}, t0)
	require.NoError(t, err)
	require.Equal(t, map[string]time.Time{"loa-1": t0.Add(2 * time.Hour)}, heard)
}

// A commune that has set nothing tests all the same, and says nothing of it outside.
func TestExerciseRule(t *testing.T) {
	s := open(t, t.TempDir())
	rule, err := s.ExerciseRule(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int{7, 30, 365}, []int{rule.Days(Silent), rule.Days(Audible), rule.Days(Yearly)})
	require.False(t, rule.Public)
	rule = ExerciseRule{AudibleDays: 90, Public: true}
	require.NoError(t, s.PutExerciseRule(t.Context(), rule))
	got, err := s.ExerciseRule(t.Context())
	require.NoError(t, err)
	require.Equal(t, rule, got, "what is off stays off")
	told := ExercisesTold{Since: t0, Told: map[ExerciseKind]time.Time{Audible: t0}}
	require.NoError(t, s.PutExercisesTold(t.Context(), told))
	back, err := s.ExercisesTold(t.Context())
	require.NoError(t, err)
	require.Equal(t, told, back)
}

package store

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What a bar is drawn of: the changes since an instant, the state that each
// node had then, and when somebody was there to hear them.
func TestStatesSinceAndWatches(t *testing.T) {
	s := seeded(t)
	at := func(hour int) time.Time { return t0.Add(time.Duration(hour) * time.Hour) }
	for hour, state := range []string{"good", "offline", "good", "on_air"} {
		require.NoError(t, s.PutNodeStates(ctx, []NodeState{{Node: "n1", State: state, Since: at(hour)}}))
	}
	require.NoError(t, s.PutNodeStates(ctx, []NodeState{{Node: "n2", State: "fault", Since: at(0)}}))
	changes, whole, err := s.StatesSince(ctx, "", at(2).Add(time.Minute))
	require.NoError(t, err)
	require.Equal(t, at(2).Add(time.Minute), whole)
	require.Equal(t, []StateChange{{"n1", at(3), "on_air", ""}, {"n1", at(2), "good", ""}, {"n2", at(0), "fault", ""}}, changes)

	changes, _, err = s.StatesSince(ctx, "n2", at(1))
	require.NoError(t, err)
	require.Equal(t, []StateChange{{"n2", at(0), "fault", ""}}, changes)

	require.NoError(t, s.KeepWatch(ctx, Watch{at(0), at(1)}))
	require.NoError(t, s.KeepWatch(ctx, Watch{at(2), at(3)}))
	require.NoError(t, s.KeepWatch(ctx, Watch{at(2), at(4)}))
	watches, err := s.Watches(ctx, at(0))
	require.NoError(t, err)
	require.Equal(t, []Watch{{at(0), at(1)}, {at(2), at(4)}}, watches)

	require.NoError(t, s.ForgetHistory(ctx, at(3).Add(time.Minute)))
	watches, err = s.Watches(ctx, at(0))
	require.NoError(t, err)
	require.Equal(t, []Watch{{at(2), at(4)}}, watches)
	changes, _, err = s.StatesSince(ctx, "", at(0))
	require.NoError(t, err)
	require.Equal(t, []StateChange{{"n1", at(3), "on_air", ""}, {"n2", at(0), "fault", ""}}, changes, "how each one is stays known")
}

// Where a node stands is kept whatever else of it is changed.
func TestPlaceNode(t *testing.T) {
	s := seeded(t)
	place := &Place{11.1234567, 107.7654321}
	require.NoError(t, s.PlaceNode(ctx, "n1", place))
	require.ErrorIs(t, s.PlaceNode(ctx, "nobody", place), ErrNotFound)
	n, err := s.Node(ctx, "n1")
	require.NoError(t, err)
	require.Equal(t, place, n.Place)
	n.Name, n.Place = "Chợ", nil
	require.NoError(t, s.PutNode(ctx, n))
	n, err = s.Node(ctx, "n1")
	require.NoError(t, err)
	require.Equal(t, place, n.Place)
	require.NoError(t, s.PlaceNode(ctx, "n1", nil))
	n, err = s.Node(ctx, "n1")
	require.NoError(t, err)
	require.Nil(t, n.Place)
}

package store

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Numbers that are none, times that no calendar has, texts where numbers belong: a
// row with them hides no other, can be told on, and takes no sum down with it.
func TestWhatStandsInRowsIsReadSafely(t *testing.T) {
	s := seeded(t)
	require.NoError(t, s.PutNode(ctx, Node{ID: "n1", Name: "Cụm loa", Area: "la-da", Created: t0}))
	require.NoError(t, s.PutCall(ctx, *alertCall("c1", t0)))
	good := play("n2", 1)
	good.Airing, good.Programme = "c1", "c1"
	_, err := s.AddPlays(ctx, []Play{good})
	require.NoError(t, err)
	for i, bad := range []any{math.Inf(1), math.Inf(-1), math.MaxInt64, math.MinInt64, 1e300, -1e300, "chín giờ", ""} {
		_, err := s.write.ExecContext(ctx, `INSERT INTO plays (node, airing, item, programme, title, clip, at, began, ended, heard, length, volume, outcome, reason, received, ear, ear_db)
			VALUES ('n1', 'c1', $1, 'c1', '', '', $2, $2, $2, $2, $2, $2, 'heard', '', $2, '', $2)`, i, bad)
		require.NoError(t, err)
		_, err = s.write.ExecContext(ctx, `INSERT INTO state_history (node, since, state, cause) VALUES ('n1', $1, 'nonsense', '') ON CONFLICT DO NOTHING`, bad)
		require.NoError(t, err)
		_, err = s.write.ExecContext(ctx, `INSERT INTO faults (node, code, since, until, detail) VALUES ('n1', 'x', $1, $1, '') ON CONFLICT DO NOTHING`, bad)
		require.NoError(t, err)
		_, err = s.write.ExecContext(ctx, `INSERT INTO node_states (node, state, cause, since, last_word, last_heard, status) VALUES ('n1', 'nonsense', '', $1, $1, $1, NULL)
			ON CONFLICT (node) DO UPDATE SET since = excluded.since, last_word = excluded.last_word, last_heard = excluded.last_heard`, bad)
		require.NoError(t, err)
		readable := func(v any, err error) {
			t.Helper()
			require.NoError(t, err, "%v", bad)
			_, err = json.Marshal(v)
			require.NoError(t, err, "%v", bad)
		}
		readable(s.NodeStates(ctx))
		readable(s.StateHistory(ctx, "n1", 10))
		readable(s.FaultHistory(ctx, "n1", 10))
		readable(s.OpenFaults(ctx))
		plays, err := s.Plays(ctx, Filter{})
		readable(plays, err)
		require.Len(t, plays, i+2)

		more := play("n1", 100+i) // and what comes after is taken
		more.Airing, more.Programme = "c1", "c1"
		more.Item = 100 + i
		_, err = s.AddPlays(ctx, []Play{more})
		require.NoError(t, err, "%v", bad)
		_, err = s.write.ExecContext(ctx, `DELETE FROM plays WHERE item >= 100`)
		require.NoError(t, err)
		readable(s.Broadcasts(ctx, BroadcastFilter{}))
		readable(s.BroadcastNodes(ctx, []string{"c1"}))
		readable(s.BroadcastSums(ctx, BroadcastFilter{}))
	}
	_, err = s.write.ExecContext(ctx, `UPDATE broadcasts SET length = 9e999, planned = 9e999, began = 9e999`)
	require.NoError(t, err)
	rows, err := s.Broadcasts(ctx, BroadcastFilter{})
	require.NoError(t, err)
	require.Len(t, rows, 1)
	_, err = json.Marshal(rows)
	require.NoError(t, err)
	sums, err := s.BroadcastSums(ctx, BroadcastFilter{})
	require.NoError(t, err)
	require.Equal(t, time.Duration(0), sums.Length)
}

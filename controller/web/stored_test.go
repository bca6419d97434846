package web_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/node/wire"
)

// What an earlier program wrote down unasked, numbers that are none and the year
// 33658, hides nothing of the other loudspeakers from anybody.
func TestWhatAnEarlierProgramWroteHidesNothing(t *testing.T) {
	bad := time.UnixMilli(1_000_000_000_000_000)
	inf, nan := math.Inf(1), math.NaN()
	w := newWorld(t, func(t *testing.T, s *store.Store) {
		late := time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
		lie, err := wire.Encode(wire.Status{Sent: late, LastHeard: late, CertUntil: late, Volume: math.MaxInt64, Uptime: math.MinInt64,
			Sound: wire.Sound{Need: math.MinInt64}, TempC: &nan, Load: &inf})
		require.NoError(t, err)
		nodes, err := s.Nodes(t.Context())
		require.NoError(t, err)
		require.NoError(t, s.PutNodeStates(t.Context(), []store.NodeState{
			{Node: nodes[0].ID, State: "nonsense", Since: bad, LastWord: bad, LastHeard: bad, Status: lie},
			{Node: nodes[1].ID, State: "ready", Since: time.Now(), Status: []byte("\xff\xff no status")}}))
		require.NoError(t, s.OpenFault(t.Context(), store.Fault{Node: nodes[0].ID, Code: "nonsense", Since: bad}))
		plays := []store.Play{{Node: nodes[2].ID, Airing: "good", Programme: "p", At: time.Now(), Outcome: "heard", Received: time.Now()}}
		for i, level := range []*float64{&inf, &nan, nil} {
			plays = append(plays, store.Play{Node: nodes[0].ID, Airing: "bad", Item: i, Programme: "p", At: bad, Began: bad, Ended: bad,
				Heard: math.MaxInt64, Length: math.MinInt64, Volume: math.MaxInt64, Outcome: "heard", Received: bad, Ear: "heard", EarDB: level})
		}
		_, err = s.AddPlays(t.Context(), plays)
		require.NoError(t, err)
	})
	for path, rows := range map[string]int{"nodes": 3, "plays": 4, "log": 1} {
		var said struct{ Items []json.RawMessage }
		answer := w.ask(t, "GET", "/api/v1/"+path, nil)
		require.Equal(t, 200, answer.status, "%s: %s", path, answer.body)
		require.NoError(t, json.Unmarshal(answer.body, &said), path)
		require.Len(t, said.Items, rows, path)
	}
	_, admin := w.as("admin", "la-da")
	for _, path := range []string{"/", "/nodes", "/log", "/faults", "/live", "/emergency"} {
		require.Equal(t, 200, w.send(t, "GET", path, nil, admin...).status, path)
	}
	head, _ := w.as("head", "thon-1")
	page := w.send(t, "GET", "/village", nil, head...)
	require.Equal(t, 200, page.status)
	require.Contains(t, string(page.body), "Thôn 1")
}

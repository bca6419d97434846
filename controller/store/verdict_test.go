package store

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/schedule"
)

// Of several items that failed the first says why, in whatever order the node told
// of them: the log and every page say the same.
func TestVerdictIsOfNoOrder(t *testing.T) {
	at := time.Date(2026, 11, 30, 5, 0, 0, 0, time.UTC)
	rnd := rand.New(rand.NewPCG(7, 7))
	pick := func(of ...string) string { return of[rnd.IntN(len(of))] }
	for range 500 {
		plays := make([]Play, 1+rnd.IntN(5))
		for i := range plays {
			p := Play{Node: "n", Airing: "a", Item: i, Length: time.Minute, Heard: time.Duration(rnd.IntN(60)) * time.Second, Volume: rnd.IntN(100),
				Outcome: pick("heard", "partly", "not_heard"), Ear: pick("", "heard", "not_heard", "cannot_tell")}
			if p.Outcome != "heard" {
				p.Reason = pick("muted", "late", "preempted", "")
			}
			if rnd.IntN(2) == 0 {
				p.Began = at.Add(time.Duration(i) * time.Minute)
				p.Ended = p.Began.Add(p.Heard)
			}
			if p.Ear == "heard" {
				db := rnd.Float64()
				p.EarDB = &db
			}
			plays[i] = p
		}
		var want Verdict
		for _, p := range plays {
			want.Add(p)
		}
		rnd.Shuffle(len(plays), func(i, j int) { plays[i], plays[j] = plays[j], plays[i] })
		var got Verdict
		for _, p := range plays {
			got.Add(p)
		}
		require.Equal(t, want, got)
		slices.SortFunc(plays, func(a, b Play) int { return a.Item - b.Item })
		for _, p := range plays {
			if outcome, reason := p.Judged(); outcome != "heard" && reason != "" {
				require.Equal(t, reason, got.Reason)
				break
			}
		}
		require.Equal(t, got.Outcome == "heard",
			!slices.ContainsFunc(plays, func(p Play) bool { outcome, _ := p.Judged(); return outcome != "heard" }))
		if got.Outcome == "heard" {
			require.Equal(t, "partly", got.Of(len(plays)+1).Outcome)
		}
		require.Equal(t, got, got.Of(len(plays)))
	}
}

// The log's line of a node is that verdict.
func TestLogHoldsTheVerdict(t *testing.T) {
	s, ctx := open(t, t.TempDir()), t.Context()
	at := time.Date(2026, 11, 30, 5, 0, 0, 0, time.UTC)
	require.NoError(t, s.PutArea(ctx, Area{ID: "la-da", Name: "Xã La Dạ", Kind: Commune}))
	require.NoError(t, s.PutNode(ctx, Node{ID: "n", Name: "Cụm loa", Area: "la-da", Created: at.Add(-time.Hour)}))
	require.NoError(t, s.AddBroadcasts(ctx,
		[]Broadcast{{ID: "p@1", Kind: AiringKind, Programme: "p", Planned: at, Items: 3, Due: at.Add(time.Hour),
			Targets: schedule.Targets{Areas: []string{"la-da"}}}}))
	db := 3.5
	plays := []Play{
		{Node: "n", Airing: "p@1", Item: 2, At: at.Add(2 * time.Minute), Outcome: "not_heard", Reason: "muted", Length: time.Minute},
		{Node: "n", Airing: "p@1", Item: 0, At: at, Began: at, Ended: at.Add(time.Minute), Heard: time.Minute, Length: time.Minute, Volume: 80,
			Outcome: "heard", Ear: "heard", EarDB: &db},
		{Node: "n", Airing: "p@1", Item: 1, At: at.Add(time.Minute), Outcome: "not_heard", Reason: "late", Length: time.Minute},
	}
	var want Verdict
	for _, p := range plays {
		_, err := s.AddPlays(ctx, []Play{p})
		require.NoError(t, err)
		want.Add(p)
	}
	got, err := s.BroadcastNodes(ctx, []string{"p@1"})
	require.NoError(t, err)
	require.Len(t, got, 1)
	want.first = 0 // it is not kept
	require.Equal(t, "late", want.Reason)
	require.Equal(t, want, got[0].Verdict)
}

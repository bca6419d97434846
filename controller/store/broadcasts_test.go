package store

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/schedule"
)

// onTheAir is a line of the log as it is written when an airing begins.
func onTheAir(id string, start time.Time) Broadcast {
	return Broadcast{ID: schedule.AiringID(id, start), Kind: AiringKind, Programme: id, Title: "Sáng", Class: schedule.Normal, Field: "Điện",
		Author: "Lan", Approver: "Chủ tịch Nam",
		Targets: schedule.Targets{Areas: []string{"thon-1"}}, Planned: start, Length: time.Minute, Items: 2, Due: start.Add(time.Hour)}
}

func TestBroadcastLog(t *testing.T) {
	s := seeded(t)
	for i := range 3 {
		require.NoError(t, s.PutNode(ctx, Node{ID: fmt.Sprint("l", i), Name: fmt.Sprint("Loa ", i), Area: "thon-1", Created: t0}))
	}
	start := t0.Add(time.Hour)
	b := onTheAir("p", start)
	require.NoError(t, s.AddBroadcasts(ctx, []Broadcast{b}))
	require.NoError(t, s.AddBroadcasts(ctx, []Broadcast{b}), "twice is once")
	late := Node{ID: "new", Name: "mới", Area: "thon-1", Created: start.Add(time.Second)}
	require.NoError(t, s.PutNode(ctx, late))
	line := func() Broadcast {
		got, err := s.Broadcast(ctx, b.ID)
		require.NoError(t, err)
		return got
	}
	nodes := func() map[string]BroadcastNode {
		all, err := s.BroadcastNodes(ctx, []string{b.ID})
		require.NoError(t, err)
		byID := map[string]BroadcastNode{}
		for _, n := range all {
			byID[n.Node] = n
		}
		return byID
	}
	want := b
	want.Nodes = len(nodes())
	require.Equal(t, want, line())
	require.NotContains(t, nodes(), "new", "it was not there then")
	require.Equal(t, "", nodes()["l0"].Outcome)

	play := func(node string, item int, outcome, reason string) Play {
		p := Play{Node: node, Programme: "p", Airing: b.ID, Item: item, At: start, Outcome: outcome, Reason: reason, Heard: 30 * time.Second,
			Length: 30 * time.Second, Volume: 70, Received: start.Add(time.Minute)}
		if outcome != "not_heard" {
			p.Began, p.Ended = start.Add(time.Duration(item)*30*time.Second), start.Add(time.Duration(item+1)*30*time.Second)
		}
		return p
	}
	add := func(plays ...Play) {
		_, err := s.AddPlays(ctx, plays)
		require.NoError(t, err)
	}
	add(play("l0", 0, "heard", ""), play("l1", 0, "not_heard", "quiet_hours"), play("l1", 1, "not_heard", "quiet_hours"))
	require.Equal(t, "partly", nodes()["l0"].Outcome, "one of two items is not the whole")
	require.Equal(t, "not_heard", nodes()["l1"].Outcome)
	require.Equal(t, "quiet_hours", nodes()["l1"].Reason)
	require.Equal(t, []int{want.Nodes, 0, 2}, []int{line().Nodes, line().Heard, line().Silent})
	add(play("l0", 1, "heard", ""))
	require.Equal(t, "heard", nodes()["l0"].Outcome)
	require.Equal(t, 70, nodes()["l0"].Volume)
	require.Equal(t, time.Minute, nodes()["l0"].Heard)
	require.Equal(t, []int{1, 1}, []int{line().Heard, line().Silent})
	require.Equal(t, start, line().Began)
	require.Equal(t, start.Add(time.Minute), line().Ended)
	add(play("l0", 1, "not_heard", "late"))
	require.Equal(t, 1, line().Heard, "what was told first stays")

	// a node cannot invent a line of the log
	invented := play("l2", 0, "heard", "")
	invented.Programme, invented.Airing = "nothing", "nothing@20261120T050000Z"
	add(invented)
	_, err := s.Broadcast(ctx, invented.Airing)
	require.ErrorIs(t, err, ErrNotFound)
	_, err = s.PutProgramme(ctx, bell("q"), t0)
	require.NoError(t, err)
	old := play("l2", 0, "heard", "") // of a programme that is known it may speak, and the log says that it was not to be
	old.Programme, old.Airing = "q", schedule.AiringID("q", start)
	add(old)
	got, err := s.Broadcast(ctx, old.Airing)
	require.NoError(t, err)
	require.Equal(t, []any{RemarkUnplanned, 1, 0, 1}, []any{got.Remark, got.Nodes, got.Heard, got.Silent})

	// a node whose word comes before the log has written what begins takes nothing from it
	quick := onTheAir("q", start)
	quick.Clips, quick.Drill = []string{sha(1)}, true
	require.NoError(t, s.AddBroadcasts(ctx, []Broadcast{quick}))
	got, err = s.Broadcast(ctx, old.Airing)
	require.NoError(t, err)
	require.Equal(t, []any{"", []string{sha(1)}, true}, []any{got.Remark, got.Clips, got.Drill})
}

func TestCallsAreInTheLog(t *testing.T) {
	s := seeded(t)
	c := Call{Call: schedule.Call{ID: "call-1", Title: "Lũ", Class: schedule.Emergency, Start: t0, End: t0.Add(time.Hour)},
		Targets: schedule.Targets{Areas: []string{"thon-1"}},
		Author:  "Ông Bảy", Source: "http://user:secret@dai.example/live?key=secret"}
	require.NoError(t, s.PutCall(ctx, c))
	_, err := s.AddPlays(ctx,
		[]Play{{Node: "n1", Programme: c.ID, Airing: c.ID, At: t0, Began: t0, Ended: t0.Add(time.Minute), Outcome: "heard", Received: t0}})
	require.NoError(t, err)
	c.Ended, c.Recording, c.Reason = t0.Add(time.Minute), sha(1), "stopped"
	require.NoError(t, s.PutCall(ctx, c))
	b, err := s.Broadcast(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, []any{CallKind, "Ông Bảy", RemarkBypass, sha(1), time.Minute, 1},
		[]any{b.Kind, b.Speaker, b.Remark, b.Recording, b.Length, b.Heard})
	require.Equal(t, "dai.example/live", b.Source, "no password")
	require.Equal(t, t0.Add(time.Minute), b.Ended)
}

func TestBroadcastFilters(t *testing.T) {
	s := seeded(t)
	var all []Broadcast
	for i := range 10 {
		b := onTheAir("p", t0.Add(time.Duration(i)*time.Hour))
		if i%2 == 0 {
			b.Targets, b.Class, b.Author = schedule.Targets{Areas: []string{"thon-2"}}, schedule.Priority, `100% "Hòa"_`
		}
		all = append(all, b)
	}
	require.NoError(t, s.AddBroadcasts(ctx, all))
	ids := func(f BroadcastFilter) (n int) {
		seen := map[string]bool{}
		for f.Limit = 3; ; {
			page, err := s.Broadcasts(ctx, f)
			require.NoError(t, err)
			for _, b := range page {
				require.False(t, seen[b.ID])
				seen[b.ID] = true
			}
			if len(page) < 3 {
				sums, err := s.BroadcastSums(ctx, f)
				require.NoError(t, err)
				require.Equal(t, len(seen), sums.Broadcasts)
				require.Equal(t, time.Duration(len(seen))*time.Minute, sums.Length)
				return len(seen)
			}
			f.Before = page[2].Cursor()
		}
	}
	for want, f := range map[*BroadcastFilter]int{
		{}: 10, {From: t0.Add(2 * time.Hour)}: 8, {To: t0.Add(2 * time.Hour)}: 2, {Area: "thon-1"}: 5, {Area: "la-da"}: 10, {Area: "nowhere"}: 0,
		{Seen: []string{"thon-2"}}: 5, {Seen: []string{"thon-1", "thon-2"}}: 10, {Seen: []string{"x"}}: 0, {Class: schedule.Priority}: 5,
		{Person: "Lan"}: 5, {Person: "Nam"}: 10, {Person: "%"}: 5, {Person: `_`}: 5, {Person: "' OR 1=1 --"}: 0, {Confirmed: "yes"}: 0, {Confirmed: "no"}: 10,
	} {
		require.Equal(t, f, ids(*want), "%+v", *want)
	}
	_, err := s.Broadcasts(ctx, BroadcastFilter{Before: "junk"})
	require.ErrorIs(t, err, ErrCursor)
}

// BenchmarkBroadcasts is a page of a log of 10,000 lines, each of 34 nodes.
func BenchmarkBroadcasts(b *testing.B) {
	s, err := Open(ctx, b.TempDir(), slog.New(slog.DiscardHandler))
	require.NoError(b, err)
	defer s.Close()
	fillLog(b, s, 10_000, 34)
	for name, f := range map[string]BroadcastFilter{"last": {}, "month": {From: t0.Add(1000 * time.Hour), To: t0.Add(1720 * time.Hour)},
		"village": {Area: "v7"},
		"nobody":  {Person: "không có ai"}, "unconfirmed": {Confirmed: "no"}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				page, err := s.Broadcasts(ctx, f)
				require.NoError(b, err)
				ids := make([]string, len(page))
				for i := range page {
					ids[i] = page[i].ID
				}
				_, err = s.BroadcastNodes(ctx, ids)
				require.NoError(b, err)
				_, err = s.BroadcastSums(ctx, f)
				require.NoError(b, err)
			}
		})
	}
}

// fillLog writes so many lines of a commune of so many nodes, one a village.
func fillLog(t testing.TB, s *Store, lines, nodes int) {
	require.NoError(t, s.PutArea(ctx, Area{ID: "xa", Name: "Xã", Kind: Commune}))
	for i := range nodes {
		area := fmt.Sprint("v", i)
		require.NoError(t, s.PutArea(ctx, Area{ID: area, Parent: "xa", Name: area, Kind: Village}))
		require.NoError(t, s.PutNode(ctx, Node{ID: fmt.Sprint("n", i), Name: "Loa", Area: area, Created: t0}))
	}
	var all []Broadcast
	for i := range lines {
		b := onTheAir("p", t0.Add(time.Duration(i)*time.Hour))
		b.Targets = schedule.Targets{Areas: []string{"xa"}}
		all = append(all, b)
	}
	require.NoError(t, s.AddBroadcasts(ctx, all))
}

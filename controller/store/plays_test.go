package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/wire"
	"loa/schedule"
)

func play(node string, i int) Play {
	at := t0.Add(time.Duration(i) * time.Minute)
	ear, level := "", (*float64)(nil)
	if i%2 == 1 { // a node with a microphone
		db := -2.5
		ear, level = "heard", &db
	}
	return Play{Ear: ear, EarDB: level, Node: node, Programme: "p1", Airing: schedule.AiringID("p1", at), Item: i % 3, Title: "Tin",
		Clip: sha(1),
		At:   at, Began: at, Ended: at.Add(time.Minute), Heard: time.Minute, Length: time.Minute, Volume: 80, Outcome: "heard", Received: t0}
}

func TestPlaysCountOnce(t *testing.T) {
	s := seeded(t)
	batch := []Play{play("n1", 0), play("n1", 1), play("n2", 0)}
	n, err := s.AddPlays(ctx, batch)
	require.NoError(t, err)
	require.Equal(t, 3, n)
	batch[0].Outcome = "not_heard"
	n, err = s.AddPlays(ctx, append(batch, play("n2", 1)))
	require.NoError(t, err)
	require.Equal(t, 1, n)
	all, err := s.Plays(ctx, Filter{})
	require.NoError(t, err)
	require.Equal(t, []Play{play("n2", 1), play("n1", 1), play("n2", 0), play("n1", 0)}, all, "newest first, as first told")

	bad := play("n1", 9)
	bad.Outcome = "maybe"
	n, err = s.AddPlays(ctx, []Play{play("n1", 8), bad})
	require.ErrorIs(t, err, ErrConflict)
	require.Zero(t, n)
	all, err = s.Plays(ctx, Filter{})
	require.NoError(t, err)
	require.Len(t, all, 4, "all of a report or nothing of it")
	require.NoError(t, s.DeleteNode(ctx, "n1"))
	all, err = s.Plays(ctx, Filter{Node: "n1"})
	require.NoError(t, err)
	require.Len(t, all, 2, "proof outlives the node")
}

func TestPlaysFilterAndPages(t *testing.T) {
	s := seeded(t)
	var all []Play
	for i := range 25 {
		p := play([]string{"n1", "n2"}[i%2], i/2)
		if i%5 == 0 {
			p.Programme = "p2"
		}
		all = append(all, p)
	}
	_, err := s.AddPlays(ctx, all)
	require.NoError(t, err)
	var pages []Play
	f := Filter{Limit: 7}
	for {
		page, err := s.Plays(ctx, f)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		pages = append(pages, page...)
		f.Before = page[len(page)-1].Cursor()
	}
	require.ElementsMatch(t, all, pages, "each once")
	for i := 1; i < len(pages); i++ {
		require.False(t, pages[i].At.After(pages[i-1].At))
	}
	count := func(f Filter) int {
		got, err := s.Plays(ctx, f)
		require.NoError(t, err)
		return len(got)
	}
	require.Equal(t, 5, count(Filter{Programme: "p2"}))
	require.Equal(t, 12, count(Filter{Node: "n2"}))
	require.Equal(t, 4, count(Filter{From: t0.Add(2 * time.Minute), To: t0.Add(4 * time.Minute)}))
	_, err = s.Plays(ctx, Filter{Before: "junk"})
	require.ErrorIs(t, err, ErrCursor)
}

func TestUnheardPlayHasItsPlace(t *testing.T) {
	s := seeded(t)
	p := Play{Node: "n1", Airing: "a", Outcome: "not_heard", Reason: "missing_clip", At: t0, Received: t0.Add(time.Hour)}
	_, err := s.AddPlays(ctx, []Play{p})
	require.NoError(t, err)
	got, err := s.Plays(ctx, Filter{From: t0, To: t0.Add(1)})
	require.NoError(t, err)
	require.Empty(t, got, "To is exclusive and in whole milliseconds")
	got, err = s.Plays(ctx, Filter{From: t0, To: t0.Add(time.Millisecond)})
	require.NoError(t, err)
	require.Equal(t, []Play{p}, got)
}

func FuzzCursor(f *testing.F) {
	f.Add(play("n1", 1).Cursor())
	f.Add("")
	f.Add("bnVsbA")
	f.Fuzz(func(t *testing.T, s string) {
		m, err := parseCursor(s)
		if err != nil && !errors.Is(err, ErrCursor) {
			t.Fatal(err)
		}
		p := Play{At: time.UnixMilli(m.At), Node: m.Node, Airing: m.Airing, Item: m.Item}
		if again, err := parseCursor(p.Cursor()); err != nil || again.Item != m.Item {
			t.Fatal("a cursor does not come back", err)
		}
	})
}

func BenchmarkAddPlays(b *testing.B) {
	s := seeded(b)
	batch := make([]Play, 100)
	i := 0
	for b.Loop() {
		for k := range batch {
			batch[k] = play("n1", i)
			i++
		}
		if _, err := s.AddPlays(ctx, batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(batch)*b.N)/b.Elapsed().Seconds(), "plays/s")
}

func BenchmarkPlays(b *testing.B) {
	s := seeded(b)
	var all []Play
	for i := range 10_000 {
		all = append(all, play(fmt.Sprint("n", i%100), i/100))
	}
	_, err := s.AddPlays(ctx, all)
	require.NoError(b, err)
	for b.Loop() {
		if page, err := s.Plays(ctx, Filter{Node: "n7", Limit: 100}); err != nil || len(page) != 100 {
			b.Fatal(len(page), err)
		}
	}
}

// What an earlier program wrote down of a board whose clock had no calendar can be read, and told on.
func TestStoredTimesThatNoCalendarHas(t *testing.T) {
	s := seeded(t)
	bad := time.UnixMilli(1_000_000_000_000_000) // in the year 33658
	level := math.Inf(1)
	_, err := s.AddPlays(t.Context(),
		[]Play{{Node: "n1", Airing: "a", At: bad, Began: bad, Ended: bad, Outcome: "heard", Received: time.Now(), EarDB: &level}})
	require.NoError(t, err)
	plays, err := s.Plays(t.Context(), Filter{})
	require.NoError(t, err)
	_, err = json.Marshal(plays)
	require.NoError(t, err)
	require.Len(t, plays, 1)
	require.True(t, plays[0].At.Before(wire.Until))
	rest, err := s.Plays(t.Context(), Filter{Before: plays[0].Cursor()})
	require.NoError(t, err)
	require.Empty(t, rest)
}

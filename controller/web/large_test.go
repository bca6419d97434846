//go:build !race

// What counts milliseconds of large communes, for the same reason as table_test.go.

package web_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/controller/store"
	"loa/schedule"
)

// A log of years comes quickly.
func TestMeasuredLogOfTenThousand(t *testing.T) {
	const lines = 10_000
	first := time.Date(2023, 1, 1, 5, 0, 0, 0, time.UTC)
	o := start(t, func(t *testing.T, s *store.Store) {
		for _, v := range []string{"thon-1", "thon-2", "da-mi"} {
			for i := range 3 {
				require.NoError(t, s.PutNode(t.Context(), store.Node{ID: fmt.Sprint(v, i), Name: fmt.Sprint("Loa ", v, i), Area: v,
					Created: first.AddDate(0, -1, 0)}))
			}
		}
		all := make([]store.Broadcast, lines)
		for i := range all {
			all[i] = aired(i, first.Add(time.Duration(i)*3*time.Hour))
		}
		require.NoError(t, s.AddBroadcasts(t.Context(), all))
	})
	for _, path := range []string{"/log", "/log?area=thon-2&confirmed=no", "/log?person=kh%C3%B4ng+ai",
		"/log?from=2024-01-01&to=2024-03-01", "/api/v1/log?limit=50"} {
		best, began := time.Hour, time.Now()
		var r reply
		for range 4 {
			asked := time.Now()
			r = o.ask(t, "GET", path, nil, "Accept-Encoding", "gzip")
			best = min(best, time.Since(asked))
		}
		require.Equal(t, 200, r.status)
		t.Logf("%s of %d lines: %v, %d kB", path, lines, best.Round(time.Millisecond), len(r.body)>>10)
		witness.Judge(t, began, time.Now(), func(t testing.TB) { require.Less(t, best, 300*time.Millisecond) })
	}
	require.Equal(t, 50, strings.Count(o.page(t, "/log"), "<time datetime"))
	began := time.Now()
	sheet := o.ask(t, "GET", "/api/v1/log.csv", nil)
	require.Equal(t, lines+1, strings.Count(string(sheet.body), "\n"))
	t.Logf("all of it as CSV: %v, %d kB", time.Since(began).Round(time.Millisecond), len(sheet.body)>>10)
}

// The pages of a large commune come quickly.
func TestMeasuredPlanPagesOfLargeCommune(t *testing.T) {
	const nodes = 150
	made := time.Now().AddDate(0, -1, 0)
	o := start(t, func(t *testing.T, s *store.Store) {
		for v := range 20 {
			require.NoError(t, s.PutArea(t.Context(), store.Area{ID: fmt.Sprint("v", v), Parent: "la-da", Name: fmt.Sprint("Thôn ", v),
				Kind: store.Village}))
		}
		for n := range nodes {
			require.NoError(t, s.PutNode(t.Context(), store.Node{ID: fmt.Sprint("n", n), Name: fmt.Sprint("Cụm loa số ", n),
				Area: fmt.Sprint("v", n%20), Volume: 80, Created: made}))
		}
		for p := range 40 {
			sp := schedule.Programme{ID: fmt.Sprint("p", p), Title: fmt.Sprint("Bản tin ", p), Class: schedule.Normal, Level: schedule.CommuneLevel,
				Rule: schedule.Rule{Cron: []string{fmt.Sprintf("%d 5,17 * * *",
					p)}}, StartLate: time.Hour, Targets: schedule.Targets{Areas: []string{fmt.Sprint("v", p%20), "thon-1"}},
				Rundown: []schedule.Item{{Kind: schedule.Gap, Length: 30 * time.Second}}}
			_, err := s.PutProgramme(t.Context(), sp, made)
			require.NoError(t, err)
		}
	})
	clip := o.clip(t, "Kính chào bà con.")
	for b := range 100 {
		o.ask(t, "POST", "/api/v1/bulletins", object{"title": fmt.Sprint("Tin số ", b), "clips": object{"vi": clip}}).into(201, nil)
	}
	for _, path := range []string{"/calendar", "/calendar/day/" + monday().Format(time.DateOnly), "/bulletins",
		"/calendar?area=la-da&at=17:00"} {
		best, size, began := time.Hour, 0, time.Now()
		for range 5 {
			asked := time.Now()
			r := o.ask(t, "GET", path, nil, "Accept-Encoding", "gzip")
			require.Equal(t, 200, r.status, path)
			best, size = min(best, time.Since(asked)), len(r.body)
		}
		t.Logf("%s: %v, %d kB gzip", path, best.Round(time.Millisecond), size>>10)
		witness.Judge(t, began, time.Now(), func(t testing.TB) { require.Less(t, best, 300*time.Millisecond, path) })
		require.LessOrEqual(t, size, 130<<10, path)
	}
}

// A hundred and fifty loudspeakers with their last day, or thirty, on one page:
// quickly, and not too much to send.
func TestMeasuredNodesPageOfLargeCommune(t *testing.T) {
	const nodes, changes = 150, 240 // four airings a day for thirty days
	const apart = 720 * time.Hour / changes
	now := time.Now()
	o := start(t, func(t *testing.T, s *store.Store) {
		require.NoError(t, s.KeepWatch(t.Context(), store.Watch{Began: now.AddDate(0, 0, -40), Until: now.Add(-time.Minute)}))
		for v := range 34 {
			require.NoError(t, s.PutArea(t.Context(), store.Area{ID: fmt.Sprint("v", v), Parent: "la-da", Name: fmt.Sprint("Thôn ", v),
				Kind: store.Village}))
		}
		var states []store.NodeState
		for n := range nodes {
			id := fmt.Sprint("n", n)
			require.NoError(t, s.PutNode(t.Context(), store.Node{ID: id, Name: fmt.Sprint("Cụm loa số ", n), Area: fmt.Sprint("v", n%34),
				Volume: 80, Created: now.AddDate(0, -2, 0)}))
			for c := range changes {
				state := []string{"good", "on_air"}[c%2]
				if c == changes/2 {
					state = "offline"
				}
				states = append(states, store.NodeState{Node: id, State: state, Since: now.Add(-time.Duration(changes-c) * apart)})
			}
			if n%3 > 0 {
				continue
			}
			require.NoError(t, s.PlaceNode(t.Context(), id, &store.Place{Latitude: 11.2 + float64(n%13)/200, Longitude: 107.7 + float64(n)/1000}))
		}
		require.NoError(t, s.PutNodeStates(t.Context(), states))
	})
	for _, path := range []string{"/nodes", "/nodes?days=30", "/api/v1/beats?days=30", "/nodes/n7"} {
		best, began := time.Hour, time.Now()
		var r reply
		for range 12 {
			asked := time.Now()
			r = o.ask(t, "GET", path, nil, "Accept-Encoding", "gzip")
			best = min(best, time.Since(asked))
		}
		require.Equal(t, 200, r.status, path)
		t.Logf("%s, %d nodes, %d changes: %v, %d kB gzip", path, nodes, nodes*changes, best.Round(time.Millisecond), len(r.body)>>10)
		require.LessOrEqual(t, len(r.body), 140<<10, "with the scripts 150 kB at most: %s", path)
		witness.Judge(t, began, time.Now(), func(t testing.TB) { require.Less(t, best, 300*time.Millisecond, path) })
	}
	page := o.page(t, "/nodes?days=30")
	require.Equal(t, nodes+3, strings.Count(page, `class="beats"`))
	require.Equal(t, nodes/3, strings.Count(page, `class="mark unknown" aria-label`))
	require.Contains(t, page, "30 ngày qua: tốt 2")
}

// The page of a large commune comes quickly and small.
func TestMeasuredPageOfLargeCommune(t *testing.T) {
	const nodes, airings = 150, 7 // 1050 plays; best of some, for other tests run beside it
	noon := time.Now().Add(-10 * time.Hour).Truncate(time.Minute)
	o := start(t, func(t *testing.T, s *store.Store) {
		var plays []store.Play
		for v := range 20 {
			require.NoError(t, s.PutArea(t.Context(), store.Area{ID: fmt.Sprint("v", v), Parent: "la-da", Name: fmt.Sprint("Thôn ", v),
				Kind: store.Village}))
		}
		for n := range nodes {
			id := fmt.Sprint("n", n)
			require.NoError(t, s.PutNode(t.Context(), store.Node{ID: id, Name: fmt.Sprint("Cụm loa số ", n), Area: fmt.Sprint("v", n%20),
				Volume: 80, Created: noon.AddDate(0, -1, 0)}))
			for a := range airings {
				at := noon.Add(time.Duration(a) * time.Hour)
				plays = append(plays, store.Play{Node: id, Programme: fmt.Sprint("p", a), Airing: schedule.AiringID(fmt.Sprint("p", a), at), At: at,
					Began: at,
					Ended: at.Add(time.Minute), Heard: time.Minute, Length: time.Minute, Volume: 80, Outcome: "heard", Received: at})
			}
		}
		_, err := s.AddPlays(t.Context(), plays)
		require.NoError(t, err)
		for p := range 40 {
			_, err := s.PutProgramme(t.Context(), schedule.Programme{ID: fmt.Sprint("p", p), Title: fmt.Sprint("Bản tin ", p),
				Class: schedule.Normal, Level: schedule.CommuneLevel,
				Rule: schedule.Rule{Cron: []string{fmt.Sprintf("%d 5,17 * * *",
					p)}}, StartLate: time.Hour, Targets: schedule.Targets{Areas: []string{fmt.Sprint("v", p%20), "thon-1"}},
				Rundown: []schedule.Item{{Kind: schedule.Gap, Length: 30 * time.Second}}}, noon.AddDate(0, -1, 0))
			require.NoError(t, err)
		}
	})
	best, began := time.Hour, time.Now()
	var r reply
	for range 5 {
		asked := time.Now()
		r = o.ask(t, "GET", "/", nil, "Accept-Encoding", "gzip")
		best = min(best, time.Since(asked))
	}
	require.Equal(t, "gzip", r.header.Get("Content-Encoding"))
	z, err := gzip.NewReader(bytes.NewReader(r.body))
	require.NoError(t, err)
	var plain bytes.Buffer
	_, err = plain.ReadFrom(z)
	require.NoError(t, err)
	require.Equal(t, nodes+3, strings.Count(plain.String(), `class="node unknown"`))
	t.Logf("%d nodes, %d plays, 40 programmes: %v, %d kB, %d kB gzip", nodes, nodes*airings, best.Round(time.Millisecond), plain.Len()>>10,
		len(r.body)>>10)
	require.LessOrEqual(t, len(r.body), 150<<10)
	witness.Judge(t, began, time.Now(), func(t testing.TB) { require.Less(t, best, 300*time.Millisecond) })
}

package web_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller"
	"loa/controller/store"
	"loa/schedule"
)

// grown is a commune with k of everything that grows.
func grown(k int) seed {
	return func(t *testing.T, s *store.Store) {
		made, approved := time.Now().AddDate(0, -1, 0), store.Approval{State: store.Approved, AuthorName: "Cô Hoa", Author: "hoa", Hands: "hoa"}
		for i := range k {
			area := fmt.Sprint("v", i)
			require.NoError(t, s.PutArea(t.Context(), store.Area{ID: area, Parent: "la-da", Name: fmt.Sprint("Thôn ", i), Kind: store.Village}))
			require.NoError(t, s.PutNode(t.Context(), store.Node{ID: fmt.Sprint("n", i), Name: fmt.Sprint("Cụm ", i), Area: area, Volume: 80,
				Created: made}))
			require.NoError(t, s.AddReport(t.Context(), store.Report{ID: fmt.Sprint("r", i), Node: fmt.Sprint("n", i), At: made, Kind: "silent",
				Name: "Bà Ba"}))
			clip := store.Clip{ID: fmt.Sprintf("%064x", i+1), Seconds: 30, Kind: store.Recording, Name: fmt.Sprint("tin ", i), Created: made}
			require.NoError(t, s.AddClip(t.Context(), clip))
			for _, class := range []string{"normal", "emergency"} {
				b := store.Bulletin{ID: fmt.Sprint(class, i), Title: fmt.Sprint("Bản tin ", i), Class: class, Language: "vi",
					Clips: map[string]string{"vi": clip.ID}, Author: "Cô Hoa", Created: made}
				a := approved
				a.Kind, a.ID, a.Digest, a.Decided = store.OfBulletin, b.ID, b.Digest(), made
				if i%2 == 0 {
					a.State = store.Waiting
				}
				require.NoError(t, s.PutBulletin(t.Context(), b, a))
			}
			sp := store.Programme{Programme: schedule.Programme{ID: fmt.Sprint("p", i), Title: fmt.Sprint("Buổi ", i), Class: schedule.Normal,
				Level: schedule.CommuneLevel,
				Rule: schedule.Rule{Cron: []string{fmt.Sprintf("%d 5 * * *",
					i)}}, StartLate: time.Hour, Targets: schedule.Targets{Areas: []string{area}},
				Rundown: []schedule.Item{{Kind: schedule.Clip, Clip: clip.ID, Bulletin: fmt.Sprint("normal", i), Title: "Tin",
					Length: 30 * time.Second}}}}
			a := approved
			a.Kind, a.ID, a.Digest, a.Decided = store.OfProgramme, sp.ID, sp.Digest(), made
			if i%3 == 0 {
				a.State = store.Waiting
			}
			_, err := s.PutProgramme(t.Context(), sp.Programme, made, a)
			require.NoError(t, err)
		}
	}
}

var queriesTotal = regexp.MustCompile(`(?m)^loa_store_queries_total (\S+)$`)

// queries is how many questions a page asks of the database: the fewest of some tries,
// for the controller asks for itself too.
func (o *office) queries(t *testing.T, path string) int {
	now := func() int {
		n, err := strconv.ParseFloat(queriesTotal.FindStringSubmatch(string(o.ask(t, "GET", "/metrics", nil).body))[1], 64)
		require.NoError(t, err)
		return int(n)
	}
	fewest := 1 << 30
	for range 3 {
		before := now()
		if path != "" {
			require.Equal(t, 200, o.ask(t, "GET", path, nil).status, path)
		}
		fewest = min(fewest, now()-before)
	}
	return fewest
}

// What a page asks of the database does not grow with the commune.
func TestQueriesOfPages(t *testing.T) {
	t.Parallel()
	paths := []string{"/", "/calendar", "/calendar/day/" + monday().Format(time.DateOnly), "/bulletins", "/approvals", "/nodes",
		"/nodes/n0", "/faults", "/log", "/emergency", "/live", "/drill", "/settings", "/village?area=v0", "/situation",
		"/warnings", "/api/v1/messages",
		"/api/v1/nodes", "/api/v1/areas", "/api/v1/programmes", "/api/v1/bulletins", "/api/v1/approvals", "/api/v1/calls", "/api/v1/log",
		"/api/v1/reports"}
	asked := map[string][2]int{}
	for i, k := range []int{3, 12} {
		dir := t.TempDir()
		s := open(t, dir)
		commune(t, s)
		grown(k)(t, s)
		require.NoError(t, s.Close())
		o := startWith(t, dir, func(*controller.Config) {})
		own := o.queries(t, "") // of the metrics themselves
		for _, path := range paths {
			both := asked[path]
			both[i] = o.queries(t, path) - own
			asked[path] = both
		}
	}
	for _, path := range slices.Sorted(maps.Keys(asked)) {
		t.Logf("%-32s %3d %3d", path, asked[path][0], asked[path][1])
	}
	for _, path := range paths {
		require.LessOrEqual(t, asked[path][1], asked[path][0], "%s asks more of a larger commune", path)
	}
}

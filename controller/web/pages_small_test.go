package web_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Each page for planning is at most 150 kB over the wire in all: HTML, styles,
// scripts.
func TestPlanPagesAreSmall(t *testing.T) {
	o := startIn(t, t.TempDir(), twoVillages)
	o.daily(t, "Bản tin sáng")
	bulletin := o.ask(t, "POST", "/api/v1/bulletins", object{"title": "Họp thôn",
		"clips": object{"vi": o.clip(t, "Mời bà con họp.")}}).object(201)["id"].(string)
	weight := func(path string) int {
		t.Helper()
		r := o.ask(t, "GET", path, nil, "Accept-Encoding", "gzip")
		require.Equal(t, 200, r.status, path)
		return len(r.body)
	}
	for _, path := range []string{"/bulletins", "/bulletins/" + bulletin, "/calendar"} {
		files := linked.FindAllStringSubmatch(string(o.ask(t, "GET", path, nil).body), -1)
		total := weight(path)
		for _, m := range files {
			total += weight(m[1])
		}
		t.Logf("%s: %d files, %d kB gzip in all", path, len(files)+1, total>>10)
		require.GreaterOrEqual(t, len(files), 3, path)
		require.LessOrEqual(t, total, 150<<10, path)
	}
}

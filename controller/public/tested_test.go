package public_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/office/replay"
	"loa/controller/public"
)

// The last test of the loudspeakers is one line, with its day and its numbers, on each
// village's page, in the feed for programs and in what is written into a folder; where the
// commune does not tell of it there is none.
func TestTheLastTest(t *testing.T) {
	b := open(t, public.Limits{}, lived)
	for _, path := range []string{"/", "/t/" + b.code} {
		require.NotContains(t, b.get(path), "kiểm tra", path)
	}
	b.tested.Store(&replay.Tested{Time: noon.AddDate(0, 0, -3), Aloud: true, Passed: 141, Of: 150, Mended: 5, Open: 4})
	b.later(2 * time.Minute)
	const line = "Lần kiểm tra có tiếng gần nhất, 17/11/2026: 141/150 cụm loa của xã nghe được. 5 cụm đã sửa xong. 4 cụm còn chờ sửa."
	for _, path := range []string{"/", "/t/" + b.code} {
		require.Contains(t, b.get(path), line, path)
		r := b.ask("GET", path, "Accept-Encoding", "gzip")
		require.Less(t, len(r.body), 30<<10)
	}
	require.Contains(t, b.get("/?lang=en"), "The last test that was heard, 17/11/2026: 141 of 150 loudspeakers of the commune were.")
	var place struct {
		Tested struct {
			Aloud      bool
			Passed, Of int
		}
	}
	require.NoError(t, json.Unmarshal([]byte(b.get("/api/t/"+b.code)), &place))
	require.Equal(t, 141, place.Tested.Passed)
	require.True(t, place.Tested.Aloud)
	folder := t.TempDir()
	_, err := b.server.Publish(t.Context(), folder)
	require.NoError(t, err)
	page, err := os.ReadFile(filepath.Join(folder, "t", b.code, "index.html"))
	require.NoError(t, err)
	require.Contains(t, string(page), line)

	b.tested.Store(&replay.Tested{Time: noon.AddDate(0, 0, -1), Passed: 150, Of: 150})
	b.later(4 * time.Minute)
	require.Contains(t, b.get("/"), "Lần tự kiểm tra gần nhất, 19/11/2026: 150/150 cụm loa của xã đạt.</p>")
}

package public_test

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/controller/office/replay/replaytest"
	"loa/controller/public"
	"loa/controller/store"
	"loa/schedule"
)

// files are those of a folder, with when each was written.
func files(t *testing.T, folder string) map[string]time.Time {
	t.Helper()
	all := map[string]time.Time{}
	require.NoError(t, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		at, _ := filepath.Rel(folder, path)
		all[at] = info.ModTime()
		return err
	}))
	return all
}

func (b *board) publish(t *testing.T, folder string) int {
	t.Helper()
	changed, err := b.server.Publish(t.Context(), folder)
	require.NoError(t, err)
	return changed
}

// What is written into a folder is a whole site: served by any web server, each link on
// each page leads somewhere in it, and nothing of it needs a script or a query.
func TestPublishedSite(t *testing.T) {
	b := open(t, public.Limits{}, func(c *replaytest.Commune) {
		lived(c)
		for i := range 30 { // more than one page
			c.Call(store.Call{Call: schedule.Call{ID: "many" + string(rune('a'+i)), Title: "Tin", Class: schedule.Live,
				Start: noon.Add(-time.Duration(i+1) * time.Hour)}, Said: &store.Said{Text: "Nội dung."}}, "thon-1-loa")
		}
	})
	folder := filepath.Join(t.TempDir(), "site")
	require.Positive(t, b.publish(t, folder))
	witness.Await(t, "what old telephones play is there too", time.Minute, func() bool {
		b.publish(t, folder)
		all := files(t, folder)
		aac, opus := 0, 0
		for name := range all {
			if strings.HasSuffix(name, ".m4a") {
				aac++
			} else if strings.HasSuffix(name, ".opus") {
				opus++
			}
		}
		return opus > 0 && aac == opus
	})
	other := httptest.NewServer(http.FileServer(http.Dir(folder)))
	defer other.Close()
	links := regexp.MustCompile(`(?:href|src)="(/[^"]*)"`)
	pages := 0
	for name := range files(t, folder) {
		if !strings.HasSuffix(name, ".html") {
			continue
		}
		pages++
		data, err := os.ReadFile(filepath.Join(folder, name))
		require.NoError(t, err)
		for _, m := range links.FindAllStringSubmatch(string(data), -1) {
			require.NotContains(t, m[1], "?", name)
			res, err := http.Get(other.URL + m[1])
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.Equal(t, 200, res.StatusCode, "%s, on %s", m[1], name)
		}
	}
	require.Greater(t, pages, 40)
	index, err := os.ReadFile(filepath.Join(folder, "t", b.code, "index.html"))
	require.NoError(t, err)
	require.Contains(t, string(index), "Lũ về trên suối Đa Mi")
	require.Contains(t, string(index), `href="/t/`+b.code+`/page-2"`)
}

// A second round writes nothing; what is withdrawn is gone by the next, and so is what an
// interrupted one left behind.
func TestPublishedOnce(t *testing.T) {
	b := open(t, public.Limits{}, lived)
	folder := t.TempDir()
	b.publish(t, folder)
	for _, name := range []string{"s", "t/" + b.code} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name, ".loa-part-1"), []byte("half"), 0o600))
	}
	witness.Await(t, "all is made, and there", time.Minute, func() bool {
		made := b.made(t) // before: what is made while it is written is there a round later
		return b.publish(t, folder) == 0 && made
	})
	before := files(t, folder)
	require.Zero(t, b.publish(t, folder))
	require.Equal(t, before, files(t, folder))
	for name := range before {
		require.NotContains(t, name, ".loa-part-")
	}
	s, err := b.replay.Snapshot(t.Context())
	require.NoError(t, err)
	p, _ := s.Page(b.code)
	flood := p.Alerts[0]
	require.Contains(t, before, filepath.Join("s", flood.Sounds[0].SHA+".opus"))
	require.NoError(t, b.Store.PutReplay(t.Context(), store.Replay{Broadcast: "c-flood", Shown: store.Withheld, Decided: noon}))
	b.later(time.Minute)
	b.publish(t, folder)
	after := files(t, folder)
	for name := range after {
		require.NotContains(t, name, flood.ID)
		require.NotContains(t, name, flood.Sounds[0].SHA)
	}
	untouched := 0
	for name, at := range after {
		if before[name].Equal(at) {
			untouched++
		}
	}
	require.Greater(t, untouched, 15, "what has not changed is not written again")
}

// made reports whether all renditions are there.
func (b *board) made(t *testing.T) bool {
	s, err := b.replay.Snapshot(t.Context())
	require.NoError(t, err)
	for _, sound := range s.Sounds() {
		if _, _, ok := b.maker.Ready(sound.SHA); !ok {
			return false
		}
	}
	return true
}

// A folder in which there is something of somebody else's is left alone.
func TestAForeignFolder(t *testing.T) {
	b := open(t, public.Limits{}, lived)
	folder := t.TempDir()
	theirs := filepath.Join(folder, "index.html")
	require.NoError(t, os.WriteFile(theirs, []byte("trang của xã"), 0o600))
	_, err := b.server.Publish(t.Context(), folder)
	require.ErrorIs(t, err, public.ErrForeign)
	require.Len(t, files(t, folder), 1)
}

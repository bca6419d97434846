package public_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller/public"
)

// answered sends a request past the network, and looks at what each answer must be like.
func (b *board) answered(t *testing.T, r *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	b.server.Handler().ServeHTTP(w, r)
	require.Contains(t, []int{200, 206, 301, 304, 307, 404, 405, 412, 416, 503}, w.Code, r.URL.String())
	require.Empty(t, w.Header().Values("Set-Cookie"))
	require.NotEmpty(t, w.Header().Get("Content-Security-Policy"))
	if at := w.Header().Get("Location"); at != "" {
		u, err := url.Parse(at)
		require.NoError(t, err)
		require.Empty(t, u.Host, "nobody is sent elsewhere: %s", at)
	}
	return w
}

var unbound = public.Limits{Own: 1e9, Requests: 1e9, Rate: 1 << 40}

// Whatever the path and the query are, what comes back is a page of ours or none, and
// nothing of them is repeated as it came.
func FuzzAddress(f *testing.F) {
	b := open(f, unbound, lived)
	for _, seed := range []string{"/", "/?lang=en", "/t/" + b.code, "/t/" + b.code + "/x?page=2", "/s/../../loa.db", "//evil.example/",
		"/t/%00",
		"/-/x", "/api/t/<script>", "/feed.atom?lang=<b>", "/s/" + strings.Repeat("0", 64) + ".m4a", "/?page=99999999999999999999", "/\\evil"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		u, err := url.Parse("http://loa.example" + address)
		if err != nil || u.Path == "" || u.Host != "loa.example" {
			t.Skip()
		}
		r := httptest.NewRequest(http.MethodGet, "http://loa.example/", nil)
		r.URL, r.RequestURI = u, address
		w := b.answered(t, r)
		require.NotContains(t, w.Body.String(), "<script>")
		require.NotContains(t, w.Body.String(), "SQLite")
	})
}

// Whatever range is asked for, what comes is that part of the file, all of it, or no sound.
func FuzzRange(f *testing.F) {
	b := open(f, unbound, lived)
	s, err := b.replay.Snapshot(f.Context())
	require.NoError(f, err)
	p, _ := s.Page(b.code)
	path := "/s/" + p.Alerts[0].Sounds[0].SHA + ".opus"
	whole := b.get(path)
	for _, seed := range []string{"bytes=0-", "bytes=-1", "bytes=0-0,1-1", "bytes=9-3", "bytes=18446744073709551615-", "lines=1-2",
		"bytes=0-99999999"} {
		f.Add(seed, `"x"`)
	}
	f.Fuzz(func(t *testing.T, span, unless string) {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Range", span)
		r.Header.Set("If-Range", unless)
		r.Header.Set("If-None-Match", unless)
		w := b.answered(t, r)
		if w.Code == http.StatusOK {
			require.Equal(t, whole, w.Body.String())
		}
		if w.Code == http.StatusPartialContent {
			require.Contains(t, whole, w.Body.String())
		}
	})
}

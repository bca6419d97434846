package middleware

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"loa/controller/web/respond"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func serve(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// Work may go on for long after the body has come: its deadline must not
// cancel it.
func TestDeadlineEndsWithTheBody(t *testing.T) {
	const pause = 50 * time.Millisecond
	s := serve(t, patient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			w.WriteHeader(http.StatusRequestTimeout)
			return
		}
		select {
		case <-r.Context().Done():
			w.WriteHeader(http.StatusInternalServerError)
		case <-time.After(4 * pause):
		}
	}), pause))
	res, err := http.Post(s.URL, "text/plain", strings.NewReader("hello"))
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, 200, res.StatusCode)

	stalled, err := net.Dial("tcp", s.Listener.Addr().String())
	require.NoError(t, err)
	defer stalled.Close()
	_, err = io.WriteString(stalled, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf")
	require.NoError(t, err)
	answer, err := io.ReadAll(stalled)
	require.NoError(t, err)
	require.Contains(t, string(answer), "408 Request Timeout")
}

// What a handler left unread of a body is not the next request.
func TestUnreadBodyEndsTheConnection(t *testing.T) {
	s := serve(t, patient(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.CopyN(io.Discard, r.Body, 10)
		_ = r.Body.Close()
	}), pause))
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	inner := strings.Repeat("GET /stolen HTTP/1.1\r\nHost: a\r\n\r\n", 20_000)
	go func() {
		_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"+inner)
	}()
	answer, _ := io.ReadAll(conn)
	require.Equal(t, 1, bytes.Count(answer, []byte("HTTP/1.1 ")))
}

func TestAnswers(t *testing.T) {
	logged := &bytes.Buffer{}
	long := strings.Repeat("<p>Xin chào bà con</p>", 1000)
	mux := http.NewServeMux()
	mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, long)
	})
	mux.HandleFunc("/audio", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "audio/ogg")
		_, _ = io.WriteString(w, long)
	})
	mux.HandleFunc("/early", func(http.ResponseWriter, *http.Request) { panic("early") })
	mux.HandleFunc("/late", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, long)
		panic("late")
	})
	mux.HandleFunc("/none", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNoContent)
	})
	s := serve(t, Answering(mux, slog.New(slog.NewTextHandler(logged, nil))))
	get := func(path, accept string) (*http.Response, []byte, error) {
		req, err := http.NewRequest("GET", s.URL+path, nil)
		require.NoError(t, err)
		req.Header.Set("Accept-Encoding", accept)
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			return nil, nil, err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		return res, body, err
	}
	res, body, err := get("/page", "br, gzip")
	require.NoError(t, err)
	require.Equal(t, "gzip", res.Header.Get("Content-Encoding"))
	require.Less(t, len(body), 2000)
	z, err := gzip.NewReader(bytes.NewReader(body))
	require.NoError(t, err)
	plain, err := io.ReadAll(z)
	require.NoError(t, err)
	require.Equal(t, long, string(plain))
	for path, accept := range map[string]string{"/page": "identity", "/audio": "gzip", "/none": "gzip"} {
		res, body, err = get(path, accept)
		require.NoError(t, err)
		require.Empty(t, res.Header.Get("Content-Encoding"), path)
		if path != "/none" {
			require.Equal(t, long, string(body))
		}
	}
	res, body, err = get("/early", "identity")
	require.NoError(t, err)
	require.Equal(t, 500, res.StatusCode)
	var doc respond.Document
	require.NoError(t, json.Unmarshal(body, &doc))
	require.Equal(t, "internal", doc.Code)
	_, _, err = get("/late", "gzip")
	require.Error(t, err, "nobody takes the part for the whole")
	require.Contains(t, logged.String(), "early")
	require.Contains(t, logged.String(), "late")
}

// page answers with the text that the request's query is.
var page = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, strings.Repeat(r.URL.RawQuery, 1000))
	if r.URL.Path == "/broken" {
		panic(http.ErrAbortHandler)
	}
})

// packed asks a handler for a page, as a browser does, and unpacks the answer.
func packed(t testing.TB, h http.Handler, query string) string {
	t.Helper()
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/?"+query, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	h.ServeHTTP(w, r)
	require.Equal(t, "gzip", w.Header().Get("Content-Encoding"))
	z, err := gzip.NewReader(w.Body)
	require.NoError(t, err)
	plain, err := io.ReadAll(z)
	require.NoError(t, err)
	return string(plain)
}

// The compressor of an answer serves the next one: nothing of the one before is
// in it, not even of one that broke off half-way, and answers side by side have
// one each.
func TestCompressorsServeAgain(t *testing.T) {
	h := Answering(page, slog.New(slog.DiscardHandler))
	for n := range 8 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			for i := range 20 {
				query := fmt.Sprintf("n=%d&i=%d", n, i)
				require.PanicsWithValue(t, http.ErrAbortHandler, func() {
					r := httptest.NewRequest("GET", "/broken?"+query, nil)
					r.Header.Set("Accept-Encoding", "gzip")
					h.ServeHTTP(httptest.NewRecorder(), r)
				})
				require.Equal(t, strings.Repeat(query, 1000), packed(t, h, query))
			}
		})
	}
}

// An answer makes no tables of its own: those are 800 kB. The race detector has a
// pool lose every fourth.
func TestAnAnswerMakesNoCompressor(t *testing.T) {
	const answers = 100
	h := Answering(page, slog.New(slog.DiscardHandler))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range answers {
		packed(t, h, "abc")
	}
	runtime.ReadMemStats(&after)
	require.Less(t, (after.TotalAlloc-before.TotalAlloc)/answers, uint64(400_000), "bytes allocated for a page of 3 kB")
}

func BenchmarkAnswer(b *testing.B) {
	h := Answering(page, slog.New(slog.DiscardHandler))
	r := httptest.NewRequest("GET", "/?abc", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
}

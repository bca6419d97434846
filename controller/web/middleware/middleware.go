// Package middleware is what every request passes, whichever face answers it: a body has
// its time, piece by piece (Patient); an answer is compressed where that is worth it, and a
// handler that panics answers all the same (Answering); a client that comes in the clear from
// elsewhere is sent to TLS (Ciphered); a browser is forbidden all that our pages do not
// need (Forbid).
package middleware

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"loa/controller/problem"
	"loa/controller/text"
	"loa/controller/web/respond"
)

// pause is how long a body may stand still on its way here. A phone that has
// lost its network must not hold a place for ever, and a long upload that
// moves must not be cut.
const pause = 30 * time.Second

// Patient gives each piece of a body its time. The deadline goes with the
// last piece: left in place it would end the work on a request that was read
// long ago, for net/http watches the connection and cancels the context.
func Patient(next http.Handler) http.Handler { return patient(next, pause) }

func patient(next http.Handler, pause time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != http.NoBody {
			// A copy: net/http looks at its own request's body for what was
			// left unread, and would take it for the next request.
			r = r.WithContext(r.Context())
			r.Body = &patientBody{r.Body, http.NewResponseController(w), pause}
		}
		next.ServeHTTP(w, r)
	})
}

type patientBody struct {
	io.ReadCloser
	control *http.ResponseController
	pause   time.Duration
}

// Read fails with a timeout when nothing comes for so long.
func (b *patientBody) Read(p []byte) (int, error) {
	// A recorder in a test has no deadlines; nothing is lost by that.
	_ = b.control.SetReadDeadline(time.Now().Add(b.pause))
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return n, fmt.Errorf("%w (%w)", respond.Cut, err)
	}
	if errors.Is(err, io.EOF) { // else net/http, which reads on, must not wait for ever
		_ = b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// Nowhere answers for addresses of the API that do not exist, and for methods
// that an address does not have.
func Nowhere(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
			probe := *r
			probe.Method = method
			if _, pattern := mux.Handler(&probe); pattern != "" && pattern != "/" {
				allowed = append(allowed, method)
			}
		}
		if len(allowed) == 0 {
			respond.Problem(w, respond.NotFound)
			return
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		respond.Problem(w, problem.New(problem.NotAllowed, "method",
			"Địa chỉ này không nhận %s: hãy dùng %s.", "This address does not take %s: use %s.",
			text.Shown(r.Method), strings.Join(allowed, ", ")))
	})
}

// zipped are the kinds of content that get much shorter; audio does not, and
// an event must not wait in a buffer.
var zipped = map[string]bool{"text/html": true, "text/css": true, "text/javascript": true, "text/plain": true,
	"image/svg+xml": true, "application/json": true, "application/problem+json": true}

// Answering compresses what is worth it for those who take it, for villages
// are on 4G, and answers for a handler that panics.
func Answering(next http.Handler, logger *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := &answer{ResponseWriter: w}
		a.asIs = !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") || r.Header.Get("Range") != "" || r.Method == http.MethodHead
		defer func() {
			if v := recover(); v != nil {
				a.breakOff(v, logger.With("method", r.Method, "path", r.URL.Path))
			}
			a.close()
		}()
		w.Header().Add("Vary", "Accept-Encoding")
		next.ServeHTTP(a, r)
	})
}

// answer decides how it goes out when its header does.
type answer struct {
	http.ResponseWriter
	asIs  bool // not compressed
	begun bool
	gz    *gzip.Writer
}

// breakOff tells of a panic: as a problem, or, when part of the answer is out,
// by ending the connection, so that nobody takes the part for the whole.
func (a *answer) breakOff(v any, logger *slog.Logger) {
	if v != http.ErrAbortHandler { // net/http's own way to break off
		logger.Error("request panicked", "panic", v, "stack", string(debug.Stack()))
	}
	if a.begun || v == http.ErrAbortHandler {
		panic(http.ErrAbortHandler)
	}
	respond.Problem(a, problem.Ours)
}

// Unwrap lets http.ResponseController find the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader is http.ResponseWriter's.
func (a *answer) WriteHeader(status int) {
	a.begin(status)
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) begin(status int) {
	if a.begun || status < http.StatusOK {
		return
	}
	a.begun = true
	h := a.Header()
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if a.asIs || status == http.StatusNoContent || status == http.StatusNotModified ||
		err != nil || !zipped[kind] || h.Get("Content-Encoding") != "" {
		return
	}
	h.Set("Content-Encoding", "gzip")
	h.Del("Content-Length")
	h.Del("Accept-Ranges")
	a.gz = packers.Get().(*gzip.Writer)
	a.gz.Reset(a.ResponseWriter)
}

// packers are compressors between two answers: each has tables of 800 kB, which
// cost more to make than most pages to compress.
var packers = sync.Pool{New: func() any { return gzip.NewWriter(io.Discard) }}

// Write is http.ResponseWriter's.
func (a *answer) Write(p []byte) (int, error) {
	a.begin(http.StatusOK)
	if a.gz == nil {
		return a.ResponseWriter.Write(p)
	}
	return a.gz.Write(p)
}

func (a *answer) close() {
	if a.gz == nil {
		return
	}
	_ = a.gz.Close()       // the client is gone, then
	a.gz.Reset(io.Discard) // what waits for the next answer keeps no connection
	packers.Put(a.gz)
	a.gz = nil
}

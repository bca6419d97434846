package public

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"loa/controller/i18n"
	"loa/controller/news"
	"loa/controller/office/answers"
	"loa/controller/office/replay"
	"loa/controller/rendition"
	"loa/controller/store"
)

//go:embed templates static openapi.json
var tree embed.FS

// Options are what the people's pages show, and how much of the machine they may take.
type Options struct {
	Replay *replay.Replay
	Store  *store.Store // where the files are
	// Answers takes what villagers say; nil: nobody does.
	Answers *answers.Desk
	Maker   *rendition.Maker
	News    *news.Hub // says when something is different; nil: nobody does
	// URL is where these pages are, as it stands in feeds and on paper, without a slash at
	// its end.
	URL string
	// TLS is of the listener; nil: plain HTTP.
	TLS *tls.Config
	// OnAir reports whether a call is on the air: then sound gives way; nil: never.
	OnAir  func() bool
	Limits Limits
	Logger *slog.Logger
}

// Server answers the people.
type Server struct {
	opt     Options
	view    *views
	paper   *views // of what is written into a folder
	guard   *guard
	line    *line
	waiting chan struct{} // places of those who wait for a rendition
	mux     *http.ServeMux
	static  map[string]asset
	server  *http.Server
}

// asset is a file of our own.
type asset struct {
	kind string
	page
}

// New puts the pages together.
func New(opt Options) (*Server, error) {
	opt.Limits = opt.Limits.complete()
	if opt.OnAir == nil {
		opt.OnAir = func() bool { return false }
	}
	s := &Server{opt: opt, guard: newGuard(opt.Limits), waiting: make(chan struct{}, opt.Limits.Waiting), static: map[string]asset{}}
	s.line = &line{rate: opt.Limits.Rate, slower: opt.OnAir}
	for name, kind := range map[string]string{"public.css": "text/css; charset=utf-8", "public.js": "text/javascript; charset=utf-8",
		"icon.svg": "image/svg+xml"} {
		data, err := tree.ReadFile("static/" + name)
		if err != nil {
			return nil, fmt.Errorf("public pages: %w", err)
		}
		sum := sha256.Sum256(data)
		s.static[fmt.Sprintf("%x-%s", sum[:5], name)] = asset{kind, pack(kind, data)}
	}
	var err error
	if s.view, err = newViews(s, false); err != nil {
		return nil, err
	}
	if s.paper, err = newViews(s, true); err != nil {
		return nil, err
	}
	s.routes()
	s.server = &http.Server{Handler: s.guarded(s.mux), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: answerWithin, IdleTimeout: 30 * time.Second, MaxHeaderBytes: 8 << 10, TLSConfig: opt.TLS,
		ErrorLog: slog.NewLogLogger(opt.Logger.Handler(), slog.LevelDebug)}
	s.server.Protocols = new(http.Protocols) // HTTP/2 would let one connection be a thousand
	s.server.Protocols.SetHTTP1(true)
	return s, nil
}

// Routes are the addresses that there are; each takes GET and HEAD.
func Routes() []string {
	return []string{"/{$}", "/t/{code}", "/t/{code}/{id}", "/feed.atom", "/t/{code}/feed.atom", "/podcast.rss", "/t/{code}/podcast.rss",
		"/s/{file}", "/-/{file}", "/api/commune", "/api/t/{code}", "/api/openapi.json", "/robots.txt"}
}

func (s *Server) routes() {
	s.mux = http.NewServeMux()
	handlers := []http.HandlerFunc{s.village, s.village, s.entry, s.feed("atom"), s.feed("atom"), s.feed("rss"), s.feed("rss"),
		s.sound, s.file, s.api, s.api, s.openAPI, s.robots}
	for i, route := range Routes() {
		s.mux.HandleFunc(http.MethodGet+" "+route, handlers[i])
	}
	if s.opt.Answers != nil {
		newAnswering(s).register()
	}
	s.mux.HandleFunc("/", s.nowhere)
}

// Handler is the whole of it, for tests.
func (s *Server) Handler() http.Handler { return s.server.Handler }

// guarded is what every request passes.
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		forbid(w.Header())
		if r.Method != http.MethodGet && r.Method != http.MethodHead && !s.takes(r) {
			w.Header().Set("Allow", "GET, HEAD")
			w.Header().Set("Connection", "close") // what is still to come of it is not read
			say(w, http.StatusMethodNotAllowed, "pub_read_only")
			return
		}
		if r.ContentLength != 0 {
			w.Header().Set("Connection", "close")
		}
		switch s.guard.admit(r, time.Now()) {
		case tooMany:
			w.Header().Set("Connection", "close") // a client that goes on waits at the door, where it costs nothing
			w.Header().Set("Retry-After", "10")
			say(w, http.StatusTooManyRequests, "pub_too_many")
		case tooBusy:
			w.Header().Set("Connection", "close")
			w.Header().Set("Retry-After", "20")
			say(w, http.StatusServiceUnavailable, "pub_too_busy")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// forbid forbids a browser everything that these pages do not need.
func forbid(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "+
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Permissions-Policy", "microphone=(), camera=(), geolocation=(), interest-cohort=()")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

// say answers with a sentence in both languages, where there is no page.
func say(w http.ResponseWriter, status int, key string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "%s\n%s\n", i18n.Say(i18n.VI, key), i18n.Say(i18n.EN, key)) // a reader that is gone needs none
}

// file is a file of our own: its address tells its content.
func (s *Server) file(w http.ResponseWriter, r *http.Request) {
	a, ok := s.static[r.PathValue("file")]
	if !ok {
		s.nowhere(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	a.write(w, r, http.StatusOK)
}

// address is where one of our own files is.
func (s *Server) address(name string) string {
	for file := range s.static {
		if strings.HasSuffix(file, "-"+name) {
			return "/-/" + file
		}
	}
	return ""
}

// robots lets nobody gather what is gone in two days.
func (s *Server) robots(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	// a reader that is gone needs none
	_, _ = w.Write([]byte("User-agent: *\nDisallow: /s/\nDisallow: /api/\nDisallow: /q/\nDisallow: /tin\n"))
}

// closing bounds how long answers under way may take at the end.
const closing = 2 * time.Second

// Serve answers on l until ctx ends. What goes wrong is logged, and no error: nobody else
// needs these pages.
func (s *Server) Serve(ctx context.Context, l net.Listener) {
	done := make(chan struct{})
	go func() { defer close(done); s.listen(ctx) }()
	defer func() { <-done }()
	failed := make(chan error, 1)
	l = s.share(l)
	go func() {
		if s.opt.TLS != nil {
			failed <- s.server.ServeTLS(l, "", "")
		} else {
			failed <- s.server.Serve(l)
		}
	}()
	select {
	case err := <-failed:
		s.opt.Logger.Error("the people's pages are closed; the office goes on", "err", err)
		<-ctx.Done()
		return
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
	defer cancel()
	if s.server.Shutdown(ending) != nil {
		_ = s.server.Close() // cuts off what is under way
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		s.opt.Logger.Warn("the people's pages", "err", err)
	}
}

// listen has the picture made anew after news, until ctx ends.
func (s *Server) listen(ctx context.Context) {
	if s.opt.News == nil {
		return
	}
	for ctx.Err() == nil {
		l := s.opt.News.Join("public")
		if l == nil {
			select {
			case <-ctx.Done():
			case <-time.After(time.Minute): // the picture is renewed each minute all the same
			}
			continue
		}
		s.heed(ctx, l)
		s.opt.News.Leave(l)
	}
}

func (s *Server) heed(ctx context.Context, l *news.Listener) {
	for {
		select {
		case <-ctx.Done():
			return
		case _, open := <-l.Wake():
			if !open {
				return
			}
			for _, what := range l.Take() {
				if what != "notices" && what != "backup" && what != "machine" {
					s.opt.Replay.Stale()
				}
			}
		}
	}
}

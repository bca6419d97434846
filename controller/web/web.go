// Package web is where people and scripts meet the controller: pages rendered
// here, a JSON API under /api/v1 (OpenAPI 3.1 at /api/v1/openapi.json), and
// news by server-sent events.
//
// # One door
//
// Every request passes [door]: health checks are open, all else needs the
// bearer token, in a header or, for a browser, in a cookie that the first
// visit with ?token= sets. A change that comes by cookie must come from our
// own pages.
//
// # Errors
//
// Every failure is application/problem+json (RFC 9457) with a sentence in
// Vietnamese (vi, also detail) and English (en), and a code for scripts.
//
// # Pages
//
// html/template with one message catalogue (words.go), Vietnamese first. A
// page is whole without scripts; an island (islands/*.ts, bundled by esbuild
// into static/dist at build time) asks for its main part again when the
// server says that something changed.
package web

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"loa/controller/broker"
	"loa/controller/dispatch"
	"loa/controller/fleet"
	"loa/controller/library"
	"loa/controller/live"
	"loa/controller/store"
)

//go:embed all:static templates
var files embed.FS

// Options is all that the pages and the API show and change.
type Options struct {
	Store   *store.Store
	Library *library.Library
	Fleet   *fleet.Fleet
	Live    *live.Live
	Broker  func() broker.Counters
	// Sent is what dispatch sent to the nodes; nil: not shown in the metrics.
	Sent func() dispatch.Counters
	// Changed is told after every change of the calendar, the library's
	// bulletins, areas or nodes: the plans may differ now.
	Changed    func()
	CheckToken func(string) bool
	Commune    string
	Version    string
	Logger     *slog.Logger
}

// Server answers HTTP.
type Server struct {
	opt    Options
	hub    *hub
	pages  *pages
	api    huma.API
	server *http.Server
	// editing is held from reading what is to be changed until it is stored.
	editing sync.Mutex
}

// New puts the routes together.
func New(opt Options) (*Server, error) {
	pages, err := parsePages()
	if err != nil {
		return nil, err
	}
	s := &Server{opt: opt, hub: newHub(), pages: pages}
	mux := http.NewServeMux()
	s.registerAPI(mux)
	s.registerPages(mux)
	s.registerOps(mux)
	static, err := fs.Sub(files, "static")
	if err != nil {
		return nil, fmt.Errorf("embedded files: %w", err)
	}
	mux.Handle("GET /static/", http.StripPrefix("/static/", cached(http.FileServerFS(static))))
	s.server = &http.Server{
		Handler:           s.door(answering(patient(mux, pause), opt.Logger)),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(opt.Logger.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// Handler is the whole of it, for tests.
func (s *Server) Handler() http.Handler { return s.server.Handler }

// News tells the open pages that something changed: "nodes", "plays",
// "calendar", "library".
func (s *Server) News(what string) { s.hub.tell(what) }

// closing bounds how long answers under way may take at the end.
const closing = 3 * time.Second

// Serve answers on l until ctx ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- s.server.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve http: %w", err)
	case <-ctx.Done():
	}
	s.hub.close() // event streams never end by themselves
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
	defer cancel()
	if err := s.server.Shutdown(ending); err != nil {
		err = s.server.Close() // cut off what is still under way
		if err != nil {
			return fmt.Errorf("close http: %w", err)
		}
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve http: %w", err)
	}
	return nil
}

// cached lets a browser keep static files for a while: they change only with
// the binary. It lists no folders.
func cached(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "" || strings.HasSuffix(r.URL.Path, "/") {
			writeProblem(w, notFound)
			return
		}
		w.Header().Set("Cache-Control", "private, max-age=3600")
		h.ServeHTTP(w, r)
	})
}

func (s *Server) registerAPI(mux *http.ServeMux) {
	config := huma.DefaultConfig("Loa", s.opt.Version)
	config.OpenAPIPath = "/api/v1/openapi"
	config.DocsPath = ""    // its page would load a CDN
	config.SchemasPath = "" // schemas stand in the OpenAPI document
	config.CreateHooks = nil
	config.Info.Description = "Truyền thanh không dây: library, calendar, nodes and proof of one commune."
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
	config.Security = []map[string][]string{{"token": {}}}
	s.api = humago.New(mux, config)
	s.registerClips(mux)
	s.registerBulletins()
	s.registerProgrammes()
	s.registerAirings()
	s.registerPlaces()
	s.registerPlays()
	s.registerCalls(mux)
	s.registerEvents(mux)
}

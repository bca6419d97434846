// Package web is where people and scripts meet the controller. It puts two faces before the
// office, pages and a JSON API under /api/v1, listens for both, and tells machines that
// watch how all is (/healthz, /readyz, /metrics).
//
// The faces never name each other; each asks the rooms of package office, which decide
// everything and write down who did what. A request on its way:
//
//	listener ─▶ middleware.Ciphered   from elsewhere over TLS only
//	         ─▶ auth.Door             who asks
//	         ─▶ middleware            a body's time, compression, a panic
//	         ─▶ auth.Router           may they, here?
//	         ─▶ pages, api            ─▶ office
//
// What went wrong is answered by package respond, whichever face it is.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"loa/controller/backup"
	"loa/controller/broker"
	"loa/controller/dispatch"
	"loa/controller/fleet"
	"loa/controller/library"
	"loa/controller/live"
	"loa/controller/neighbour/ical"
	"loa/controller/neighbour/warning"
	"loa/controller/news"
	"loa/controller/office"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/controller/web/address"
	"loa/controller/web/api"
	"loa/controller/web/auth"
	"loa/controller/web/middleware"
	"loa/controller/web/pages"
	"loa/node/wire/tap"
)

// Options are the office and what its faces show beside it.
type Options struct {
	Office   *office.Office
	Warnings *warning.Desk // of other offices
	Feeds    *ical.Feeds   // calendars that others subscribe to
	News     *news.Hub
	Store    *store.Store
	Library  *library.Library
	Fleet    *fleet.Fleet
	Live     *live.Live
	Backup   *backup.Keeper // nil: there are none
	// Accounts lets people in; nil: nobody but the machine.
	Accounts *trust.Accounts
	// Machines are the browsers that were opened with the machine's token; CheckToken
	// knows it.
	Machines   *trust.Machines
	CheckToken func(string) bool
	// StandIn: the store stands in for the database; nil: it is the database.
	StandIn *pages.StandIn
	// Secure is where the pages are over TLS too; nil: plain HTTP only.
	Secure *address.Secure
	// Names are those by which this machine is known, beside its addresses.
	Names []string
	// Tap shows what passes the broker; nil: it is not ours.
	Tap    *tap.Hub
	Broker func() broker.Counters
	// Sent is what dispatch sent to the nodes; nil: not shown in the metrics.
	Sent func() dispatch.Counters
	// Ends is when certificates end, for the metrics; nil: not shown.
	Ends    func() map[string]time.Time
	Now     func() time.Time // controller time
	Commune string
	Version string
	Styles  bool // the pages show the sheet of all their components
	// PublicURL is where the people's pages are, as it stands on paper; "": nowhere.
	PublicURL string
	Answering bool // villagers can answer there
	Logger    *slog.Logger
}

// Server answers HTTP.
type Server struct {
	opt     Options
	machine *address.Machine
	mux     *auth.Router
	server  *http.Server
}

// New puts the routes together.
func New(opt Options) (*Server, error) {
	s := &Server{opt: opt, machine: &address.Machine{Names: opt.Names, Secure: opt.Secure}}
	p, err := pages.New(pages.Options{Office: opt.Office, Warnings: opt.Warnings, Feeds: opt.Feeds, Store: opt.Store, Library: opt.Library,
		Live: opt.Live, Machine: s.machine,
		StandIn: opt.StandIn, Now: opt.Now, Commune: opt.Commune, Version: opt.Version, Logger: opt.Logger, Styles: opt.Styles,
		PublicURL: opt.PublicURL, Answering: opt.Answering})
	if err != nil {
		return nil, err
	}
	door := auth.New(auth.Options{Store: opt.Store, Access: opt.Office.Access, Accounts: opt.Accounts, Machines: opt.Machines,
		CheckToken: opt.CheckToken, IsNew: opt.Office.Account.IsNew, Refuse: p.Refuse,
		StandIn: opt.StandIn != nil, Now: opt.Now, Logger: opt.Logger})
	s.mux = door.Router()
	api.Register(s.mux, api.Options{Office: opt.Office, Warnings: opt.Warnings, Feeds: opt.Feeds,
		Store: opt.Store, Library: opt.Library, Live: opt.Live,
		News: opt.News, Tap: opt.Tap, Machine: s.machine, Now: opt.Now, Version: opt.Version, Logger: opt.Logger})
	p.Register(s.mux)
	s.registerOps(s.mux)
	inside := door.Handler(middleware.Answering(middleware.Patient(s.mux), opt.Logger))
	s.server = &http.Server{
		Handler:           middleware.Ciphered(inside, s.machine),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(opt.Logger.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// Handler is the whole of it, for tests.
func (s *Server) Handler() http.Handler { return s.server.Handler }

// closing bounds how long answers under way may take at the end.
const closing = 3 * time.Second

// Serve answers on l until ctx ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	s.opt.Office.Load(ctx)
	keeping, stop := context.WithCancel(ctx)
	rest := make(chan struct{})
	go func() { defer close(rest); s.opt.Office.Run(keeping) }()
	defer func() { stop(); <-rest }()
	failed := make(chan error, 2)
	serving := s.listen(l, failed)
	select {
	case err := <-failed:
		return fmt.Errorf("serve http: %w", err)
	case <-ctx.Done():
	}
	s.opt.News.Close() // event streams never end by themselves
	defer s.opt.Office.Close(ctx, closing)
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
	defer cancel()
	if err := s.server.Shutdown(ending); err != nil {
		err = s.server.Close() // cut off what is still under way
		if err != nil {
			return fmt.Errorf("close http: %w", err)
		}
	}
	for range serving {
		if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve http: %w", err)
		}
	}
	return nil
}

// listen answers on l, and on the listener of HTTPS if there is one; it
// returns how many ends will come by failed.
func (s *Server) listen(l net.Listener, failed chan<- error) int {
	s.machine.Listen(l)
	if s.opt.Secure == nil {
		go func() { failed <- s.server.Serve(l) }()
		return 1
	}
	if s.opt.Secure.Plain != nil {
		s.server.Handler = s.opt.Secure.Plain(s.server.Handler)
	}
	s.server.TLSConfig = s.opt.Secure.TLS
	s.server.Protocols = new(http.Protocols) // the same on both
	s.server.Protocols.SetHTTP1(true)
	go func() { failed <- s.server.Serve(l) }()
	go func() { failed <- s.server.ServeTLS(s.opt.Secure.Listener, "", "") }()
	return 2
}

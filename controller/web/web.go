// Package web is where people and scripts meet the controller: pages rendered
// here, a JSON API under /api/v1 (OpenAPI 3.1 at /api/v1/openapi.json), and
// news by server-sent events.
//
// # One door
//
// Every request passes the door (door.go), which finds out who asks: a person
// by the cookie of a session, a program by a token that acts for a person, the
// machine's own administrator by the machine's token (in a header, or once as
// ?token=, which begins a session). A change that comes by cookie must come
// from our own pages. Then the endpoint's rule (rules.go, one table of all)
// says what right it needs and where; what is listed is cut to what the caller
// may see. Each change is written into the audit log where it is made
// (audit.go), so that a request that makes three leaves three records.
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
// into static/dist at build time) asks for the parts of it that show what
// changed when the server says so (refresh.ts). Nothing is inline, and the
// Content-Security-Policy holds it there.
//
// /live, /emergency and /drill are for speaking. Their scripts, from the microphone
// to the air:
//
//	mic.ts ─ mic-worklet.ts   the device; frames of 20 ms at 48 kHz
//	check.ts                  ready only when a level was seen, else why not
//	voice.ts                  Opus or PCM, over a WebSocket that comes back
//	alarm.ts                  /emergency and /drill: arm, hold, on air
//	session.ts                one call: chime, on air, lost, ended; what the speaker is told
//	hold.ts, places.ts        the button that is held; the villages that are chosen
//
// The page says "on air" only by the controller's word: the meter that comes
// back by the WebSocket five times a second, with who hears it and who does
// not. The speaker ends a call by {"end":true} after the last frame, or by
// POST …/stop at once.
//
// # How a node was
//
// A bar (beats.go) is rolled up from the states that package fleet kept. It is
// good only for the time in which the node said so and a controller was there
// to hear it: each run of the controller is kept as a watch. The map
// (nodemap.go) is SVG in percents, without tiles.
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
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"loa/audio/reading"
	"loa/controller/backup"
	"loa/controller/broker"
	"loa/controller/dispatch"
	"loa/controller/fleet"
	"loa/controller/library"
	"loa/controller/live"
	"loa/controller/office/access"
	"loa/controller/office/approval"
	"loa/controller/office/asrun"
	"loa/controller/office/audit"
	"loa/controller/office/calendar"
	"loa/controller/office/calls"
	"loa/controller/office/dictionary"
	"loa/controller/office/hours"
	"loa/controller/office/inventory"
	"loa/controller/office/notices"
	"loa/controller/office/people"
	"loa/controller/office/preview"
	"loa/controller/office/setup"
	"loa/controller/problem"
	"loa/controller/reach"
	"loa/controller/share"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/controller/trust/signing"
	"loa/node/wire"
	"loa/node/wire/tap"
)

//go:embed all:static templates
var files embed.FS

// Options is all that the pages and the API show and change.
type Options struct {
	Store   *store.Store
	Library *library.Library
	Fleet   *fleet.Fleet
	Live    *live.Live
	Enrol   *trust.Enrolment
	// Backup makes backups and knows those there are.
	Backup *backup.Keeper
	// Accounts lets people in; nil: nobody but the machine.
	Accounts *trust.Accounts
	// Seal seals the end of the audit log, at start and soon after each record;
	// signing.ErrCut says that the log was tampered with. nil: it is not sealed.
	Seal   func(context.Context) error
	Broker func() broker.Counters
	// Sent is what dispatch sent to the nodes; nil: not shown in the metrics.
	Sent func() dispatch.Counters
	// Ends is when certificates end, for the metrics; nil: not shown.
	Ends func() map[string]time.Time
	// Changed is told after every change of the calendar, the library's
	// bulletins, areas or nodes: the plans may differ now.
	Changed func()
	// TestHorn has a node test its horn.
	TestHorn func(ctx context.Context, node string) error
	// Tap shows what passes the broker; nil: it is not ours.
	Tap *tap.Hub
	// Troubles are what is wrong with this machine, gravest first: disk, database,
	// keys; nil: nobody looks.
	Troubles   func() []problem.Trouble
	CheckToken func(string) bool
	// Heads is what nodes keep of the audit log, and what of that it does not hold; nil:
	// they are not asked.
	Heads func() (map[string]wire.Heads, []signing.Missed)
	// StandIn: the store stands in for the database; nil: it is the database.
	StandIn *StandIn
	// Reach judges the addresses that people type; nil: what is public only.
	Reach *reach.Guard
	// Machines are the browsers that were opened with the machine's token; nil: there
	// are none yet.
	Machines *trust.Machines
	// Secure is where the pages are over TLS too; nil: plain HTTP only.
	Secure *Secure
	// Now is controller time, as the calls have it; nil: the clock of this PC.
	Now func() time.Time
	// Names are those by which this machine is known, beside its addresses.
	Names   []string
	Commune string
	Version string
	Logger  *slog.Logger
}

// Server answers HTTP.
type Server struct {
	opt    Options
	hub    *hub
	pages  *pages
	api    huma.API
	server *http.Server
	mux    *router
	// plainHost and plainPort are those of plain HTTP, once Serve knows them.
	plainHost, plainPort string
	access               *access.Control
	trail                *audit.Trail
	people               *people.Desk
	dictionary           *dictionary.Desk
	preview              *preview.Preview
	approval             *approval.Desk
	inventory            *inventory.Inventory
	hours                *hours.Hours
	calendar             *calendar.Desk
	calls                *calls.Desk
	setup                *setup.Setup
	// signing is entered by those who sign in: a guess is judged before the next is
	// looked at, so that many at once cannot slip past the throttle.
	signing *share.Line
	voices  *share.Seats // of microphones
	// passkeys lets people in beside their passwords.
	passkeys *trust.Passkeys
	asrun    *asrun.Log
	notices  *notices.Notices
	// editing is held from reading what is to be changed until it is stored, by all
	// that change the calendar, the bulletins or the places.
	editing sync.Mutex
	made    time.Time // before anybody could be heard
}

// New puts the routes together.
func New(opt Options) (*Server, error) {
	pages, err := parsePages()
	if err != nil {
		return nil, err
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Machines == nil {
		opt.Machines = trust.NewMachines(opt.Store, "", opt.Logger)
	}
	if opt.Reach == nil {
		opt.Reach = reach.Public()
	}
	if opt.Troubles == nil {
		opt.Troubles = func() []problem.Trouble { return nil }
	}
	s := &Server{opt: opt, hub: newHub(), pages: pages, signing: share.NewLine(share.Room{Places: 1, Own: 1, Each: signingEach, All: signingAll}),
		voices: share.NewSeats(voicesEach, voicesAll), made: time.Now()}
	s.access = access.New(opt.Store, opt.Commune)
	s.preview = preview.New(opt.Store, s.access)
	s.trail = audit.New(audit.Options{Store: opt.Store, Now: opt.Now, Logger: opt.Logger, Seal: opt.Seal, Heads: opt.Heads, Began: s.made})
	s.approval = approval.New(approval.Options{Store: opt.Store, Access: s.access, Trail: s.trail, Now: opt.Now, Editing: &s.editing, Commune: opt.Commune})
	s.hours = hours.New(hours.Options{Store: opt.Store, Library: opt.Library, Trail: s.trail, Now: opt.Now, Editing: &s.editing, News: s.News, Changed: s.changed, Commune: opt.Commune})
	s.asrun = asrun.New(asrun.Options{Store: opt.Store, Access: s.access, Trail: s.trail, Preview: s.preview, Fleet: opt.Fleet, Now: opt.Now, Logger: opt.Logger})
	s.calendar = calendar.New(calendar.Options{Store: opt.Store, Access: s.access, Trail: s.trail, Approval: s.approval, AsRun: s.asrun, Reach: opt.Reach, Now: opt.Now,
		Editing: &s.editing, News: s.News, Changed: s.changed, Commune: opt.Commune, Logger: opt.Logger})
	s.inventory = inventory.New(inventory.Options{Store: opt.Store, Access: s.access, Trail: s.trail, Fleet: opt.Fleet, Enrol: opt.Enrol, Preview: s.preview, Now: opt.Now,
		Began: s.made, Editing: &s.editing, News: s.News, Changed: s.changed, TestHorn: opt.TestHorn, Logger: opt.Logger})
	s.people = people.New(opt.Store, opt.Accounts, s.access, s.trail)
	use := func(reading.Dictionary) {}
	if opt.Library != nil {
		use = opt.Library.Use
	}
	s.dictionary = dictionary.New(opt.Store, s.trail, opt.Commune, use)
	machine := opt.Troubles
	s.opt.Troubles = func() []problem.Trouble { return append(s.trail.Troubles(), machine()...) }
	if opt.Accounts != nil {
		s.passkeys = trust.NewPasskeys(opt.Accounts)
	}
	s.notices = notices.New(notices.Options{Store: opt.Store, Access: s.access, Trail: s.trail, Inventory: s.inventory, Reach: opt.Reach, Now: opt.Now,
		Editing: &s.editing, News: s.News, Troubles: s.opt.Troubles, Commune: opt.Commune, Logger: opt.Logger})
	s.calls = calls.New(calls.Options{Store: opt.Store, Library: opt.Library, Live: opt.Live, Fleet: opt.Fleet, Access: s.access, Trail: s.trail, Preview: s.preview,
		Inventory: s.inventory, AsRun: s.asrun, Calendar: s.calendar, Notices: s.notices, Reach: opt.Reach, Now: opt.Now, News: s.News, Troubles: s.opt.Troubles, Commune: opt.Commune, Logger: opt.Logger})
	s.setup = setup.New(setup.Options{Store: opt.Store, Access: s.access, Trail: s.trail, Inventory: s.inventory, Calls: s.calls, Editing: &s.editing, Commune: opt.Commune})
	mux := &router{ServeMux: http.NewServeMux(), server: s}
	s.mux = mux
	s.registerAPI(mux)
	s.registerPages(mux)
	s.registerOps(mux)
	static, err := fs.Sub(files, "static")
	if err != nil {
		return nil, fmt.Errorf("embedded files: %w", err)
	}
	mux.HandleFunc("GET /manifest.webmanifest", s.manifest)
	mux.Handle("GET /static/", http.StripPrefix("/static/", cached(http.FileServerFS(static))))
	s.server = &http.Server{
		Handler:           s.ciphered(s.door(answering(patient(mux, pause), opt.Logger))),
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
// "calendar", "library", "calls", "notices", "backup", "machine".
func (s *Server) News(what string) { s.hub.tell(what) }

// closing bounds how long answers under way may take at the end.
const closing = 3 * time.Second

// Serve answers on l until ctx ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if err := s.dictionary.Load(ctx); err != nil { // what is built in is read all the same
		s.opt.Logger.Error("the commune's own words are not known", "err", err)
	}
	sealing, stop := context.WithCancel(ctx)
	defer stop()
	go s.trail.Run(sealing)
	var keeping sync.WaitGroup
	defer func() { stop(); keeping.Wait() }()
	keeping.Go(func() { s.asrun.Run(sealing) })
	keeping.Go(func() { s.inventory.KeepWatch(sealing) })
	keeping.Go(func() { s.notices.Run(sealing) })
	failed := make(chan error, 2)
	serving := s.listen(l, failed)
	select {
	case err := <-failed:
		return fmt.Errorf("serve http: %w", err)
	case <-ctx.Done():
	}
	s.hub.close() // event streams never end by themselves
	defer s.trail.Seal(ctx)
	defer s.awaitCalls()
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
	s.plainHost, s.plainPort, _ = net.SplitHostPort(l.Addr().String()) // empty of what has none
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

// awaitCalls waits a moment for the ends of the calls, for the audit log.
func (s *Server) awaitCalls() {
	over := make(chan struct{})
	go func() { s.calls.Wait(); s.notices.Wait(); close(over) }()
	select {
	case <-over:
	case <-time.After(closing):
	}
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

// schemaNames are the names in the API's document of types that are called
// otherwise here: scripts are generated from it.
var schemaNames = map[string]string{
	"loa/controller/office/access.Named":         "NamedView",
	"loa/controller/office/inventory.Area":       "AreaView",
	"loa/controller/office/inventory.Node":       "NodeView",
	"loa/controller/office/inventory.Fault":      "FaultView",
	"loa/controller/office/inventory.Clips":      "ClipCount",
	"loa/controller/office/inventory.EndedFault": "PastRow",
	"loa/controller/office/inventory.Complaint":  "ReportBody",
	"loa/controller/office/asrun.Line":           "LogView",
	"loa/controller/office/asrun.Confirmed":      "ConfirmedView",
	"loa/controller/office/asrun.Missed":         "MissedView",
	"loa/controller/office/hours.Openings":       "OpeningsBody",
	"loa/controller/office/calendar.Programme":   "ProgrammeView",
	"loa/controller/office/calendar.Bulletin":    "BulletinView",
	"loa/controller/office/notices.Ways":         "NotifyBody",
	"loa/controller/office/notices.Webhook":      "WebhookBody",
	"loa/controller/office/notices.Mail":         "MailBody",
	"loa/controller/office/notices.Faults":       "FaultsBody",
	"loa/controller/office/notices.Tried":        "TriedView",
	"loa/controller/office/calls.Request":        "CallBody",
	"loa/controller/office/calls.Call":           "CallView",
	"loa/controller/office/calls.Sentence":       "SentenceView",
	"loa/controller/office/calls.Relay":          "RelayView",
	"loa/controller/office/calls.Heard":          "HeardView",
	"loa/controller/office/calls.Still":          "StillView",
	"loa/controller/office/approval.View":        "ApprovalView",
	"loa/controller/office/approval.Pending":     "PendingView",
	"loa/controller/office/preview.Airing":       "AiringView",
	"loa/controller/office/preview.Loss":         "LossView",
	"loa/controller/office/preview.Hears":        "HearsView",
	"loa/controller/office/preview.Sounds":       "SoundsView",
	"loa/controller/office/people.Newcomer":      "PersonBody",
	"loa/controller/office/people.Change":        "PersonChange",
	"loa/controller/office/people.View":          "PersonView",
}

// schemaName names a type, also where it stands in a list or under a pointer.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if name, ok := schemaNames[t.PkgPath()+"."+t.Name()]; ok {
		return name
	}
	for of, name := range schemaNames {
		hint = strings.ReplaceAll(hint, of, name)
	}
	return huma.DefaultSchemaNamer(t, hint)
}

func (s *Server) registerAPI(mux *router) {
	config := huma.DefaultConfig("Loa", s.opt.Version)
	config.OpenAPIPath = "/api/v1/openapi"
	config.DocsPath = ""    // its page would load a CDN
	config.SchemasPath = "" // schemas stand in the OpenAPI document
	config.CreateHooks = nil
	config.Formats = cleanFormats(config.Formats)
	config.Info.Description = "Truyền thanh không dây: library, calendar, nodes and proof of one commune."
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	config.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[calendar.CronLines](), reflect.TypeFor[cronSchema]())
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
	config.Security = []map[string][]string{{"token": {}}}
	s.api = humago.New(mux, config)
	s.registerClips(mux)
	s.registerBulletins()
	s.registerDictionary(mux)
	s.registerProgrammes()
	s.registerAirings()
	s.registerPlaces()
	s.registerBeats()
	s.registerEnrolment(mux)
	s.registerPlays()
	s.registerApproval(mux)
	s.registerNotices(mux)
	s.registerLog(mux)
	s.registerCalls(mux)
	s.registerDrills(mux)
	s.registerTemplates()
	s.registerEvents(mux)
	s.registerTap(mux)
	s.registerSession(mux)
	s.registerAccount(mux)
	s.registerPersons(mux)
	s.registerAudit(mux)
	s.registerTrust(mux)
	s.registerPasskeys(mux)
	s.registerNodesPage(mux)
	s.registerTestChime()
	s.registerSettingsPage(mux)
	s.registerOpenings(mux)
	s.registerHolidays(mux)
	s.registerBackup(mux)
	s.registerWizard(mux)
	s.registerBulletinsPage(mux)
	s.registerUsualHours()
	s.registerCalendarPage(mux)
	s.registerReports()
	s.registerVillagePage(mux)
	s.registerFaultsPage(mux)
}

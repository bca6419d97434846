package api

import (
	"log/slog"
	"time"

	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"loa/controller/library"
	"loa/controller/live"
	"loa/controller/neighbour/ical"
	"loa/controller/neighbour/warning"
	"loa/controller/news"
	"loa/controller/office"
	"loa/controller/store"
	"loa/controller/web/address"
	"loa/controller/web/api/document"
	"loa/controller/web/api/resource"
	"loa/controller/web/auth"
	"loa/controller/web/stream"
	"loa/node/wire/tap"
)

// Options are what the API shows and changes.
type Options struct {
	Office   *office.Office
	Warnings *warning.Desk
	Feeds    *ical.Feeds
	Store    *store.Store
	Library  *library.Library
	Live     *live.Live
	News     *news.Hub
	Tap      *tap.Hub // what passes the broker; nil: it is not ours
	Machine  *address.Machine
	Now      func() time.Time // controller time
	Version  string
	Logger   *slog.Logger
}

// Register adds the API's endpoints to a mux.
func Register(mux *auth.Router, opt Options) {
	o, f := opt.Office, resource.Face{Huma: humago.New(mux, document.Config(opt.Version)), Mux: mux, Logger: opt.Logger}
	for _, resource := range []interface{ register() }{
		sessionHandlers{f, o.Account},
		accountHandlers{f, o.Account},
		personHandlers{f, o.People},
		areaHandlers{f, o.Inventory},
		nodeHandlers{f, o.Inventory, o.Calls, opt.Machine},
		enrolHandlers{f, o.Inventory},
		reportHandlers{f, o.AsRun, o.Inventory, o.Repair},
		clipHandlers{f, o.Clips, opt.Library},
		readingHandlers{f, o.Clips, opt.Library},
		dictionaryHandlers{f, o.Dictionary},
		templateHandlers{f, opt.Now},
		bulletinHandlers{f, o.Calendar, o.Clips, opt.Store},
		programmeHandlers{f, o.Calendar},
		approvalHandlers{f, o.Calendar, o.Approval, opt.Store},
		hoursHandlers{f, o.Hours, opt.Store},
		previewHandlers{f, o.Preview},
		callHandlers{f, o.Calls, o.Access, opt.Store},
		playHandlers{f, o.AsRun},
		logHandlers{f, o.AsRun},
		replayHandlers{f, o.Replay},
		answerHandlers{f, o.Answers},
		warningHandlers{f, opt.Warnings},
		feedHandlers{f, opt.Feeds},
		exerciseHandlers{f, o.Exercise},
		briefHandlers{f, o.Brief, o.Quick},
		auditHandlers{f, o.Trail, opt.Store},
		noticeHandlers{f, o.Notices, opt.Store},
		wizardHandlers{f, o.Setup},
		backupHandlers{f, o.Backups},
		streamHandlers{f, stream.NewVoices(opt.Live, o.Calls, o.Access, opt.Now, opt.Logger), opt.News, opt.Tap},
	} {
		resource.register()
	}
}

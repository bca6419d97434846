package api

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"loa/controller/library"
	"loa/controller/live"
	"loa/controller/news"
	"loa/controller/office"
	"loa/controller/store"
	"loa/controller/web/address"
	"loa/controller/web/api/document"
	"loa/controller/web/auth"
	"loa/controller/web/respond"
	"loa/controller/web/stream"
	"loa/node/wire/tap"
)

// Options are what the API shows and changes.
type Options struct {
	Office  *office.Office
	Store   *store.Store
	Library *library.Library
	Live    *live.Live
	News    *news.Hub
	Tap     *tap.Hub // what passes the broker; nil: it is not ours
	Machine *address.Machine
	Now     func() time.Time // controller time
	Version string
	Logger  *slog.Logger
}

// face is what all resources share.
type face struct {
	huma   huma.API
	mux    *auth.Router
	logger *slog.Logger
}

// Register adds the API's endpoints to a mux.
func Register(mux *auth.Router, opt Options) {
	o, f := opt.Office, face{huma: humago.New(mux, document.Config(opt.Version)), mux: mux, logger: opt.Logger}
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
		exerciseHandlers{f, o.Exercise},
		briefHandlers{f, o.Brief, o.Heads},
		auditHandlers{f, o.Trail, opt.Store},
		noticeHandlers{f, o.Notices, opt.Store},
		wizardHandlers{f, o.Setup},
		backupHandlers{f, o.Backups},
		streamHandlers{f, stream.NewVoices(opt.Live, o.Calls, o.Access, opt.Now, opt.Logger), opt.News, opt.Tap},
	} {
		resource.register()
	}
}

// byID adds an operation that does something with the thing of an id, and answers with
// nothing.
func (f face) byID(op huma.Operation, do func(ctx context.Context, id string) error) {
	huma.Register(f.huma, op, func(ctx context.Context, in *idInput) (*struct{}, error) { return nil, f.fail(do(ctx, in.ID)) })
}

// fail is an error as huma answers with it; nil of none.
func (f face) fail(err error) error {
	if err == nil {
		return nil
	}
	return respond.DocumentOf(respond.Explain(f.logger, err))
}

// refuse answers with an error where huma does not.
func (f face) refuse(w http.ResponseWriter, err error) {
	respond.Problem(w, respond.Explain(f.logger, err))
}

// csv answers with a table, or with why there is none. What breaks off is broken off: a
// part must not look like the whole.
func (f face) csv(w http.ResponseWriter, name string, write func(io.Writer) error, err error) {
	if err != nil {
		f.refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	if write(w) != nil {
		panic(http.ErrAbortHandler)
	}
}

// describe puts an operation into the document that huma neither reads nor writes. kind is
// the media type of its answer, of which is said what it is.
func (f face) describe(op huma.Operation, kind, what string) {
	op.Responses = map[string]*huma.Response{strconv.Itoa(op.DefaultStatus): {Description: what,
		Content: map[string]*huma.MediaType{kind: {}}}}
	f.huma.OpenAPI().AddOperation(&op)
}

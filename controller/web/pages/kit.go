package pages

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"loa/controller/backup"
	"loa/controller/i18n"
	"loa/controller/library"
	"loa/controller/live"
	"loa/controller/neighbour/ical"
	"loa/controller/neighbour/warning"
	"loa/controller/office"
	"loa/controller/office/access"
	"loa/controller/office/account"
	"loa/controller/office/backups"
	"loa/controller/office/calls"
	"loa/controller/office/notices"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
	"loa/controller/web/address"
	"loa/controller/web/auth"
	"loa/controller/web/respond"
)

// Options are what the pages show and change.
type Options struct {
	Office   *office.Office
	Warnings *warning.Desk
	Feeds    *ical.Feeds
	Store    *store.Store
	Library  *library.Library
	Live     *live.Live
	Machine  *address.Machine
	StandIn  *StandIn         // nil: the store is the database
	Now      func() time.Time // controller time
	Commune  string
	Version  string
	Logger   *slog.Logger
	Styles   bool // the sheet of all components is shown: see styles.go
	// PublicURL is where the people's pages are, as it stands on paper; "": nowhere.
	PublicURL string
	Answering bool // villagers can answer there
}

// StandIn tells that the store is not the office's database, which is damaged:
// see package standby.
type StandIn struct {
	From time.Time // the data is as it was then; zero: only the nodes are known
}

// Pages are all pages.
type Pages struct {
	kit *kit
	opt Options
}

// New makes the pages ready; Register puts them at their addresses.
func New(opt Options) (*Pages, error) {
	k, err := newKit(opt)
	if err != nil {
		return nil, err
	}
	return &Pages{k, opt}, nil
}

// Register adds the pages to a mux.
func (p *Pages) Register(mux *auth.Router) {
	k, o := p.kit, p.opt.Office
	k.mux = mux
	for _, page := range []interface{ register() }{
		&todayPage{k, o.Approval, o.AsRun, o.Exercise, o.Inventory, o.Preview, o.Setup, p.opt.Store, o.Trail},
		&livePage{k, o.Preview},
		&reachPages{k, o.Inventory, p.opt.Store},
		&bulletinsPage{k, o.Calendar, o.Clips, o.Preview, p.opt.Store},
		&bulletinPage{k, o.Answers, o.Calendar, o.Clips, p.opt.Store},
		&calendarPage{k, o.Approval, o.Inventory, o.Preview, p.opt.Store},
		&approvalsPage{k, o.Approval, o.Calendar},
		&logPage{k, o.AsRun, p.opt.Store},
		&dictionaryPage{k, o.Dictionary},
		&villagePage{k, o.Answers, o.AsRun, o.Inventory, o.Preview, p.opt.Store, p.opt.PublicURL != ""},
		&replayPage{k, o.Answers, o.Replay, p.opt.PublicURL, p.opt.Answering},
		&warningsPage{k, p.opt.Warnings},
		&neighboursPage{k, p.opt.Feeds, p.opt.Warnings},
		&exercisePage{k, o.Exercise},
		&situationPage{k, o.Answers, o.Quick, p.opt.Answering},
		&briefPage{k, o.Brief},
		&quickPage{k, o.Quick},
		&faultsPage{k, o.AsRun, o.Inventory, o.Repair},
		&nodesPage{k, o.Answers, o.Inventory},
		&peoplePage{k, o.People},
		&auditPage{k, p.opt.Store, o.Trail},
		&settingsPage{k, o.Answers, o.Approval, o.Brief, o.Hours, o.Inventory, p.opt.Library, o.Replay, o.Setup, p.opt.Store, o.Trail},
		&wizardPage{k, o.Hours, o.Inventory, o.Setup, p.opt.Store},
		&accountPage{k},
		&signInPage{k},
		&trustPage{k},
		&noticesForm{k},
		&stylesPage{k, p.opt.Styles},
		&files{k},
	} {
		page.register()
	}
}

// Refuse shows a person why they may not have a page.
func (p *Pages) Refuse(w http.ResponseWriter, r *http.Request, pr *problem.Problem) {
	p.kit.problemPage(w, r, pr)
}

func newKit(opt Options) (*kit, error) {
	r, err := parse()
	if err != nil {
		return nil, err
	}
	o := opt.Office
	return &kit{renderer: r, access: o.Access, account: o.Account, calls: o.Calls, notices: o.Notices, backups: o.Backups, live: opt.Live,
		machine: opt.Machine, standIn: opt.StandIn, troubles: o.Troubles,
		now: opt.Now, commune: opt.Commune, version: opt.Version, logger: opt.Logger}, nil
}

// kit is what all pages share: how one is put together, and what stands around each.
type kit struct {
	*renderer
	mux              *auth.Router
	access           *access.Control
	account          *account.Desk
	calls            *calls.Desk
	notices          *notices.Notices
	backups          *backups.Desk // nil: there are none
	live             *live.Live
	machine          *address.Machine
	standIn          *StandIn
	troubles         func() []problem.Trouble // of this machine, gravest first
	now              func() time.Time         // controller time
	commune, version string
	logger           *slog.Logger
}

// explain is what a person is told of an error.
func (p *kit) explain(err error) *problem.Problem { return respond.Explain(p.logger, err) }

type problemView struct {
	frame
	Sentence string
}

func (p *kit) problemPage(w http.ResponseWriter, r *http.Request, pr *problem.Problem) {
	view := problemView{frame: p.frameOf(r, ""), Sentence: respond.Sentence(r, pr)}
	if err := p.render(w, r, respond.Status(pr), "problem.html", view); err != nil {
		respond.Problem(w, pr)
	}
}

// show writes a page, or says what went wrong in making it.
func (p *kit) show(w http.ResponseWriter, r *http.Request, status int, template string, view any) {
	if lang := r.URL.Query().Get("lang"); lang != "" {
		http.SetCookie(w, &http.Cookie{Name: respond.LanguageCookie, Value: string(respond.Language(r)), Path: "/",
			MaxAge: int(auth.CookieFor.Seconds()), SameSite: http.SameSiteStrictMode, HttpOnly: true, Secure: r.TLS != nil})
	}
	if err := p.render(w, r, status, template, view); err != nil {
		p.problemPage(w, r, p.explain(err))
	}
}

// part makes what one part of a page shows, true at an instant. The page asks
// for the part alone, with ?part=, when the server says that it changed.
type part func(ctx context.Context, now time.Time) (any, error)

// frame is what stands around every page.
type frame struct {
	Page    string
	Path    string
	Commune string
	Air     any // what is on air now, the part that all pages have
	Notices any // what the reader has not read yet, the other
	Machine any // what is wrong with the office's machine, a third; nil: nobody is signed in
	Who     WhoFrame
	Nav     Nav
	Trust   bool // phones must trust the commune's own authority first
}

// WhoFrame is the reader of a page.
type WhoFrame struct {
	Name            string
	Person, Machine bool
	New             bool // there is no account yet
}

// frameOf is what stands around a page.
func (p *kit) frameOf(r *http.Request, page string) frame {
	v := access.Of(r.Context())
	f := frame{Page: page, Path: r.URL.Path, Nav: navOf(v, page), Trust: p.machine.Authority() != nil}
	if v.Kind != access.Nobody {
		f.Who = WhoFrame{Name: v.Who.Name, Person: v.Kind == access.Person, Machine: v.Kind == access.Machine}
	}
	if v.Kind != access.Nobody {
		if air, err := p.onAir(r.Context(), p.now()); err == nil {
			f.Air = air
		} // else the page is shown without
		f.Machine = p.machineState(v)
	}
	if v.Kind == access.Machine {
		f.Who.New, _ = p.account.IsNew(r.Context()) // the link to the first account is left out, then
	}
	if a, err := p.access.View(r.Context()); err == nil {
		f.Commune = a.Areas[a.Commune].Name
	} // else a commune that nobody has named yet
	if told, err := p.notices.Unread(r.Context(), r.URL.Path); err == nil && f.Who.Person {
		f.Notices = told
	} // else the page is shown without
	return f
}

// pageView is a whole page.
type pageView struct {
	frame
	Parts map[string]any
}

// page answers with a page, NAME.html, or a part of it, NAME_PART.
func (p *kit) page(name string, parts map[string]part) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		template, view, err := p.view(r, name, parts)
		if err != nil {
			p.problemPage(w, r, p.explain(err))
			return
		}
		p.show(w, r, http.StatusOK, template, view)
	}
}

func (p *kit) view(r *http.Request, name string, parts map[string]part) (template string, view any, err error) {
	ctx, now := r.Context(), p.now()
	asked := r.URL.Query().Get("part")
	if asked == "air" {
		view, err = p.callsOnAir(ctx, now)
		return "air", view, err
	}
	if asked == "notices" {
		view, err = p.notices.Unread(ctx, r.URL.Path)
		return "notices", view, err
	}
	if asked == "machine" {
		return "machine", p.machineState(access.Of(ctx)), nil
	}
	if make, ok := parts[asked]; ok {
		view, err = make(ctx, now)
		return name + "_" + asked, view, err
	}
	if asked != "" {
		return "", nil, store.ErrNotFound
	}
	v := pageView{frame: p.frameOf(r, name), Parts: map[string]any{}}
	for part, make := range parts {
		if v.Parts[part], err = make(ctx, now); err != nil {
			return "", nil, err
		}
	}
	return name + ".html", v, nil
}

// machineView is what is wrong with the office's machine, and the one thing to do.
type machineView struct {
	Troubles []problem.Trouble
	Alarm    bool         // one of them is one
	From     time.Time    // of the stand-in; zero: none, or it knows nothing
	Last     *backup.File // that the caller may restore; nil: none
	Ask      bool         // something is lost by that: it is done where that is said
}

// restoreMends are the troubles that a restored backup ends.
var restoreMends = map[string]bool{"database_missing": true, "database_damaged": true, "database_behind": true, "key_lost": true}

// machineState is shown on every page, to everybody who is signed in: an official who
// speaks must know what the machine under him is.
func (p *kit) machineState(v *access.Visit) *machineView {
	view := &machineView{Troubles: p.troubles()}
	mends := false
	for _, t := range view.Troubles {
		view.Alarm = view.Alarm || t.Alarm
		mends = mends || restoreMends[t.Code]
	}
	view.Ask = p.standIn == nil
	if !view.Ask {
		view.From = p.standIn.From
	}
	if !mends || p.backups == nil || !v.May(access.Governing, nil) {
		return view
	}
	view.Last = p.backups.Newest()
	return view
}

// kept returns the items that the visitor may see.
func kept[T any](items []T, sees func(T) bool) []T {
	return slices.DeleteFunc(items, func(x T) bool { return !sees(x) })
}

// count is for sums of what is so.
func count(flags ...bool) (n int) {
	for _, f := range flags {
		if f {
			n++
		}
	}
	return n
}

// formProblem says a sentence of the catalogue.
func formProblem(key string) error {
	return problem.New(problem.Invalid, "form_incomplete", "%[1]s", "%[2]s", i18n.Say(i18n.VI, key), i18n.Say(i18n.EN, key))
}

const maxForm = 64 << 10 // bytes

// readForm reads a form of ours.
func readForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err := r.ParseForm()
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return respond.Wrong(http.StatusRequestEntityTooLarge, "")
	case err != nil:
		return respond.Wrong(http.StatusBadRequest, "form")
	}
	text.Scrub(map[string][]string(r.PostForm))
	return nil
}

// nextOf is where to go after signing in: a page of ours and nothing else.
func nextOf(said string) string {
	u, err := url.Parse(said)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || strings.ContainsAny(said, "\\\t\r\n") ||
		!strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || strings.HasPrefix(u.Path, "/signin") {
		return "/"
	}
	return address.Local(u.Path, u.Query())
}

// fill makes the parts of a page.
func (p *kit) fill(ctx context.Context, into *map[string]any, parts map[string]part) (err error) {
	now := p.now()
	*into = map[string]any{}
	for name, make := range parts {
		if (*into)[name], err = make(ctx, now); err != nil {
			return err
		}
	}
	return err
}

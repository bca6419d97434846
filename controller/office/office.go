package office

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"loa/audio/reading"
	"loa/controller/backup"
	"loa/controller/fleet"
	"loa/controller/library"
	"loa/controller/live"
	"loa/controller/office/access"
	"loa/controller/office/account"
	"loa/controller/office/answers"
	"loa/controller/office/approval"
	"loa/controller/office/asrun"
	"loa/controller/office/audit"
	"loa/controller/office/backups"
	"loa/controller/office/brief"
	"loa/controller/office/calendar"
	"loa/controller/office/calls"
	"loa/controller/office/clips"
	"loa/controller/office/dictionary"
	"loa/controller/office/exercise"
	"loa/controller/office/hours"
	"loa/controller/office/inventory"
	"loa/controller/office/notices"
	"loa/controller/office/people"
	"loa/controller/office/preview"
	"loa/controller/office/quick"
	"loa/controller/office/repair"
	"loa/controller/office/replay"
	"loa/controller/office/setup"
	"loa/controller/problem"
	"loa/controller/reach"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/controller/trust/signing"
	"loa/node/wire"
)

// Options are what an office works with.
type Options struct {
	Store   *store.Store
	Library *library.Library // nil: there is none to read with, in a test
	Fleet   *fleet.Fleet
	Live    *live.Live
	Enrol   *trust.Enrolment
	// Backup makes backups and knows those there are; nil: there are none.
	Backup *backup.Keeper
	// Accounts lets people in; nil: nobody but the machine.
	Accounts *trust.Accounts
	// Machines are the browsers that were opened with the machine's token; nil: there are
	// none yet.
	Machines *trust.Machines
	// Seal seals the end of the audit log, at start and soon after each record;
	// signing.ErrCut says that the log was tampered with. nil: it is not sealed.
	Seal func(context.Context) error
	// Heads is what nodes keep of the audit log, and what of that it does not hold; nil:
	// they are not asked.
	Heads func() (map[string]wire.Heads, []signing.Missed)
	// Reach judges the addresses that people type; nil: what is public only.
	Reach *reach.Guard
	// Changed is told after every change of the calendar, the library's bulletins, areas
	// or nodes: the plans may differ now.
	Changed func()
	// News tells the open pages what has changed: "nodes", "plays", "calendar",
	// "library", "calls", "notices", "backup", "machine", "answers", "exercises".
	News func(what string)
	// TestHorn has a node test its horn.
	TestHorn func(ctx context.Context, node string) error
	// Inspect has a node examine itself without a sound; nil: none can.
	Inspect func(ctx context.Context, node string, order uint64, clips []wire.ClipRef) error
	// Troubles are what is wrong with this machine, gravest first: disk, database, keys.
	Troubles func() []problem.Trouble
	// Now is controller time, as the calls have it; nil: the clock of this PC.
	Now     func() time.Time
	Commune string
	Logger  *slog.Logger
}

// Office is the rooms of one commune's office, each with what it needs of the others.
type Office struct {
	Access     *access.Control
	Account    *account.Desk
	Answers    *answers.Desk
	Approval   *approval.Desk
	AsRun      *asrun.Log
	Brief      *brief.Desk
	Backups    *backups.Desk // nil: there are none
	Calendar   *calendar.Desk
	Calls      *calls.Desk
	Clips      *clips.Desk
	Dictionary *dictionary.Desk
	Exercise   *exercise.Desk
	Quick      *quick.Desk
	Hours      *hours.Hours
	Inventory  *inventory.Inventory
	Notices    *notices.Notices
	People     *people.Desk
	Preview    *preview.Preview
	Repair     *repair.Desk
	Replay     *replay.Replay
	Setup      *setup.Setup
	Trail      *audit.Trail

	opt Options
	// editing is held from reading what is to be changed until it is stored, by all
	// that change the calendar, the bulletins or the places.
	editing sync.Mutex
}

// Open puts the rooms together. Nothing runs before Run.
func Open(opt Options) *Office {
	opt.complete()
	o := &Office{opt: opt}
	made := time.Now() // before anybody could be heard
	o.Access = access.New(opt.Store, opt.Commune)
	o.Preview = preview.New(opt.Store, o.Access)
	o.Trail = audit.New(audit.Options{Store: opt.Store, Now: opt.Now, Logger: opt.Logger, Seal: opt.Seal, Heads: opt.Heads, Began: made})
	o.People = people.New(opt.Store, opt.Accounts, o.Access, o.Trail)
	o.Account = account.New(account.Options{Store: opt.Store, Accounts: opt.Accounts, Machines: opt.Machines, Trail: o.Trail,
		Commune: opt.Commune, Logger: opt.Logger})
	o.Backups = backups.New(backups.Options{Keeper: opt.Backup, Trail: o.Trail, Commune: opt.Commune})
	o.openProgrammes()
	o.openPlaces(made)
	o.openVoices()
	return o
}

// complete puts in what was left out.
func (o *Options) complete() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Machines == nil {
		o.Machines = trust.NewMachines(o.Store, "", o.Logger)
	}
	if o.Reach == nil {
		o.Reach = reach.Public()
	}
	if o.Troubles == nil {
		o.Troubles = func() []problem.Trouble { return nil }
	}
	if o.News == nil {
		o.News = func(string) {}
	}
	if o.Changed == nil {
		o.Changed = func() {}
	}
}

// openProgrammes are the rooms of what is aired by a plan.
func (o *Office) openProgrammes() {
	opt := o.opt
	use := func(reading.Dictionary) {}
	if opt.Library != nil {
		use = opt.Library.Use
	}
	o.Dictionary = dictionary.New(opt.Store, o.Trail, opt.Commune, use)
	o.Approval = approval.New(approval.Options{Store: opt.Store, Access: o.Access, Trail: o.Trail, Now: opt.Now, Editing: &o.editing,
		Commune: opt.Commune})
	o.Hours = hours.New(hours.Options{Store: opt.Store, Library: opt.Library, Trail: o.Trail, Now: opt.Now,
		Editing: &o.editing, News: opt.News, Changed: o.Changed, Commune: opt.Commune})
	o.AsRun = asrun.New(asrun.Options{Store: opt.Store, Access: o.Access, Trail: o.Trail, Preview: o.Preview,
		Fleet: opt.Fleet, Now: opt.Now, Logger: opt.Logger})
	o.Calendar = calendar.New(calendar.Options{Store: opt.Store, Access: o.Access, Trail: o.Trail, Approval: o.Approval, AsRun: o.AsRun,
		Reach: opt.Reach, Now: opt.Now, Editing: &o.editing, News: opt.News, Changed: o.Changed, Commune: opt.Commune, Logger: opt.Logger})
	o.Replay = replay.New(replay.Options{Store: opt.Store, Access: o.Access, Trail: o.Trail, Preview: o.Preview, Tested: o.tested,
		Now:     opt.Now,
		Editing: &o.editing, News: opt.News, Commune: opt.Commune, Logger: opt.Logger})
	o.Clips = clips.New(clips.Options{Store: opt.Store, Library: opt.Library, Access: o.Access, Trail: o.Trail,
		Now: opt.Now, News: opt.News})
}

// openPlaces are the rooms of what stands where, since the office came up at made.
func (o *Office) openPlaces(made time.Time) {
	opt := o.opt
	o.Inventory = inventory.New(inventory.Options{Store: opt.Store, Access: o.Access, Trail: o.Trail, Fleet: opt.Fleet, Enrol: opt.Enrol,
		Preview: o.Preview,
		Now:     opt.Now, Began: made, Editing: &o.editing, News: opt.News, Changed: o.Changed, TestHorn: opt.TestHorn, Logger: opt.Logger})
	o.Repair = repair.New(repair.Options{Store: opt.Store, Access: o.Access, Trail: o.Trail, Inventory: o.Inventory, Now: opt.Now,
		Editing: &o.editing, News: opt.News})
	o.Notices = notices.New(notices.Options{Store: opt.Store, Access: o.Access, Trail: o.Trail, Inventory: o.Inventory, Reach: opt.Reach,
		Now: opt.Now, Editing: &o.editing, News: opt.News, Troubles: o.Troubles, Commune: opt.Commune, Logger: opt.Logger})
	o.Exercise = exercise.New(exercise.Options{Store: opt.Store, Access: o.Access, Trail: o.Trail, AsRun: o.AsRun, Inventory: o.Inventory,
		Notices: o.Notices, Inspect: opt.Inspect, OnAir: func() bool { return opt.Live != nil && len(opt.Live.Calls()) > 0 }, Now: opt.Now,
		Editing: &o.editing, News: opt.News, Commune: opt.Commune, Logger: opt.Logger})
	o.Answers = answers.New(answers.Options{Store: opt.Store, Access: o.Access, Trail: o.Trail, AsRun: o.AsRun, Replay: o.Replay,
		Notices: o.Notices, Now: opt.Now, Editing: &o.editing, News: opt.News, Commune: opt.Commune, Logger: opt.Logger})
	o.Quick = quick.New(quick.Options{Store: opt.Store, Access: o.Access, Trail: o.Trail, Notices: o.Notices, Now: opt.Now,
		Editing: &o.editing, News: opt.News})
	o.Brief = brief.New(brief.Options{Store: opt.Store, Access: o.Access, Answers: o.Answers, Quick: o.Quick, Inventory: o.Inventory,
		Notices: o.Notices,
		Trail:   o.Trail, Now: opt.Now, Editing: &o.editing, Commune: opt.Commune, Logger: opt.Logger})
}

// tested is the last test of the loudspeakers, as the people are told of it.
func (o *Office) tested(ctx context.Context) (*replay.Tested, error) {
	s, told, err := o.Exercise.Last(ctx)
	if err != nil || !told {
		return nil, err
	}
	return &replay.Tested{Time: s.Time, Aloud: s.Kind != store.Silent, Passed: s.Passed, Of: s.Of, Mended: s.Mended, Open: s.Open}, nil
}

// openVoices are the rooms of what goes on air by hand.
func (o *Office) openVoices() {
	opt := o.opt
	o.Calls = calls.New(calls.Options{Store: opt.Store, Library: opt.Library, Live: opt.Live, Fleet: opt.Fleet,
		Access: o.Access, Trail: o.Trail, Preview: o.Preview, Inventory: o.Inventory, AsRun: o.AsRun, Calendar: o.Calendar, Notices: o.Notices,
		Started: o.Exercise.Started,
		Reach:   opt.Reach, Now: opt.Now, News: opt.News, Troubles: o.Troubles, Commune: opt.Commune, Logger: opt.Logger})
	o.Setup = setup.New(setup.Options{Store: opt.Store, Access: o.Access, Trail: o.Trail, Inventory: o.Inventory, Calls: o.Calls,
		Editing: &o.editing, Commune: opt.Commune})
}

// Changed tells the dispatcher and the pages.
func (o *Office) Changed(what string) {
	o.opt.Changed()
	o.opt.News(what)
}

// Troubles are what is wrong with this machine, an audit log that was tampered with before
// everything.
func (o *Office) Troubles() []problem.Trouble {
	return append(o.Trail.Troubles(), o.opt.Troubles()...)
}

// Load reads what must be known before the first question.
func (o *Office) Load(ctx context.Context) {
	if err := o.Dictionary.Load(ctx); err != nil { // what is built in is read all the same
		o.opt.Logger.Error("the commune's own words are not known", "err", err)
	}
}

// Run seals, logs what was aired, watches the nodes and tells who should know, until ctx
// ends; it returns when all that has come to rest.
func (o *Office) Run(ctx context.Context) {
	var all sync.WaitGroup
	for _, keep := range []func(context.Context){o.Trail.Run, o.AsRun.Run, o.Inventory.KeepWatch, o.Notices.Run, o.Answers.Run,
		o.Brief.Run, o.Exercise.Run} {
		all.Go(func() { keep(ctx) })
	}
	all.Wait()
}

// Close waits a while, closing at most, for the ends of the calls that were begun here,
// which are written into the audit log, and seals it.
func (o *Office) Close(ctx context.Context, closing time.Duration) {
	over := make(chan struct{})
	go func() { o.Calls.Wait(); o.Notices.Wait(); close(over) }()
	select {
	case <-over:
	case <-time.After(closing):
	}
	o.Trail.Seal(ctx)
}

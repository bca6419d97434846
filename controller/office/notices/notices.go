package notices

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"loa/controller/alerts"
	"loa/controller/i18n"
	"loa/controller/notify"
	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/office/inventory"
	"loa/controller/problem"
	"loa/controller/reach"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/schedule"
)

// Notices tells people what concerns them: on their pages, and by mail and webhook.
type Notices struct {
	opt     Options
	sender  *notify.Sender
	faults  *alerts.Alerts
	telling sync.WaitGroup // leaders' notices that are being written
}

// Options are what the notices are made of.
type Options struct {
	Store     *store.Store
	Access    *access.Control
	Trail     *audit.Trail
	Inventory *inventory.Inventory
	Reach     *reach.Guard     // judges the addresses that people type
	Now       func() time.Time // controller time
	// Editing is held from reading what is to be changed until it is stored.
	Editing  *sync.Mutex
	News     func(what string)        // the pages show something else now
	Troubles func() []problem.Trouble // of this machine, gravest first
	Commune  string                   // id of its area
	Logger   *slog.Logger
}

// New returns the notices of one commune; nothing is sent before [Notices.Run].
func New(opt Options) *Notices {
	n := &Notices{opt: opt}
	n.sender = notify.New(notify.Options{Settings: n.Settings, Store: opt.Store, Reach: opt.Reach, Logger: opt.Logger})
	n.faults = alerts.New(alerts.Options{Store: opt.Store, Look: n.troubles, Settings: n.faultSettings, Send: n.tellFault, Logger: opt.Logger})
	return n
}

// Run sends what there is to send, and looks for faults to tell, until ctx ends.
func (n *Notices) Run(ctx context.Context) {
	var both sync.WaitGroup
	both.Go(func() { n.sender.Run(ctx) })
	both.Go(func() { n.faults.Run(ctx) })
	both.Wait()
}

// Wait returns once the leaders' notices under way are written.
func (n *Notices) Wait() { n.telling.Wait() }

// Read says that the caller has read a notice.
func (d *Notices) Read(ctx context.Context, id string) error {
	if err := d.opt.Store.ReadNotice(ctx, access.Of(ctx).Who.ID, id, d.opt.Now()); err != nil {
		return err
	}
	d.opt.Trail.Did(ctx, "notice.read", id, nil, nil)
	d.opt.News("notices")
	return nil
}

// tellWithin bounds how long the leaders' notice may take; nobody waits for it.
const tellWithin = 10 * time.Second

// TellLeaders tells those who approve, or govern, in any of the places that an
// emergency has gone on air there. It does not wait: the
// call goes first.
func (d *Notices) TellLeaders(ctx context.Context, c store.Call) {
	if c.Class != schedule.Emergency {
		return
	}
	by := access.Of(ctx).Who
	d.telling.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellWithin)
		defer cancel()
		if err := d.inform(ctx, c, by); err != nil {
			d.opt.Logger.Error("the leaders were not told of an emergency", "call", c.ID, "err", err)
		}
	})
}

// beganBy names the one who began a call: the account, or the machine, and the name
// that was given with it, which proves nothing.
func beganBy(lang i18n.Language, by trust.Principal, said string) string {
	if said == "" || said == by.Name {
		return by.Name
	}
	return i18n.Say(lang, "notice_said", by.Name, said)
}

// approvedBy says who approved an emergency beforehand, or that nobody did.
func approvedBy(lang i18n.Language, name string) string {
	if name == "" {
		return i18n.Say(lang, "remark_bypass")
	}
	return i18n.Say(lang, "approved_before", name)
}

func (d *Notices) inform(ctx context.Context, c store.Call, by trust.Principal) error {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return err
	}
	n := store.Notice{ID: store.NewID(), At: c.Start, Call: c.ID, Title: c.Title, Who: beganBy(i18n.VI, by, c.Author),
		Places: strings.Join(a.Where(c.Targets), ", "), Approver: c.Approver}
	people, err := d.opt.Store.People(ctx)
	if err != nil {
		return err
	}
	var to []string
	for _, p := range people {
		if p.ID != by.ID && !p.Disabled && a.Leads(p, a.PlacesOf(c.Targets)) {
			to = append(to, p.ID)
		}
	}
	hour := n.At.In(schedule.Zone()).Format("15:04:05 02/01/2006")
	d.sender.Send(notify.Notice{ID: n.ID, Event: "emergency", At: n.At, Call: n.Call, Title: n.Title, Who: n.Who, Places: n.Places,
		Approved: n.Approver != "", Commune: a.AreaName(a.Commune),
		Subject: i18n.Say(i18n.VI, "notice_subject", a.AreaName(a.Commune), n.Title),
		Text: i18n.Say(i18n.VI, "notice_text", n.Title, n.Places, hour, n.Who, approvedBy(i18n.VI, n.Approver)) + "\n\n" +
			i18n.Say(i18n.EN, "notice_text", n.Title, n.Places, hour, beganBy(i18n.EN, by, c.Author), approvedBy(i18n.EN, n.Approver))})
	d.opt.Store.Keep(ctx, store.Deed{Notice: &store.NoticeTo{Notice: n, People: to}})
	d.opt.News("notices")
	return nil
}

// View is what somebody was told and has not read.
type View struct {
	Now     time.Time
	Notices []store.Notice
	Path    string
}

// Unread is what the caller was told and has not read; nothing for a program or the machine.
func (d *Notices) Unread(ctx context.Context, path string) (View, error) {
	v := access.Of(ctx)
	view := View{Now: d.opt.Now(), Path: path}
	if v.Kind != access.Person {
		return view, nil
	}
	var err error
	view.Notices, err = d.opt.Store.Unread(ctx, v.Who.ID)
	return view, err
}

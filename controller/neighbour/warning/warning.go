package warning

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"loa/controller/neighbour/cap"
	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/office/calls"
	"loa/controller/office/notices"
	"loa/controller/problem"
	"loa/controller/reach"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/schedule"
)

// Options are what the desk works with.
type Options struct {
	Store   *store.Store
	Access  *access.Control
	Trail   *audit.Trail
	Calls   *calls.Desk
	Notices *notices.Notices
	Reach   *reach.Guard     // by which feeds are asked
	Folder  string           // where files are put; "": nowhere
	Now     func() time.Time // controller time
	News    func(what string)
	Logger  *slog.Logger
}

// Desk takes in warnings. It is safe for concurrent use.
type Desk struct {
	opt Options

	taking sync.Mutex // one message at a time: an update and what it replaces are one step

	mu    sync.Mutex
	links map[string]Link // of each source
	renew chan struct{}   // the sources were changed
}

// New returns the desk. Nothing is asked before Run.
func New(opt Options) *Desk {
	return &Desk{opt: opt, links: map[string]Link{}, renew: make(chan struct{}, 1)}
}

// What the person is told that decides.
var (
	errUnknown = problem.New(problem.NotFound, "warning_unknown", "Không còn cảnh báo này.", "There is no such warning any more.")
	errDecided = problem.New(problem.Conflict, "warning_decided",
		"Cảnh báo này không còn chờ: đã có người xử lý, đã hết hạn hoặc nơi gửi đã thay đổi. Hãy xem lại danh sách.",
		"This warning waits no longer: somebody has dealt with it, it expired, or its sender changed it. Look at the list again.")
	errNowhere = problem.New(problem.Invalid, "warning_nowhere", "Hãy chọn nơi phát.", "Choose where it is aired.")
)

// Shown is a warning as people see it.
type Shown struct {
	store.Warning
	Where  []string `json:"where" doc:"names of the areas"`
	Reason *Reason  `json:"reason,omitempty" doc:"why it does not sound by itself, in words"`
}

// Reason is a sentence in both languages.
type Reason struct {
	VI string `json:"vi"`
	EN string `json:"en"`
}

// perPage is how many are listed.
const perPage = 50

// Warnings are the latest that concern the caller, newest first.
func (d *Desk) Warnings(ctx context.Context) ([]Shown, error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := d.opt.Store.ExpireWarnings(ctx, d.opt.Now()); err != nil {
		d.opt.Logger.Warn("warnings did not expire", "err", err)
	}
	all, err := d.opt.Store.Warnings(ctx, time.Time{}, perPage)
	if err != nil {
		return nil, err
	}
	out := []Shown{}
	for _, w := range all {
		if len(w.Areas) == 0 && !a.Who.Sees(a.Tree, a.Commune) || len(w.Areas) > 0 && !a.Concerns(schedule.Targets{Areas: w.Areas}) {
			continue
		}
		out = append(out, d.shown(a, w))
	}
	return out, nil
}

func (d *Desk) shown(a *access.View, w store.Warning) Shown {
	s := Shown{Warning: w, Where: a.Where(schedule.Targets{Areas: w.Areas})}
	if r, ok := reasons[w.Why]; ok {
		s.Reason = &Reason{r[0], r[1]}
	}
	return s
}

// Dismiss keeps that a person will not have a warning aired.
func (d *Desk) Dismiss(ctx context.Context, id string) error {
	w, err := d.waiting(ctx, id)
	if err != nil {
		return err
	}
	err = d.opt.Store.DecideWarning(ctx, id, store.WarningProposed, store.WarningDismissed, w.Why, "", access.Of(ctx).Who.Name, d.opt.Now())
	if errors.Is(err, store.ErrNotFound) {
		return errDecided
	}
	if err == nil {
		d.opt.Trail.Did(ctx, "warning.dismiss", w.ID, nil, map[string]string{"message": w.Message, "title": w.Title}, w.Areas...)
		d.opt.News("warnings")
	}
	return err
}

// waiting is a warning that the caller may decide.
func (d *Desk) waiting(ctx context.Context, id string) (store.Warning, error) {
	w, err := d.opt.Store.Warning(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return w, errUnknown
	}
	if err != nil {
		return w, err
	}
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return w, err
	}
	places := w.Areas
	if len(places) == 0 {
		places = []string{a.Commune}
	}
	if err := a.Permit(access.Alerting, places...); err != nil {
		return w, err
	}
	if w.State != store.WarningProposed || !d.opt.Now().Before(w.Expires) {
		return w, errDecided
	}
	return w, nil
}

// by is the context of what is done by an account's right, as it is now; false: it has none.
func (d *Desk) by(ctx context.Context, account, name string) (context.Context, bool) {
	p, err := d.opt.Store.Person(ctx, account)
	if err != nil || p.Disabled {
		return ctx, false
	}
	v := &access.Visit{Kind: access.Program,
		Who: trust.Principal{ID: p.ID, Person: p.ID, Name: name + " (" + p.Name + ")", Grants: p.Grants}}
	return access.With(ctx, v), true
}

// places are the areas that have loudspeakers, each with what a message may know it by.
func places(a *access.View, codes map[string][]string) map[string][]cap.Place {
	all := map[string][]cap.Place{}
	for _, n := range a.Nodes {
		p := cap.Place{}
		for area, left := n.Area, 20; area != "" && left > 0; area, left = a.Tree[area], left-1 {
			p.Codes = append(p.Codes, codes[area]...)
		}
		if n.Place != nil {
			p.Point = &cap.Point{Latitude: n.Place.Latitude, Longitude: n.Place.Longitude}
		}
		all[n.Area] = append(all[n.Area], p)
	}
	return all
}

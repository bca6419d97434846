package repair

import (
	"context"
	"slices"
	"time"

	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/schedule"
)

// Maintenance is a time in which somebody works at a place.
type Maintenance struct {
	ID     string    `json:"id"`
	Place  string    `json:"place" doc:"id of an area or a loudspeaker"`
	Name   string    `json:"name" doc:"of the place"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"`
	Who    string    `json:"who" doc:"does the work"`
	Noted  string    `json:"noted" doc:"who wrote it down"`
	// Runs says that it is now; May, that the caller may end it.
	Runs bool `json:"runs"`
	May  bool `json:"-"`
}

// Work is a maintenance as it is written down.
type Work struct {
	Place  string    `json:"place" maxLength:"100" doc:"id of an area or a loudspeaker"`
	Since  time.Time `json:"since" doc:"may lie behind: work that is noted afterwards"`
	Until  time.Time `json:"until"`
	Reason string    `json:"reason" minLength:"1" maxLength:"500"`
	Who    string    `json:"who" minLength:"1" maxLength:"200" doc:"does the work"`
}

const (
	longestWork = 60 * 24 * time.Hour
	noteBack    = 90 * 24 * time.Hour // how late work may be noted: as far as repairs are counted
	mostWorks   = 500                 // not yet over, that are kept
)

func (w *Work) check(now time.Time) error {
	switch {
	case !lines(&w.Who, &w.Reason):
		return tooLong
	case w.Who == "" || w.Reason == "":
		return problem.New(problem.Invalid, "work_unsaid", "Hãy ghi ai làm và làm gì.", "Say who does the work, and what it is.")
	case !w.Until.After(w.Since) || w.Until.Sub(w.Since) > longestWork:
		return problem.New(problem.Invalid, "work_span", "Giờ xong phải sau giờ bắt đầu, và không quá 60 ngày.",
			"The end must come after the beginning, within 60 days.")
	case now.Sub(w.Since) > noteBack || w.Since.Sub(now) > longestWait:
		return problem.New(problem.Invalid, "work_when", "Chỉ ghi được việc của 90 ngày qua và một năm tới.",
			"Work can be noted of the last 90 days and the year to come.")
	}
	return nil
}

// target is a place as what rights are judged by.
func target(a *access.View, place string) (schedule.Targets, error) {
	switch _, isArea := a.Tree[place]; {
	case isArea:
		return schedule.Targets{Areas: []string{place}}, nil
	case a.Names[place] != "":
		return access.NodeTarget(place), nil
	}
	return schedule.Targets{}, access.UnknownArea(place)
}

// Note writes a maintenance down, planned or afterwards.
func (d *Desk) Note(ctx context.Context, w Work) (m Maintenance, err error) {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return m, err
	}
	t, err := target(a, w.Place)
	if err == nil {
		err = a.Permit(access.Maintaining, a.PlacesOf(t)...)
	}
	if err == nil {
		err = w.check(d.opt.Now())
	}
	if err != nil {
		return m, err
	}
	w.Since, w.Until = w.Since.UTC().Truncate(time.Millisecond), w.Until.UTC().Truncate(time.Millisecond)
	old, err := d.same(ctx, w)
	if err != nil {
		return m, err
	}
	if old != nil {
		return d.view(a, *old), nil
	}
	pending, err := d.opt.Store.Maintenances(ctx, d.opt.Now(), mostWorks)
	if err == nil && len(pending) == mostWorks {
		err = problem.New(problem.Conflict, "works_many", "Đã có %d việc bảo trì chưa xong; hãy xóa việc không còn cần.",
			"%d works are planned already; remove those that are needed no more.", mostWorks)
	}
	if err != nil {
		return m, err
	}
	kept := store.Maintenance{ID: "w-" + store.NewID(), Place: w.Place, Since: w.Since,
		Until: w.Until, Reason: w.Reason, Who: w.Who, Noted: access.Of(ctx).Who.Name}
	if err := d.opt.Store.PutMaintenance(ctx, kept); err != nil {
		return m, err
	}
	d.opt.Trail.Did(ctx, "maintenance.add", kept.ID, nil, kept, kept.Place)
	d.opt.News("nodes")
	return d.view(a, kept), nil
}

// same is a work that is noted already, as by a form that is sent twice; nil: it is not.
func (d *Desk) same(ctx context.Context, w Work) (*store.Maintenance, error) {
	all, err := d.opt.Store.Maintenances(ctx, w.Until.Add(-time.Millisecond), store.MostMaintenances)
	for _, m := range all {
		if m.Place == w.Place && m.Since.Equal(w.Since) && m.Until.Equal(w.Until) && m.Reason == w.Reason && m.Who == w.Who {
			return &m, nil
		}
	}
	return nil, err
}

// End ends a maintenance: one that runs is over now, one that lies ahead or behind was
// wrongly noted and is removed; the audit log keeps it.
func (d *Desk) End(ctx context.Context, id string) error {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return err
	}
	m, err := d.opt.Store.Maintenance(ctx, id)
	if err != nil {
		return err
	}
	if err := a.Permit(access.Maintaining, a.PlacesOf(lasting(a, m.Place))...); err != nil {
		return err
	}
	now := d.opt.Now().UTC().Truncate(time.Millisecond)
	var after any
	if m.Since.Before(now) && m.Until.After(now) {
		ended := m
		ended.Until, after = now, ended
		err = d.opt.Store.PutMaintenance(ctx, ended)
	} else {
		err = d.opt.Store.DeleteMaintenance(ctx, id)
	}
	if err != nil {
		return err
	}
	d.opt.Trail.Did(ctx, "maintenance.end", id, m, after, m.Place)
	d.opt.News("nodes")
	return nil
}

// lasting is a place that may be gone by now: it counts as the whole commune's then.
func lasting(a *access.View, place string) schedule.Targets {
	if t, err := target(a, place); err == nil {
		return t
	}
	return schedule.Targets{}
}

// List is the works that the caller has to do with: those that run or lie ahead, the first
// to begin first, and those of the last 90 days, the last first.
func (d *Desk) List(ctx context.Context) (pending, past []Maintenance, err error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, nil, err
	}
	now := d.opt.Now()
	all, err := d.opt.Store.Maintenances(ctx, now.Add(-noteBack), store.MostMaintenances)
	for _, m := range all {
		v := d.view(a, m)
		switch {
		case !a.Concerns(lasting(a, m.Place)):
		case m.Until.After(now):
			pending = append(pending, v)
		default:
			past = append(past, v)
		}
	}
	slices.Reverse(past)
	return pending, past, err
}

func (d *Desk) view(a *access.View, m store.Maintenance) Maintenance {
	now := d.opt.Now()
	v := Maintenance{ID: m.ID, Place: m.Place, Name: a.Names[m.Place], Since: m.Since, Until: m.Until, Reason: m.Reason, Who: m.Who,
		Noted: m.Noted, Runs: !now.Before(m.Since) && now.Before(m.Until)}
	if v.Name == "" {
		v.Name = a.AreaName(m.Place)
	}
	v.May = a.Permit(access.Maintaining, a.PlacesOf(lasting(a, m.Place))...) == nil
	return v
}

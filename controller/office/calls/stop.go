package calls

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"loa/controller/live"
	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/store"
	"loa/controller/text"
	"loa/schedule"
)

// stopped is what the audit log keeps of a stop of all.
type stopped struct {
	Targets schedule.Targets `json:"targets"`
	Cut     []string         `json:"cut"` // titles of what was on air there
}

// Stop is a stop of all as the pages show it.
type Stop struct {
	At         time.Time
	Who, Where string
	Cut        []string
}

const (
	stopsBack = 24 * time.Hour
	maxStops  = 5
	stopsRead = 1000            // of which those that concern the caller are looked for
	maxCut    = 50              // titles that a record of a stop names
	StopAct   = "call.stop_all" // how the audit log names it
)

// Stop ends a call: one's own always, another's where one may make sound.
func (d *Desk) Stop(ctx context.Context, id string) (v Call, err error) {
	c := d.opt.Live.Call(id)
	var row store.Call
	if c != nil { // whatever the store says
		row = c.Info()
	} else {
		row, err = d.opt.Store.Call(ctx, id)
	}
	if errors.Is(err, store.ErrNotFound) {
		return d.stopStray(ctx, id, err)
	}
	if err == nil && !d.IsOwn(access.Of(ctx), row) {
		err = d.opt.Access.Permit(ctx, access.Sounding, row.Targets)
	}
	if err != nil {
		return v, err
	}
	if c != nil {
		c.Stop()
	}
	d.opt.Trail.Did(ctx, "call.stop", row.ID, nil, nil, audit.Targeted(row.Targets)...)
	if c == nil {
		return d.answer(ctx, row), nil // over already: that is what was wanted
	}
	select {
	case <-c.Done():
	case <-c.Closing(): // the rest is the controller's own business
	case <-ctx.Done():
	}
	return d.answer(context.WithoutCancel(ctx), c.Info()), nil
}

// stopStray ends a call that nodes play and that this office does not know: it
// runs on a stand-in, or on a backup from before. unknown is the answer if none does.
func (d *Desk) stopStray(ctx context.Context, id string, unknown error) (v Call, err error) {
	targets := d.opt.Live.Stray(ctx, id)
	if len(targets.Nodes) == 0 {
		return v, unknown
	}
	a, err := d.opt.Access.View(ctx)
	if err == nil {
		err = a.Permit(access.Sounding, a.PlacesOf(targets)...)
	}
	if err != nil {
		return v, err
	}
	now := d.opt.Now()
	// Who has not said yet that it plays, for its link comes just now, is to hear of it too.
	if err := d.opt.Live.EndStray(ctx, id, schedule.Targets{Areas: a.SoundPlaces(), Nodes: targets.Nodes}); err != nil {
		d.opt.Logger.Warn("the end of a call is said again in two seconds", "call", id, "err", err)
	}
	d.opt.Trail.Did(ctx, "call.stop", id, nil, nil, targets.Nodes...)
	return d.answer(ctx, store.Call{Call: schedule.Call{ID: id, Class: schedule.Emergency, Start: now, End: now}, Targets: targets, Ended: now,
		Reason: live.EndStopped}), nil
}

// StopAll silences whatever plays at the targets. It is done also where the
// answer says that it could not be written down yet.
func (d *Desk) StopAll(ctx context.Context, t schedule.Targets) (*Sentence, error) {
	c, err := d.opt.Calendar.Composer(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.CheckTargets(t); err != nil {
		return nil, err
	}
	if err := d.permitStop(ctx, t); err != nil {
		return nil, err
	}
	cut, err := d.wouldCut(ctx, t)
	if err != nil { // a person who wants silence gets it, whether or not it is known of what
		d.opt.Logger.Error("what a stop of everything cuts is not known", "err", err)
	}
	at := d.opt.Now()
	err = d.opt.Live.StopAll(ctx, t)
	d.opt.Trail.Did(ctx, StopAct, "", nil, stopped{t, cut}, audit.Targeted(t)...)
	d.opt.AsRun.Stopped(ctx, at, t, cut) // if it was not sent now, it is said again soon
	d.opt.News("calls")
	if err != nil {
		return nil, err
	}
	return d.unwritten(), nil
}

// permitStop says why the caller may not silence the targets. It ends the
// calls that go there, elsewhere too: there the right is needed as well.
func (d *Desk) permitStop(ctx context.Context, t schedule.Targets) error {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return err
	}
	if err := a.Permit(access.Sounding, a.PlacesOf(t)...); err != nil {
		return err
	}
	for _, c := range d.opt.Live.Calls() {
		row := c.Info()
		if !a.Meet(t, row.Targets) || d.IsOwn(a.Who, row) {
			continue
		}
		if err := a.Permit(access.Sounding, a.PlacesOf(row.Targets)...); err != nil {
			return err
		}
	}
	return nil
}

// wouldCut names what is on air at the targets, calls and programmes alike.
func (d *Desk) wouldCut(ctx context.Context, t schedule.Targets) ([]string, error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	titles := []string{}
	add := func(title string) {
		title = text.Line(title, schedule.MaxTitle) // a node's word of what it plays is anybody's
		if len(titles) < maxCut && !slices.Contains(titles, title) {
			titles = append(titles, title)
		}
	}
	for _, c := range d.opt.Live.Calls() {
		if row := c.Info(); a.Meet(t, row.Targets) {
			add(row.Title)
		}
	}
	for _, st := range d.opt.Fleet.Snapshot() {
		if area, known := a.AreaOf[st.Node]; known && st.OnAir != nil && t.Covers(a.Tree, st.Node, area) {
			add(st.OnAir.Title)
		}
	}
	return titles, nil
}

// Stops are the latest stops of all: who silenced what, and when.
func (d *Desk) Stops(ctx context.Context, now time.Time) ([]Stop, error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	records, err := d.opt.Store.Audits(ctx, store.AuditFilter{From: now.Add(-stopsBack), Action: StopAct, Limit: stopsRead})
	if err != nil { // those of this minute are shown all the same
		d.opt.Logger.Error("stops of before are not known", "err", err)
	}
	records = append(d.unwrittenStops(now), records...)
	var rows []Stop
	for _, r := range records {
		what := stopOf(a, r)
		if !a.Concerns(what.Targets) || len(rows) == maxStops {
			continue // nobody's business here
		}
		rows = append(rows, Stop{r.At, r.Name, strings.Join(a.Where(what.Targets), ", "), what.Cut})
	}
	return rows, nil
}

// stopOf is what a record tells of a stop. One whose detail was too long to be
// kept still says where it was.
func stopOf(a *access.View, r store.Audit) (what stopped) {
	if json.Unmarshal(r.After, &what) == nil && len(what.Targets.Areas)+len(what.Targets.Nodes) > 0 {
		return what
	}
	for _, id := range r.Where {
		if _, node := a.AreaOf[id]; node {
			what.Targets.Nodes = append(what.Targets.Nodes, id)
		} else {
			what.Targets.Areas = append(what.Targets.Areas, id)
		}
	}
	return what
}

// unwrittenStops are those that are not in the log yet, the latest first.
func (d *Desk) unwrittenStops(now time.Time) (all []store.Audit) {
	for _, d := range slices.Backward(d.opt.Store.Unwritten()) {
		if d.Audit != nil && d.Audit.Action == StopAct && d.Audit.At.After(now.Add(-stopsBack)) {
			all = append(all, *d.Audit)
		}
	}
	return all
}

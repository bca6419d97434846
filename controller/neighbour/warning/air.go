package warning

import (
	"context"
	"errors"

	"loa/controller/library"
	"loa/controller/neighbour/cap"
	"loa/controller/office/access"
	"loa/controller/office/calls"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/schedule"
)

// Air puts a warning on the air by the caller's right: an alert, of an exercise a drill, of a
// cancellation a correction where it was heard. areas are where; nil: where it is about.
// armed is a token that an alert, or a drill, takes (calls.Desk.Arm); "": the caller has made
// sure in another way that a person means it.
func (d *Desk) Air(ctx context.Context, id string, areas []string, armed string) (Shown, error) {
	w, err := d.waiting(ctx, id)
	if err != nil {
		return Shown{}, err
	}
	if areas != nil {
		w.Areas = areas
	}
	var aired []store.Warning
	if w.Kind == string(cap.Cancel) {
		for _, key := range w.Refers {
			if o, err := d.opt.Store.WarningOf(ctx, key); err == nil && o.Call != "" && o.Sender == w.Sender {
				aired = append(aired, o)
			}
		}
	}
	w, err = d.air(ctx, w, aired, armed)
	if err != nil {
		return Shown{}, err
	}
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return Shown{}, err
	}
	return d.shown(a, w), nil
}

// air does it, and keeps that it was done. The quicker of two callers airs it; the other is told.
func (d *Desk) air(ctx context.Context, w store.Warning, aired []store.Warning, armed string) (store.Warning, error) {
	requests, err := d.requests(ctx, w, aired, armed)
	if err != nil {
		return w, err
	}
	now := d.opt.Now()
	// Taken first: of two callers at once one is heard.
	err = d.opt.Store.DecideWarning(ctx, w.ID, store.WarningProposed, store.WarningAired, "", "", access.Of(ctx).Who.Name, now)
	if errors.Is(err, store.ErrNotFound) {
		return w, errDecided
	}
	if err != nil {
		d.opt.Logger.Error("that a warning is aired is not kept; it is aired all the same", "warning", w.ID, "err", err)
	}
	for _, r := range requests {
		v, failed := d.opt.Calls.Begin(ctx, r)
		if p, ok := problem.Of(failed); ok && p.Code == "nobody_heard" { // it was stopped: nobody has to be told
			continue
		}
		if failed != nil {
			back := d.opt.Store.DecideWarning(ctx, w.ID, store.WarningAired, store.WarningProposed, w.Why, "", "", now)
			return w, errors.Join(failed, back)
		}
		w.Call = v.ID
	}
	w.State, w.Why, w.Who, w.Decided = store.WarningAired, "", access.Of(ctx).Who.Name, store.Optional(now)
	if err := d.opt.Store.DecideWarning(ctx, w.ID, store.WarningAired, store.WarningAired, "", w.Call, w.Who, now); err != nil {
		d.opt.Logger.Error("by which call a warning is aired is not kept", "warning", w.ID, "call", w.Call, "err", err)
	}
	d.opt.Trail.Did(ctx, "warning.air", w.ID, nil, map[string]string{"message": w.Message, "call": w.Call}, w.Areas...)
	d.opt.News("warnings")
	return w, nil
}

// Words of a cancellation that has none of its own. They are for the villages.
const (
	cancelTitle = "Hủy cảnh báo: "
	cancelWords = "Nơi phát cảnh báo đã hủy cảnh báo: %s Bà con yên tâm, không phải làm theo cảnh báo đó nữa."
)

// requests are the calls that air a warning.
func (d *Desk) requests(ctx context.Context, w store.Warning, aired []store.Warning, armed string) (all []calls.Request, err error) {
	text := w.Words
	arm := func() (token string, err error) {
		if token, armed = armed, ""; token != "" {
			return token, nil
		}
		if w.Drill {
			token, _, err = d.opt.Calls.ArmDrill(ctx, library.Text{})
			return token, err
		}
		token, _, err = d.opt.Calls.Arm(ctx, library.Text{})
		return token, err
	}
	r := calls.Request{Title: w.Title, Class: string(schedule.Emergency), Targets: schedule.Targets{Areas: w.Areas}, Text: text}
	switch {
	case w.Kind == string(cap.Cancel):
		for _, o := range aired {
			c := calls.Request{Title: cancelTitle + o.Title, Class: string(schedule.Emergency), Corrects: o.Call, Text: text}
			if c.Text == "" {
				c.Text = saidOf(o.Title)
			}
			if c.Armed, err = arm(); err != nil {
				return nil, err
			}
			all = append(all, c)
		}
		if len(all) == 0 {
			return nil, errDecided
		}
		return all, nil
	case len(w.Areas) == 0:
		return nil, errNowhere
	case w.Drill:
		r.Class, r.Drill = string(schedule.Live), true
	}
	r.Armed, err = arm()
	return []calls.Request{r}, err
}

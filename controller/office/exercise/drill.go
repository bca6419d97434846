package exercise

import (
	"context"
	"slices"
	"time"

	"loa/controller/office/access"
	"loa/controller/store"
)

// Started takes down a drill that a person has begun: of kind, an entry of the calendar from
// which its form was opened; "": from none, and then it counts if it is for the whole
// commune. It keeps nothing from the air: where it cannot be written, the log of what was
// aired tells of it later.
func (d *Desk) Started(ctx context.Context, kind store.ExerciseKind, c store.Call) {
	if !c.Drill {
		return
	}
	ctx = access.With(context.WithoutCancel(ctx), access.MachineVisit())
	a, err := d.opt.Access.View(ctx)
	if err == nil {
		whole := wholeOf(a, c.Broadcast())
		if kind == "" && !whole {
			return
		}
		err = d.opt.Store.AddExercise(ctx, exerciseOf(kind, c.Broadcast(), whole))
	}
	if err != nil {
		d.opt.Logger.Warn("a drill is not in the calendar yet", "call", c.ID, "err", err)
	}
	d.opt.News("exercises")
}

// exerciseOf is the entry of a drill; without a kind it is a test that is heard.
func exerciseOf(kind store.ExerciseKind, b store.Broadcast, whole bool) store.Exercise {
	if kind == "" {
		kind = store.Audible
	}
	return store.Exercise{ID: "x-" + b.ID, Kind: kind, At: b.Planned.UTC().Truncate(time.Millisecond), Broadcast: b.ID, Title: b.Title,
		Who: b.Speaker, Whole: whole}
}

// wholeOf reports whether a broadcast was for every loudspeaker that there was.
func wholeOf(a *access.View, b store.Broadcast) bool {
	return len(a.Nodes) > 0 && !slices.ContainsFunc(a.Nodes, func(n store.Node) bool {
		return !n.Created.After(b.Planned) && !b.Targets.Covers(a.Tree, n.ID, n.Area)
	})
}

const (
	adoptBack = 7 * 24 * time.Hour // how late a drill is found in the log
	mostDrill = 100
)

// adopt takes up the drills of the log that nobody has taken down, and that were for the
// whole commune.
func (d *Desk) adopt(ctx context.Context) error {
	since := d.opt.Now().Add(-adoptBack)
	drills, err := d.opt.Store.Broadcasts(ctx, store.BroadcastFilter{From: since, Class: store.Drills, Limit: mostDrill})
	if err != nil || len(drills) == 0 {
		return err
	}
	known, err := d.opt.Store.Exercises(ctx, time.Time{}, 2*mostDrill)
	if err != nil {
		return err
	}
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return err
	}
	for _, b := range drills {
		e := exerciseOf("", b, true)
		if slices.ContainsFunc(known, func(k store.Exercise) bool { return k.ID == e.ID }) || !wholeOf(a, b) {
			continue
		}
		if err := d.opt.Store.AddExercise(ctx, e); err != nil {
			return err
		}
		d.opt.News("exercises")
	}
	return nil
}

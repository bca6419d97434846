package exercise

import (
	"context"
	"errors"
	"slices"
	"time"

	"loa/controller/i18n"
	"loa/controller/office/asrun"
	"loa/controller/office/inventory"
	"loa/controller/store"
)

// Causes of a failure that are neither a fault of a board nor a reason of its proof.
const (
	alertSpoilt  = "alert_spoilt"  // the recorded alert on flash is damaged
	alertMissing = "alert_missing" // or not there
	flashFails   = "flash_fails"   // a word that was written does not come back
	unanswered   = "unanswered"    // it is there, and did not answer
	unreported   = "unreported"    // likewise of its proof
)

// cause is one thing that was wrong, in words.
type cause struct{ code, vi, en string }

// say is a cause in the words of the catalogue.
func say(code string) cause {
	key := "exercise_why_" + code
	return cause{code, i18n.Say(i18n.VI, key), i18n.Say(i18n.EN, key)}
}

// fail puts down why.
func fail(n *store.ExerciseNode, c cause) { n.Failed, n.Cause, n.VI, n.EN = true, c.code, c.vi, c.en }

// right reports whether what a board found, and what it says of itself, is as it should be.
func right(n inventory.Node) bool {
	found := n.Inspection
	return found != nil && found.Missing+found.Spoilt == 0 && found.Flash == "" && len(n.Causes()) == 0
}

// wrongWith is the gravest that is wrong with a board, by what it says of itself and what
// its last examination found; of one that did not answer without saying why, that.
func wrongWith(n inventory.Node, outcome string) cause {
	if all := n.Causes(); len(all) > 0 {
		return cause{all[0].Code, all[0].VI, all[0].EN}
	}
	found := n.Inspection
	switch {
	case outcome == unanswered || found == nil:
		return say(unanswered)
	case found.Spoilt > 0:
		return say(alertSpoilt)
	case found.Missing > 0:
		return say(alertMissing)
	}
	return say(flashFails)
}

// draw draws the results of those that are over.
func (d *Desk) draw(ctx context.Context) error {
	all, err := d.opt.Store.ExercisesUnderWay(ctx)
	if err != nil {
		return err
	}
	for _, e := range all {
		if e.Kind == store.Silent {
			err = errors.Join(err, d.drawSilent(ctx, e))
		} else {
			err = errors.Join(err, d.drawSounding(ctx, e))
		}
	}
	return err
}

func (d *Desk) drawSilent(ctx context.Context, e store.Exercise) error {
	nodes, err := d.opt.Inventory.Nodes(ctx)
	if err != nil {
		return err
	}
	nodes = slices.DeleteFunc(nodes, func(n inventory.Node) bool { return n.Revoked || n.Created.After(e.At) })
	var rows []store.ExerciseNode
	waits := false
	for _, n := range nodes {
		row := silentNode(e, n)
		waits = waits || row.Outcome == unanswered && answers(n)
		rows = append(rows, row)
	}
	now := d.opt.Now()
	if past := now.Sub(e.At); past < silentLeast || waits && past < silentFor {
		return nil
	}
	e.Counts = slices.ContainsFunc(rows, func(n store.ExerciseNode) bool { return n.Outcome == "right" || n.Outcome == "wrong" })
	return d.end(ctx, e, now, rows)
}

// unwrittenFor is how long the log may know nothing of a drill that was begun.
const unwrittenFor = time.Hour

func (d *Desk) drawSounding(ctx context.Context, e store.Exercise) error {
	now := d.opt.Now()
	b, err := d.opt.Store.Broadcast(ctx, e.Broadcast)
	if errors.Is(err, store.ErrNotFound) && now.Sub(e.At) > unwrittenFor {
		return d.end(ctx, e, now, nil)
	}
	if err != nil || b.Ended.IsZero() {
		if errors.Is(err, store.ErrNotFound) {
			err = nil // it is written down soon
		}
		return err
	}
	lines, err := d.opt.AsRun.Some(ctx, []string{b.ID})
	if err != nil {
		return err
	}
	line := lines[b.ID]
	if line.Unknown > 0 && now.Before(b.Due) {
		return nil
	}
	rows, err := d.unheard(ctx, e, line)
	if err != nil {
		return err
	}
	partly := slices.ContainsFunc(line.Missing, func(m asrun.Missed) bool { return m.Outcome == "partly" })
	e.Counts = e.Whole && (line.Heard > 0 || partly)
	return d.end(ctx, e, now, rows)
}

// unheard are those that were not heard, each with why: by its own proof, or by how it is
// where it said nothing.
func (d *Desk) unheard(ctx context.Context, e store.Exercise, line asrun.Line) ([]store.ExerciseNode, error) {
	nodes, err := d.opt.Inventory.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	works, err := d.opt.Inventory.Works(ctx, e.At)
	if err != nil {
		return nil, err
	}
	var rows []store.ExerciseNode
	for _, m := range line.Missing {
		i := slices.IndexFunc(nodes, func(n inventory.Node) bool { return n.ID == m.ID })
		row := store.ExerciseNode{Exercise: e.ID, Node: m.ID, Outcome: m.Outcome}
		if i >= 0 {
			row.Area = nodes[i].Area
		}
		switch {
		case works.At(m.ID, e.At) != nil:
			row.Outcome = "maintenance"
		case m.Reason != "":
			fail(&row, cause{m.Reason, i18n.ReasonWord(i18n.VI, m.Reason), i18n.ReasonWord(i18n.EN, m.Reason)})
		case m.Outcome != "unknown":
			fail(&row, cause{"other", i18n.ReasonWord(i18n.VI, "other"), i18n.ReasonWord(i18n.EN, "other")})
		case i >= 0 && len(nodes[i].Causes()) > 0:
			fail(&row, wrongWith(nodes[i], m.Outcome))
		default:
			fail(&row, say(unreported))
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// end keeps a result.
func (d *Desk) end(ctx context.Context, e store.Exercise, now time.Time, rows []store.ExerciseNode) error {
	e.Ended = now
	if err := d.opt.Store.EndExercise(ctx, e, rows); err != nil {
		return err
	}
	failed := 0
	for _, n := range rows {
		if n.Failed {
			failed++
		}
	}
	d.record(ctx, "exercise.end", e.ID, true, map[string]any{"kind": e.Kind, "counts": e.Counts, "failed": failed})
	d.opt.News("exercises")
	return nil
}

package exercise

import (
	"context"
	"slices"
	"time"

	"loa/controller/fleet"
	"loa/controller/office/asrun"
	"loa/controller/office/inventory"
	"loa/controller/store"
	"loa/node/wire"
)

// askAgain is how often a board that failed the silent test is asked again.
const askAgain = 10 * time.Minute

// mending is what is known when it is looked for what is right again.
type mending struct {
	nodes map[string]inventory.Node
	of    map[string]store.Exercise
	lines map[string]asrun.Line // of those that sound, by broadcast
	clips []wire.ClipRef
	works inventory.Works
	heard map[string]map[string]time.Time // by exercise: nodes that were heard whole after it
}

// mend notes what is right again, and who looks after what is not.
func (d *Desk) mend(ctx context.Context) error {
	open, err := d.opt.Store.OpenExerciseNodes(ctx)
	if err != nil || len(open) == 0 {
		return err
	}
	m, err := d.about(ctx, open)
	if err != nil {
		return err
	}
	var changed []store.ExerciseNode
	for _, row := range open {
		n, there := m.nodes[row.Node]
		if !there {
			continue // removed: nobody repairs it
		}
		now := row
		if known := knownOf(n); known != nil {
			now.Who, now.Until = known.Who, time.Time{}
			if known.Until != nil {
				now.Until = *known.Until
			}
		}
		e := m.of[row.Exercise]
		switch {
		case m.works.At(row.Node, e.At) != nil: // noted afterwards
			now.Failed, now.Outcome = false, "maintenance"
		case e.Kind == store.Silent:
			d.mendSilent(ctx, e, n, &now, m.clips)
		case m.heardAfterAll(e, row.Node):
			now.Failed, now.Outcome = false, "heard"
		default:
			now.Mended = m.mended(e, row, n, d.opt.Now())
		}
		if now != row {
			changed = append(changed, now)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	if err := d.opt.Store.PutExerciseNodes(ctx, changed); err != nil {
		return err
	}
	d.opt.News("exercises")
	return nil
}

// about reads what is to be known of open failures.
func (d *Desk) about(ctx context.Context, open []store.ExerciseNode) (m mending, err error) {
	m = mending{nodes: map[string]inventory.Node{}, of: map[string]store.Exercise{}, heard: map[string]map[string]time.Time{}}
	nodes, err := d.opt.Inventory.Nodes(ctx)
	if err != nil {
		return m, err
	}
	for _, n := range nodes {
		m.nodes[n.ID] = n
	}
	waiting := map[string][]string{}
	var broadcasts []string
	oldest := d.opt.Now()
	for _, row := range open {
		e, known := m.of[row.Exercise]
		if !known {
			if e, err = d.opt.Store.Exercise(ctx, row.Exercise); err != nil {
				return m, err
			}
			m.of[row.Exercise] = e
			broadcasts = append(broadcasts, e.Broadcast)
			if e.At.Before(oldest) {
				oldest = e.At
			}
		}
		if e.Kind != store.Silent {
			waiting[e.ID] = append(waiting[e.ID], row.Node)
		}
	}
	if m.works, err = d.opt.Inventory.Works(ctx, oldest); err != nil {
		return m, err
	}
	if m.lines, err = d.opt.AsRun.Some(ctx, broadcasts); err != nil {
		return m, err
	}
	for id, nodes := range waiting {
		if m.heard[id], err = d.opt.Store.FirstHeard(ctx, nodes, m.of[id].At); err != nil {
			return m, err
		}
	}
	m.clips, err = d.alerts(ctx)
	return m, err
}

// knownOf is who looks after what is wrong with a node; nil: nobody has said so.
func knownOf(n inventory.Node) *inventory.InCare {
	for _, c := range n.Causes() {
		if c.Known != nil {
			return c.Known
		}
	}
	return nil
}

// mendSilent takes a later examination that is right, or asks for one.
func (d *Desk) mendSilent(ctx context.Context, e store.Exercise, n inventory.Node, row *store.ExerciseNode, clips []wire.ClipRef) {
	now := d.opt.Now()
	if found := n.Inspection; found != nil && found.Order > uint64(e.At.UnixMilli()) && right(n) {
		row.Mended = clamp(found.At, e.Ended, now)
		return
	}
	if answers(n) && d.opt.Inspect != nil && now.Sub(d.asked[n.ID]) >= askAgain && now.Sub(e.Ended) >= lookEach && !d.opt.OnAir() {
		d.asked[n.ID] = now
		d.ask(ctx, n.ID, now, clips)
	}
}

// clamp is a time that a board tells, between what can be.
func clamp(t, from, to time.Time) time.Time {
	switch {
	case t.Before(from):
		return from
	case t.After(to):
		return to
	}
	return t
}

// heardAfterAll reports whether a node's proof came late.
func (m mending) heardAfterAll(e store.Exercise, node string) bool {
	return slices.ContainsFunc(m.lines[e.Broadcast].Confirmed, func(c asrun.Confirmed) bool { return c.ID == node })
}

// mended is when a node that was not heard was seen right again; zero: not yet. What its
// own state said is over when it says that it is well; what its proof said, when it has been
// heard whole again.
func (m mending) mended(e store.Exercise, row store.ExerciseNode, n inventory.Node, now time.Time) time.Time {
	if ofState(row.Cause) && n.Good() && len(n.Causes()) == 0 && n.LastWord != nil && n.LastWord.After(e.Ended) {
		return clamp(n.Since, e.Ended, now)
	}
	if at, ok := m.heard[e.ID][row.Node]; ok {
		return clamp(at, e.At, now)
	}
	return time.Time{}
}

// ofState reports whether a cause is one that a node's state tells: then the state tells
// its end too.
func ofState(code string) bool {
	return code == "offline" || code == "unknown" || slices.Contains(fleet.FaultCodes(), code)
}

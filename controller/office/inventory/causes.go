package inventory

import (
	"context"
	"slices"
	"time"

	"loa/controller/store"
	"loa/node/wire"
	"loa/schedule"
)

// InCare is that what is wrong is known and looked after (đã biết, đang chờ thợ).
type InCare struct {
	Who     string     `json:"who"`
	Reason  string     `json:"reason,omitempty" doc:"why it waits"`
	Until   *time.Time `json:"until,omitempty" doc:"when it is to be well again; left out: nobody said"`
	Overdue bool       `json:"overdue,omitempty" doc:"it should be well by now"`
}

// knownOf is what is known of something wrong since an instant; nil: nothing.
func knownOf(c store.Care, since, now time.Time) *InCare {
	if !c.Of(since) {
		return nil
	}
	return &InCare{Who: c.Who, Reason: c.Reason, Until: store.Optional(c.Until), Overdue: !c.Until.IsZero() && !now.Before(c.Until)}
}

// cared says what is known of what is wrong with it.
func (v *Node) cared(c store.Care, now time.Time) {
	if v.State == "offline" || v.State == "unknown" {
		if v.Known = knownOf(c, v.Since, now); v.Known != nil {
			v.Care = v.Known.Who
		}
	}
	for i := range v.Faults {
		f := &v.Faults[i]
		if f.Known = knownOf(c, f.Since, now); f.Known != nil {
			f.Care = f.Known.Who
		}
	}
}

// Cause is one thing that is wrong with a node, as people are told of it.
type Cause struct {
	Code   string // of a fault, or the state offline or unknown
	VI, EN string
	Since  time.Time
	Known  *InCare // nil: nobody has said so
}

// follows are what the lack of mains brings with it by itself.
var follows = []string{wire.FaultVoltage}

// Causes are what is wrong with it, each thing once: without mains a node goes off when its
// battery is empty, and that is one cause, not two. What a node that is silent said before
// is not known to be so still. Of one that is well, or that cannot say how it is, there are
// none.
func (v Node) Causes() (all []Cause) {
	if v.NoReturn {
		return nil
	}
	mains := slices.IndexFunc(v.Faults, func(f Fault) bool { return f.Code == wire.FaultMains })
	silent := v.State == "offline" || v.State == "unknown"
	if silent && mains < 0 {
		return []Cause{{v.State, v.VI, v.EN, v.Since, v.Known}}
	}
	for i, f := range v.Faults {
		if mains < 0 || i == mains || !silent && !slices.Contains(follows, f.Code) {
			all = append(all, Cause{f.Code, f.VI, f.EN, f.Since, f.Known})
		}
	}
	return all
}

// Waits says that all that is wrong with it is known and not overdue, or that somebody
// works there: nobody has to look.
func (v Node) Waits() bool {
	if v.Maintenance != nil {
		return true
	}
	all := v.Causes()
	return len(all) > 0 && !slices.ContainsFunc(all, func(c Cause) bool { return c.Known == nil || c.Known.Overdue })
}

// Works are the times of maintenance, by what they concern.
type Works struct {
	tree schedule.Tree
	area map[string]string // of each node
	all  []store.Maintenance
}

// Works reads the maintenance that ended after an instant, or has yet to.
func (d *Inventory) Works(ctx context.Context, after time.Time) (w Works, err error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return w, err
	}
	w.tree, w.area = a.Tree, a.AreaOf
	w.all, err = d.opt.Store.Maintenances(ctx, after, store.MostMaintenances)
	return w, err
}

// Of are those that concern a node, the first to begin first.
func (w Works) Of(node string) (some []store.Maintenance) {
	for _, m := range w.all {
		if m.Place == node || w.tree.Within(w.area[node], m.Place) {
			some = append(some, m)
		}
	}
	return some
}

// At is the one that runs at a node at an instant, of several the one that ends last; nil:
// there is none.
func (w Works) At(node string, now time.Time) (found *store.Maintenance) {
	for _, m := range w.Of(node) {
		if !now.Before(m.Since) && now.Before(m.Until) && (found == nil || m.Until.After(found.Until)) {
			found = &m
		}
	}
	return found
}

// Cover says that all of a time lies in one of them.
func (w Works) Cover(node string, since, until time.Time) bool {
	return slices.ContainsFunc(w.Of(node), func(m store.Maintenance) bool { return !since.Before(m.Since) && !until.After(m.Until) })
}

// AtWork is that somebody works at a node now.
type AtWork struct {
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"`
	Who    string    `json:"who"`
}

// maintained is that of a work; nil of none.
func maintained(m *store.Maintenance) *AtWork {
	if m == nil {
		return nil
	}
	return &AtWork{m.Until, m.Reason, m.Who}
}

package exercise

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/office/inventory"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/node/wire"
	"loa/schedule"
)

const (
	// silentFor is how long the boards have to answer; silentLeast, how long at least is
	// waited, so that each has told how it is.
	silentFor   = wire.InspectLife + time.Minute
	silentLeast = 20 * time.Second
)

var (
	// UnderWay refuses a second silent test beside the first.
	UnderWay = problem.New(problem.Conflict, "exercise_under_way",
		"Đang tự kiểm tra im lặng: đợi khoảng 3 phút sẽ có kết quả.", "A silent self-test is under way: its result comes in about 3 minutes.")
	onAir = problem.New(problem.Conflict, "exercise_on_air",
		"Đang phát trực tiếp nên chưa tự kiểm tra: đợi phát xong rồi thử lại.",
		"A call is on the air and nothing is tested meanwhile: wait until it is over, then try again.")
)

// Begin begins a silent self-test, and returns its id: every board that can is asked to
// examine itself. Nobody hears anything of it.
func (d *Desk) Begin(ctx context.Context) (string, error) {
	return d.begin(ctx, access.Of(ctx).Who.Name)
}

// runDue begins it at its hour.
func (d *Desk) runDue(ctx context.Context) error {
	if d.opt.Inspect == nil || d.opt.Now().Sub(d.began) < settled || d.opt.OnAir() {
		return nil
	}
	all, err := d.Calendar(ctx)
	if err != nil {
		return err
	}
	e := all[slices.IndexFunc(all, func(e Entry) bool { return e.Kind == store.Silent })]
	if !e.Itself || e.Due == nil || d.opt.Now().Before(*e.Due) || e.Now != "" {
		return nil
	}
	_, err = d.begin(ctx, "")
	return err
}

func (d *Desk) begin(ctx context.Context, who string) (id string, err error) {
	d.running.Lock()
	defer d.running.Unlock()
	if d.opt.Inspect == nil || d.opt.OnAir() {
		return "", onAir
	}
	underWay, err := d.opt.Store.ExercisesUnderWay(ctx)
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(underWay, func(e store.Exercise) bool { return e.Kind == store.Silent }) {
		return "", UnderWay
	}
	machine := access.With(context.WithoutCancel(ctx), access.MachineVisit())
	nodes, err := d.opt.Inventory.Nodes(machine)
	if err != nil {
		return "", err
	}
	clips, err := d.alerts(ctx)
	if err != nil {
		return "", err
	}
	now := d.opt.Now().UTC().Truncate(time.Millisecond)
	e := store.Exercise{ID: "x-" + store.NewID(), Kind: store.Silent, At: now, Who: who, Whole: true}
	if err := d.opt.Store.AddExercise(ctx, e); err != nil {
		return "", err
	}
	asked := 0
	for _, n := range nodes {
		if answers(n) && d.ask(machine, n.ID, now, clips) {
			asked++
		}
	}
	d.record(ctx, "exercise.begin", e.ID, who == "", map[string]any{"kind": e.Kind, "asked": asked, "clips": len(clips)})
	d.opt.News("exercises")
	return e.ID, nil
}

// record writes into the audit log what was done, by the caller or by itself.
func (d *Desk) record(ctx context.Context, deed, id string, byItself bool, after any) {
	r := store.Audit{Action: deed, Object: id, Where: []string{d.opt.Commune}, After: audit.Written(after)}
	if byItself {
		r.Who, r.Name = itself, itself
	}
	d.opt.Trail.Record(ctx, r)
}

// answers reports whether a board can be asked at all.
func answers(n inventory.Node) bool {
	return !n.NoReturn && !n.Revoked && n.State != "offline" && n.State != "unknown"
}

// ask has a board examine itself; false: it was not asked, and says nothing then.
func (d *Desk) ask(ctx context.Context, node string, at time.Time, clips []wire.ClipRef) bool {
	err := d.opt.Inspect(ctx, node, uint64(at.UnixMilli()), clips)
	if err != nil {
		d.opt.Logger.Warn("a node is not asked to examine itself", "node", node, "err", err)
	}
	return err == nil
}

// alerts are the clips of the recorded emergencies, which every board is to hold; the
// newest where there are more than one order has room for.
func (d *Desk) alerts(ctx context.Context) ([]wire.ClipRef, error) {
	all, err := d.opt.Store.ApprovedBulletins(ctx, string(schedule.Emergency), d.opt.Now())
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(x, y store.Bulletin) int { return cmp.Or(y.Created.Compare(x.Created), cmp.Compare(x.ID, y.ID)) })
	var ids []string
	for _, b := range all {
		for _, id := range b.Clips {
			ids = append(ids, id)
		}
	}
	sizes, err := d.opt.Store.Clips(ctx, ids)
	var refs []wire.ClipRef
	for _, b := range all {
		for _, clip := range slices.Sorted(maps.Values(b.Clips)) {
			if c, ok := sizes[clip]; ok && len(refs) < wire.MaxInspected {
				refs = append(refs, wire.ClipRef{SHA: c.ID, Bytes: c.Bytes})
			}
		}
	}
	return refs, err
}

// silentNode is what came of the silent test at a node.
func silentNode(e store.Exercise, n inventory.Node) store.ExerciseNode {
	row := store.ExerciseNode{Exercise: e.ID, Node: n.ID, Area: n.Area, Outcome: "right"}
	found := n.Inspection
	switch {
	case n.NoReturn:
		row.Outcome = "no_return"
		return row
	case n.Maintenance != nil:
		row.Outcome = "maintenance"
		return row
	case found == nil || found.Order < uint64(e.At.UnixMilli()):
		row.Outcome = "unanswered"
	case !right(n):
		row.Outcome = "wrong"
	default:
		return row
	}
	fail(&row, wrongWith(n, row.Outcome))
	return row
}

package calendar

import (
	"context"
	"maps"
	"sync"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/problem"
	"loa/controller/store"
)

// undoFor is how long a change of the calendar can be taken back: the page
// offers it for ten seconds, and the request may be long on its way.
const undoFor = 30 * time.Second

// undoable is what a change found, and what it left.
type undoable struct {
	old, new store.Programme
	split    store.Programme // what became a programme of its own; its id is "" if nothing did
	by       string          // id of the one who did it: nobody else takes it back
	until    time.Time
}

// undos knows what can be taken back, by programme. The approval has to be
// remembered with the rest: a change overwrites it, and what is merely written
// again would wait for approval once more.
type undos struct {
	mu sync.Mutex
	of map[string]undoable
}

func (u *undos) put(x undoable, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	maps.DeleteFunc(u.of, func(_ string, x undoable) bool { return now.After(x.until) })
	if u.of == nil {
		u.of = map[string]undoable{}
	}
	u.of[x.old.ID] = x
}

// take returns what can be taken back of a programme, once.
func (u *undos) take(id, by string, now time.Time) (undoable, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	x, ok := u.of[id]
	if !ok || x.by != by || now.After(x.until) {
		return undoable{}, false
	}
	delete(u.of, id)
	return x, true
}

// forget is for when a bulletin was changed or returned: what is remembered may
// hold it as it was approved before.
func (u *undos) forget() {
	u.mu.Lock()
	defer u.mu.Unlock()
	clear(u.of)
}

// canUndo remembers a change that was just stored, of a programme and of what
// was split off from it. One that cannot be remembered can not be taken back,
// and is done all the same.
func (d *Desk) canUndo(ctx context.Context, old store.Programme, split string) {
	x := undoable{old: old, by: access.Of(ctx).Who.ID, until: d.opt.Now().Add(undoFor)}
	var err error
	if x.new, err = d.opt.Store.Programme(ctx, old.ID); err == nil && split != "" {
		x.split, err = d.opt.Store.Programme(ctx, split)
	}
	if err != nil {
		d.opt.Logger.Warn("a change cannot be taken back", "programme", old.ID, "err", err)
		return
	}
	d.undos.put(x, d.opt.Now())
}

var undoLate = problem.New(problem.Conflict, "undo_late",
	"Không hoàn tác được nữa: đã quá lâu, hoặc đã có thay đổi khác sau đó. Hãy tải lại trang và sửa tiếp từ lịch hiện tại.",
	"It cannot be taken back any more: it was too long ago, or something else was changed since. "+
		"Reload the page and go on from how the calendar stands.")

// untouched says why a change cannot be taken back: else what somebody did or
// decided since would be lost with it.
func (d *Desk) untouched(ctx context.Context, x undoable) error {
	for _, left := range []store.Programme{x.new, x.split} {
		if left.ID == "" {
			continue
		}
		now, err := d.opt.Store.Programme(ctx, left.ID)
		if err != nil {
			return err
		}
		if now.Revision != left.Revision || now.Cancelled.IsZero() != left.Cancelled.IsZero() || now.Approval != left.Approval {
			return undoLate
		}
	}
	return nil
}

// Restore takes back the caller's own last change of a programme.
func (d *Desk) Restore(ctx context.Context, id string) (v Programme, err error) {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	x, ok := d.undos.take(id, access.Of(ctx).Who.ID, d.opt.Now())
	if !ok {
		return v, undoLate
	}
	if err := d.untouched(ctx, x); err != nil {
		return v, err
	}
	if err := d.opt.Access.Permit(ctx, access.Writing, x.old.Targets); err != nil { // they may have been others
		return v, err
	}
	d.opt.AsRun.CatchUp(ctx)
	if err = d.opt.Store.RestoreProgramme(ctx, x.old, x.split.ID, d.opt.Now()); err != nil {
		return v, err
	}
	if x.old, err = d.opt.Store.Programme(ctx, x.old.ID); err != nil { // its version is another
		return v, err
	}
	d.opt.Trail.Did(ctx, "programme.restore", x.old.ID, viewProgramme(x.new), viewProgramme(x.old), audit.Targeted(x.old.Targets)...)
	d.opt.Changed("calendar")
	return d.withNext(x.old), nil
}

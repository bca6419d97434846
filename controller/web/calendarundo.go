package web

import (
	"context"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

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
	by       string          // only who did it takes it back
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
func (s *Server) canUndo(ctx context.Context, old store.Programme, split string) {
	x := undoable{old: old, by: access.Of(ctx).Who.ID, until: s.opt.Now().Add(undoFor)}
	var err error
	if x.new, err = s.opt.Store.Programme(ctx, old.ID); err == nil && split != "" {
		x.split, err = s.opt.Store.Programme(ctx, split)
	}
	if err != nil {
		s.opt.Logger.Warn("a change cannot be taken back", "programme", old.ID, "err", err)
		return
	}
	s.undos.put(x, s.opt.Now())
}

var undoLate = problem.New(problem.Conflict, "undo_late",
	"Không hoàn tác được nữa: đã quá lâu, hoặc đã có thay đổi khác sau đó. Hãy tải lại trang và sửa tiếp từ lịch hiện tại.",
	"It cannot be taken back any more: it was too long ago, or something else was changed since. Reload the page and go on from how the calendar stands.")

func (s *Server) registerUndo() {
	huma.Register(s.api, operation("restore-programme", http.MethodPost, "/programmes/{id}/restore",
		"Take back one's own last change of a programme, a cancellation too, within 30 seconds: it is as it was, with its approval, and what was moved out of it is gone", "Calendar", http.StatusOK), s.restoreProgramme)
}

func (s *Server) restoreProgramme(ctx context.Context, in *idInput) (*programmeAnswer, error) {
	s.editing.Lock()
	defer s.editing.Unlock()
	x, ok := s.undos.take(in.ID, access.Of(ctx).Who.ID, s.opt.Now())
	if !ok {
		return nil, s.fail(undoLate)
	}
	if err := s.untouched(ctx, x); err != nil {
		return nil, s.fail(err)
	}
	if err := s.access.Permit(ctx, access.Writing, x.old.Targets); err != nil { // they may have been others
		return nil, s.fail(err)
	}
	s.asrun.CatchUp(ctx)
	err := s.opt.Store.RestoreProgramme(ctx, x.old, x.split.ID, s.opt.Now())
	if err != nil {
		return nil, s.fail(err)
	}
	if x.old, err = s.opt.Store.Programme(ctx, x.old.ID); err != nil { // its version is another
		return nil, s.fail(err)
	}
	s.trail.Did(ctx, "programme.restore", x.old.ID, viewProgramme(x.new), viewProgramme(x.old), audit.Targeted(x.old.Targets)...)
	s.changed("calendar")
	return &programmeAnswer{s.withNext(x.old)}, nil
}

// untouched says why a change cannot be taken back: else what somebody did or
// decided since would be lost with it.
func (s *Server) untouched(ctx context.Context, x undoable) error {
	for _, left := range []store.Programme{x.new, x.split} {
		if left.ID == "" {
			continue
		}
		now, err := s.opt.Store.Programme(ctx, left.ID)
		if err != nil {
			return err
		}
		if now.Revision != left.Revision || now.Cancelled.IsZero() != left.Cancelled.IsZero() || now.Approval != left.Approval {
			return undoLate
		}
	}
	return nil
}

package web

import (
	"context"
	"net/http"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/approval"
	"loa/controller/store"
)

// approvalsView is the page on which things are approved.
type approvalsView struct {
	Now      time.Time
	Waiting  []approval.Item
	Back     []approval.Item // returned, and drafts
	Approved []approval.Item
	Writer   bool
}

const lastApproved = 10

func (s *Server) approvalsView(ctx context.Context, now time.Time) (any, error) {
	v := approvalsView{Now: now, Writer: access.Of(ctx).May(access.Writing, nil)}
	var err error
	if v.Waiting, err = s.approval.Pending(ctx, store.Waiting, approval.MaxPending); err != nil {
		return v, err
	}
	for _, state := range []store.ApprovalState{store.Returned, store.Draft} {
		rows, err := s.approval.Pending(ctx, state, approval.MaxPending)
		if err != nil {
			return v, err
		}
		v.Back = append(v.Back, rows...)
	}
	v.Approved, err = s.approval.Pending(ctx, store.Approved, lastApproved)
	return v, err
}

func (s *Server) registerApprovalPage(mux *router) {
	mux.HandleFunc("GET /approvals", s.page("approvals", map[string]part{"main": s.approvalsView}))
	seen := func(r *http.Request) string { return r.PostForm.Get("digest") }
	why := func(r *http.Request) string { return r.PostForm.Get("reason") }
	mux.HandleFunc("POST /approvals/bulletins/{id}/approve", s.approvalForm(func(r *http.Request, id string) error { return s.calendar.ApproveBulletin(r.Context(), id, seen(r)) }))
	mux.HandleFunc("POST /approvals/programmes/{id}/approve", s.approvalForm(func(r *http.Request, id string) error { return s.calendar.ApproveProgramme(r.Context(), id, seen(r)) }))
	mux.HandleFunc("POST /approvals/bulletins/{id}/return", s.approvalForm(func(r *http.Request, id string) error { return s.calendar.ReturnBulletin(r.Context(), id, why(r)) }))
	mux.HandleFunc("POST /approvals/programmes/{id}/return", s.approvalForm(func(r *http.Request, id string) error { return s.calendar.ReturnProgramme(r.Context(), id, why(r)) }))
	mux.HandleFunc("POST /approvals/bulletins/{id}/submit", s.approvalForm(func(r *http.Request, id string) error { return s.calendar.SubmitBulletin(r.Context(), id) }))
	mux.HandleFunc("POST /approvals/programmes/{id}/submit", s.approvalForm(func(r *http.Request, id string) error { return s.calendar.SubmitProgramme(r.Context(), id) }))
}

// approvalForm answers a button of the page.
func (s *Server) approvalForm(do func(r *http.Request, id string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := readForm(w, r)
		if err == nil {
			err = do(r, r.PathValue("id"))
		}
		if err != nil {
			s.problemPage(w, r, s.explain(err))
			return
		}
		http.Redirect(w, r, "/approvals", http.StatusSeeOther)
	}
}

package pages

import (
	"context"
	"net/http"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/approval"
	"loa/controller/office/calendar"
	"loa/controller/store"
)

// approvalsPage is where things are approved.
type approvalsPage struct {
	*kit
	approval *approval.Desk
	calendar *calendar.Desk
}

// register adds the endpoints.
func (p *approvalsPage) register() {
	p.mux.HandleFunc("GET /approvals", p.page("approvals", p.parts()))
	seen := func(r *http.Request) string { return r.PostForm.Get("digest") }
	why := func(r *http.Request) string { return r.PostForm.Get("reason") }
	p.mux.HandleFunc("POST /approvals/bulletins/{id}/approve", p.approvalForm(func(r *http.Request,
		id string) error {
		return p.calendar.ApproveBulletin(r.Context(), id, seen(r))
	}))
	p.mux.HandleFunc("POST /approvals/programmes/{id}/approve", p.approvalForm(func(r *http.Request,
		id string) error {
		return p.calendar.ApproveProgramme(r.Context(), id, seen(r))
	}))
	p.mux.HandleFunc("POST /approvals/bulletins/{id}/return", p.approvalForm(func(r *http.Request,
		id string) error {
		return p.calendar.ReturnBulletin(r.Context(), id, why(r))
	}))
	p.mux.HandleFunc("POST /approvals/programmes/{id}/return", p.approvalForm(func(r *http.Request,
		id string) error {
		return p.calendar.ReturnProgramme(r.Context(), id, why(r))
	}))
	p.mux.HandleFunc("POST /approvals/bulletins/{id}/submit", p.approvalForm(func(r *http.Request,
		id string) error {
		return p.calendar.SubmitBulletin(r.Context(), id)
	}))
	p.mux.HandleFunc("POST /approvals/programmes/{id}/submit", p.approvalForm(func(r *http.Request,
		id string) error {
		return p.calendar.SubmitProgramme(r.Context(), id)
	}))
}

// parts are those of the page.
func (p *approvalsPage) parts() map[string]part { return map[string]part{"main": p.approvalsView} }

// approvalsView is the page on which things are approved.
type approvalsView struct {
	Now      time.Time
	Waiting  []approval.Item
	Back     []approval.Item // returned, and drafts
	Approved []approval.Item
	Writer   bool
}

const lastApproved = 10

func (p *approvalsPage) approvalsView(ctx context.Context, now time.Time) (any, error) {
	v := approvalsView{Now: now, Writer: access.Of(ctx).May(access.Writing, nil)}
	var err error
	if v.Waiting, err = p.approval.Pending(ctx, store.Waiting, approval.MaxPending); err != nil {
		return v, err
	}
	for _, state := range []store.ApprovalState{store.Returned, store.Draft} {
		rows, err := p.approval.Pending(ctx, state, approval.MaxPending)
		if err != nil {
			return v, err
		}
		v.Back = append(v.Back, rows...)
	}
	v.Approved, err = p.approval.Pending(ctx, store.Approved, lastApproved)
	return v, err
}

// approvalForm answers a button of the page.
func (p *approvalsPage) approvalForm(do func(r *http.Request, id string) error) http.HandlerFunc {
	return p.form("/approvals", "approvals", p.parts(), func(r *http.Request) error { return do(r, r.PathValue("id")) })
}

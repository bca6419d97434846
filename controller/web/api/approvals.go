package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/approval"
	"loa/controller/office/calendar"
	"loa/controller/store"
	"loa/controller/web/api/resource"
)

// approvalHandlers say what must be approved, and take what is given in.
type approvalHandlers struct {
	resource.Face
	calendar *calendar.Desk
	approval *approval.Desk
	store    *store.Store
}

type approveInput struct {
	ID   string `path:"id"`
	Body struct {
		Digest string `json:"digest" doc:"of what was looked at: approval.digest; if it was changed since, nothing is approved"`
	}
}

type returnInput struct {
	ID   string `path:"id"`
	Body struct {
		Reason string `json:"reason" maxLength:"500"`
	}
}

type pendingInput struct {
	State string `query:"state" enum:"draft,waiting,approved,returned" default:"waiting"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

// register adds the operations.
func (h approvalHandlers) register() {
	op := func(id, method, path, summary string) huma.Operation {
		return resource.Operation(id, method, path, "Approval", http.StatusOK, summary)
	}
	huma.Register(h.Huma, op("list-approvals", http.MethodGet, "/approvals", "Bulletins and programmes by state: what waits for approval"),
		func(ctx context.Context, in *pendingInput) (*resource.List[approval.Pending], error) {
			rows, err := h.approval.Pending(ctx, store.ApprovalState(in.State), in.Limit)
			views := make([]approval.Pending, len(rows))
			for i, r := range rows {
				views[i] = r.Pending
			}
			return resource.ListOf(views), h.Fail(err)
		})
	huma.Register(h.Huma, op("submit-bulletin", http.MethodPost, "/bulletins/{id}/submit",
		"Ask for approval; who may approve it approves it by that"), func(ctx context.Context,
		in *resource.IDInput) (*resource.Answer[calendar.Bulletin], error) {
		return h.afterBulletin(ctx, in.ID, h.calendar.SubmitBulletin(ctx, in.ID))
	})
	huma.Register(h.Huma, op("approve-bulletin", http.MethodPost, "/bulletins/{id}/approve", "Approve a bulletin as it was looked at"),
		func(ctx context.Context, in *approveInput) (*resource.Answer[calendar.Bulletin], error) {
			return h.afterBulletin(ctx, in.ID, h.calendar.ApproveBulletin(ctx, in.ID, in.Body.Digest))
		})
	huma.Register(h.Huma, op("return-bulletin", http.MethodPost, "/bulletins/{id}/return",
		"Return a bulletin, and the programmes that hold it: they are not aired"),
		func(ctx context.Context, in *returnInput) (*resource.Answer[calendar.Bulletin], error) {
			return h.afterBulletin(ctx, in.ID, h.calendar.ReturnBulletin(ctx, in.ID, in.Body.Reason))
		})
	huma.Register(h.Huma, op("submit-programme", http.MethodPost,
		"/programmes/{id}/submit",
		"Ask for approval; who may approve it approves it by that"), func(ctx context.Context,
		in *resource.IDInput) (*resource.Answer[calendar.Programme], error) {
		return h.afterProgramme(ctx, in.ID, h.calendar.SubmitProgramme(ctx, in.ID))
	})
	huma.Register(h.Huma, op("approve-programme", http.MethodPost, "/programmes/{id}/approve",
		"Approve a programme as it was looked at: what is heard, where and when"),
		func(ctx context.Context, in *approveInput) (*resource.Answer[calendar.Programme], error) {
			return h.afterProgramme(ctx, in.ID, h.calendar.ApproveProgramme(ctx, in.ID, in.Body.Digest))
		})
	huma.Register(h.Huma, op("return-programme", http.MethodPost, "/programmes/{id}/return", "Return a programme: it is not aired"),
		func(ctx context.Context, in *returnInput) (*resource.Answer[calendar.Programme], error) {
			return h.afterProgramme(ctx, in.ID, h.calendar.ReturnProgramme(ctx, in.ID, in.Body.Reason))
		})
	resource.Shows(h.Face, op("get-approval", http.MethodGet, "/approval", "What must be approved before it is aired"), h.store.ApprovalPolicy)
	huma.Register(h.Huma, op("put-approval", http.MethodPut, "/approval", "Set what must be approved; what is approved already stays so"),
		func(ctx context.Context, in *resource.Answer[store.ApprovalPolicy]) (*resource.Answer[store.ApprovalPolicy], error) {
			return in, h.Fail(h.approval.PutPolicy(ctx, &in.Body))
		})
}

// afterBulletin answers with a bulletin as it stands now.
func (h approvalHandlers) afterBulletin(ctx context.Context, id string, err error) (*resource.Answer[calendar.Bulletin], error) {
	if err != nil {
		return nil, h.Fail(err)
	}
	b, err := h.calendar.Bulletin(ctx, id)
	return resource.AnswerOf(h.Face, b, err)
}

// afterProgramme answers with a programme as it stands now.
func (h approvalHandlers) afterProgramme(ctx context.Context, id string, err error) (*resource.Answer[calendar.Programme], error) {
	if err != nil {
		return nil, h.Fail(err)
	}
	p, err := h.calendar.Programme(ctx, id)
	return resource.AnswerOf(h.Face, p, err)
}

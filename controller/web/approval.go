package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/approval"
	"loa/controller/store"
)

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
type policyAnswer struct{ Body store.ApprovalPolicy }

type pendingInput struct {
	State string `query:"state" enum:"draft,waiting,approved,returned" default:"waiting"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

func (s *Server) registerApproval(mux *router) {
	op := func(id, method, path, summary string) huma.Operation {
		return operation(id, method, path, summary, "Approval", http.StatusOK)
	}
	huma.Register(s.api, op("list-approvals", http.MethodGet, "/approvals", "Bulletins and programmes by state: what waits for approval"), func(ctx context.Context, in *pendingInput) (*list[approval.Pending], error) {
		rows, err := s.approval.Pending(ctx, store.ApprovalState(in.State), in.Limit)
		views := make([]approval.Pending, len(rows))
		for i, r := range rows {
			views[i] = r.Pending
		}
		return listOf(views), s.fail(err)
	})
	huma.Register(s.api, op("submit-bulletin", http.MethodPost, "/bulletins/{id}/submit", "Ask for approval; who may approve it approves it by that"), func(ctx context.Context, in *idInput) (*bulletinAnswer, error) {
		if err := s.calendar.SubmitBulletin(ctx, in.ID); err != nil {
			return nil, s.fail(err)
		}
		return s.getBulletin(ctx, &idInput{in.ID})
	})
	huma.Register(s.api, op("approve-bulletin", http.MethodPost, "/bulletins/{id}/approve", "Approve a bulletin as it was looked at"), func(ctx context.Context, in *approveInput) (*bulletinAnswer, error) {
		if err := s.calendar.ApproveBulletin(ctx, in.ID, in.Body.Digest); err != nil {
			return nil, s.fail(err)
		}
		return s.getBulletin(ctx, &idInput{in.ID})
	})
	huma.Register(s.api, op("return-bulletin", http.MethodPost, "/bulletins/{id}/return", "Return a bulletin, and the programmes that hold it: they are not aired"), func(ctx context.Context, in *returnInput) (*bulletinAnswer, error) {
		if err := s.calendar.ReturnBulletin(ctx, in.ID, in.Body.Reason); err != nil {
			return nil, s.fail(err)
		}
		return s.getBulletin(ctx, &idInput{in.ID})
	})
	huma.Register(s.api, op("submit-programme", http.MethodPost, "/programmes/{id}/submit", "Ask for approval; who may approve it approves it by that"), func(ctx context.Context, in *idInput) (*programmeAnswer, error) {
		if err := s.calendar.SubmitProgramme(ctx, in.ID); err != nil {
			return nil, s.fail(err)
		}
		return s.getProgramme(ctx, &idInput{in.ID})
	})
	huma.Register(s.api, op("approve-programme", http.MethodPost, "/programmes/{id}/approve", "Approve a programme as it was looked at: what is heard, where and when"), func(ctx context.Context, in *approveInput) (*programmeAnswer, error) {
		if err := s.calendar.ApproveProgramme(ctx, in.ID, in.Body.Digest); err != nil {
			return nil, s.fail(err)
		}
		return s.getProgramme(ctx, &idInput{in.ID})
	})
	huma.Register(s.api, op("return-programme", http.MethodPost, "/programmes/{id}/return", "Return a programme: it is not aired"), func(ctx context.Context, in *returnInput) (*programmeAnswer, error) {
		if err := s.calendar.ReturnProgramme(ctx, in.ID, in.Body.Reason); err != nil {
			return nil, s.fail(err)
		}
		return s.getProgramme(ctx, &idInput{in.ID})
	})
	huma.Register(s.api, op("get-approval", http.MethodGet, "/approval", "What must be approved before it is aired"), func(ctx context.Context, _ *struct{}) (*policyAnswer, error) {
		p, err := s.opt.Store.ApprovalPolicy(ctx)
		return &policyAnswer{p}, s.fail(err)
	})
	huma.Register(s.api, op("put-approval", http.MethodPut, "/approval", "Set what must be approved; what is approved already stays so"), func(ctx context.Context, in *policyAnswer) (*policyAnswer, error) {
		return in, s.fail(s.approval.PutPolicy(ctx, &in.Body))
	})
	s.registerApprovalPage(mux)
}

package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/access"
	"loa/controller/office/notices"
	"loa/controller/store"
)

// noticeHandlers show what a person was told, and set whom news is sent to.
type noticeHandlers struct {
	face
	notices *notices.Notices
	store   *store.Store
}

type notifyAnswer struct{ Body notices.Ways }

// register adds the operations.
func (h noticeHandlers) register() {
	huma.Register(h.huma, operation("list-notices", http.MethodGet, "/notices", "Approval", http.StatusOK,
		"What you were told and have not read yet, newest first"), func(ctx context.Context, _ *struct{}) (*list[store.Notice], error) {
		all, err := h.store.Unread(ctx, access.Of(ctx).Who.ID)
		return listOf(all), h.fail(err)
	})
	huma.Register(h.huma, operation("read-notice", http.MethodPost, "/notices/{id}/read", "Approval", http.StatusNoContent,
		"Say that you have read it"), func(ctx context.Context, in *idInput) (*struct{}, error) {
		return nil, h.fail(h.notices.Read(ctx, in.ID))
	})
	huma.Register(h.huma, operation("get-notify", http.MethodGet, "/notify", "Approval", http.StatusOK,
		"Where news of emergencies and faults is sent to"), func(ctx context.Context, _ *struct{}) (*notifyAnswer, error) {
		to, err := h.notices.Settings(ctx)
		return &notifyAnswer{notices.WaysOf(to)}, h.fail(err)
	})
	huma.Register(h.huma, operation("put-notify", http.MethodPut, "/notify", "Approval", http.StatusOK,
		"Set where news of emergencies and faults is sent to"), func(ctx context.Context, in *notifyAnswer) (*notifyAnswer, error) {
		to, err := h.notices.PutWays(ctx, in.Body)
		return &notifyAnswer{notices.WaysOf(to)}, h.fail(err)
	})
	huma.Register(h.huma, operation("test-notify", http.MethodPost, "/notify/test", "Approval", http.StatusOK,
		"Send a test now, every way that is set, and say what came of it"), func(ctx context.Context, _ *struct{}) (*list[notices.Tried], error) {
		tried, err := h.notices.Try(ctx)
		return listOf(tried), h.fail(err)
	})
}

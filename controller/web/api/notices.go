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

// register adds the operations.
func (h noticeHandlers) register() {
	huma.Register(h.huma, operation("list-notices", http.MethodGet, "/notices", "Approval", http.StatusOK,
		"What you were told and have not read yet, newest first"), func(ctx context.Context, _ *struct{}) (*list[store.Notice], error) {
		all, err := h.store.Unread(ctx, access.Of(ctx).Who.ID)
		return listOf(all), h.fail(err)
	})
	h.byID(operation("read-notice", http.MethodPost, "/notices/{id}/read", "Approval", http.StatusNoContent,
		"Say that you have read it"), h.notices.Read)
	huma.Register(h.huma, operation("get-notify", http.MethodGet, "/notify", "Approval", http.StatusOK,
		"Where news of emergencies and faults is sent to"), func(ctx context.Context, _ *struct{}) (*answer[notices.Ways], error) {
		to, err := h.notices.Settings(ctx)
		return &answer[notices.Ways]{notices.WaysOf(to)}, h.fail(err)
	})
	huma.Register(h.huma, operation(
		"put-notify",
		http.MethodPut,
		"/notify",
		"Approval",
		http.StatusOK,
		"Set where news of emergencies and faults is sent to",
	), func(ctx context.Context, in *answer[notices.Ways]) (*answer[notices.Ways], error) {
		to, err := h.notices.PutWays(ctx, in.Body)
		return &answer[notices.Ways]{notices.WaysOf(to)}, h.fail(err)
	})
	lists(h.face, operation("test-notify", http.MethodPost, "/notify/test", "Approval", http.StatusOK,
		"Send a test now, every way that is set, and say what came of it"), h.notices.Try)
}

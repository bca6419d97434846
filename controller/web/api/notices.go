package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/access"
	"loa/controller/office/notices"
	"loa/controller/store"
	"loa/controller/web/api/resource"
)

// noticeHandlers show what a person was told, and set whom news is sent to.
type noticeHandlers struct {
	resource.Face
	notices *notices.Notices
	store   *store.Store
}

// register adds the operations.
func (h noticeHandlers) register() {
	huma.Register(h.Huma, resource.Operation("list-notices", http.MethodGet, "/notices", "Approval", http.StatusOK,
		"What you were told and have not read yet, newest first"), func(ctx context.Context, _ *struct{}) (*resource.List[store.Notice], error) {
		all, err := h.store.Unread(ctx, access.Of(ctx).Who.ID)
		return resource.ListOf(all), h.Fail(err)
	})
	h.ByID(resource.Operation("read-notice", http.MethodPost, "/notices/{id}/read", "Approval", http.StatusNoContent,
		"Say that you have read it"), h.notices.Read)
	huma.Register(h.Huma, resource.Operation("get-notify", http.MethodGet, "/notify", "Approval", http.StatusOK,
		"Where news of emergencies and faults is sent to"), func(ctx context.Context, _ *struct{}) (*resource.Answer[notices.Ways], error) {
		to, err := h.notices.Settings(ctx)
		return &resource.Answer[notices.Ways]{Body: notices.WaysOf(to)}, h.Fail(err)
	})
	huma.Register(h.Huma, resource.Operation(
		"put-notify",
		http.MethodPut,
		"/notify",
		"Approval",
		http.StatusOK,
		"Set where news of emergencies and faults is sent to",
	), func(ctx context.Context, in *resource.Answer[notices.Ways]) (*resource.Answer[notices.Ways], error) {
		to, err := h.notices.PutWays(ctx, in.Body)
		return &resource.Answer[notices.Ways]{Body: notices.WaysOf(to)}, h.Fail(err)
	})
	resource.Lists(h.Face, resource.Operation("test-notify", http.MethodPost, "/notify/test", "Approval", http.StatusOK,
		"Send a test now, every way that is set, and say what came of it"), h.notices.Try)
}

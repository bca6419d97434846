package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/calendar"
	"loa/controller/office/clips"
	"loa/controller/store"
	"loa/controller/web/api/resource"
)

// bulletinHandlers keep what can be aired.
type bulletinHandlers struct {
	resource.Face
	calendar *calendar.Desk
	clips    *clips.Desk
	store    *store.Store
}

type bulletinInput struct{ Body calendar.BulletinBody }

// register adds the operations.
func (h bulletinHandlers) register() {
	huma.Register(h.Huma, resource.Operation("add-bulletin", http.MethodPost, "/bulletins", "Library", http.StatusCreated,
		"Make a bulletin of clips"), h.addBulletin)
	huma.Register(h.Huma, resource.Operation("list-bulletins", http.MethodGet, "/bulletins", "Library", http.StatusOK,
		"Bulletins, newest first"), h.listBulletins)
	resource.ShowsOne(h.Face, resource.Operation("get-bulletin", http.MethodGet, "/bulletins/{id}", "Library", http.StatusOK,
		"One bulletin"), h.calendar.Bulletin)
	huma.Register(h.Huma, resource.Operation("change-bulletin", http.MethodPut, "/bulletins/{id}", "Library", http.StatusOK,
		"Change a bulletin, in every programme that holds it"), h.changeBulletin)
	h.ByID(resource.Operation("delete-bulletin", http.MethodDelete, "/bulletins/{id}", "Library", http.StatusNoContent,
		"Remove a bulletin that no coming programme holds"), h.calendar.DeleteBulletin)
}

func (h bulletinHandlers) listBulletins(ctx context.Context, in *resource.PageInput) (*resource.List[calendar.Bulletin], error) {
	all, err := h.store.Bulletins(ctx, in.Before, in.Limit)
	if err != nil {
		return nil, h.Fail(err)
	}
	page := resource.PageOf(all, in.Limit, func(b store.Bulletin) time.Time { return b.Created })
	views, err := h.calendar.ReadableBulletins(ctx, page.Body.Items)
	if err != nil {
		return nil, h.Fail(err)
	}
	out := resource.ListOf(views)
	out.Body.Next = page.Body.Next
	return out, nil
}

func (h bulletinHandlers) addBulletin(ctx context.Context, in *bulletinInput) (*resource.Answer[calendar.Bulletin], error) {
	if err := h.clips.Fill(ctx, &in.Body); err != nil {
		return nil, h.Fail(err)
	}
	b, err := h.calendar.AddBulletin(ctx, in.Body)
	return resource.AnswerOf(h.Face, b, err)
}

func (h bulletinHandlers) changeBulletin(ctx context.Context,
	in *resource.Edit[calendar.Bulletin]) (*resource.Answer[calendar.Bulletin], error) {
	if err := h.clips.Fill(ctx, &in.Body.BulletinBody); err != nil {
		return nil, h.Fail(err)
	}
	b, err := h.calendar.ChangeBulletin(ctx, in.ID, in.Body.BulletinBody)
	return resource.AnswerOf(h.Face, b, err)
}

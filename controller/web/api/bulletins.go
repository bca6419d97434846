package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/calendar"
	"loa/controller/office/clips"
	"loa/controller/store"
)

// bulletinHandlers keep what can be aired.
type bulletinHandlers struct {
	face
	calendar *calendar.Desk
	clips    *clips.Desk
	store    *store.Store
}

type bulletinInput struct{ Body calendar.BulletinBody }

// register adds the operations.
func (h bulletinHandlers) register() {
	huma.Register(h.huma, operation("add-bulletin", http.MethodPost, "/bulletins", "Library", http.StatusCreated,
		"Make a bulletin of clips"), h.addBulletin)
	huma.Register(h.huma, operation("list-bulletins", http.MethodGet, "/bulletins", "Library", http.StatusOK,
		"Bulletins, newest first"), h.listBulletins)
	showsOne(h.face, operation("get-bulletin", http.MethodGet, "/bulletins/{id}", "Library", http.StatusOK,
		"One bulletin"), h.calendar.Bulletin)
	huma.Register(h.huma, operation("change-bulletin", http.MethodPut, "/bulletins/{id}", "Library", http.StatusOK,
		"Change a bulletin, in every programme that holds it"), h.changeBulletin)
	h.byID(operation("delete-bulletin", http.MethodDelete, "/bulletins/{id}", "Library", http.StatusNoContent,
		"Remove a bulletin that no coming programme holds"), h.calendar.DeleteBulletin)
}

func (h bulletinHandlers) listBulletins(ctx context.Context, in *pageInput) (*list[calendar.Bulletin], error) {
	all, err := h.store.Bulletins(ctx, in.Before, in.Limit)
	if err != nil {
		return nil, h.fail(err)
	}
	page := pageOf(all, in.Limit, func(b store.Bulletin) time.Time { return b.Created })
	views, err := h.calendar.ReadableBulletins(ctx, page.Body.Items)
	if err != nil {
		return nil, h.fail(err)
	}
	out := listOf(views)
	out.Body.Next = page.Body.Next
	return out, nil
}

func (h bulletinHandlers) addBulletin(ctx context.Context, in *bulletinInput) (*answer[calendar.Bulletin], error) {
	if err := h.clips.Fill(ctx, &in.Body); err != nil {
		return nil, h.fail(err)
	}
	b, err := h.calendar.AddBulletin(ctx, in.Body)
	return answerOf(h.face, b, err)
}

func (h bulletinHandlers) changeBulletin(ctx context.Context, in *edit[calendar.Bulletin]) (*answer[calendar.Bulletin], error) {
	if err := h.clips.Fill(ctx, &in.Body.BulletinBody); err != nil {
		return nil, h.fail(err)
	}
	b, err := h.calendar.ChangeBulletin(ctx, in.ID, in.Body.BulletinBody)
	return answerOf(h.face, b, err)
}

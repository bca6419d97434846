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

type bulletinEdit struct {
	ID   string `path:"id"`
	Body calendar.Bulletin
}

type bulletinAnswer struct{ Body calendar.Bulletin }

// register adds the operations.
func (h bulletinHandlers) register() {
	huma.Register(h.huma, operation("add-bulletin", http.MethodPost, "/bulletins", "Library", http.StatusCreated,
		"Make a bulletin of clips"), h.addBulletin)
	huma.Register(h.huma, operation("list-bulletins", http.MethodGet, "/bulletins", "Library", http.StatusOK,
		"Bulletins, newest first"), h.listBulletins)
	huma.Register(h.huma, operation("get-bulletin", http.MethodGet, "/bulletins/{id}", "Library", http.StatusOK,
		"One bulletin"), h.getBulletin)
	huma.Register(h.huma, operation("change-bulletin", http.MethodPut, "/bulletins/{id}", "Library", http.StatusOK,
		"Change a bulletin, in every programme that holds it"), h.changeBulletin)
	huma.Register(h.huma, operation("delete-bulletin", http.MethodDelete, "/bulletins/{id}", "Library", http.StatusNoContent,
		"Remove a bulletin that no coming programme holds"), h.deleteBulletin)
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

func (h bulletinHandlers) addBulletin(ctx context.Context, in *bulletinInput) (*bulletinAnswer, error) {
	if err := h.clips.Fill(ctx, &in.Body); err != nil {
		return nil, h.fail(err)
	}
	b, err := h.calendar.AddBulletin(ctx, in.Body)
	return h.bulletin(b, err)
}

func (h bulletinHandlers) getBulletin(ctx context.Context, in *idInput) (*bulletinAnswer, error) {
	b, err := h.calendar.Bulletin(ctx, in.ID)
	return h.bulletin(b, err)
}

func (h bulletinHandlers) changeBulletin(ctx context.Context, in *bulletinEdit) (*bulletinAnswer, error) {
	if err := h.clips.Fill(ctx, &in.Body.BulletinBody); err != nil {
		return nil, h.fail(err)
	}
	b, err := h.calendar.ChangeBulletin(ctx, in.ID, in.Body.BulletinBody)
	return h.bulletin(b, err)
}

func (h bulletinHandlers) deleteBulletin(ctx context.Context, in *idInput) (*struct{}, error) {
	return nil, h.fail(h.calendar.DeleteBulletin(ctx, in.ID))
}

// bulletin answers with one.
func (f face) bulletin(b calendar.Bulletin, err error) (*bulletinAnswer, error) {
	if err != nil {
		return nil, f.fail(err)
	}
	return &bulletinAnswer{b}, nil
}

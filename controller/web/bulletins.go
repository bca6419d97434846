package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/calendar"
	"loa/controller/store"
)

type bulletinInput struct{ Body calendar.BulletinBody }
type bulletinEdit struct {
	ID   string `path:"id"`
	Body calendar.Bulletin
}
type bulletinAnswer struct{ Body calendar.Bulletin }

func (s *Server) registerBulletins() {
	huma.Register(s.api, operation("add-bulletin", http.MethodPost, "/bulletins", "Make a bulletin of clips", "Library", http.StatusCreated), s.addBulletin)
	huma.Register(s.api, operation("list-bulletins", http.MethodGet, "/bulletins", "Bulletins, newest first", "Library", http.StatusOK), s.listBulletins)
	huma.Register(s.api, operation("get-bulletin", http.MethodGet, "/bulletins/{id}", "One bulletin", "Library", http.StatusOK), s.getBulletin)
	huma.Register(s.api, operation("change-bulletin", http.MethodPut, "/bulletins/{id}", "Change a bulletin, in every programme that holds it", "Library", http.StatusOK), s.changeBulletin)
	huma.Register(s.api, operation("delete-bulletin", http.MethodDelete, "/bulletins/{id}", "Remove a bulletin that no coming programme holds", "Library", http.StatusNoContent), s.deleteBulletin)
}

func (s *Server) listBulletins(ctx context.Context, in *pageInput) (*list[calendar.Bulletin], error) {
	all, err := s.opt.Store.Bulletins(ctx, in.Before, in.Limit)
	if err != nil {
		return nil, s.fail(err)
	}
	page := pageOf(all, in.Limit, func(b store.Bulletin) time.Time { return b.Created })
	views, err := s.calendar.ReadableBulletins(ctx, page.Body.Items)
	if err != nil {
		return nil, s.fail(err)
	}
	out := listOf(views)
	out.Body.Next = page.Body.Next
	return out, nil
}

func (s *Server) addBulletin(ctx context.Context, in *bulletinInput) (*bulletinAnswer, error) {
	if err := s.speakFilled(ctx, &in.Body); err != nil {
		return nil, s.fail(err)
	}
	b, err := s.calendar.AddBulletin(ctx, in.Body)
	return s.answerBulletin(b, err)
}

func (s *Server) getBulletin(ctx context.Context, in *idInput) (*bulletinAnswer, error) {
	b, err := s.calendar.Bulletin(ctx, in.ID)
	return s.answerBulletin(b, err)
}

func (s *Server) changeBulletin(ctx context.Context, in *bulletinEdit) (*bulletinAnswer, error) {
	if err := s.speakFilled(ctx, &in.Body.BulletinBody); err != nil {
		return nil, s.fail(err)
	}
	b, err := s.calendar.ChangeBulletin(ctx, in.ID, in.Body.BulletinBody)
	return s.answerBulletin(b, err)
}

func (s *Server) deleteBulletin(ctx context.Context, in *idInput) (*struct{}, error) {
	return nil, s.fail(s.calendar.DeleteBulletin(ctx, in.ID))
}

func (s *Server) answerBulletin(b calendar.Bulletin, err error) (*bulletinAnswer, error) {
	if err != nil {
		return nil, s.fail(err)
	}
	return &bulletinAnswer{b}, nil
}

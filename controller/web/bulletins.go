package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/problem"
	"loa/controller/store"
	"loa/schedule"
)

// bulletinBody is a bulletin as a person or script writes it.
type bulletinBody struct {
	Title    string            `json:"title" minLength:"1" maxLength:"200"`
	Field    string            `json:"field,omitempty" maxLength:"100" doc:"lĩnh vực"`
	Class    string            `json:"class,omitempty" enum:"normal,priority,emergency" default:"normal"`
	Language string            `json:"language,omitempty" default:"vi" maxLength:"35" doc:"BCP 47; which clip is aired"`
	Source   string            `json:"source,omitempty" maxLength:"200" doc:"nguồn tin"`
	Author   string            `json:"author,omitempty" maxLength:"200" doc:"tác giả"`
	Summary  string            `json:"summary,omitempty" maxLength:"2000" doc:"nội dung tóm tắt"`
	Clips    map[string]string `json:"clips" doc:"clip id by language"`
	Expires  *time.Time        `json:"expires,omitempty" doc:"not aired from then on"`
}

type bulletinView struct {
	bulletinBody
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
}

type bulletinInput struct{ Body bulletinBody }
type bulletinEdit struct {
	ID   string `path:"id"`
	Body bulletinBody
}
type bulletinAnswer struct{ Body bulletinView }

func (s *Server) registerBulletins() {
	huma.Register(s.api, operation("add-bulletin", http.MethodPost, "/bulletins", "Make a bulletin of clips", "Library", http.StatusCreated), s.addBulletin)
	huma.Register(s.api, operation("list-bulletins", http.MethodGet, "/bulletins", "Bulletins, newest first", "Library", http.StatusOK), s.listBulletins)
	huma.Register(s.api, operation("change-bulletin", http.MethodPut, "/bulletins/{id}", "Change a bulletin, in every programme that holds it", "Library", http.StatusOK), s.changeBulletin)
}

func (s *Server) addBulletin(ctx context.Context, in *bulletinInput) (*bulletinAnswer, error) {
	b, err := s.writeBulletin(ctx, newID(), in.Body)
	if err != nil {
		return nil, s.fail(err)
	}
	b.Created = time.Now().UTC()
	if err := s.opt.Store.PutBulletin(ctx, b); err != nil {
		return nil, s.fail(err)
	}
	s.News("library")
	return &bulletinAnswer{viewBulletin(b)}, nil
}

func (s *Server) listBulletins(ctx context.Context, _ *struct{}) (*list[bulletinView], error) {
	all, err := s.opt.Store.Bulletins(ctx, time.Time{}, maxList)
	if err != nil {
		return nil, s.fail(err)
	}
	views := make([]bulletinView, len(all))
	for i, b := range all {
		views[i] = viewBulletin(b)
	}
	return listOf(views), nil
}

// changeBulletin changes the programmes too: they hold which clip is meant
// and how long it is, so that a plan needs nothing else.
func (s *Server) changeBulletin(ctx context.Context, in *bulletinEdit) (*bulletinAnswer, error) {
	old, err := s.opt.Store.Bulletin(ctx, in.ID)
	if err != nil {
		return nil, s.fail(err)
	}
	b, err := s.writeBulletin(ctx, in.ID, in.Body)
	if err != nil {
		return nil, s.fail(err)
	}
	b.Created = old.Created
	if err := s.opt.Store.PutBulletin(ctx, b); err != nil {
		return nil, s.fail(err)
	}
	programmes, err := s.opt.Store.Programmes(ctx, false)
	if err != nil {
		return nil, s.fail(err)
	}
	for _, p := range programmes {
		if err := s.renew(ctx, p.Programme, b.ID); err != nil {
			return nil, s.fail(err)
		}
	}
	s.changed("calendar")
	return &bulletinAnswer{viewBulletin(b)}, nil
}

// renew fills a programme's items of a bulletin anew.
func (s *Server) renew(ctx context.Context, p schedule.Programme, bulletin string) error {
	p.Rundown = slices.Clone(p.Rundown)
	touched := false
	for i := range p.Rundown {
		if p.Rundown[i].Bulletin == bulletin {
			touched = true
			if err := s.fillBulletin(ctx, &p.Rundown[i], bulletin); err != nil {
				return err
			}
		}
	}
	if !touched {
		return nil
	}
	_, err := s.opt.Store.PutProgramme(ctx, p, time.Now())
	return err
}

func (s *Server) writeBulletin(ctx context.Context, id string, in bulletinBody) (store.Bulletin, error) {
	b := store.Bulletin{ID: id, Title: in.Title, Field: in.Field, Class: in.Class, Language: in.Language,
		Source: in.Source, Author: in.Author, Summary: in.Summary, Clips: in.Clips}
	if in.Expires != nil {
		b.Expires = in.Expires.UTC()
	}
	if in.Clips[in.Language] == "" {
		return b, problem.New(http.StatusUnprocessableEntity, "bulletin_clip_missing",
			"Bản tin chưa có tệp âm thanh cho ngôn ngữ “%s”: hãy thêm vào “clips”.",
			"The bulletin has no clip in its language “%s”: add one to “clips”.", in.Language)
	}
	for _, clip := range in.Clips {
		if _, err := s.clip(ctx, clip); err != nil {
			return b, err
		}
	}
	return b, nil
}

// clip looks a clip up that somebody named.
func (s *Server) clip(ctx context.Context, id string) (store.Clip, error) {
	c, err := s.opt.Store.GetClip(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		err = problem.New(http.StatusUnprocessableEntity, "clip_unknown",
			"Tệp âm thanh này không có trong kho của xã: hãy tải lên hoặc chọn tệp khác.",
			"This clip is not in the commune's library: upload it or choose another.")
	}
	return c, err
}

func (s *Server) fillBulletin(ctx context.Context, item *schedule.Item, id string) error {
	b, err := s.opt.Store.Bulletin(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		err = problem.New(http.StatusUnprocessableEntity, "bulletin_unknown",
			"Không có bản tin này: hãy chọn trong danh sách bản tin.", "There is no such bulletin: choose one of the list.")
	}
	if err != nil {
		return err
	}
	item.Bulletin, item.Title, item.Expires = b.ID, b.Title, b.Expires
	return s.fillClip(ctx, item, b.Clips[b.Language])
}

func viewBulletin(b store.Bulletin) bulletinView {
	return bulletinView{ID: b.ID, Created: b.Created, bulletinBody: bulletinBody{Title: b.Title, Field: b.Field, Class: b.Class,
		Language: b.Language, Source: b.Source, Author: b.Author, Summary: b.Summary, Clips: b.Clips, Expires: optional(b.Expires)}}
}

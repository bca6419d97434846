package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/access"
	"loa/controller/office/notices"
	"loa/controller/store"
)

type notifyAnswer struct{ Body notices.Ways }

func (s *Server) registerNotices(mux *router) {
	huma.Register(s.api, operation("list-notices", http.MethodGet, "/notices", "What you were told and have not read yet, newest first", "Approval", http.StatusOK), func(ctx context.Context, _ *struct{}) (*list[store.Notice], error) {
		all, err := s.opt.Store.Unread(ctx, access.Of(ctx).Who.ID)
		return listOf(all), s.fail(err)
	})
	huma.Register(s.api, operation("read-notice", http.MethodPost, "/notices/{id}/read", "Say that you have read it", "Approval", http.StatusNoContent), func(ctx context.Context, in *idInput) (*struct{}, error) {
		return nil, s.fail(s.notices.Read(ctx, in.ID))
	})
	huma.Register(s.api, operation("get-notify", http.MethodGet, "/notify", "Where news of emergencies and faults is sent to", "Approval", http.StatusOK), func(ctx context.Context, _ *struct{}) (*notifyAnswer, error) {
		to, err := s.notices.Settings(ctx)
		return &notifyAnswer{notices.WaysOf(to)}, s.fail(err)
	})
	huma.Register(s.api, operation("put-notify", http.MethodPut, "/notify", "Set where news of emergencies and faults is sent to", "Approval", http.StatusOK), func(ctx context.Context, in *notifyAnswer) (*notifyAnswer, error) {
		to, err := s.notices.PutWays(ctx, in.Body)
		return &notifyAnswer{notices.WaysOf(to)}, s.fail(err)
	})
	s.registerTryNotify()
	mux.HandleFunc("POST /notices/{id}", func(w http.ResponseWriter, r *http.Request) {
		err := readForm(w, r)
		if err == nil {
			err = s.notices.Read(r.Context(), r.PathValue("id"))
		}
		if err != nil {
			s.problemPage(w, r, s.explain(err))
			return
		}
		http.Redirect(w, r, nextOf(r.PostForm.Get("next")), http.StatusSeeOther)
	})
}

package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/store"
)

type usualHoursAnswer struct{ Body store.UsualHours }

func (s *Server) registerUsualHours() {
	huma.Register(s.api, operation("get-usual-hours", http.MethodGet, "/usual-hours", "When the commune usually airs", "Calendar", http.StatusOK), func(ctx context.Context, _ *struct{}) (*usualHoursAnswer, error) {
		hours, err := s.opt.Store.UsualHours(ctx)
		return &usualHoursAnswer{hours}, s.fail(err)
	})
	huma.Register(s.api, operation("put-usual-hours", http.MethodPut, "/usual-hours", "Set when the commune usually airs: what the pages offer, no programme moves", "Calendar", http.StatusOK), func(ctx context.Context, in *usualHoursAnswer) (*usualHoursAnswer, error) {
		return in, s.fail(s.hours.PutUsual(ctx, in.Body))
	})
}

// usualHoursOf reads them from a form.
func usualHoursOf(r *http.Request) store.UsualHours {
	return store.UsualHours{Morning: strings.TrimSpace(r.PostForm.Get("morning")), Evening: strings.TrimSpace(r.PostForm.Get("evening"))}
}

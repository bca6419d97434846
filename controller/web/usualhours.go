package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/problem"
	"loa/controller/store"
)

type usualHoursAnswer struct{ Body store.UsualHours }

var usualHoursWrong = problem.New(problem.Invalid, "usual_hours_invalid",
	"Khung giờ phát chưa đúng: viết giờ như 05:00 và 17:00, giờ sáng trước giờ chiều.",
	"The usual hours are not right: write them as 05:00 and 17:00, the morning's before the evening's.")

func (s *Server) registerUsualHours() {
	huma.Register(s.api, operation("get-usual-hours", http.MethodGet, "/usual-hours", "When the commune usually airs", "Calendar", http.StatusOK), func(ctx context.Context, _ *struct{}) (*usualHoursAnswer, error) {
		hours, err := s.opt.Store.UsualHours(ctx)
		return &usualHoursAnswer{hours}, s.fail(err)
	})
	huma.Register(s.api, operation("put-usual-hours", http.MethodPut, "/usual-hours", "Set when the commune usually airs: what the pages offer, no programme moves", "Calendar", http.StatusOK), func(ctx context.Context, in *usualHoursAnswer) (*usualHoursAnswer, error) {
		return in, s.fail(s.putUsualHours(ctx, in.Body))
	})
}

func (s *Server) putUsualHours(ctx context.Context, hours store.UsualHours) error {
	for _, hour := range []string{hours.Morning, hours.Evening} {
		if t, err := time.Parse("15:04", hour); err != nil || t.Format("15:04") != hour {
			return usualHoursWrong
		}
	}
	if hours.Morning >= hours.Evening {
		return usualHoursWrong
	}
	old, err := s.opt.Store.UsualHours(ctx)
	if err == nil {
		err = s.opt.Store.PutUsualHours(ctx, hours)
	}
	if err != nil {
		return err
	}
	s.trail.Did(ctx, "hours.put", "usual-hours", old, hours, s.opt.Commune)
	s.News("calendar")
	return nil
}

// usualHoursOf reads them from a form.
func usualHoursOf(r *http.Request) store.UsualHours {
	return store.UsualHours{Morning: strings.TrimSpace(r.PostForm.Get("morning")), Evening: strings.TrimSpace(r.PostForm.Get("evening"))}
}

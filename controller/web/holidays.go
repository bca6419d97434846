package web

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/store"
	"loa/schedule"
)

type holidaysAnswer struct {
	Body struct {
		Items []store.Holiday `json:"items" doc:"days on which nothing is aired by rule; what was put on a day by itself is"`
	}
}

func (s *Server) registerHolidays(mux *router) {
	huma.Register(s.api, operation("get-holidays", http.MethodGet, "/holidays", "Days off (ngày nghỉ)", "Calendar", http.StatusOK), s.getHolidays)
	huma.Register(s.api, operation("put-holidays", http.MethodPut, "/holidays", "Set the days off", "Calendar", http.StatusOK), s.putHolidays)
	mux.HandleFunc("POST /settings/holidays", s.settingsForm("holidays", func(r *http.Request) error { return s.hours.PutHolidays(r.Context(), holidaysOf(r)) }))
}

func (s *Server) getHolidays(ctx context.Context, _ *struct{}) (*holidaysAnswer, error) {
	all, err := s.opt.Store.Holidays(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	out := &holidaysAnswer{}
	out.Body.Items = all
	return out, nil
}

func (s *Server) putHolidays(ctx context.Context, in *holidaysAnswer) (*holidaysAnswer, error) {
	if err := s.hours.PutHolidays(ctx, in.Body.Items); err != nil {
		return nil, s.fail(err)
	}
	return s.getHolidays(ctx, nil)
}

// holidaysOf reads the days off of a form; a row without dates is left out, and
// one without a last day is a single day.
func holidaysOf(r *http.Request) []store.Holiday {
	all := []store.Holiday{}
	to, names := r.PostForm["to"], r.PostForm["name"]
	for i, from := range r.PostForm["from"] {
		h := store.Holiday{From: schedule.Date(strings.TrimSpace(from))}
		if i < len(to) {
			h.To = schedule.Date(strings.TrimSpace(to[i]))
		}
		if i < len(names) {
			h.Name = strings.TrimSpace(names[i])
		}
		if h.From == "" && h.To == "" {
			continue
		}
		h.To = cmp.Or(h.To, h.From)
		all = append(all, h)
	}
	return all
}

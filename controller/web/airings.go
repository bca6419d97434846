package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/preview"
	"loa/schedule"
)

type airingsInput struct {
	From time.Time `query:"from" required:"true"`
	To   time.Time `query:"to" required:"true"`
	Node string    `query:"node"`
}

type quietAnswer struct {
	Body struct {
		Items []schedule.Quiet `json:"items" doc:"daily stretches in which only emergencies sound: from and to as 21:30"`
	}
}

func (s *Server) registerAirings() {
	huma.Register(s.api, operation("airings", http.MethodGet, "/airings", "The preview: what will be heard where, by the function that the nodes use", "Calendar", http.StatusOK), s.listAirings)
	huma.Register(s.api, operation("get-quiet", http.MethodGet, "/quiet", "Quiet hours", "Calendar", http.StatusOK), s.getQuiet)
	huma.Register(s.api, operation("put-quiet", http.MethodPut, "/quiet", "Set the quiet hours", "Calendar", http.StatusOK), s.putQuiet)
	s.registerSoft()
}

func (s *Server) listAirings(ctx context.Context, in *airingsInput) (*list[preview.Airing], error) {
	all, err := s.preview.Asked(ctx, in.Node, in.From, in.To)
	if err != nil {
		return nil, s.fail(err)
	}
	return listOf(all), nil
}

func (s *Server) getQuiet(ctx context.Context, _ *struct{}) (*quietAnswer, error) {
	quiet, err := s.opt.Store.Quiet(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	out := &quietAnswer{}
	out.Body.Items = quiet
	return out, nil
}

func (s *Server) putQuiet(ctx context.Context, in *quietAnswer) (*quietAnswer, error) {
	if err := s.hours.PutQuiet(ctx, in.Body.Items); err != nil {
		return nil, s.fail(err)
	}
	return s.getQuiet(ctx, nil)
}

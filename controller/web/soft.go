package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"loa/schedule"
)

type softAnswer struct {
	Body struct {
		Items []schedule.Soft `json:"items" doc:"daily stretches in which what begins is played softer, emergencies never: from and to as 21:30, volume in percent of each loudspeaker's own"`
	}
}

func (s *Server) registerSoft() {
	huma.Register(s.api, operation("get-soft", http.MethodGet, "/soft", "Soft hours", "Calendar", http.StatusOK), s.getSoft)
	huma.Register(s.api, operation("put-soft", http.MethodPut, "/soft", "Set the soft hours", "Calendar", http.StatusOK), s.putSoft)
}

func (s *Server) getSoft(ctx context.Context, _ *struct{}) (*softAnswer, error) {
	soft, err := s.opt.Store.Soft(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	out := &softAnswer{}
	out.Body.Items = soft
	return out, nil
}

func (s *Server) putSoft(ctx context.Context, in *softAnswer) (*softAnswer, error) {
	if err := s.hours.PutSoft(ctx, in.Body.Items); err != nil {
		return nil, s.fail(err)
	}
	return s.getSoft(ctx, nil)
}

// softOf reads the soft hours of a form; rows without times are left out.
func softOf(r *http.Request) []schedule.Soft {
	soft := []schedule.Soft{}
	volumes := r.PostForm["volume"]
	for i, q := range rowsOf(r) {
		if q.From == "" && q.To == "" {
			continue
		}
		row := schedule.Soft{Quiet: q}
		if i < len(volumes) {
			row.Volume, _ = strconv.Atoi(strings.TrimSpace(volumes[i])) // what is no number is refused as 0 is
		}
		soft = append(soft, row)
	}
	return soft
}

// rowsOf are the stretches of a form, row by row.
func rowsOf(r *http.Request) (rows []schedule.Quiet) {
	to := r.PostForm["to"]
	for i, from := range r.PostForm["from"] {
		q := schedule.Quiet{From: strings.TrimSpace(from)}
		if i < len(to) {
			q.To = strings.TrimSpace(to[i])
		}
		rows = append(rows, q)
	}
	return rows
}

package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/problem"
	"loa/controller/text"
	"loa/schedule"
)

const maxSoft = 10

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
	if len(in.Body.Items) > maxSoft {
		return nil, s.fail(problem.New(problem.Invalid, "soft_many", "Tối đa %d khoảng giờ vặn nhỏ.", "At most %d stretches of soft hours.", maxSoft))
	}
	if in.Body.Items == nil {
		in.Body.Items = []schedule.Soft{}
	}
	for _, q := range in.Body.Items {
		if now := time.Now(); len(q.Spans(now, now.Add(48*time.Hour))) == 0 || q.Volume < 1 || q.Volume > 99 {
			return nil, s.fail(problem.New(problem.Invalid, "soft_invalid",
				"Giờ vặn nhỏ từ “%s” đến “%s” chưa đúng: viết giờ như 19:00 và 05:30, âm lượng từ 1 đến 99 %%.",
				"Soft hours from “%s” to “%s” are not right: write times as 19:00 and 05:30, a volume of 1 to 99 %%.", text.Shown(q.From), text.Shown(q.To)))
		}
	}
	old, err := s.opt.Store.Soft(ctx)
	if err == nil {
		err = s.opt.Store.PutSoft(ctx, in.Body.Items)
	}
	if err != nil {
		return nil, s.fail(err)
	}
	s.trail.Did(ctx, "soft.put", "soft", old, in.Body.Items, s.opt.Commune)
	s.changed("calendar")
	return in, nil
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

func (s *Server) saveSoft(ctx context.Context, soft []schedule.Soft) error {
	in := &softAnswer{}
	in.Body.Items = soft
	_, err := s.putSoft(ctx, in)
	return err
}

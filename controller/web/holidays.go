package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
	"loa/schedule"
)

const maxHolidays = 60

type holidaysAnswer struct {
	Body struct {
		Items []store.Holiday `json:"items" doc:"days on which nothing is aired by rule; what was put on a day by itself is"`
	}
}

func (s *Server) registerHolidays(mux *router) {
	huma.Register(s.api, operation("get-holidays", http.MethodGet, "/holidays", "Days off (ngày nghỉ)", "Calendar", http.StatusOK), s.getHolidays)
	huma.Register(s.api, operation("put-holidays", http.MethodPut, "/holidays", "Set the days off", "Calendar", http.StatusOK), s.putHolidays)
	mux.HandleFunc("POST /settings/holidays", s.settingsForm("holidays", s.saveHolidays))
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
	s.editing.Lock()
	defer s.editing.Unlock()
	all := in.Body.Items
	if len(all) > maxHolidays {
		return nil, s.fail(problem.New(problem.Invalid, "holidays_many", "Tối đa %d dòng ngày nghỉ: hãy bỏ những ngày đã qua.", "At most %d lines of days off: remove those that are over.", maxHolidays))
	}
	if all == nil {
		all = []store.Holiday{}
	}
	for _, h := range all {
		if utf8.RuneCountInString(h.Name) > maxHolidayName {
			return nil, s.fail(problem.New(problem.Invalid, "holiday_name", "Tên ngày nghỉ dài quá %d chữ: hãy rút ngắn.", "The name of a day off is longer than %d characters: shorten it.", maxHolidayName))
		}
		if len(h.Days()) == 0 {
			return nil, s.fail(problem.New(problem.Invalid, "holiday_invalid",
				"Ngày nghỉ từ “%s” đến “%s” chưa đúng: ngày cuối không trước ngày đầu, tối đa %d ngày.",
				"The days off from “%s” to “%s” are not right: the last is not before the first, at most %d days.", text.Shown(string(h.From)), text.Shown(string(h.To)), store.MaxHoliday))
		}
	}
	slices.SortStableFunc(all, func(a, b store.Holiday) int { return cmp.Compare(a.From, b.From) })
	old, err := s.opt.Store.Holidays(ctx)
	if err == nil {
		err = s.opt.Store.PutHolidays(ctx, all)
	}
	if err != nil {
		return nil, s.fail(err)
	}
	s.trail.Did(ctx, "holidays.put", "holidays", old, all, s.opt.Commune)
	s.changed("calendar")
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

func (s *Server) saveHolidays(r *http.Request) error {
	in := &holidaysAnswer{}
	in.Body.Items = holidaysOf(r)
	_, err := s.putHolidays(r.Context(), in)
	return err
}

// holidayOn names the days off that a day is one of.
func holidayOn(all []store.Holiday, day time.Time) (name string, off bool) {
	date := schedule.Date(day.Format(time.DateOnly))
	for _, h := range all {
		if h.From <= date && date <= h.To {
			return h.Name, true
		}
	}
	return "", false
}

// maxHolidayName bounds what a day off is called, runes.
const maxHolidayName = 120

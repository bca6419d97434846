package store

import (
	"context"
	"slices"
	"time"

	"loa/schedule"
)

const keyHolidays = "holidays"

// Holiday (ngày nghỉ) is a stretch of days, both ends included, on which nothing
// is aired by rule. What was put on a day by itself is.
type Holiday struct {
	From schedule.Date `json:"from" doc:"as 2027-02-05"`
	To   schedule.Date `json:"to" doc:"the last day; the same for a single one"`
	Name string        `json:"name"`
}

// MaxHoliday is the most days that one may have.
const MaxHoliday = 31

// Days are those of a holiday; none if it cannot be read, ends before it begins or
// is too long.
func (h Holiday) Days() (days []schedule.Date) {
	from, err1 := time.Parse(time.DateOnly, string(h.From))
	to, err2 := time.Parse(time.DateOnly, string(h.To))
	if err1 != nil || err2 != nil || to.Sub(from) >= MaxHoliday*24*time.Hour {
		return nil
	}
	for d := from; !d.After(to); d = d.AddDate(0, 0, 1) {
		days = append(days, schedule.Date(d.Format(time.DateOnly)))
	}
	return days
}

// Holidays returns the commune's. None is an empty list, and no error.
func (s *Store) Holidays(ctx context.Context) ([]Holiday, error) {
	all := []Holiday{}
	err := s.SettingOr(ctx, keyHolidays, &all)
	return all, err
}

// PutHolidays sets them.
func (s *Store) PutHolidays(ctx context.Context, all []Holiday) error {
	return s.PutSetting(ctx, keyHolidays, all)
}

// rest takes the days off out of a programme's rule.
func rest(p *schedule.Programme, days []schedule.Date) {
	if len(p.Rule.Cron) > 0 && len(days) > 0 {
		p.Rule.Except = append(slices.Clone(p.Rule.Except), days...)
	}
}

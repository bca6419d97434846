package pages

import (
	"cmp"
	"context"
	"time"

	"loa/controller/office/preview"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/schedule"
)

// hearsForm is the question of the page, and its answer.
type hearsForm struct {
	Now    time.Time
	Areas  []store.Area
	Area   string
	On, At string
	Answer *preview.Hears
	Why    *problem.Problem // there is no answer
}

var hourWrong = problem.New(problem.Invalid, "hour_invalid",
	"Giờ chưa đúng: hãy viết như 17:00.", "The hour is not right: write it as 17:00.")

func (p *calendarPage) hearsForm(ctx context.Context, now time.Time, area, on, at string) (any, error) {
	f := hearsForm{Now: now, Area: area, On: on, At: at}
	var err error
	if f.Areas, err = p.inventory.Areas(ctx); err != nil {
		return nil, err
	}
	if f.On == "" || f.At == "" {
		if err := p.soonHeard(ctx, &f); err != nil {
			return nil, err
		}
	}
	if area == "" {
		return f, nil
	}
	when, err := time.ParseInLocation("2006-01-02 15:04", f.On+" "+f.At, schedule.Zone())
	if err != nil {
		f.Why = hourWrong
		return f, nil
	}
	if f.Answer, err = p.preview.Hears(ctx, area, when); err != nil {
		f.Why, f.Answer = p.explain(err), nil
	}
	return f, nil
}

// soonHeard asks, where nothing was asked, about the next of the commune's usual
// hours; of a day that was named, about the first that it still has.
func (p *calendarPage) soonHeard(ctx context.Context, f *hearsForm) error {
	hours, err := p.store.UsualHours(ctx)
	if err != nil {
		return err
	}
	from := f.Now
	if day, err := time.ParseInLocation(time.DateOnly, f.On, schedule.Zone()); err == nil && day.After(from) {
		from = day.Add(-time.Nanosecond)
	}
	soon, ok := usualAfter(hours, from.In(schedule.Zone()))
	if !ok {
		soon = from.In(schedule.Zone())
	}
	f.On, f.At = cmp.Or(f.On, soon.Format(time.DateOnly)), cmp.Or(f.At, soon.Format("15:04"))
	return nil
}

// usualAfter is the next of the usual hours; false: there are none.
func usualAfter(hours store.UsualHours, now time.Time) (soon time.Time, ok bool) {
	for _, hour := range []string{hours.Morning, hours.Evening} {
		clock, err := time.Parse("15:04", hour)
		if err != nil {
			continue
		}
		at := time.Date(now.Year(), now.Month(), now.Day(), clock.Hour(), clock.Minute(), 0, 0, now.Location())
		if !at.After(now) {
			at = at.AddDate(0, 0, 1)
		}
		if !ok || at.Before(soon) {
			soon, ok = at, true
		}
	}
	return soon, ok
}

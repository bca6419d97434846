package hours

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"loa/controller/library"
	"loa/controller/office/audit"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
	"loa/schedule"
)

// Hours is when the commune airs, how loud, and what it begins with.
type Hours struct{ opt Options }

// Options are what the hours are kept with.
type Options struct {
	Store   *store.Store
	Library *library.Library
	Trail   *audit.Trail
	Now     func() time.Time // controller time
	// Editing is held from reading what is to be changed until it is stored.
	Editing *sync.Mutex
	News    func(what string) // the pages show something else now
	Changed func(what string) // and the nodes' plans may differ
	Commune string            // id of its area
}

// New returns the hours of one commune.
func New(opt Options) *Hours { return &Hours{opt} }

const (
	maxQuiet       = 10
	maxSoft        = 10
	maxHolidays    = 60
	maxHolidayName = 120 // runes
)

var usualHoursWrong = problem.New(problem.Invalid, "usual_hours_invalid",
	"Khung giờ phát chưa đúng: viết giờ như 05:00 và 17:00, giờ sáng trước giờ chiều.",
	"The usual hours are not right: write them as 05:00 and 17:00, the morning's before the evening's.")

// PutQuiet sets the daily stretches in which only emergencies sound.
func (h *Hours) PutQuiet(ctx context.Context, all []schedule.Quiet) error {
	if len(all) > maxQuiet {
		return problem.New(problem.Invalid, "quiet_many",
			"Tối đa %d khoảng giờ yên tĩnh.", "At most %d stretches of quiet hours.", maxQuiet)
	}
	for _, q := range all {
		if now := h.opt.Now(); len(q.Spans(now, now.Add(48*time.Hour))) == 0 {
			return problem.New(problem.Invalid, "quiet_invalid",
				"Giờ yên tĩnh từ “%s” đến “%s” chưa đúng: hãy viết như 21:30 và 04:45.",
				"Quiet hours from “%s” to “%s” are not right: write them as 21:30 and 04:45.", text.Shown(q.From), text.Shown(q.To))
		}
	}
	all = some(all)
	return put(ctx, h, "quiet.put", "quiet", h.opt.Store.Quiet, h.opt.Store.PutQuiet, all, h.opt.Changed)
}

// PutSoft sets the daily stretches in which what begins is played softer.
func (h *Hours) PutSoft(ctx context.Context, all []schedule.Soft) error {
	if len(all) > maxSoft {
		return problem.New(problem.Invalid, "soft_many", "Tối đa %d khoảng giờ vặn nhỏ.", "At most %d stretches of soft hours.", maxSoft)
	}
	for _, q := range all {
		if now := h.opt.Now(); len(q.Spans(now, now.Add(48*time.Hour))) == 0 || q.Volume < 1 || q.Volume > 99 {
			return problem.New(problem.Invalid, "soft_invalid",
				"Giờ vặn nhỏ từ “%s” đến “%s” chưa đúng: viết giờ như 19:00 và 05:30, âm lượng từ 1 đến 99 %%.",
				"Soft hours from “%s” to “%s” are not right: write times as 19:00 and 05:30, a volume of 1 to 99 %%.", text.Shown(q.From),
				text.Shown(q.To))
		}
	}
	all = some(all)
	return put(ctx, h, "soft.put", "soft", h.opt.Store.Soft, h.opt.Store.PutSoft, all, h.opt.Changed)
}

// put stores what is set whole in the place of what was, with nobody else changing
// anything meanwhile; deed and object are what the audit log calls it, and tell says that
// the calendar, or what is offered of it, is another now.
func put[T any](ctx context.Context, h *Hours, deed, object string, read func(context.Context) (T, error),
	write func(context.Context, T) error, now T, tell func(string)) error {
	h.opt.Editing.Lock()
	defer h.opt.Editing.Unlock()
	old, err := read(ctx)
	if err == nil {
		err = write(ctx, now)
	}
	if err != nil {
		return err
	}
	h.opt.Trail.Did(ctx, deed, object, old, now, h.opt.Commune)
	tell("calendar")
	return nil
}

// some is a list that is not nil: what is stored and shown as [].
func some[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

// PutUsual sets when the commune usually airs: no programme moves by it.
func (h *Hours) PutUsual(ctx context.Context, usual store.UsualHours) error {
	for _, hour := range []string{usual.Morning, usual.Evening} {
		if t, err := time.Parse("15:04", hour); err != nil || t.Format("15:04") != hour {
			return usualHoursWrong
		}
	}
	if usual.Morning >= usual.Evening {
		return usualHoursWrong
	}
	return put(ctx, h, "hours.put", "usual-hours", h.opt.Store.UsualHours, h.opt.Store.PutUsualHours, usual, h.opt.News)
}

// PutHolidays sets the days on which nothing is aired by rule.
func (h *Hours) PutHolidays(ctx context.Context, all []store.Holiday) error {
	if len(all) > maxHolidays {
		return problem.New(problem.Invalid, "holidays_many", "Tối đa %d dòng ngày nghỉ: hãy bỏ những ngày đã qua.",
			"At most %d lines of days off: remove those that are over.", maxHolidays)
	}
	for _, off := range all {
		if utf8.RuneCountInString(off.Name) > maxHolidayName {
			return problem.New(problem.Invalid, "holiday_name", "Tên ngày nghỉ dài quá %d chữ: hãy rút ngắn.",
				"The name of a day off is longer than %d characters: shorten it.", maxHolidayName)
		}
		if len(off.Days()) == 0 {
			return problem.New(problem.Invalid, "holiday_invalid",
				"Ngày nghỉ từ “%s” đến “%s” chưa đúng: ngày cuối không trước ngày đầu, tối đa %d ngày.",
				"The days off from “%s” to “%s” are not right: the last is not before the first, at most %d days.", text.Shown(string(off.From)),
				text.Shown(string(off.To)), store.MaxHoliday)
		}
	}
	all = some(all)
	slices.SortStableFunc(all, func(a, b store.Holiday) int { return cmp.Compare(a.From, b.From) })
	return put(ctx, h, "holidays.put", "holidays", h.opt.Store.Holidays, h.opt.Store.PutHolidays, all, h.opt.Changed)
}

// HolidayOn names the days off that a day is one of.
func HolidayOn(all []store.Holiday, day time.Time) (name string, off bool) {
	date := schedule.Date(day.Format(time.DateOnly))
	for _, h := range all {
		if h.From <= date && date <= h.To {
			return h.Name, true
		}
	}
	return "", false
}

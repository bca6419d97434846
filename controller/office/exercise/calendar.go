package exercise

import (
	"context"
	"maps"
	"slices"
	"time"

	"loa/controller/i18n"
	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/schedule"
)

// Entry is one line of the calendar.
type Entry struct {
	Kind    store.ExerciseKind `json:"kind" enum:"silent,audible,yearly"`
	Days    int                `json:"days" doc:"between two of them; 0: it is off"`
	Last    *time.Time         `json:"last,omitempty" doc:"when the last was that counts"`
	LastID  string             `json:"last_id,omitempty" doc:"of its sheet"`
	Due     *time.Time         `json:"due,omitempty" doc:"by when the next is to be; left out: it is off"`
	Overdue bool               `json:"overdue"`
	Now     string             `json:"now,omitempty" doc:"id of the sheet of one that is under way"`
	// Itself says that it runs by itself when it is due.
	Itself bool `json:"itself"`
}

// Calendar is what is to be done when.
func (d *Desk) Calendar(ctx context.Context) ([]Entry, error) {
	rule, err := d.opt.Store.ExerciseRule(ctx)
	if err != nil {
		return nil, err
	}
	told, err := d.opt.Store.ExercisesTold(ctx)
	if err != nil {
		return nil, err
	}
	last, err := d.opt.Store.LastExercises(ctx)
	if err != nil {
		return nil, err
	}
	underWay, err := d.opt.Store.ExercisesUnderWay(ctx)
	if err != nil {
		return nil, err
	}
	now := d.opt.Now()
	since := told.Since
	if since.IsZero() {
		since = now
	}
	if of := last[store.Yearly]; of.At.After(last[store.Audible].At) {
		last[store.Audible] = of // an exercise is heard too
	}
	all := make([]Entry, len(store.ExerciseKinds))
	for i, kind := range store.ExerciseKinds {
		all[i] = entryOf(rule, kind, last[kind], since, now)
		if at := slices.IndexFunc(underWay, func(e store.Exercise) bool { return e.Kind == kind }); at >= 0 {
			all[i].Now = underWay[at].ID
		}
	}
	return all, nil
}

// entryOf is one line; last is the last one that counts, since is when the calendar began.
func entryOf(rule store.ExerciseRule, kind store.ExerciseKind, last store.Exercise, since, now time.Time) Entry {
	e := Entry{Kind: kind, Days: rule.Days(kind), Last: store.Optional(last.At), LastID: last.ID,
		Itself: kind == store.Silent && rule.SilentAt != ""}
	if e.Days == 0 {
		return e
	}
	from := since
	if e.Last != nil {
		from = last.At
	}
	due, late := dueAfter(from.In(schedule.Zone()), e.Days, rule.SilentAt)
	if !e.Itself { // any time of the day will do
		due, late = dueAfter(from.In(schedule.Zone()), e.Days, "00:00")
	}
	e.Due, e.Overdue = &due, !now.Before(late)
	return e
}

// dueAfter is when something is due so many days after a day, and from when on it is
// overdue: when that day is over.
func dueAfter(from time.Time, days int, hour string) (due, late time.Time) {
	at, _ := time.Parse("15:04", hour) // checked when it was set
	day := time.Date(from.Year(), from.Month(), from.Day()+days, 0, 0, 0, 0, from.Location())
	return day.Add(time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute), day.AddDate(0, 0, 1)
}

// Overdue are the lines that are overdue, for a caller that can do something about it: begin one, or
// set the calendar. For others there are none.
func (d *Desk) Overdue(ctx context.Context) ([]Entry, error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil || !may(a) {
		return nil, err
	}
	all, err := d.Calendar(ctx)
	return slices.DeleteFunc(all, func(e Entry) bool { return !e.Overdue }), err
}

// acting are the rights with one of which the calendar is somebody's business.
var acting = slices.Concat(access.Drilling, access.Maintaining, access.Governing)

func may(a *access.View) bool { return a.Permit(acting, a.Commune) == nil }

// Rule is the calendar as it is set.
func (d *Desk) Rule(ctx context.Context) (store.ExerciseRule, error) {
	return d.opt.Store.ExerciseRule(ctx)
}

var ruleWrong = problem.New(problem.Invalid, "exercise_rule",
	"Lịch chưa đúng: số ngày từ 0 (không làm) đến 366, diễn tập hằng năm đến 1100; giờ viết như 09:30, để trống thì không tự chạy.",
	"The calendar is not right: days from 0 (none) to 366, of the exercise to 1100; the hour as 09:30, empty: it does not run by itself.")

// PutRule sets the calendar.
func (d *Desk) PutRule(ctx context.Context, r store.ExerciseRule) error {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	if at, err := time.Parse("15:04", r.SilentAt); r.SilentAt != "" && (err != nil || at.Format("15:04") != r.SilentAt) {
		return ruleWrong
	}
	for kind, most := range map[store.ExerciseKind]int{store.Silent: 366, store.Audible: 366, store.Yearly: 1100} {
		if days := r.Days(kind); days < 0 || days > most {
			return ruleWrong
		}
	}
	old, err := d.opt.Store.ExerciseRule(ctx)
	if err == nil {
		err = d.opt.Store.PutExerciseRule(ctx, r)
	}
	if err != nil {
		return err
	}
	d.opt.Trail.Did(ctx, "exercise.rule", "exercises", old, r, d.opt.Commune)
	d.opt.News("exercises")
	return nil
}

// tell tells those that can begin one what is overdue, once; and has the calendar begin.
func (d *Desk) tell(ctx context.Context) error {
	told, err := d.opt.Store.ExercisesTold(ctx)
	if err != nil {
		return err
	}
	if told.Since.IsZero() {
		told.Since = d.opt.Now()
		return d.opt.Store.PutExercisesTold(ctx, told)
	}
	all, err := d.Calendar(ctx)
	if err != nil {
		return err
	}
	news := maps.Clone(told.Told)
	if news == nil {
		news = map[store.ExerciseKind]time.Time{}
	}
	var titles [][2]string
	for _, e := range all {
		if e.Itself && d.opt.Now().Sub(d.began) < 2*settled {
			continue // the office has just come up: it runs first
		}
		if e.Overdue && !news[e.Kind].Equal(*e.Due) {
			news[e.Kind] = *e.Due
			titles = append(titles, titleOf(e))
		}
	}
	if len(titles) == 0 {
		return nil
	}
	if some, err := d.somebody(ctx); err != nil || !some {
		return err // there is nobody yet who could do it: it is told when there is
	}
	told.Told = news
	if err := d.opt.Store.PutExercisesTold(ctx, told); err != nil { // before it is told: never daily
		return err
	}
	for _, title := range titles {
		d.opt.Notices.TellOverdue(ctx, d.opt.Now(), title)
	}
	d.opt.News("exercises")
	return nil
}

// somebody reports whether there is anybody who can begin a drill.
func (d *Desk) somebody(ctx context.Context) (bool, error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return false, err
	}
	people, err := d.opt.Store.People(ctx)
	return slices.ContainsFunc(people, func(p store.Person) bool { return !p.Disabled && a.Drills(p) }), err
}

// titleOf says in Vietnamese and English what is overdue.
func titleOf(e Entry) (title [2]string) {
	for i, lang := range []i18n.Language{i18n.VI, i18n.EN} {
		title[i] = i18n.Say(lang, "exercise_overdue_title", i18n.Say(lang, "exercise_"+string(e.Kind)),
			e.Due.In(schedule.Zone()).Format("02/01/2006"))
	}
	return title
}

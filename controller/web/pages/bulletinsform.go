package pages

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"loa/audio/speech"
	"loa/controller/i18n"
	"loa/controller/library"
	"loa/controller/office/calendar"
	"loa/controller/office/clips"
	"loa/controller/store"
	"loa/controller/text"
	"loa/controller/web/respond"
	"loa/schedule"
)

// A bulletin is typed and scheduled by a plain form too, in a browser that runs
// no script. Recording, cutting and listening need one.

const soonest = 2 * time.Minute // the loudspeakers must get the sound first

// bulletinWritten is what stands in the form.
type bulletinWritten struct {
	Title, Text, Field, Expires, Class, When, Day, Hour, Until, Language, Style string

	Days []string // of a week, as cron counts them

	Sentence string // what is wrong with it
	Voice    bool   // that is the voice: the built-in one can speak in its place
	Sure     string // what it would do, if that must be asked
	Quiet    bool   // it would not be heard
	Made     string // title of what was made just now
}

func (p *bulletinsPage) bulletinForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	f := bulletinWritten{Title: get("title"), Text: get("text"), Field: get("field"), Expires: get("expires"),
		Class: get("class"), When: get("when"), Day: get("day"), Hour: get("hour"), Until: get("until"),
		Style: get("style"), Language: cmp.Or(get("language"), "vi"), Days: r.PostForm["weekday"]}
	var made string
	if err == nil {
		made, err = p.makeWritten(r, &f)
	}
	switch {
	case err != nil:
		pr := p.explain(err)
		f.Sentence, f.Voice = respond.Sentence(r, pr), clips.IsOfVoice(pr)
		p.bulletinsAgain(w, r, respond.Status(pr), f)
	case f.Sure != "":
		p.bulletinsAgain(w, r, http.StatusUnprocessableEntity, f)
	default:
		http.Redirect(w, r, "/bulletins?made="+made, http.StatusSeeOther)
	}
}

// makeWritten makes the bulletin and its programme, and returns the bulletin's
// id; or it says in f what must be asked first.
func (p *bulletinsPage) makeWritten(r *http.Request, f *bulletinWritten) (string, error) {
	ctx := r.Context()
	if err := f.check(r.PostForm.Get("way")); err != nil {
		return "", err
	}
	hours, err := p.store.UsualHours(ctx)
	if err != nil {
		return "", err
	}
	rule, first, err := f.rule(hours, p.now().In(schedule.Zone()))
	if err != nil {
		return "", err
	}
	targets := schedule.Targets{Areas: r.PostForm["area"]}
	if rule != nil {
		if err := p.calendar.MayAir(ctx, f.Class, targets); err != nil {
			return "", err
		}
	}
	said := library.Text{Text: f.Text, Headline: f.Title, Style: f.style(), Instead: r.PostForm.Has("instead")}
	clip, err := p.clips.Speak(ctx, said) // once: the same text is found again
	if err != nil {
		return "", err
	}
	if rule != nil && !r.PostForm.Has("sure") {
		if err := p.ask(r, f, targets, first, clip.Seconds); err != nil || f.Sure != "" {
			return "", err
		}
	}
	in := calendar.BulletinBody{Title: f.Title, Field: f.Field, Class: f.Class, Language: "vi", Summary: text.Cut(f.Text, 2000),
		Clips: map[string]string{"vi": clip.ID}}
	if day, err := time.ParseInLocation(time.DateOnly, f.Expires, schedule.Zone()); err == nil {
		day = day.AddDate(0, 0, 1)
		in.Expires = &day
	}
	b, err := p.calendar.AddBulletin(ctx, in)
	if err != nil || rule == nil {
		return b.ID, err
	}
	rule.Title, rule.Class, rule.Targets = f.Title, f.Class, targets
	rule.Rundown = []calendar.RundownItem{{Chime: true}, {Bulletin: b.ID}}
	if _, err := p.calendar.Add(ctx, *rule); err != nil {
		return "", err
	}
	return b.ID, nil
}

// style is how the text is said: for horns, if nothing else is chosen.
func (f *bulletinWritten) style() speech.Style {
	switch {
	case f.Style == string(speech.Indoor):
		return speech.Indoor
	case f.Class == string(schedule.Emergency):
		return speech.Urgent
	}
	return speech.Outdoor
}

// check says what is missing or wrong of what was typed.
func (f *bulletinWritten) check(way string) error {
	class := slices.Contains([]string{"normal", "priority", "emergency"}, f.Class)
	switch {
	case f.Title == "":
		return formProblem("bul_no_title")
	case way != "text":
		return formProblem("bul_noscript")
	case f.Text == "":
		return formProblem("bul_no_text")
	case f.Language != "vi":
		return formProblem("bul_variant_voice")
	case !class, utf8.RuneCountInString(f.Title) > 200, utf8.RuneCountInString(f.Field) > 100:
		return respond.Wrong(http.StatusUnprocessableEntity, "title, class, field")
	}
	return nil
}

// rule is when it is to be aired, and first; nil: not yet.
func (f *bulletinWritten) rule(hours store.UsualHours, now time.Time) (*calendar.ProgrammeBody, time.Time, error) {
	at := now.Add(soonest).Truncate(time.Second)
	var err error
	switch f.When {
	case "none":
		return nil, time.Time{}, nil
	case "now":
	case "evening":
		at, err = next(now, hours.Evening)
	case "morning":
		at, err = next(now, hours.Morning)
	case "chosen":
		at, err = time.ParseInLocation("2006-01-02 15:04", f.Day+" "+f.Hour, now.Location())
	case "daily":
		if at, err = next(now, f.Hour); err == nil {
			return f.repeated(now, at, "*")
		}
	case "weekly":
		if at, err = next(now, f.Hour); err == nil {
			return f.weekly(now, at)
		}
	default:
		err = formProblem("bul_no_time")
	}
	if err != nil {
		return nil, at, formProblem("bul_no_time")
	}
	if !at.After(now) {
		return nil, at, formProblem("bul_time_past")
	}
	return &calendar.ProgrammeBody{At: &at}, at, nil
}

// On reports whether a day of the week is chosen.
func (f bulletinWritten) On(day string) bool { return slices.Contains(f.Days, day) }

func (f *bulletinWritten) chosenDays() []weekday {
	return kept(bulletinsForm{}.Weekdays(), func(d weekday) bool { return f.On(d.Cron) })
}

// weekly begins on the first of the chosen days, today perhaps.
func (f *bulletinWritten) weekly(now, at time.Time) (*calendar.ProgrammeBody, time.Time, error) {
	var days []string
	for _, day := range f.chosenDays() {
		days = append(days, day.Cron)
	}
	if len(days) == 0 {
		return nil, at, formProblem("bul_no_weekday")
	}
	for !f.On(strconv.Itoa(int(at.Weekday()))) {
		at = at.AddDate(0, 0, 1)
	}
	return f.repeated(now, at, strings.Join(days, ","))
}

// repeated is aired at the hour of at, on days of the week.
func (f *bulletinWritten) repeated(now, at time.Time, days string) (*calendar.ProgrammeBody, time.Time, error) {
	b := &calendar.ProgrammeBody{Cron: calendar.CronLines{fmt.Sprintf("%d %d * * %s", at.Minute(), at.Hour(), days)}, From: &now}
	if f.Until == "" {
		return b, at, nil
	}
	last, err := time.ParseInLocation(time.DateOnly, f.Until, now.Location())
	if last = last.AddDate(0, 0, 1); err != nil || !last.After(at) {
		return nil, at, formProblem("bul_time_past")
	}
	b.Until = &last
	return b, at, nil
}

// next is the next time that the clocks show an hour, and that can be kept.
func next(now time.Time, hour string) (time.Time, error) {
	clock, err := time.Parse("15:04", hour)
	at := time.Date(now.Year(), now.Month(), now.Day(), clock.Hour(), clock.Minute(), 0, 0, now.Location())
	if !at.After(now.Add(soonest)) {
		at = at.AddDate(0, 0, 1)
	}
	return at, err
}

// ask says what a programme would do where much hangs on it: all villages, an
// emergency, or quiet hours.
func (p *bulletinsPage) ask(r *http.Request, f *bulletinWritten, t schedule.Targets, first time.Time, length float64) error {
	ctx, lang := r.Context(), respond.Language(r)
	a, err := p.access.View(ctx)
	if err != nil {
		return err
	}
	form, err := p.bulletinsForm(ctx, p.now())
	if err != nil {
		return err
	}
	quiet, err := p.preview.QuietUntil(ctx, first)
	if err != nil {
		return err
	}
	heard, mute := a.Concerned(t, first)
	nodes := len(heard) + len(mute)
	alarm := f.Class == "emergency"
	if !alarm && quiet.IsZero() && nodes < form.(bulletinsForm).Nodes {
		return nil
	}
	f.Quiet = !quiet.IsZero() && !alarm
	at := i18n.Say(lang, "bul_at", first.Format("15:04 02/01/2006"))
	switch f.When {
	case "daily":
		at = i18n.Say(lang, "bul_daily_at", first.Format("15:04"))
	case "weekly":
		var days []string
		for _, day := range f.chosenDays() {
			days = append(days, i18n.Say(lang, day.Key))
		}
		at = i18n.Say(lang, "bul_weekly_at", strings.Join(days, ", "), first.Format("15:04"))
	}
	f.Sure = fmt.Sprintf(i18n.Say(lang, "bul_sure"), f.Title, strings.Join(a.Where(t), ", "), fmt.Sprint(nodes),
		fmt.Sprintf("%d:%02d", int(length)/60, int(length)%60), at)
	return nil
}

// bulletinsAgain shows the page with what was written.
func (p *bulletinsPage) bulletinsAgain(w http.ResponseWriter, r *http.Request, status int, f bulletinWritten) {
	areas := r.PostForm["area"]
	parts := p.bulletinsParts("")
	parts["form"] = func(ctx context.Context, now time.Time) (any, error) {
		v, err := p.bulletinsForm(ctx, now)
		if form, ok := v.(bulletinsForm); ok {
			form.Written = f
			for i := range form.Places {
				form.Places[i].Chosen = slices.Contains(areas, form.Places[i].ID)
			}
			return form, err
		}
		return v, err
	}
	template, view, err := p.view(r, "bulletins", parts)
	if err != nil {
		p.problemPage(w, r, p.explain(err))
		return
	}
	p.show(w, r, status, template, view)
}

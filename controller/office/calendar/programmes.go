package calendar

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/approval"
	"loa/controller/office/audit"
	"loa/controller/problem"
	"loa/controller/reach"
	"loa/controller/store"
	"loa/schedule"
)

// defaultStartLate is how late a programme may begin when its author said
// nothing: behind a few bulletins, but not in the next hour's news.
const defaultStartLate = 10 * time.Minute

// CronLines is one rule, or several.
type CronLines []string

// UnmarshalJSON takes a string or an array of them.
func (c *CronLines) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*c = nil
		if one != "" {
			*c = CronLines{one}
		}
		return nil
	}
	var many []string
	if err := json.Unmarshal(data, &many); err != nil {
		return err
	}
	*c = many
	return nil
}

// ProgrammeBody is a programme as a person or script writes it. Exported, for
// huma leaves out of its description what is embedded and is not.
type ProgrammeBody struct {
	Title      string           `json:"title"`
	Class      string           `json:"class" doc:"normal, priority or emergency"`
	At         *time.Time       `json:"at,omitempty" doc:"one start"`
	Cron       CronLines        `json:"cron,omitempty"`
	TimeZone   string           `json:"time_zone,omitempty" doc:"IANA name; Asia/Ho_Chi_Minh if left out"`
	From       *time.Time       `json:"from,omitempty"`
	Until      *time.Time       `json:"until,omitempty"`
	EveryWeeks int              `json:"every_weeks,omitempty" doc:"2: every second week, counted from the week of from"`
	Except     []string         `json:"except,omitempty" doc:"dates without an airing"`
	Extra      []time.Time      `json:"extra,omitempty" doc:"starts besides the rule"`
	Targets    schedule.Targets `json:"targets"`
	StartLateS *float64         `json:"start_late_s,omitempty" doc:"how late it may still begin; 600 if left out"`
	Order      int              `json:"order,omitempty" doc:"among equals that wait, the lowest goes first"`
	Rundown    []RundownItem    `json:"rundown"`
	Draft      bool             `json:"draft,omitempty" doc:"keep it without asking for approval yet: see submit"`
}

// RundownItem is one thing that is heard: a chime, a clip, a bulletin, silence or a station.
type RundownItem struct {
	Chime    bool    `json:"chime,omitempty"`
	Clip     string  `json:"clip,omitempty"`
	Bulletin string  `json:"bulletin,omitempty"`
	GapS     float64 `json:"gap_s,omitempty"`
	Stream   string  `json:"stream,omitempty" doc:"address of a station that is passed on (tiếp sóng), for length_s; it is shown without a password, and sent back as it was shown it stays what it is"`
	LengthS  float64 `json:"length_s,omitempty" doc:"of a stream"`
	Repeat   int     `json:"repeat,omitempty"`
	GainDB   float64 `json:"gain_db,omitempty"`
}

// Programme is a stored programme as the API shows it. It may be changed
// and sent back as it came.
type Programme struct {
	ProgrammeBody
	ID        string         `json:"id" required:"false" readOnly:"true"`
	Version   int            `json:"version,omitempty" doc:"one more with each change. Sent back, a change is refused (409 programme_changed) if somebody changed the programme since it was read; left out, it is not looked at"`
	Seconds   float64        `json:"seconds" required:"false" readOnly:"true"`
	Words     *RuleWords     `json:"words,omitempty" readOnly:"true" doc:"what its rule means"`
	Next      []time.Time    `json:"next,omitempty" readOnly:"true" doc:"its next five starts"`
	Skipped   []time.Time    `json:"skipped,omitempty" readOnly:"true" doc:"starts called off: see skip"`
	Cancelled *time.Time     `json:"cancelled,omitempty" readOnly:"true"`
	Approval  *approval.View `json:"approval,omitempty" readOnly:"true"`
}

// changedMeanwhile keeps two persons from overwriting each other: the one who writes
// back a whole programme would undo what they never saw.
var changedMeanwhile = problem.New(problem.Conflict, "programme_changed",
	"Người khác vừa sửa buổi phát này nên chưa lưu thay đổi của bạn: hãy tải lại trang, xem lại rồi sửa tiếp.",
	"Somebody else has just changed this programme, so your change was not saved: reload the page, look at it and change it then.")

// RuleWords is what a rule means, as a part of a sentence.
type RuleWords struct {
	VI string `json:"vi"`
	EN string `json:"en"`
}

// startsTold is how many starts are told of a rule.
const startsTold = 5

// maxSkips is a daily airing called off for nearly three years.
const maxSkips = 1000

var tooManySkips = problem.New(problem.Invalid, "skips_many",
	"Buổi phát này đã có %d lần phát được cho nghỉ: hãy sửa lịch lặp của buổi phát.",
	"%d airings of this programme are called off: change its rule instead.", maxSkips)

var noAiring = problem.New(problem.Invalid, "airing_unknown",
	"Buổi phát này không có lần phát nào vào giờ đó: hãy chọn đúng giờ trong lịch.",
	"The programme has no airing at that time: choose one that is in the calendar.")

// Add puts a programme in the calendar.
func (d *Desk) Add(ctx context.Context, in ProgrammeBody) (v Programme, err error) {
	p, err := d.compose(ctx, store.NewID(), in)
	if err == nil {
		err = passed(p, nil, d.opt.Now())
	}
	if err != nil {
		return v, err
	}
	return d.keep(ctx, "programme.add", nil, p, in.Draft)
}

// compose makes a programme of what was written, if the writer may speak
// to all of its targets.
func (d *Desk) compose(ctx context.Context, id string, body ProgrammeBody) (schedule.Programme, error) {
	c, err := d.Composer(ctx)
	if err != nil {
		return schedule.Programme{}, err
	}
	p, err := c.compose(id, body)
	for _, it := range p.Rundown {
		if err == nil {
			err = d.opt.Reach.Check(it.Source)
		}
	}
	if err != nil {
		return p, err
	}
	if p.Class == schedule.Emergency {
		if err := d.opt.Access.Permit(ctx, access.Alerting, p.Targets); err != nil {
			return p, err
		}
	}
	return p, d.opt.Access.Permit(ctx, access.Writing, p.Targets)
}

// Change changes a programme that was read at a version; 0: whatever it is now.
func (d *Desk) Change(ctx context.Context, id string, version int, in ProgrammeBody) (Programme, error) {
	return d.edit(ctx, id, func(old store.Programme) (v Programme, err error) {
		if version != 0 && version != old.Revision {
			return v, changedMeanwhile
		}
		p, err := d.compose(ctx, id, unmasked(in, old))
		if err == nil {
			err = passed(p, &old, d.opt.Now())
		}
		if err != nil {
			return v, err
		}
		p.Rule.Skip = old.Rule.Skip
		return d.keep(ctx, "programme.put", &old, p, in.Draft)
	})
}

// unmasked is what was sent back with the addresses that were not shown whole.
func unmasked(b ProgrammeBody, old store.Programme) ProgrammeBody {
	var known []string
	for _, it := range old.Rundown {
		known = append(known, it.Source)
	}
	b.Rundown = slices.Clone(b.Rundown)
	for i := range b.Rundown {
		b.Rundown[i].Stream = reach.Unmasked(b.Rundown[i].Stream, known)
	}
	return b
}

// keep stores a programme in the place of an old one, if there is one, and
// says whether it may be aired; does is what the audit log calls that.
func (d *Desk) keep(ctx context.Context, does string, old *store.Programme, p schedule.Programme, draft bool) (v Programme, err error) {
	who, err := d.opt.Approval.Approver(ctx)
	if err != nil {
		return v, err
	}
	kept := store.Programme{Programme: p}
	var before any
	if old != nil {
		kept.Approval, before = old.Approval, viewProgramme(*old)
	}
	if kept.Approval, err = who.JudgeProgramme(ctx, kept, approval.WrittenAs(draft)); err != nil {
		return v, err
	}
	d.opt.AsRun.CatchUp(ctx) // by the calendar as it was till now
	if kept.Revision, err = d.opt.Store.PutProgramme(ctx, p, d.opt.Now(), kept.Approval); err != nil {
		return v, err
	}
	if old != nil {
		d.canUndo(ctx, *old, "")
	}
	d.opt.Trail.Did(ctx, does, p.ID, before, viewProgramme(kept), audit.Targeted(p.Targets)...)
	d.opt.Changed("calendar")
	return d.withNext(kept), nil
}

// Programmes are those that are not cancelled and concern the caller.
func (d *Desk) Programmes(ctx context.Context) (views []Programme, err error) {
	all, err := d.opt.Store.Programmes(ctx, false)
	if err != nil {
		return nil, err
	}
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if a.Concerns(p.Targets) {
			views = append(views, d.withNext(p))
		}
	}
	return views, nil
}

// Programme is one, also if it is cancelled.
func (d *Desk) Programme(ctx context.Context, id string) (v Programme, err error) {
	p, err := d.opt.Store.Programme(ctx, id)
	if err != nil {
		return v, err
	}
	return d.withNext(p), nil
}

// Cancel cancels a programme; one on air falls silent.
func (d *Desk) Cancel(ctx context.Context, id string) error {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	p, err := d.onCalendar(ctx, id)
	if err != nil {
		return err
	}
	d.opt.AsRun.CatchUp(ctx)
	if err := d.opt.Store.CancelProgramme(ctx, id, d.opt.Now()); err != nil {
		return err
	}
	d.canUndo(ctx, p, "")
	d.opt.Trail.Did(ctx, "programme.cancel", p.ID, viewProgramme(p), nil, audit.Targeted(p.Targets)...)
	d.opt.Changed("calendar")
	return nil
}

// Skip calls off one airing.
func (d *Desk) Skip(ctx context.Context, id string, start time.Time) (Programme, error) {
	return d.edit(ctx, id, func(old store.Programme) (v Programme, err error) {
		p := old.Programme
		if !airs(p.Rule, start) {
			return v, noAiring
		}
		if len(p.Rule.Skip) >= maxSkips {
			return v, tooManySkips
		}
		p.Rule.Skip = append(slices.Clone(p.Rule.Skip), start.UTC())
		return d.keep(ctx, "programme.skip", &old, p, old.Approval.State == store.Draft)
	})
}

// Unskip lets an airing that was called off take place.
func (d *Desk) Unskip(ctx context.Context, id string, start time.Time) (Programme, error) {
	return d.edit(ctx, id, func(old store.Programme) (v Programme, err error) {
		p := old.Programme
		if !slices.ContainsFunc(p.Rule.Skip, start.Equal) {
			return v, noAiring
		}
		p.Rule.Skip = slices.DeleteFunc(slices.Clone(p.Rule.Skip), start.Equal)
		return d.keep(ctx, "programme.unskip", &old, p, old.Approval.State == store.Draft)
	})
}

// edit has a programme that is not cancelled changed, with nobody else changing anything
// meanwhile.
func (d *Desk) edit(ctx context.Context, id string, change func(old store.Programme) (Programme, error)) (Programme, error) {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	old, err := d.onCalendar(ctx, id)
	if err != nil {
		return Programme{}, err
	}
	return change(old)
}

// onCalendar returns a programme that is not cancelled.
func (d *Desk) onCalendar(ctx context.Context, id string) (store.Programme, error) {
	p, err := d.opt.Store.Programme(ctx, id)
	if err == nil && !p.Cancelled.IsZero() {
		err = store.ErrNotFound
	}
	return p, err
}

// withNext is a programme and when it is heard next, which the audit log does not
// have: it changes by itself.
func (d *Desk) withNext(sp store.Programme) Programme {
	v := viewProgramme(sp)
	if sp.Cancelled.IsZero() {
		v.Next = sp.Rule.Next(d.opt.Now(), startsTold)
	}
	return v
}

func viewProgramme(sp store.Programme) Programme {
	p := sp.Programme
	late := p.StartLate.Seconds()
	v := Programme{ID: p.ID, Version: sp.Revision, Seconds: p.Length().Seconds(), Skipped: p.Rule.Skip, Words: WordsOf(p.Rule),
		ProgrammeBody: ProgrammeBody{
			Title: p.Title, Class: string(p.Class), Cron: p.Rule.Cron, TimeZone: p.Rule.Zone, EveryWeeks: p.Rule.EveryWeeks,
			Extra: p.Rule.Extra, Targets: p.Targets, StartLateS: &late, Order: p.Order,
			At: store.Optional(p.Rule.At), From: store.Optional(p.Rule.From), Until: store.Optional(p.Rule.Until)}}
	for _, d := range p.Rule.Except {
		v.Except = append(v.Except, string(d))
	}
	v.Cancelled = store.Optional(sp.Cancelled)
	approval := approval.ViewOf(sp.Approval, sp.Digest())
	v.Approval = &approval
	for _, it := range p.Rundown {
		if it.Language != "" {
			continue // the bulletin stands there already
		}
		r := RundownItem{Chime: it.Kind == schedule.Chime, Repeat: it.Repeat, GainDB: it.GainDB, Bulletin: it.Bulletin}
		switch {
		case it.Kind == schedule.Gap:
			r.GapS = it.Length.Seconds()
		case it.Kind == schedule.Stream:
			r.Stream, r.LengthS = reach.Masked(it.Source), it.Length.Seconds()
		case it.Bulletin == "":
			r.Clip = it.Clip
		}
		v.Rundown = append(v.Rundown, r)
	}
	return v
}

// passed refuses one start that lies back already, unless it was there before: the
// beginning would be heard by nobody, and the log would have nothing to tell.
func passed(p schedule.Programme, old *store.Programme, now time.Time) error {
	at := p.Rule.At
	if at.IsZero() || at.After(now) || old != nil && old.Rule.At.Equal(at) {
		return nil
	}
	return problem.New(problem.Invalid, "time_past",
		"Giờ phát vừa qua nên chưa đặt lịch: hãy chọn giờ sau lúc này, hoặc phát trực tiếp.",
		"The time has just passed, so nothing was put in the calendar: choose one from now on, or go on air directly.")
}

// WordsOf is what a rule means; nil: it cannot be said in words.
func WordsOf(r schedule.Rule) *RuleWords {
	vi, en := r.Words()
	if vi == "" {
		return nil
	}
	return &RuleWords{vi, en}
}

// ReadRule says what a rule means before it is anybody's programme, and its next starts.
func (d *Desk) ReadRule(b ProgrammeBody) (words *RuleWords, next []time.Time, err error) {
	now := d.opt.Now()
	p := schedule.Programme{Title: "?", Class: schedule.Normal, Rundown: []schedule.Item{{Kind: schedule.Gap, Length: time.Second}},
		Rule: schedule.Rule{Zone: b.TimeZone, EveryWeeks: b.EveryWeeks}}
	if err := composeDates(&p.Rule, b); err != nil {
		return nil, nil, err
	}
	if err := p.Check(now); err != nil {
		return nil, nil, err
	}
	return WordsOf(p.Rule), p.Rule.Next(now, startsTold), nil
}

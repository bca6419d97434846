package web

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

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

// cronLines is one rule, or several.
type cronLines []string

// UnmarshalJSON takes a string or an array of them.
func (c *cronLines) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*c = nil
		if one != "" {
			*c = cronLines{one}
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

// Schema describes it in OpenAPI.
func (cronLines) Schema(huma.Registry) *huma.Schema {
	text := &huma.Schema{Type: huma.TypeString}
	return &huma.Schema{OneOf: []*huma.Schema{text, {Type: huma.TypeArray, Items: text}},
		Description: "minute hour day-of-month month weekday, in time_zone; weekday#n for the nth (1#1: first Monday, 0#L: last Sunday); several rules as an array"}
}

// ProgrammeBody is a programme as a person or script writes it. Exported, for
// huma leaves out of its description what is embedded and is not.
type ProgrammeBody struct {
	Title      string           `json:"title"`
	Class      string           `json:"class" doc:"normal, priority or emergency"`
	At         *time.Time       `json:"at,omitempty" doc:"one start"`
	Cron       cronLines        `json:"cron,omitempty"`
	TimeZone   string           `json:"time_zone,omitempty" doc:"IANA name; Asia/Ho_Chi_Minh if left out"`
	From       *time.Time       `json:"from,omitempty"`
	Until      *time.Time       `json:"until,omitempty"`
	EveryWeeks int              `json:"every_weeks,omitempty" doc:"2: every second week, counted from the week of from"`
	Except     []string         `json:"except,omitempty" doc:"dates without an airing"`
	Extra      []time.Time      `json:"extra,omitempty" doc:"starts besides the rule"`
	Targets    schedule.Targets `json:"targets"`
	StartLateS *float64         `json:"start_late_s,omitempty" doc:"how late it may still begin; 600 if left out"`
	Order      int              `json:"order,omitempty" doc:"among equals that wait, the lowest goes first"`
	Rundown    []rundownItem    `json:"rundown"`
	Draft      bool             `json:"draft,omitempty" doc:"keep it without asking for approval yet: see submit"`
}

type rundownItem struct {
	Chime    bool    `json:"chime,omitempty"`
	Clip     string  `json:"clip,omitempty"`
	Bulletin string  `json:"bulletin,omitempty"`
	GapS     float64 `json:"gap_s,omitempty"`
	Stream   string  `json:"stream,omitempty" doc:"address of a station that is passed on (tiếp sóng), for length_s; it is shown without a password, and sent back as it was shown it stays what it is"`
	LengthS  float64 `json:"length_s,omitempty" doc:"of a stream"`
	Repeat   int     `json:"repeat,omitempty"`
	GainDB   float64 `json:"gain_db,omitempty"`
}

// programmeView is a stored programme as the API shows it. It may be changed
// and sent back as it came.
type programmeView struct {
	ProgrammeBody
	ID        string         `json:"id" required:"false" readOnly:"true"`
	Version   int            `json:"version,omitempty" doc:"one more with each change. Sent back, a change is refused (409 programme_changed) if somebody changed the programme since it was read; left out, it is not looked at"`
	Seconds   float64        `json:"seconds" required:"false" readOnly:"true"`
	Words     *ruleWords     `json:"words,omitempty" readOnly:"true" doc:"what its rule means"`
	Next      []time.Time    `json:"next,omitempty" readOnly:"true" doc:"its next five starts"`
	Skipped   []time.Time    `json:"skipped,omitempty" readOnly:"true" doc:"starts called off: see skip"`
	Cancelled *time.Time     `json:"cancelled,omitempty" readOnly:"true"`
	Approval  *approval.View `json:"approval,omitempty" readOnly:"true"`
}

type programmeInput struct{ Body ProgrammeBody }
type programmeEdit struct {
	ID   string `path:"id"`
	Body programmeView
}
type programmeAnswer struct{ Body programmeView }
type idInput struct {
	ID string `path:"id"`
}
type skipInput struct {
	ID   string `path:"id"`
	Body struct {
		Start time.Time `json:"start" doc:"the start of the airing"`
	}
}

func (s *Server) registerProgrammes() {
	huma.Register(s.api, operation("add-programme", http.MethodPost, "/programmes", "Put a programme in the calendar", "Calendar", http.StatusCreated), s.addProgramme)
	huma.Register(s.api, operation("read-rule", http.MethodGet, "/rules", "What a rule means in words, and its next five starts; nothing is stored", "Calendar", http.StatusOK), s.readRule)
	huma.Register(s.api, operation("list-programmes", http.MethodGet, "/programmes", "Programmes that are not cancelled", "Calendar", http.StatusOK), s.listProgrammes)
	huma.Register(s.api, operation("get-programme", http.MethodGet, "/programmes/{id}", "One programme", "Calendar", http.StatusOK), s.getProgramme)
	huma.Register(s.api, operation("change-programme", http.MethodPut, "/programmes/{id}", "Change a programme; one on air goes on by the new rundown", "Calendar", http.StatusOK), s.changeProgramme)
	huma.Register(s.api, operation("cancel-programme", http.MethodDelete, "/programmes/{id}", "Cancel a programme; one on air falls silent", "Calendar", http.StatusNoContent), s.cancelProgramme)
	huma.Register(s.api, operation("skip-airing", http.MethodPost, "/programmes/{id}/skip", "Call off one airing", "Calendar", http.StatusOK), s.skipAiring)
	huma.Register(s.api, operation("unskip-airing", http.MethodPost, "/programmes/{id}/unskip", "Let an airing that was called off take place", "Calendar", http.StatusOK), s.unskipAiring)
}

// ruleInput is when a programme is aired, as in a programme.
type ruleInput struct {
	At         time.Time   `query:"at"`
	Cron       []string    `query:"cron,explode" doc:"as often as there are rules"`
	TimeZone   string      `query:"time_zone"`
	From       time.Time   `query:"from"`
	Until      time.Time   `query:"until"`
	EveryWeeks int         `query:"every_weeks"`
	Except     []string    `query:"except,explode"`
	Extra      []time.Time `query:"extra,explode"`
}

// ruleWords is what a rule means, as a part of a sentence.
type ruleWords struct {
	VI string `json:"vi"`
	EN string `json:"en"`
}

func wordsOf(r schedule.Rule) *ruleWords {
	vi, en := r.Words()
	if vi == "" {
		return nil
	}
	return &ruleWords{vi, en}
}

// startsTold is how many starts are told of a rule.
const startsTold = 5

type ruleAnswer struct {
	Body struct {
		Words *ruleWords  `json:"words" doc:"05:00 thứ Hai đến thứ Sáu"`
		Next  []time.Time `json:"next" doc:"its next five starts"`
	}
}

// readRule says what a rule means before it is anybody's programme.
func (s *Server) readRule(_ context.Context, in *ruleInput) (*ruleAnswer, error) {
	now := s.opt.Now()
	p := schedule.Programme{Title: "?", Class: schedule.Normal, Rundown: []schedule.Item{{Kind: schedule.Gap, Length: time.Second}},
		Rule: schedule.Rule{Zone: in.TimeZone, EveryWeeks: in.EveryWeeks}}
	err := composeDates(&p.Rule, ProgrammeBody{At: store.Optional(in.At), From: store.Optional(in.From), Until: store.Optional(in.Until), Cron: in.Cron, Except: in.Except, Extra: in.Extra})
	if err == nil {
		err = p.Check(now)
	}
	if err != nil {
		return nil, s.fail(err)
	}
	answer := &ruleAnswer{}
	answer.Body.Words, answer.Body.Next = wordsOf(p.Rule), p.Rule.Next(now, startsTold)
	return answer, nil
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

func (s *Server) addProgramme(ctx context.Context, in *programmeInput) (*programmeAnswer, error) {
	p, err := s.compose(ctx, store.NewID(), in.Body)
	if err == nil {
		err = passed(p, nil, s.opt.Now())
	}
	if err != nil {
		return nil, s.fail(err)
	}
	return s.keep(ctx, "programme.add", nil, p, in.Body.Draft)
}

// compose makes a programme of what was written, if the writer may speak
// to all of its targets.
func (s *Server) compose(ctx context.Context, id string, body ProgrammeBody) (schedule.Programme, error) {
	c, err := s.composer(ctx)
	if err != nil {
		return schedule.Programme{}, err
	}
	p, err := c.compose(id, body)
	for _, it := range p.Rundown {
		if err == nil {
			err = s.opt.Reach.Check(it.Source)
		}
	}
	if err != nil {
		return p, err
	}
	if p.Class == schedule.Emergency {
		if err := s.access.Permit(ctx, access.Alerting, p.Targets); err != nil {
			return p, err
		}
	}
	return p, s.access.Permit(ctx, access.Writing, p.Targets)
}

func (s *Server) changeProgramme(ctx context.Context, in *programmeEdit) (*programmeAnswer, error) {
	s.editing.Lock()
	defer s.editing.Unlock()
	old, err := s.onCalendar(ctx, in.ID)
	if err != nil {
		return nil, s.fail(err)
	}
	if in.Body.Version != 0 && in.Body.Version != old.Revision {
		return nil, s.fail(changedMeanwhile)
	}
	p, err := s.compose(ctx, in.ID, unmasked(in.Body.ProgrammeBody, old))
	if err == nil {
		err = passed(p, &old, s.opt.Now())
	}
	if err != nil {
		return nil, s.fail(err)
	}
	p.Rule.Skip = old.Rule.Skip
	return s.keep(ctx, "programme.put", &old, p, in.Body.Draft)
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

// changedMeanwhile keeps two persons from overwriting each other: who writes
// back a whole programme would undo what they never saw.
var changedMeanwhile = problem.New(problem.Conflict, "programme_changed",
	"Người khác vừa sửa buổi phát này nên chưa lưu thay đổi của bạn: hãy tải lại trang, xem lại rồi sửa tiếp.",
	"Somebody else has just changed this programme, so your change was not saved: reload the page, look at it and change it then.")

// keep stores a programme in the place of an old one, if there is one, and
// says whether it may be aired; does is what the audit log calls that.
func (s *Server) keep(ctx context.Context, does string, old *store.Programme, p schedule.Programme, draft bool) (*programmeAnswer, error) {
	who, err := s.approval.Approver(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	kept := store.Programme{Programme: p}
	var before any
	if old != nil {
		kept.Approval, before = old.Approval, viewProgramme(*old)
	}
	if kept.Approval, err = who.JudgeProgramme(ctx, kept, approval.WrittenAs(draft)); err != nil {
		return nil, s.fail(err)
	}
	s.asrun.CatchUp(ctx) // by the calendar as it was till now
	if kept.Revision, err = s.opt.Store.PutProgramme(ctx, p, s.opt.Now(), kept.Approval); err != nil {
		return nil, s.fail(err)
	}
	if old != nil {
		s.canUndo(ctx, *old, "")
	}
	s.trail.Did(ctx, does, p.ID, before, viewProgramme(kept), audit.Targeted(p.Targets)...)
	s.changed("calendar")
	return &programmeAnswer{s.withNext(kept)}, nil
}

func (s *Server) listProgrammes(ctx context.Context, _ *struct{}) (*list[programmeView], error) {
	all, err := s.opt.Store.Programmes(ctx, false)
	if err != nil {
		return nil, s.fail(err)
	}
	a, err := s.access.View(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	var views []programmeView
	for _, p := range all {
		if a.Concerns(p.Targets) {
			views = append(views, s.withNext(p))
		}
	}
	return listOf(views), nil
}

func (s *Server) getProgramme(ctx context.Context, in *idInput) (*programmeAnswer, error) {
	p, err := s.opt.Store.Programme(ctx, in.ID)
	if err != nil {
		return nil, s.fail(err)
	}
	return &programmeAnswer{s.withNext(p)}, nil
}

func (s *Server) cancelProgramme(ctx context.Context, in *idInput) (*struct{}, error) {
	s.editing.Lock()
	defer s.editing.Unlock()
	p, err := s.onCalendar(ctx, in.ID)
	if err != nil {
		return nil, s.fail(err)
	}
	s.asrun.CatchUp(ctx)
	if err := s.opt.Store.CancelProgramme(ctx, in.ID, s.opt.Now()); err != nil {
		return nil, s.fail(err)
	}
	s.canUndo(ctx, p, "")
	s.trail.Did(ctx, "programme.cancel", p.ID, viewProgramme(p), nil, audit.Targeted(p.Targets)...)
	s.changed("calendar")
	return nil, nil
}

// maxSkips is a daily airing called off for nearly three years.
const maxSkips = 1000

var tooManySkips = problem.New(problem.Invalid, "skips_many",
	"Buổi phát này đã có %d lần phát được cho nghỉ: hãy sửa lịch lặp của buổi phát.",
	"%d airings of this programme are called off: change its rule instead.", maxSkips)

func (s *Server) skipAiring(ctx context.Context, in *skipInput) (*programmeAnswer, error) {
	s.editing.Lock()
	defer s.editing.Unlock()
	old, err := s.onCalendar(ctx, in.ID)
	if err != nil {
		return nil, s.fail(err)
	}
	p := old.Programme
	if len(p.Rule.Starts(in.Body.Start, in.Body.Start.Add(time.Nanosecond))) == 0 {
		return nil, s.fail(noAiring)
	}
	if len(p.Rule.Skip) >= maxSkips {
		return nil, s.fail(tooManySkips)
	}
	p.Rule.Skip = append(slices.Clone(p.Rule.Skip), in.Body.Start.UTC())
	return s.keep(ctx, "programme.skip", &old, p, old.Approval.State == store.Draft)
}

func (s *Server) unskipAiring(ctx context.Context, in *skipInput) (*programmeAnswer, error) {
	s.editing.Lock()
	defer s.editing.Unlock()
	old, err := s.onCalendar(ctx, in.ID)
	if err != nil {
		return nil, s.fail(err)
	}
	p := old.Programme
	if !slices.ContainsFunc(p.Rule.Skip, in.Body.Start.Equal) {
		return nil, s.fail(noAiring)
	}
	p.Rule.Skip = slices.DeleteFunc(slices.Clone(p.Rule.Skip), in.Body.Start.Equal)
	return s.keep(ctx, "programme.unskip", &old, p, old.Approval.State == store.Draft)
}

var noAiring = problem.New(problem.Invalid, "airing_unknown",
	"Buổi phát này không có lần phát nào vào giờ đó: hãy chọn đúng giờ trong lịch.",
	"The programme has no airing at that time: choose one that is in the calendar.")

// onCalendar returns a programme that is not cancelled.
func (s *Server) onCalendar(ctx context.Context, id string) (store.Programme, error) {
	p, err := s.opt.Store.Programme(ctx, id)
	if err == nil && !p.Cancelled.IsZero() {
		err = store.ErrNotFound
	}
	return p, err
}

// withNext is a programme and when it is heard next, which the audit log does not
// have: it changes by itself.
func (s *Server) withNext(sp store.Programme) programmeView {
	v := viewProgramme(sp)
	if sp.Cancelled.IsZero() {
		v.Next = sp.Rule.Next(s.opt.Now(), startsTold)
	}
	return v
}

func viewProgramme(sp store.Programme) programmeView {
	p := sp.Programme
	late := p.StartLate.Seconds()
	v := programmeView{ID: p.ID, Version: sp.Revision, Seconds: p.Length().Seconds(), Skipped: p.Rule.Skip, Words: wordsOf(p.Rule), ProgrammeBody: ProgrammeBody{
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
		r := rundownItem{Chime: it.Kind == schedule.Chime, Repeat: it.Repeat, GainDB: it.GainDB, Bulletin: it.Bulletin}
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

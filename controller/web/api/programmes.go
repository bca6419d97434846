package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/calendar"
	"loa/controller/store"
	"loa/controller/web/api/resource"
)

// programmeHandlers put what is aired into the calendar.
type programmeHandlers struct {
	resource.Face
	calendar *calendar.Desk
}

type programmeInput struct{ Body calendar.ProgrammeBody }

type skipInput struct {
	ID   string `path:"id"`
	Body struct {
		Start time.Time `json:"start" doc:"the start of the airing"`
	}
}

type exceptInput struct {
	ID   string `path:"id"`
	Body struct {
		Date string `json:"date" doc:"a day without it, in the programme's zone, as 2027-02-06"`
	}
}

type moveInput struct {
	ID   string `path:"id"`
	Body struct {
		Start time.Time `json:"start" doc:"the start of the airing"`
		To    time.Time `json:"to" doc:"when it is to start instead"`
		Which string    `json:"which,omitempty" enum:"this,following,all" default:"this" doc:"this airing; this and all that follow; all. Of more than this one, the hour alone can change"`
	}
}

// register adds the operations.
func (h programmeHandlers) register() {
	huma.Register(h.Huma, resource.Operation("add-programme", http.MethodPost, "/programmes", "Calendar", http.StatusCreated,
		"Put a programme in the calendar"), h.addProgramme)
	huma.Register(h.Huma, resource.Operation("read-rule", http.MethodGet, "/rules", "Calendar", http.StatusOK,
		"What a rule means in words, and its next five starts; nothing is stored"), h.readRule)
	resource.Lists(h.Face, resource.Operation("list-programmes", http.MethodGet, "/programmes", "Calendar", http.StatusOK,
		"Programmes that are not cancelled"), h.calendar.Programmes)
	resource.ShowsOne(h.Face, resource.Operation("get-programme", http.MethodGet, "/programmes/{id}", "Calendar", http.StatusOK,
		"One programme"), h.calendar.Programme)
	huma.Register(h.Huma, resource.Operation("change-programme", http.MethodPut, "/programmes/{id}", "Calendar", http.StatusOK,
		"Change a programme; one on air goes on by the new rundown"), h.changeProgramme)
	h.ByID(resource.Operation("cancel-programme", http.MethodDelete, "/programmes/{id}", "Calendar", http.StatusNoContent,
		"Cancel a programme; one on air falls silent"), h.calendar.Cancel)
	huma.Register(h.Huma, resource.Operation("skip-airing", http.MethodPost, "/programmes/{id}/skip", "Calendar", http.StatusOK,
		"Call off one airing"), h.skipAiring)
	huma.Register(h.Huma, resource.Operation("unskip-airing", http.MethodPost, "/programmes/{id}/unskip", "Calendar", http.StatusOK,
		"Let an airing that was called off take place"), h.unskipAiring)
	huma.Register(h.Huma, resource.Operation("end-programme", http.MethodPost, "/programmes/{id}/end", "Calendar", http.StatusOK,
		"Call off an airing and all that follow"), h.endProgramme)
	huma.Register(h.Huma, resource.Operation("except-day", http.MethodPost, "/programmes/{id}/except", "Calendar", http.StatusOK,
		"Take a day, a holiday, out of a programme"), h.exceptDay)
	huma.Register(h.Huma, resource.Operation("move-airing", http.MethodPost, "/programmes/{id}/move", "Calendar", http.StatusOK,
		"Move one airing, it and all that follow, or all. What is moved out of a series is a programme of its own, which is returned"),
		h.moveAiring)
	resource.ShowsOne(h.Face, resource.Operation("restore-programme", http.MethodPost, "/programmes/{id}/restore", "Calendar", http.StatusOK,
		"Take back one's own last change of a programme, a cancellation too, within 30 seconds: it is as it was, with its approval, and what "+
			"was moved out of it is gone"), h.calendar.Restore)
}

func (h programmeHandlers) addProgramme(ctx context.Context, in *programmeInput) (*resource.Answer[calendar.Programme], error) {
	p, err := h.calendar.Add(ctx, in.Body)
	return resource.AnswerOf(h.Face, p, err)
}

func (h programmeHandlers) changeProgramme(ctx context.Context,
	in *resource.Edit[calendar.Programme]) (*resource.Answer[calendar.Programme], error) {
	p, err := h.calendar.Change(ctx, in.ID, in.Body.Version, in.Body.ProgrammeBody)
	return resource.AnswerOf(h.Face, p, err)
}

func (h programmeHandlers) skipAiring(ctx context.Context, in *skipInput) (*resource.Answer[calendar.Programme], error) {
	p, err := h.calendar.Skip(ctx, in.ID, in.Body.Start)
	return resource.AnswerOf(h.Face, p, err)
}

func (h programmeHandlers) unskipAiring(ctx context.Context, in *skipInput) (*resource.Answer[calendar.Programme], error) {
	p, err := h.calendar.Unskip(ctx, in.ID, in.Body.Start)
	return resource.AnswerOf(h.Face, p, err)
}

func (h programmeHandlers) endProgramme(ctx context.Context, in *skipInput) (*resource.Answer[calendar.Programme], error) {
	p, err := h.calendar.End(ctx, in.ID, in.Body.Start)
	return resource.AnswerOf(h.Face, p, err)
}

func (h programmeHandlers) exceptDay(ctx context.Context, in *exceptInput) (*resource.Answer[calendar.Programme], error) {
	p, err := h.calendar.Except(ctx, in.ID, in.Body.Date)
	return resource.AnswerOf(h.Face, p, err)
}

func (h programmeHandlers) moveAiring(ctx context.Context, in *moveInput) (*resource.Answer[calendar.Programme], error) {
	p, err := h.calendar.Move(ctx, in.ID, in.Body.Start, in.Body.To, in.Body.Which)
	return resource.AnswerOf(h.Face, p, err)
}

// ruleInput is when a programme is aired, as in a programme.
type ruleInput struct {
	At         time.Time `query:"at"`
	Cron       []string  `query:"cron,explode" doc:"as often as there are rules"`
	TimeZone   string    `query:"time_zone"`
	From       time.Time `query:"from"`
	Until      time.Time `query:"until"`
	EveryWeeks int       `query:"every_weeks"`
	Except     []string  `query:"except,explode"`
	Extra      []string  `query:"extra,explode" doc:"instants, as 2026-12-24T12:00:00Z"`
}

type ruleAnswer struct {
	Body struct {
		Words *calendar.RuleWords `json:"words" doc:"05:00 thứ Hai đến thứ Sáu"`
		Next  []time.Time         `json:"next" doc:"its next five starts"`
	}
}

// readRule says what a rule means before it is anybody's programme.
func (h programmeHandlers) readRule(_ context.Context, in *ruleInput) (*ruleAnswer, error) {
	answer := &ruleAnswer{}
	extra, err := instants("extra", in.Extra)
	if err != nil {
		return nil, h.Fail(err)
	}
	answer.Body.Words, answer.Body.Next, err = h.calendar.ReadRule(calendar.ProgrammeBody{At: store.Optional(in.At),
		From: store.Optional(in.From), Until: store.Optional(in.Until),
		Cron: in.Cron, TimeZone: in.TimeZone, EveryWeeks: in.EveryWeeks, Except: in.Except, Extra: extra})
	if err != nil {
		return nil, h.Fail(err)
	}
	return answer, nil
}

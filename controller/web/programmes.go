package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/calendar"
	"loa/controller/store"
)

type programmeInput struct{ Body calendar.ProgrammeBody }
type programmeEdit struct {
	ID   string `path:"id"`
	Body calendar.Programme
}
type programmeAnswer struct{ Body calendar.Programme }
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

type ruleAnswer struct {
	Body struct {
		Words *calendar.RuleWords `json:"words" doc:"05:00 thứ Hai đến thứ Sáu"`
		Next  []time.Time         `json:"next" doc:"its next five starts"`
	}
}

func (s *Server) addProgramme(ctx context.Context, in *programmeInput) (*programmeAnswer, error) {
	p, err := s.calendar.Add(ctx, in.Body)
	return s.answerProgramme(p, err)
}

func (s *Server) changeProgramme(ctx context.Context, in *programmeEdit) (*programmeAnswer, error) {
	p, err := s.calendar.Change(ctx, in.ID, in.Body.Version, in.Body.ProgrammeBody)
	return s.answerProgramme(p, err)
}

func (s *Server) listProgrammes(ctx context.Context, _ *struct{}) (*list[calendar.Programme], error) {
	all, err := s.calendar.Programmes(ctx)
	return listOf(all), s.fail(err)
}

func (s *Server) getProgramme(ctx context.Context, in *idInput) (*programmeAnswer, error) {
	p, err := s.calendar.Programme(ctx, in.ID)
	return s.answerProgramme(p, err)
}

func (s *Server) cancelProgramme(ctx context.Context, in *idInput) (*struct{}, error) {
	return nil, s.fail(s.calendar.Cancel(ctx, in.ID))
}

func (s *Server) skipAiring(ctx context.Context, in *skipInput) (*programmeAnswer, error) {
	p, err := s.calendar.Skip(ctx, in.ID, in.Body.Start)
	return s.answerProgramme(p, err)
}

func (s *Server) unskipAiring(ctx context.Context, in *skipInput) (*programmeAnswer, error) {
	p, err := s.calendar.Unskip(ctx, in.ID, in.Body.Start)
	return s.answerProgramme(p, err)
}

func (s *Server) answerProgramme(p calendar.Programme, err error) (*programmeAnswer, error) {
	if err != nil {
		return nil, s.fail(err)
	}
	return &programmeAnswer{p}, nil
}

// readRule says what a rule means before it is anybody's programme.
func (s *Server) readRule(_ context.Context, in *ruleInput) (*ruleAnswer, error) {
	answer := &ruleAnswer{}
	var err error
	answer.Body.Words, answer.Body.Next, err = s.calendar.ReadRule(calendar.ProgrammeBody{At: store.Optional(in.At), From: store.Optional(in.From), Until: store.Optional(in.Until),
		Cron: in.Cron, TimeZone: in.TimeZone, EveryWeeks: in.EveryWeeks, Except: in.Except, Extra: in.Extra})
	if err != nil {
		return nil, s.fail(err)
	}
	return answer, nil
}

// cronSchema describes the rules of a programme in OpenAPI: one, or several.
type cronSchema []string

// Schema is huma's own hook.
func (cronSchema) Schema(huma.Registry) *huma.Schema {
	text := &huma.Schema{Type: huma.TypeString}
	return &huma.Schema{OneOf: []*huma.Schema{text, {Type: huma.TypeArray, Items: text}},
		Description: "minute hour day-of-month month weekday, in time_zone; weekday#n for the nth (1#1: first Monday, 0#L: last Sunday); several rules as an array"}
}

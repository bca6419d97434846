package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

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

func (s *Server) registerMoves() {
	huma.Register(s.api, operation("end-programme", http.MethodPost, "/programmes/{id}/end", "Call off an airing and all that follow", "Calendar", http.StatusOK), s.endProgramme)
	huma.Register(s.api, operation("except-day", http.MethodPost, "/programmes/{id}/except", "Take a day, a holiday, out of a programme", "Calendar", http.StatusOK), s.exceptDay)
	huma.Register(s.api, operation("move-airing", http.MethodPost, "/programmes/{id}/move", "Move one airing, it and all that follow, or all. What is moved out of a series is a programme of its own, which is returned", "Calendar", http.StatusOK), s.moveAiring)
	s.registerUndo()
	huma.Register(s.api, operation("area-hears", http.MethodGet, "/areas/{id}/hears", "What an area hears at an instant", "Calendar", http.StatusOK), s.areaHears)
}

func (s *Server) endProgramme(ctx context.Context, in *skipInput) (*programmeAnswer, error) {
	p, err := s.calendar.End(ctx, in.ID, in.Body.Start)
	return s.answerProgramme(p, err)
}

func (s *Server) exceptDay(ctx context.Context, in *exceptInput) (*programmeAnswer, error) {
	p, err := s.calendar.Except(ctx, in.ID, in.Body.Date)
	return s.answerProgramme(p, err)
}

func (s *Server) moveAiring(ctx context.Context, in *moveInput) (*programmeAnswer, error) {
	p, err := s.calendar.Move(ctx, in.ID, in.Body.Start, in.Body.To, in.Body.Which)
	return s.answerProgramme(p, err)
}

func (s *Server) restoreProgramme(ctx context.Context, in *idInput) (*programmeAnswer, error) {
	p, err := s.calendar.Restore(ctx, in.ID)
	return s.answerProgramme(p, err)
}

func (s *Server) registerUndo() {
	huma.Register(s.api, operation("restore-programme", http.MethodPost, "/programmes/{id}/restore",
		"Take back one's own last change of a programme, a cancellation too, within 30 seconds: it is as it was, with its approval, and what was moved out of it is gone", "Calendar", http.StatusOK), s.restoreProgramme)
}

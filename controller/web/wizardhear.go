package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/store"
)

// hearingView is the wizard's last step.
type hearingView struct {
	Node   string     `json:"node,omitempty" doc:"the first loudspeaker"`
	Played *time.Time `json:"played,omitempty" doc:"when the test chime was last played there"`
	Said   *time.Time `json:"said,omitempty" doc:"when the loudspeaker itself says that it last gave out sound"`
	Heard  string     `json:"heard,omitempty" enum:"yes,no" doc:"what whoever stood there answered; left out: nothing yet"`
	Steps  []stepView `json:"steps" doc:"all of the wizard"`
}

type stepView struct {
	Step string `json:"step" enum:"places,hours,node,hear"`
	Done bool   `json:"done"`
}

type hearingInput struct {
	Body struct {
		Do   string `json:"do" enum:"play,yes,no" doc:"play the chime; or: it was heard, or not"`
		Node string `json:"node,omitempty" doc:"where to play it"`
	}
}

type hearingAnswer struct{ Body hearingView }

func (s *Server) registerHearing() {
	huma.Register(s.api, operation("get-hearing", http.MethodGet, "/wizard/hear", "The first-run wizard's last step: was the first loudspeaker heard?", "Settings", http.StatusOK), func(ctx context.Context, _ *struct{}) (*hearingAnswer, error) {
		return s.hearing(ctx)
	})
	huma.Register(s.api, operation("answer-hearing", http.MethodPost, "/wizard/hear", "Play the first loudspeaker's test chime, or say whether it was heard", "Settings", http.StatusOK), func(ctx context.Context, in *hearingInput) (*hearingAnswer, error) {
		if err := s.setup.Hear(ctx, in.Body.Do, in.Body.Node); err != nil {
			return nil, s.fail(err)
		}
		return s.hearing(ctx)
	})
}

func (s *Server) hearing(ctx context.Context) (*hearingAnswer, error) {
	w, err := s.setup.Progress(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	v := hearingView{Played: store.Optional(w.State.Played), Heard: w.State.Heard}
	if n := w.Node(); n != nil {
		v.Node, v.Said = n.ID, n.LastHeard
	}
	for _, step := range w.Steps {
		v.Steps = append(v.Steps, stepView{step.Step, step.Done})
	}
	return &hearingAnswer{v}, nil
}

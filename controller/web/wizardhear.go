package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
)

var (
	answerMissing = problem.New(problem.Invalid, "answer_missing", "Hãy bấm Phát thử, rồi trả lời Có hoặc Không.", "Play the test, then answer yes or no.")
	notPlayed     = problem.New(problem.Conflict, "test_not_played", "Chưa phát thử nên chưa ai nghe được: hãy phát thử trước.", "The test was not played, so nobody can have heard it: play it first.")
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
		if err := s.hear(ctx, in.Body.Do, in.Body.Node); err != nil {
			return nil, s.fail(err)
		}
		return s.hearing(ctx)
	})
}

func (s *Server) hearing(ctx context.Context) (*hearingAnswer, error) {
	w, err := s.wizard(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	v := hearingView{Played: store.Optional(w.state.Played), Heard: w.state.Heard}
	if n := w.node(); n != nil {
		v.Node, v.Said = n.ID, n.LastHeard
	}
	for _, step := range w.steps {
		v.Steps = append(v.Steps, stepView{step.Step, step.Done})
	}
	return &hearingAnswer{v}, nil
}

// hear plays the test chime, or takes the answer whether it was heard.
func (s *Server) hear(ctx context.Context, do, node string) error {
	switch do {
	case "play":
		if err := s.access.Permit(ctx, access.Maintaining, access.NodeTarget(node)); err != nil {
			return err
		}
		c, err := s.calls.PlayTest(ctx, node)
		if err != nil {
			return err
		}
		return s.keepStep(ctx, "wizard.hear", func(w *wizardState) { w.Node, w.Played, w.Heard = node, c.Start, "" })
	case "yes", "no":
		w, err := s.wizard(ctx)
		if err == nil && do == "yes" && w.state.Played.IsZero() {
			err = notPlayed
		}
		if err != nil {
			return err
		}
		return s.keepStep(ctx, "wizard.hear", func(w *wizardState) { w.Heard = do })
	}
	return answerMissing
}

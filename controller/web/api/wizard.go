package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/setup"
)

// wizardHandlers are the first-run wizard's last step.
type wizardHandlers struct {
	face
	setup *setup.Setup
}

type hearingInput struct {
	Body struct {
		Do   string `json:"do" enum:"play,yes,no" doc:"play the chime; or: it was heard, or not"`
		Node string `json:"node,omitempty" doc:"where to play it"`
	}
}

// register adds the operations.
func (h wizardHandlers) register() {
	huma.Register(h.huma, operation(
		"get-hearing",
		http.MethodGet,
		"/wizard/hear",
		"Settings",
		http.StatusOK,
		"The first-run wizard's last step: was the first loudspeaker heard?",
	), func(ctx context.Context, _ *struct{}) (*answer[setup.Hearing], error) {
		return h.hearing(ctx)
	})
	huma.Register(h.huma, operation("answer-hearing", http.MethodPost, "/wizard/hear", "Settings", http.StatusOK,
		"Play the first loudspeaker's test chime, or say whether it was heard"),
		func(ctx context.Context, in *hearingInput) (*answer[setup.Hearing], error) {
			if err := h.setup.Hear(ctx, in.Body.Do, in.Body.Node); err != nil {
				return nil, h.fail(err)
			}
			return h.hearing(ctx)
		})
}

func (h wizardHandlers) hearing(ctx context.Context) (*answer[setup.Hearing], error) {
	v, err := h.setup.Hearing(ctx)
	if err != nil {
		return nil, h.fail(err)
	}
	return &answer[setup.Hearing]{v}, nil
}

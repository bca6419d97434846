package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/setup"
	"loa/controller/web/api/resource"
)

// wizardHandlers are the first-run wizard's last step.
type wizardHandlers struct {
	resource.Face
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
	huma.Register(h.Huma, resource.Operation(
		"get-hearing",
		http.MethodGet,
		"/wizard/hear",
		"Settings",
		http.StatusOK,
		"The first-run wizard's last step: was the first loudspeaker heard?",
	), func(ctx context.Context, _ *struct{}) (*resource.Answer[setup.Hearing], error) {
		return h.hearing(ctx)
	})
	huma.Register(h.Huma, resource.Operation("answer-hearing", http.MethodPost, "/wizard/hear", "Settings", http.StatusOK,
		"Play the first loudspeaker's test chime, or say whether it was heard"),
		func(ctx context.Context, in *hearingInput) (*resource.Answer[setup.Hearing], error) {
			if err := h.setup.Hear(ctx, in.Body.Do, in.Body.Node); err != nil {
				return nil, h.Fail(err)
			}
			return h.hearing(ctx)
		})
}

func (h wizardHandlers) hearing(ctx context.Context) (*resource.Answer[setup.Hearing], error) {
	v, err := h.setup.Hearing(ctx)
	if err != nil {
		return nil, h.Fail(err)
	}
	return &resource.Answer[setup.Hearing]{Body: v}, nil
}

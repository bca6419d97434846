package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/replay"
	"loa/controller/store"
)

// replayHandlers say what the people may hear again, and decide on it.
type replayHandlers struct {
	face
	replay *replay.Replay
}

type decideInput struct {
	ID   string `path:"id" maxLength:"200" doc:"of the broadcast"`
	Body replay.Decision
}

// register adds the operations.
func (h replayHandlers) register() {
	op := func(id, method, path string, status int, summary string) huma.Operation {
		return operation(id, method, path, "Heard again", status, summary)
	}
	lists(h.face, op("list-replay", http.MethodGet, "/replay", http.StatusOK,
		"What was aired in the last 48 hours, and what the people see and hear of it"), h.replay.List)
	huma.Register(h.huma, op("put-replay", http.MethodPut, "/replay/{id}", http.StatusNoContent,
		"Release, withdraw or sum up a broadcast, or say that an emergency is over"),
		func(ctx context.Context, in *decideInput) (*struct{}, error) {
			return nil, h.fail(h.replay.Decide(ctx, in.ID, in.Body))
		})
	shows(h.face, op("get-replay-rule", http.MethodGet, "/replay-rule", http.StatusOK,
		"When the recordings of live calls are released to the people"), h.replay.Rule)
	huma.Register(h.huma, op("put-replay-rule", http.MethodPut, "/replay-rule", http.StatusOK, "Set that"),
		func(ctx context.Context, in *answer[store.ReplayRule]) (*answer[store.ReplayRule], error) {
			return in, h.fail(h.replay.PutRule(ctx, in.Body))
		})
}

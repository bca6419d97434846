package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/replay"
	"loa/controller/web/api/resource"
)

// replayHandlers say what the people may hear again, and decide on it.
type replayHandlers struct {
	resource.Face
	replay *replay.Replay
}

// register adds the operations.
func (h replayHandlers) register() {
	op := func(id, method, path string, status int, summary string) huma.Operation {
		return resource.Operation(id, method, path, "Heard again", status, summary)
	}
	resource.Lists(h.Face, op("list-replay", http.MethodGet, "/replay", http.StatusOK,
		"What was aired in the last 48 hours, and what the people see and hear of it"), h.replay.List)
	resource.Puts(h.Face, op("put-replay", http.MethodPut, "/replay/{id}", http.StatusNoContent,
		"Release, withdraw or sum up a broadcast, or say that an emergency is over"), h.replay.Decide)
	resource.Shows(h.Face, op("get-replay-rule", http.MethodGet, "/replay-rule", http.StatusOK,
		"When the recordings of live calls are released to the people"), h.replay.Rule)
	resource.Sets(h.Face, op("put-replay-rule", http.MethodPut, "/replay-rule", http.StatusOK, "Set that"), h.replay.PutRule)
}

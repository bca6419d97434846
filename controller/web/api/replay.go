package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/replay"
)

// replayHandlers say what the people may hear again, and decide on it.
type replayHandlers struct {
	face
	replay *replay.Replay
}

// register adds the operations.
func (h replayHandlers) register() {
	op := func(id, method, path string, status int, summary string) huma.Operation {
		return operation(id, method, path, "Heard again", status, summary)
	}
	lists(h.face, op("list-replay", http.MethodGet, "/replay", http.StatusOK,
		"What was aired in the last 48 hours, and what the people see and hear of it"), h.replay.List)
	puts(h.face, op("put-replay", http.MethodPut, "/replay/{id}", http.StatusNoContent,
		"Release, withdraw or sum up a broadcast, or say that an emergency is over"), h.replay.Decide)
	shows(h.face, op("get-replay-rule", http.MethodGet, "/replay-rule", http.StatusOK,
		"When the recordings of live calls are released to the people"), h.replay.Rule)
	sets(h.face, op("put-replay-rule", http.MethodPut, "/replay-rule", http.StatusOK, "Set that"), h.replay.PutRule)
}

package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/news"
	"loa/controller/web/api/resource"
	"loa/controller/web/stream"
	"loa/node/wire/tap"
)

// streamHandlers are what flows: package stream has them.
type streamHandlers struct {
	resource.Face
	voices *stream.Voices
	news   *news.Hub
	tap    *tap.Hub // nil: it is not ours
}

// register adds the operations.
func (h streamHandlers) register() {
	describeStream(h.Face, "call-voice", "/calls/{id}/voice",
		"WebSocket: first {\"codec\":\"opus\"} or {\"codec\":\"pcm_s16le\"}, then frames; meters come back", "101")
	h.Mux.Handle("GET /api/v1/calls/{id}/voice", h.voices)
	endless(h.Face, "events", "text/event-stream",
		"News as it happens: server-sent events named changed, with data nodes, plays, calendar, library, calls, notices, backup or disk")
	h.Mux.Handle("GET /api/v1/events", stream.Events(h.news))
	endless(h.Face, "tap", "application/x-ndjson",
		"What passes the broker inside, one JSON object a line: filters node and kind")
	h.Mux.Handle("GET /api/v1/tap", stream.Tap(h.tap))
}

// endless describes a stream of text, at an address of its own name.
func endless(f resource.Face, id, kind, summary string) {
	op := resource.Operation(id, http.MethodGet, "/"+id, "Events", http.StatusOK, summary)
	text := map[string]*huma.MediaType{kind: {Schema: &huma.Schema{Type: huma.TypeString}}}
	op.Responses = map[string]*huma.Response{"200": {Description: "A stream that does not end", Content: text}}
	f.Huma.OpenAPI().AddOperation(&op)
}

// describeStream describes what belongs to a call and is not JSON.
func describeStream(f resource.Face, id, path, summary, status string) {
	op := resource.Operation(id, http.MethodGet, path, "Live", http.StatusOK, summary)
	op.Parameters = []*huma.Param{{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}}
	op.Responses = map[string]*huma.Response{status: {Description: summary}}
	f.Huma.OpenAPI().AddOperation(&op)
}

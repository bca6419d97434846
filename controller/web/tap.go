package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/problem"
	"loa/node/wire/tap"
)

func (s *Server) registerTap(mux *router) {
	op := operation("tap", http.MethodGet, "/tap", "What passes the broker inside, one JSON object a line: filters node and kind", "Events", http.StatusOK)
	op.Responses = map[string]*huma.Response{"200": {Description: "A stream that does not end", Content: map[string]*huma.MediaType{"application/x-ndjson": {Schema: &huma.Schema{Type: huma.TypeString}}}}}
	s.api.OpenAPI().AddOperation(&op)
	mux.HandleFunc("GET /api/v1/tap", s.tap)
}

// tap streams until the observer goes away, who is never waited for longer than
// a heartbeat.
func (s *Server) tap(w http.ResponseWriter, r *http.Request) {
	if s.opt.Tap == nil {
		writeProblem(w, problem.New(problem.NotFound, "no_tap",
			"Máy chủ MQTT không nằm trong phần mềm này nên không xem được đường truyền ở đây: xem bằng mosquitto_sub, hoặc loa tap trên cụm loa.",
			"The broker is not inside this controller: look with mosquitto_sub, or with loa tap on a board."))
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Cache-Control", "no-store")
	control := http.NewResponseController(w)
	if control.SetWriteDeadline(time.Now().Add(heartbeat)) != nil || control.Flush() != nil {
		return
	}
	enc := json.NewEncoder(w)
	filter := tap.Filter{Node: r.URL.Query().Get("node"), Kind: r.URL.Query().Get("kind")}
	err := s.opt.Tap.Watch(r.Context(), filter, func(seen tap.Seen) error {
		return errors.Join(control.SetWriteDeadline(time.Now().Add(heartbeat)), enc.Encode(seen), control.Flush())
	})
	if errors.Is(err, tap.ErrBusy) {
		_ = enc.Encode(tap.Seen{At: time.Now(), Wrong: err.Error()}) // there is nobody else to tell
	}
}

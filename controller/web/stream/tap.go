package stream

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"loa/controller/problem"
	"loa/controller/web/respond"
	"loa/node/wire/tap"
)

// Tap shows what passes the broker; nil: it is not ours, and that is said.
func Tap(hub *tap.Hub) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { watch(hub, w, r) })
}

// watch streams until the observer goes away, who is never waited for longer than
// a heartbeat.
func watch(hub *tap.Hub, w http.ResponseWriter, r *http.Request) {
	if hub == nil {
		respond.Problem(w, problem.New(problem.NotFound, "no_tap",
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
	err := hub.Watch(r.Context(), filter, func(seen tap.Seen) error {
		return errors.Join(control.SetWriteDeadline(time.Now().Add(heartbeat)), enc.Encode(seen), control.Flush())
	})
	if errors.Is(err, tap.ErrBusy) {
		_ = enc.Encode(tap.Seen{At: time.Now(), Wrong: err.Error()}) // there is nobody else to tell
	}
}

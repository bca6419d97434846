package stream

import (
	"fmt"
	"net/http"
	"time"

	"loa/controller/news"
	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/web/respond"
)

// heartbeat is how often something is sent, so that a dead connection is noticed on both sides.
const heartbeat = 15 * time.Second

// Events tells the page that asks what has changed, until it goes away.
func Events(hub *news.Hub) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { events(hub, w, r) })
}

func events(hub *news.Hub, w http.ResponseWriter, r *http.Request) {
	l := hub.Join(access.Of(r.Context()).Share())
	if l == nil {
		respond.Problem(w, problem.New(problem.Unavailable, "too_many_listeners",
			"Bạn đang mở quá nhiều trang: hãy đóng bớt rồi thử lại.", "You have too many pages open: close some and try again."))
		return
	}
	defer hub.Leave(l)
	head := w.Header()
	head.Set("Content-Type", "text/event-stream")
	head.Set("Cache-Control", "no-store")
	control := http.NewResponseController(w)
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	text := ": loa\n\n"
	for {
		if err := control.SetWriteDeadline(time.Now().Add(heartbeat)); err != nil {
			return
		}
		if _, err := fmt.Fprint(w, text); err != nil {
			return
		}
		if err := control.Flush(); err != nil {
			return
		}
		text = ""
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
			text = ": \n\n"
		case _, on := <-l.Wake():
			if !on {
				return
			}
			for _, what := range l.Take() {
				text += "event: changed\ndata: " + what + "\n\n"
			}
		}
	}
}

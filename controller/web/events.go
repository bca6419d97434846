package web

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/share"
)

const (
	maxListeners  = 500
	listenersEach = 60               // of one person: the office has a page on each of its screens
	heartbeat     = 15 * time.Second // so that a dead connection is noticed on both sides
)

// hub passes news to the open event streams. A listener that is slow gets
// each kind of news once, however often it happened.
type hub struct {
	seats     *share.Seats
	mu        sync.Mutex
	listeners map[*listener]bool
	closed    bool
}

type listener struct {
	wake chan struct{}
	mu   sync.Mutex
	news map[string]bool
	give func() // its place back
}

func newHub() *hub {
	return &hub{seats: share.NewSeats(listenersEach, maxListeners), listeners: map[*listener]bool{}}
}

func (h *hub) tell(what string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.listeners {
		l.mu.Lock()
		l.news[what] = true
		l.mu.Unlock()
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
}

// join is for a person with pages open; nil: they have too many. Where there is no
// place left one of the person with most is closed.
func (h *hub) join(who string) *listener {
	l := &listener{wake: make(chan struct{}, 1), news: map[string]bool{}}
	give, ok := h.seats.Take(who, func() { h.end(l) })
	if !ok {
		return nil
	}
	l.give = give
	h.mu.Lock()
	closed := h.closed
	if !closed {
		h.listeners[l] = true
	}
	h.mu.Unlock()
	if closed {
		give()
		return nil
	}
	return l
}

func (h *hub) leave(l *listener) {
	l.give()
	h.end(l)
}

// end closes a listener's stream.
func (h *hub) end(l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.listeners[l] {
		delete(h.listeners, l)
		close(l.wake)
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for l := range h.listeners {
		delete(h.listeners, l)
		close(l.wake)
	}
}

func (l *listener) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []string
	for _, what := range []string{"nodes", "plays", "calendar", "library", "calls", "notices", "backup", "machine"} {
		if l.news[what] {
			all = append(all, what)
		}
	}
	clear(l.news)
	return all
}

func (s *Server) registerEvents(mux *router) {
	op := operation("events", http.MethodGet, "/events", "News as it happens: server-sent events named changed, with data nodes, plays, calendar, library, calls, notices, backup or disk", "Events", http.StatusOK)
	op.Responses = map[string]*huma.Response{"200": {Description: "A stream that does not end", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}}}}
	s.api.OpenAPI().AddOperation(&op)
	mux.HandleFunc("GET /api/v1/events", s.events)
}

func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	l := s.hub.join(access.Of(r.Context()).Share())
	if l == nil {
		writeProblem(w, problem.New(problem.Unavailable, "too_many_listeners",
			"Bạn đang mở quá nhiều trang: hãy đóng bớt rồi thử lại.", "You have too many pages open: close some and try again."))
		return
	}
	defer s.hub.leave(l)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
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
		case _, on := <-l.wake:
			if !on {
				return
			}
			for _, what := range l.take() {
				text += "event: changed\ndata: " + what + "\n\n"
			}
		}
	}
}

// Package news tells the open pages what has changed since they were read, so that nobody
// looks at yesterday's state. What exactly is different it does not say: a page asks anew
// for the part that it shows.
//
// A caller that changes something calls Hub.Tell and waits for nobody. A page listens by
// Hub.Join, wakes by Listener.Wake and takes by Listener.Take each kind of news once,
// however often it happened meanwhile. Nobody can take all places: they are shared out
// by person (package share).
package news

import (
	"sync"

	"loa/controller/share"
)

const (
	maxListeners  = 500
	listenersEach = 60 // of one person: the office has a page on each of its screens
)

// Hub passes news to the open event streams. A Listener that is slow gets
// each kind of news once, however often it happened.
type Hub struct {
	seats     *share.Seats
	mu        sync.Mutex
	listeners map[*Listener]bool
	closed    bool
}

// Listener is one open page.
type Listener struct {
	wake chan struct{}
	mu   sync.Mutex
	news map[string]bool
	give func() // its place back
}

// New returns a hub without listeners.
func New() *Hub {
	return &Hub{seats: share.NewSeats(listenersEach, maxListeners), listeners: map[*Listener]bool{}}
}

// Tell has every listener woken: "nodes", "plays", "calendar", "library", "calls",
// "notices", "backup", "machine", "answers", "exercises". Other words are told to nobody.
func (h *Hub) Tell(what string) {
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

// Join is for a person with pages open; nil: they have too many. Where there is no
// place left one of the person with most is closed.
func (h *Hub) Join(who string) *Listener {
	l := &Listener{wake: make(chan struct{}, 1), news: map[string]bool{}}
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

// Leave gives a place back.
func (h *Hub) Leave(l *Listener) {
	l.give()
	h.end(l)
}

// end closes a Listener's stream.
func (h *Hub) end(l *Listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.listeners[l] {
		delete(h.listeners, l)
		close(l.wake)
	}
}

// Close ends all streams, and lets nobody in any more.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for l := range h.listeners {
		delete(h.listeners, l)
		close(l.wake)
	}
}

// Take is what has changed since it was asked last, in an order of its own.
func (l *Listener) Take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []string
	for _, what := range []string{"nodes", "plays", "calendar", "library", "calls", "notices", "backup", "machine", "answers"} {
		if l.news[what] {
			all = append(all, what)
		}
	}
	clear(l.news)
	return all
}

// Wake has a value when there is news; it is closed when the stream has to end.
func (l *Listener) Wake() <-chan struct{} { return l.wake }

// Count is how many listen now.
func (h *Hub) Count() int { return h.seats.Count() }

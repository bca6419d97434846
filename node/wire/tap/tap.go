// Package tap shows what passes on the wire to a person who looks for a fault:
// each message decoded and cut short, with who signed it. The observer is
// never waited for; what he misses is counted.
package tap

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"loa/node/wire"
)

const (
	most       = 4       // observers at the same time
	queue      = 512     // messages that wait for one of them
	queueBytes = 2 << 20 // likewise, on a board with little memory
)

// Signatures of a message.
const (
	Good    = "good"    // by a key of the commune's
	Refused = "refused" // by nobody that is known here, or altered
	None    = "none"    // this kind has none
)

// Seen is one message as it passed.
type Seen struct {
	At        time.Time       `json:"at"`
	Topic     string          `json:"topic"`
	Kind      string          `json:"kind,omitempty"`
	Bytes     int             `json:"bytes"`
	Retained  bool            `json:"retained,omitempty"`
	Signature string          `json:"signature"`
	Key       string          `json:"key,omitempty"` // the message names it
	Target    string          `json:"target,omitempty"`
	Seq       uint64          `json:"seq,omitempty"`
	Issued    time.Time       `json:"issued,omitzero"`
	Expires   time.Time       `json:"expires,omitzero"`
	Body      json.RawMessage `json:"body,omitempty"`
	Wrong     string          `json:"wrong,omitempty"`  // what is not as it should be
	Missed    int64           `json:"missed,omitempty"` // messages that passed before it, too fast for the observer
}

// Filter says what is looked at; empty: everything.
type Filter struct {
	Node string // what it says and what it alone is told
	Kind string
}

// ErrBusy says that enough people look on already.
var ErrBusy = errors.New("enough others look on at the wire")

// Hub is where messages pass.
type Hub struct {
	topics wire.Topics
	open   wire.Opener
	some   atomic.Int32 // watchers

	mu       sync.Mutex
	watchers map[*watcher]bool
}

type watcher struct {
	filter Filter
	queue  chan passed
	bytes  atomic.Int64
	missed atomic.Int64
}

type passed struct {
	at       time.Time
	topic    string
	payload  []byte
	retained bool
}

// New makes a hub. open checks the signatures of the commune's messages.
func New(commune string, open wire.Opener) *Hub {
	return &Hub{topics: wire.Topics{Commune: commune}, open: open, watchers: map[*watcher]bool{}}
}

// Pass shows a message to the observers. It costs nothing while there is none.
func (h *Hub) Pass(topic string, payload []byte, retained bool) {
	if h.some.Load() == 0 {
		return
	}
	p := passed{time.Now(), topic, bytes.Clone(payload), retained}
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.watchers {
		if h.wanted(w.filter, topic) {
			w.take(p)
		}
	}
}

func (h *Hub) wanted(f Filter, topic string) bool {
	branch, subject, kind, ok := h.topics.Parse(topic)
	name, _, _ := wire.Content(branch, subject, kind)
	return (f.Kind == "" || ok && name == f.Kind) &&
		(f.Node == "" || ok && subject == f.Node && (branch == "up" || branch == "down"))
}

func (w *watcher) take(p passed) {
	n := int64(len(p.payload))
	if w.bytes.Add(n) > queueBytes {
		w.bytes.Add(-n)
		w.missed.Add(1)
		return
	}
	select {
	case w.queue <- p:
	default:
		w.bytes.Add(-n)
		w.missed.Add(1)
	}
}

// Watch sends what passes, until ctx ends or send fails.
func (h *Hub) Watch(ctx context.Context, f Filter, send func(Seen) error) error {
	w := &watcher{filter: f, queue: make(chan passed, queue)}
	if !h.join(w) {
		return ErrBusy
	}
	defer h.leave(w)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case p := <-w.queue:
			w.bytes.Add(-int64(len(p.payload)))
			s := h.look(p)
			s.Missed = w.missed.Swap(0)
			if err := send(s); err != nil {
				return err
			}
		}
	}
}

func (h *Hub) join(w *watcher) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.watchers) >= most {
		return false
	}
	h.watchers[w] = true
	h.some.Store(int32(len(h.watchers)))
	return true
}

func (h *Hub) leave(w *watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.watchers, w)
	h.some.Store(int32(len(h.watchers)))
}

// look decodes a message, whatever it is.
func (h *Hub) look(p passed) Seen {
	s := Seen{At: p.at, Topic: p.topic, Bytes: len(p.payload), Retained: p.retained, Signature: None}
	branch, subject, kind, ok := h.topics.Parse(p.topic)
	if !ok {
		s.Wrong = "not a topic of this commune"
		return s
	}
	var v any
	var signed bool
	s.Kind, v, signed = wire.Content(branch, subject, kind)
	body := p.payload
	switch {
	case len(body) == 0:
		return s // what was retained is taken back
	case v == nil:
		s.Wrong = "of a kind that this version does not know"
		return s
	case signed:
		body = h.signed(&s, p.payload)
	}
	if err := wire.Decode(body, v); body != nil && err != nil {
		s.Wrong = err.Error()
	} else if body != nil {
		s.Body = shorten(v)
	}
	return s
}

// signed reads the header of a signed message and returns its body; nil if there
// is none.
func (h *Hub) signed(s *Seen, payload []byte) []byte {
	s.Signature = Refused
	m, err := wire.Read(payload)
	if err != nil {
		s.Wrong = err.Error()
		return nil
	}
	s.Key = hex.EncodeToString(m.NamedKey())
	header, body, err := m.Claims()
	if err != nil {
		s.Wrong = err.Error()
		return nil
	}
	s.Target, s.Seq, s.Issued, s.Expires = header.Target, header.Seq, header.Issued, header.Expires
	_, v, _ := wire.Content(h.parts(s.Topic))
	kind := s.Kind
	if kind == wire.KindPlan {
		kind = wire.PlanKind(payload)
	}
	switch _, err := h.open(payload, wire.Header{Kind: kind, Target: header.Target}, wire.Kept, v); {
	case err == nil, errors.Is(err, wire.ErrStale): // a sequence of 0 is stale, and well signed
		s.Signature = Good
	default:
		s.Wrong = err.Error()
	}
	return body
}

func (h *Hub) parts(topic string) (branch, subject, kind string) {
	branch, subject, kind, _ = h.topics.Parse(topic)
	return branch, subject, kind
}

package broker

import (
	"sync"
	"time"
)

// Bounds of what waits for one handler.
const (
	inboxBytes  = 16 << 20
	inboxTopics = 20_000
	perTopic    = 16 // of each topic, the latest

	floodSpan = 10 * time.Second
	floodMost = 200 // messages on one topic in floodSpan: no node has so much to say
)

// inbox is what waits for one handler. Each topic, which is one node's, has a short
// line of its own, and the lines take turns: a node that says too much loses its own
// older words and nobody else's.
type inbox struct {
	mu    sync.Mutex
	lines map[string]*line
	turns []*line // those with something in them, the next first
	bytes int
	ready chan struct{}
}

// line is what waits of one topic.
type line struct {
	waiting []Message
	since   time.Time // messages are counted since then
	count   int
	flooded bool
}

func newInbox() *inbox { return &inbox{lines: map[string]*line{}, ready: make(chan struct{}, 1)} }

// put adds a message, and returns how many had to go for it, and whether its topic is
// one that floods, told once in a span.
func (in *inbox) put(m Message, now time.Time) (dropped int, flood bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	l := in.lines[m.Topic]
	if l == nil {
		if len(in.lines) >= inboxTopics {
			return 1, false
		}
		l = &line{since: now}
		in.lines[m.Topic] = l
	}
	flood = l.rushes(now)
	for len(l.waiting) > 0 && (len(l.waiting) == perTopic || in.bytes+len(m.Payload) > inboxBytes) {
		in.take(l)
		dropped++
	}
	if in.bytes+len(m.Payload) > inboxBytes { // others hold it all: each only little
		return dropped + 1, flood
	}
	if len(l.waiting) == 0 && dropped == 0 {
		in.turns = append(in.turns, l)
	}
	l.waiting, in.bytes = append(l.waiting, m), in.bytes+len(m.Payload)
	select {
	case in.ready <- struct{}{}:
	default:
	}
	return dropped, flood
}

// rushes counts a message, and reports that there are too many once in a span.
func (l *line) rushes(now time.Time) bool {
	if now.Sub(l.since) >= floodSpan {
		l.since, l.count, l.flooded = now, 0, false
	}
	l.count++
	if l.count <= floodMost || l.flooded {
		return false
	}
	l.flooded = true
	return true
}

// take removes the oldest message of a line.
func (in *inbox) take(l *line) Message {
	m := l.waiting[0]
	l.waiting[0], l.waiting = Message{}, l.waiting[1:]
	in.bytes -= len(m.Payload)
	return m
}

// next takes the oldest message of the line whose turn it is.
func (in *inbox) next() (m Message, ok bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for len(in.turns) > 0 {
		l := in.turns[0]
		in.turns[0], in.turns = nil, in.turns[1:]
		if len(l.waiting) == 0 {
			continue
		}
		m = in.take(l)
		if len(l.waiting) > 0 {
			in.turns = append(in.turns, l)
		}
		return m, true
	}
	return m, false
}

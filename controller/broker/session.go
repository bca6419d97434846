package broker

import (
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of one client's outbox, in bytes. The node's are small because there
// may be hundreds; a chunk in the bulk lane is shared by all who wait for it.
const (
	nodeLane       = 256 << 10
	bulkMost       = 512 << 10
	controllerLane = 8 << 20
)

// voiceAge is how long a frame of a voice may wait for its client: what is older
// comes too late to be heard, and only keeps back what follows, a stop too.
const voiceAge = 1500 * time.Millisecond

const (
	writePatience = 30 * time.Second // for each 16 KiB that a client must take
	writePiece    = 16 << 10
	farewell      = time.Second // to hand over the last words of a closed connection
	socketBuffer  = 128 << 10   // kept small: what is in the kernel can no longer give way
	unsentMost    = 16 << 10    // likewise, of what the network does not take yet (tcp(7), TCP_NOTSENT_LOWAT)
)

// session is one client's connection, with its outbox. It is the net.Conn
// that mochi knows: Write never blocks, Close lets the last words out.
type session struct {
	net.Conn
	name       string // common name of the verified certificate
	controller bool
	most       int           // bound of the urgent lane, bytes
	gone       chan struct{} // closed when the broker has done with the connection
	replaced   atomic.Bool   // the same client has connected again
	denied     atomic.Bool   // a denial has been logged
	known      func()        // called once it is somebody's
	count      *counters

	tokens  float64   // messages that it may send at once; of its own goroutine
	counted time.Time // they were

	mu         sync.Mutex
	probe      chan struct{} // closed when the probe is answered; nil: nobody asks
	change     *sync.Cond    // outbox drained or filled, or closed
	urgent     [][]byte
	voice      []spoken
	bulk       [][]byte
	urgentSize int
	bulkSize   int
	closed     bool
	waiting    int // bytes of QoS 1 messages in mochi's queue
	owed       int // bytes of those not acknowledged, at most
	maxBehind  int // bound of both
}

// spoken is a frame of a voice that waits since an instant.
type spoken struct {
	frame []byte
	since time.Time
}

// A node's share of the broker, far above what any says: what is more waits.
const (
	paceRate  = 50.0 // messages a second
	paceBurst = 300.0
	paceMost  = time.Second // for one message
)

func newSession(c net.Conn, name string, controller bool, count *counters) *session {
	s := &session{Conn: c, name: name, controller: controller, most: nodeLane, maxBehind: maxNodeBehind, gone: make(chan struct{}),
		count: count}
	if controller {
		s.most, s.maxBehind = controllerLane, maxBehind
	}
	s.change = sync.NewCond(&s.mu)
	return s
}

// Read counts what arrives, and ends at once when the session is closed.
func (s *session) Read(b []byte) (int, error) {
	n, err := s.Conn.Read(b)
	s.count.bytesIn.Add(int64(n))
	if s.isClosed() {
		return 0, net.ErrClosed
	}
	return n, err
}

// Write puts whole packets into the urgent lane. It takes more than the bound,
// because mochi has no way to wait here; it waits in makeRoom instead.
func (s *session) Write(b []byte) (int, error) {
	frame := append([]byte(nil), b...)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, net.ErrClosed
	}
	s.urgent, s.urgentSize = append(s.urgent, frame), s.urgentSize+len(frame)
	s.change.Broadcast()
	return len(b), nil
}

// lane is where a frame waits: commands and all that is small pass the frames of a
// voice, and these the chunks of clips.
type lane int

const (
	urgentLane lane = iota
	voiceLane
	bulkLane
)

// offer puts a frame, which it shares and does not change, into a lane if
// there is room.
func (s *session) offer(frame []byte, in lane) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return false
	case in == voiceLane:
		now := time.Now()
		s.dropOld(now)
		s.voice = append(s.voice, spoken{frame, now})
	case in == bulkLane && s.bulkSize+len(frame) <= bulkMost:
		s.bulk, s.bulkSize = append(s.bulk, frame), s.bulkSize+len(frame)
	case in == urgentLane && s.urgentSize < s.most:
		s.urgent, s.urgentSize = append(s.urgent, frame), s.urgentSize+len(frame)
	default:
		return false
	}
	s.change.Broadcast()
	return true
}

// dropOld drops the frames of a voice that have waited too long.
func (s *session) dropOld(now time.Time) {
	n := 0
	for n < len(s.voice) && now.Sub(s.voice[n].since) > voiceAge {
		n++
	}
	clear(s.voice[:n])
	s.voice = s.voice[n:]
	s.count.dropped.Add(int64(n))
}

// dropBulk forgets what waits of clips: a node that wants it still asks for it again.
func (s *session) dropBulk() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count.dropped.Add(int64(len(s.bulk)))
	s.bulk, s.bulkSize = nil, 0
}

// waits notes that a message of so many bytes is queued, or with a minus is no
// more, and reports whether too much is.
func (s *session) waits(size int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting += size
	return s.waiting > s.maxBehind
}

// owes notes that a message of so many bytes is to be acknowledged, and reports
// whether too much is. It counts anew only when that may be.
func (s *session) owes(size int, count func() int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.owed += size; s.owed > s.maxBehind {
		s.owed = count()
	}
	return s.owed > s.maxBehind
}

// makeRoom waits until the urgent lane is below its bound or the session is
// closed. Only the client's own goroutines call it.
func (s *session) makeRoom() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.urgentSize >= s.most && !s.closed {
		s.change.Wait()
	}
}

// SetDeadline bounds reading only: drain bounds writing by progress. A closed
// session keeps the deadline that ended it.
func (s *session) SetDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	return s.Conn.SetReadDeadline(t)
}

// Close ends reading now. What is in the urgent lane, a refusal perhaps, may
// still go out for a moment; then drain closes the connection.
func (s *session) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.bulk, s.bulkSize, s.voice = nil, 0, nil
	s.change.Broadcast()
	_ = s.Conn.SetWriteDeadline(time.Now().Add(farewell)) // on failure the connection is dead already
	return s.Conn.SetReadDeadline(time.Unix(1, 0))
}

func (s *session) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// drain writes the outbox to the connection until the session is closed and
// its last words are out, then closes the connection.
func (s *session) drain() {
	defer s.Conn.Close()
	for {
		frame, ok := s.next()
		if !ok {
			return
		}
		if err := s.send(frame); err != nil {
			s.Close()
			return
		}
	}
}

// next takes the next frame by its lane, waiting for one. Urgent ones
// that have gathered go as one write: one record of TLS and one call of the
// kernel, which a client that is behind can least afford to have many of.
func (s *session) next() (frame []byte, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if len(s.voice) > 0 {
			s.dropOld(time.Now())
		}
		switch {
		case len(s.urgent) > 0:
			frame = s.gather()
			s.urgentSize -= len(frame)
			s.change.Broadcast()
			return frame, true
		case s.closed:
			return nil, false
		case len(s.voice) > 0:
			return s.gatherVoice(), true
		case len(s.bulk) > 0:
			frame = s.bulk[0]
			s.bulk[0], s.bulk, s.bulkSize = nil, s.bulk[1:], s.bulkSize-len(frame)
			return frame, true
		}
		s.change.Wait()
	}
}

// gather takes the first urgent frame and those after it that fit into a piece
// with it.
func (s *session) gather() []byte {
	n, size := 1, len(s.urgent[0])
	for n < len(s.urgent) && size+len(s.urgent[n]) <= writePiece {
		size += len(s.urgent[n])
		n++
	}
	frame := s.urgent[0]
	if n > 1 { // what is alone may be shared with others, and stays as it is
		frame = slices.Concat(s.urgent[:n]...)
	}
	clear(s.urgent[:n])
	s.urgent = s.urgent[n:]
	return frame
}

// gatherVoice does likewise with the frames of a voice.
func (s *session) gatherVoice() []byte {
	frame, n := s.voice[0].frame, 1
	for n < len(s.voice) && len(frame)+len(s.voice[n].frame) <= writePiece {
		frame = slices.Concat(frame, s.voice[n].frame) // seldom many
		n++
	}
	clear(s.voice[:n])
	s.voice = s.voice[n:]
	return frame
}

// send writes a frame piece by piece, so that the time allowed is for
// progress and not for the length of the frame.
func (s *session) send(frame []byte) error {
	for len(frame) > 0 {
		piece := frame[:min(len(frame), writePiece)]
		s.allow(writePatience)
		n, err := s.Conn.Write(piece)
		s.count.bytesOut.Add(int64(n))
		if err != nil {
			return err
		}
		frame = frame[len(piece):]
	}
	return nil
}

// allow gives the next write some time, unless Close has already set the last
// deadline.
func (s *session) allow(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		_ = s.Conn.SetWriteDeadline(time.Now().Add(d)) // the write itself tells of a dead connection
	}
}

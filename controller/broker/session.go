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
	bulkLane       = 512 << 10
	controllerLane = 8 << 20
)

const (
	writePatience = 30 * time.Second // for each 16 KiB that a client must take
	writePiece    = 16 << 10
	farewell      = time.Second // to hand over the last words of a closed connection
	socketBuffer  = 128 << 10   // kept small: what is in the kernel can no longer give way
)

// session is one client's connection, with its outbox. It is the net.Conn
// that mochi knows: Write never blocks, Close lets the last words out.
type session struct {
	net.Conn
	name       string // common name of the verified certificate
	controller bool
	lane       int           // bound of the urgent lane, bytes
	gone       chan struct{} // closed when the broker has done with the connection
	replaced   atomic.Bool   // the same client has connected again
	denied     atomic.Bool   // a denial has been logged
	known      func()        // called once it is somebody's
	count      *counters

	mu         sync.Mutex
	change     *sync.Cond // outbox drained or filled, or closed
	urgent     [][]byte
	bulk       [][]byte
	urgentSize int
	bulkSize   int
	closed     bool
	waiting    int // bytes of QoS 1 messages in mochi's queue
	owed       int // bytes of those not acknowledged, at most
	maxBehind  int // bound of both
}

func newSession(c net.Conn, name string, controller bool, count *counters) *session {
	s := &session{Conn: c, name: name, controller: controller, lane: nodeLane, maxBehind: maxNodeBehind, gone: make(chan struct{}), count: count}
	if controller {
		s.lane, s.maxBehind = controllerLane, maxBehind
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

// offer puts a frame, which it shares and does not change, into a lane if
// there is room.
func (s *session) offer(frame []byte, bulk bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return false
	case bulk && s.bulkSize+len(frame) <= bulkLane:
		s.bulk, s.bulkSize = append(s.bulk, frame), s.bulkSize+len(frame)
	case !bulk && s.urgentSize < s.lane:
		s.urgent, s.urgentSize = append(s.urgent, frame), s.urgentSize+len(frame)
	default:
		return false
	}
	s.change.Broadcast()
	return true
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
	for s.urgentSize >= s.lane && !s.closed {
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
	s.bulk, s.bulkSize = nil, 0
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

// next takes the next frame, urgent before bulk, waiting for one. Urgent ones
// that have gathered go as one write: one record of TLS and one call of the
// kernel, which a client that is behind can least afford to have many of.
func (s *session) next() (frame []byte, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case len(s.urgent) > 0:
			frame = s.gather()
			s.urgentSize -= len(frame)
			s.change.Broadcast()
			return frame, true
		case s.closed:
			return nil, false
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

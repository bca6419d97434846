package public

import (
	"net"
	"sync"
	"time"

	"loa/controller/share"
)

// shared is a listener with so many places: where all are taken the one with most gives
// its oldest up, so that a crowd at one address keeps nobody else out.
type shared struct {
	net.Listener
	seats *share.Seats
	mu    sync.Mutex
	rate  *bucket
}

func (s *Server) share(l net.Listener) net.Listener {
	return &shared{Listener: l, seats: share.NewSeats(s.opt.Limits.Each, s.opt.Limits.Connections),
		rate: newBucket(s.opt.Limits.Arrivals, time.Now())}
}

// Accept is net.Listener's. A client that comes too fast waits before the door, in the system's own
// queue, where it costs nothing.
func (l *shared) Accept() (net.Conn, error) {
	for {
		if d := l.turn(time.Now()); d > 0 {
			<-time.After(d)
		}
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		leave, ok := l.seats.Take(addressOf(c.RemoteAddr().String()), func() { _ = c.Close() }) // it is cut off
		if !ok {
			_ = c.Close() // it has its share
			continue
		}
		return &seated{Conn: c, leave: sync.OnceFunc(leave)}, nil
	}
}

// turn says how long the next one waits.
func (l *shared) turn(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rate.take(now) {
		return 0
	}
	d := time.Duration((1 - l.rate.level) / l.rate.rate * float64(time.Second))
	l.rate.level--
	return d
}

// seated is a connection that has a place.
type seated struct {
	net.Conn
	leave func()
}

// Close is net.Conn's.
func (c *seated) Close() error {
	c.leave()
	return c.Conn.Close()
}

package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/mochi-mqtt/server/v2/listeners"
	"golang.org/x/sys/unix"
)

const (
	handshakeTime = 10 * time.Second // for TLS, and again for CONNECT
	spareConns    = 32               // beyond MaxClients and strangers, for those that are ending
	sayRefusals   = 10 * time.Second // at most so often the log tells of connections that were refused
	acceptPause   = 100 * time.Millisecond
)

// listener accepts connections, learns from the certificate who is there, and
// hands the session to mochi. It owns a goroutine pair per connection and
// waits for all of them in Close.
type listener struct {
	tcp   net.Listener
	tls   *tls.Config
	hook  *hook
	log   *slog.Logger
	slots chan struct{} // one for each connection
	crowd *crowd        // those that nobody has shown to be his
	wg    sync.WaitGroup

	mu     sync.Mutex
	told   time.Time // when the log last told of refusals
	untold int64     // refusals since
	conns  map[net.Conn]struct{}
	closed bool
}

func newListener(addr string, o Options, h *hook) (*listener, error) {
	tcp, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &listener{
		tcp: tcp, tls: o.TLS, hook: h, log: o.Logger,
		slots: make(chan struct{}, o.MaxClients+maxStrangers+spareConns), crowd: newCrowd(maxStrangers),
		conns: map[net.Conn]struct{}{},
	}, nil
}

// The methods that mochi asks of a listener.
func (l *listener) Init(*slog.Logger) error { return nil }
func (l *listener) ID() string              { return "tls" }
func (l *listener) Address() string         { return l.tcp.Addr().String() }
func (l *listener) Protocol() string        { return "tcp" }

// Serve accepts until the listener is closed. Running out of file descriptors
// passes; it must not end the broker.
func (l *listener) Serve(establish listeners.EstablishFn) {
	failing := false
	for {
		conn, err := l.tcp.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			if !failing {
				l.log.Error("broker cannot accept connections", "error", err)
			}
			failing = true
			<-time.After(acceptPause)
			continue
		}
		failing = false
		if !l.take(conn) {
			l.hook.count.refused.Add(1)
			conn.Close()
			continue
		}
		if out := l.crowd.enter(conn); out != nil {
			_ = out.Close() // its own goroutine sees to the rest
		}
		go l.serve(conn, establish)
	}
}

// take notes a connection, unless there are too many or we are closing.
func (l *listener) take(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	select {
	case l.slots <- struct{}{}:
	default:
		return false
	}
	l.conns[conn] = struct{}{}
	l.wg.Add(1)
	return true
}

func (l *listener) release(conn net.Conn) {
	conn.Close()
	l.crowd.leave(conn)
	l.mu.Lock()
	delete(l.conns, conn)
	l.mu.Unlock()
	<-l.slots
	l.wg.Done()
}

// serve is the whole life of one connection.
func (l *listener) serve(conn net.Conn, establish listeners.EstablishFn) {
	defer l.release(conn)
	s, err := l.handshake(conn)
	if err != nil {
		l.refused(conn, err)
		return
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		s.drain()
	}()
	err = contain(func() error { return establish(l.ID(), s) })
	s.Close()
	<-drained
	l.hook.leave(s, err)
}

// refused counts a connection that was turned away; the log tells of one now
// and then, since a flood must not fill the disk by it.
func (l *listener) refused(conn net.Conn, err error) {
	l.hook.count.refused.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.untold++
	if now := time.Now(); now.Sub(l.told) >= sayRefusals {
		l.log.Info("broker refused a connection", "remote", conn.RemoteAddr(), "error", err, "refused", l.untold)
		l.told, l.untold = now, 0
	}
}

// contain keeps a fault in the library that one client's bytes set off from
// ending the broker for all the others.
func contain(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("broker library failed: %v\n%s", r, debug.Stack())
		}
	}()
	return f()
}

// shorten bounds what waits in the kernel for a connection's other end.
func shorten(tcp *net.TCPConn) error {
	if err := tcp.SetWriteBuffer(socketBuffer); err != nil {
		return err
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, unsentMost)
	})
	return errors.Join(err, failed)
}

// handshake does TLS within bounds and takes the client's name from its
// verified certificate.
func (l *listener) handshake(conn net.Conn) (*session, error) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		if err := shorten(tcp); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), handshakeTime)
	defer cancel()
	c := tls.Server(conn, l.tls)
	if err := c.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	cert := c.ConnectionState().PeerCertificates[0]
	name := cert.Subject.CommonName
	if admit := l.hook.admit; admit != nil && name != l.hook.controller && !admit(ctx, cert) {
		return nil, fmt.Errorf("%q is not admitted: revoked, replaced or unknown", clip(name))
	}
	s := newSession(c, name, name == l.hook.controller, &l.hook.count)
	s.known = func() { l.crowd.leave(conn) }
	return s, s.SetDeadline(time.Now().Add(handshakeTime)) // mochi sets none before CONNECT
}

// Close stops accepting, ends every connection and waits for them, so that
// mochi has no client left to wait for.
func (l *listener) Close(listeners.CloseFn) {
	l.mu.Lock()
	l.closed = true
	l.tcp.Close()
	for conn := range l.conns {
		conn.Close()
	}
	l.mu.Unlock()
	l.wg.Wait()
}

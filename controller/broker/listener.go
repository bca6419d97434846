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
)

const (
	handshakeTime = 10 * time.Second // for TLS, and again for CONNECT
	spareConns    = 32               // beyond MaxClients, for those that are shaking hands
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
	wg    sync.WaitGroup

	mu     sync.Mutex
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
		slots: make(chan struct{}, o.MaxClients+spareConns),
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
		l.hook.count.refused.Add(1)
		l.log.Info("broker refused a connection", "remote", conn.RemoteAddr(), "error", err)
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

// handshake does TLS within bounds and takes the client's name from its
// verified certificate.
func (l *listener) handshake(conn net.Conn) (*session, error) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		if err := tcp.SetWriteBuffer(socketBuffer); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), handshakeTime)
	defer cancel()
	c := tls.Server(conn, l.tls)
	if err := c.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	name := c.ConnectionState().PeerCertificates[0].Subject.CommonName
	s := newSession(c, name, name == l.hook.controller, &l.hook.count)
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

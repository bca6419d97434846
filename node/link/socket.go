package link

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"syscall"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"golang.org/x/sys/unix"
)

// deadAfter is how long what was sent may stay unacknowledged before the
// connection is given up: a modem that lost its network without a word would
// else be noticed by the next keepalive, after 20 s of silence. A voice ends
// after eight seconds without frames, so waiting longer saves nothing.
const deadAfter = 8 * time.Second

// DialTCP opens a TCP connection that notices when nobody is there any more.
func DialTCP(ctx context.Context, broker string) (net.Conn, error) {
	dialer := net.Dialer{Control: impatient}
	return dialer.DialContext(ctx, "tcp", broker)
}

// dial opens a connection to the broker.
func (l *Link) dial(broker *url.URL, _ mqtt.ClientOptions) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	conn, err := l.opt.Dial(ctx, broker.Host)
	if err != nil {
		return nil, err
	}
	config := l.opt.TLS
	if config.ServerName == "" {
		config = config.Clone()
		config.ServerName = broker.Hostname()
	}
	secure := tls.Client(l.watch(conn), config)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return secure, nil
}

// impatient sets TCP_USER_TIMEOUT (RFC 5482) on a socket before it connects.
func impatient(_, _ string, conn syscall.RawConn) error {
	var err error
	if cerr := conn.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(deadAfter.Milliseconds()))
	}); cerr != nil {
		return cerr
	}
	return err
}

// socket is a connection that tells what goes over it, and when.
type socket struct {
	net.Conn
	raw  syscall.RawConn
	link *Link
}

// watch has the lulls of a connection noted; one that is not a socket has none.
func (l *Link) watch(conn net.Conn) net.Conn {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return conn
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return conn
	}
	return &socket{conn, raw, l}
}

func (s *socket) Read(b []byte) (int, error) {
	n, err := s.Conn.Read(b)
	if now := time.Now(); s.link.lull.open(now) {
		s.link.lull.came(now, s.packets())
	}
	return n, err
}

func (s *socket) Write(b []byte) (int, error) {
	n, err := s.Conn.Write(b)
	if now := time.Now(); s.link.lull.open(now) {
		s.link.lull.sent(now, s.packets())
	}
	return n, err
}

// packets returns how many were sent so far, and has the acknowledgement of what
// comes next wait for data that may take it along: the kernel forgets that
// whenever one waited in vain (tcp(7), TCP_QUICKACK). What it does not do costs
// a good instant for a ping, so its errors are not told.
func (s *socket) packets() (sent uint32) {
	_ = s.raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_QUICKACK, 0)
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			sent = info.Segs_out
		}
	})
	return sent
}

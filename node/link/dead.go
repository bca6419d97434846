package link

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// deadAfter is how long what was sent may stay unacknowledged before the
// connection is given up: a modem that lost its network without a word would
// else be noticed by the next keepalive, after 20 s of silence. A voice ends
// after eight seconds without frames, so waiting longer saves nothing.
const deadAfter = 8 * time.Second

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

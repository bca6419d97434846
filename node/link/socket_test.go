package link

import (
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// What a lull is told by a real socket: the kernel's count of packets, an
// acknowledgement that waits for data, and one that does not.
func TestLullOfASocket(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	conn, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	l := New(Options{})
	s, ok := l.watch(conn).(*socket)
	require.True(t, ok)
	defer s.Close()
	office, err := listener.Accept()
	require.NoError(t, err)
	defer office.Close()

	l.lull.best(time.Now(), time.Now(), 0) // a ping is near
	_, err = s.Write([]byte("hello"))      // from here on the kernel lets acknowledgements wait
	require.NoError(t, err)
	before := l.lull.packets
	buf := make([]byte, 64)
	for range 3 {
		_, err = office.Write([]byte("a bundle"))
		require.NoError(t, err)
		_, err = s.Read(buf)
		require.NoError(t, err)
		require.False(t, l.lull.owed.IsZero(), "the acknowledgement waits")
		require.Equal(t, before, l.lull.packets)
		_, err = s.Write([]byte("a ping"))
		require.NoError(t, err)
		before++
		require.Equal(t, before, l.lull.packets, "and went with the ping")
		require.True(t, l.lull.owed.IsZero())
	}
}

func TestADeadConnectionIsGivenUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	conn, err := (&net.Dialer{Control: impatient}).DialContext(t.Context(), "tcp", l.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	raw, err := conn.(syscall.Conn).SyscallConn()
	require.NoError(t, err)
	require.NoError(t, raw.Control(func(fd uintptr) {
		ms, err := unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT)
		require.NoError(t, err)
		require.EqualValues(t, deadAfter.Milliseconds(), ms)
	}))
}

package broker

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

type strangerConn struct {
	net.Conn
	addr net.Addr
}

func (s *strangerConn) RemoteAddr() net.Addr { return s.addr }

func from(host string) *strangerConn {
	return &strangerConn{addr: &net.TCPAddr{IP: net.ParseIP(host), Port: 1}}
}

func TestAFloodPushesOutItself(t *testing.T) {
	c := newCrowd(10)
	board := from("10.0.0.1")
	require.Nil(t, c.enter(board))
	for range 5 { // of two flooders neither is spared
		require.Nil(t, c.enter(from("10.9.9.1")))
	}
	var first net.Conn
	for i := range 4 {
		conn := from("10.9.9.2")
		if i == 0 {
			first = conn
		}
		require.Nil(t, c.enter(conn))
	}
	for range 10_000 {
		out := c.enter(from("10.9.9.2"))
		require.NotNil(t, out)
		require.NotSame(t, board, out)
	}
	require.Equal(t, 10, c.count)
	c.leave(first) // long gone
	c.leave(board)
	c.leave(board)
	require.Equal(t, 9, c.count)
	require.Len(t, c.from, 2)
	for _, addr := range []string{"10.9.9.1", "10.9.9.2"} {
		for len(c.from[addr]) > 0 {
			c.leave(c.from[addr][0])
		}
	}
	require.Empty(t, c.from)
	require.Zero(t, c.count)
}

// From one address alone the newest gets its chance: a board behind the same
// router as the flooder has as long as it takes to refill the crowd.
func TestTheOldestGoesFirst(t *testing.T) {
	c := newCrowd(2)
	a, b, d := from("10.0.0.1"), from("10.0.0.1"), from("10.0.0.1")
	require.Nil(t, c.enter(a))
	require.Nil(t, c.enter(b))
	require.Same(t, a, c.enter(d))
	require.Same(t, b, c.enter(from("10.0.0.1")))
}

package public

import (
	"context"
	"log/slog"
	"net"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/share"
)

// from is a request of an address.
func (g *guard) from(address string, now time.Time) verdict {
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = net.JoinHostPort(address, "1")
	return g.admit(r, now)
}

// A client that asks too much is refused, and takes nothing from another; what all ask together is
// bounded too, and what is remembered of them.
func TestRequestsAreBounded(t *testing.T) {
	now := time.Now()
	g := newGuard(Limits{Own: 10, Requests: 100}.complete())
	for range 10 * burst {
		require.Equal(t, welcome, g.from("203.0.113.1", now))
	}
	for range 10_000 {
		require.Equal(t, tooMany, g.from("203.0.113.1", now))
	}
	require.Equal(t, welcome, g.from("203.0.113.2", now), "a flood from elsewhere")
	require.Equal(t, welcome, g.from("203.0.113.1", now.Add(100*time.Millisecond)), "a tenth of a second gives one")
	require.Equal(t, tooMany, g.from("203.0.113.1", now.Add(100*time.Millisecond)))

	g = newGuard(Limits{Own: 10, Requests: 100}.complete())
	refused := 0
	for i := range 1000 {
		if g.from("2001:db8:0:"+strconv.FormatInt(int64(i), 16)+"::1", now) == tooBusy {
			refused++
		}
	}
	require.Equal(t, 1000-100*burst, refused)
	g = newGuard(Limits{Own: 10, Requests: 1e9}.complete())
	for i := range 10 * burst {
		require.Equal(t, welcome, g.from("2001:db8::"+strconv.Itoa(i), now))
	}
	require.Equal(t, tooMany, g.from("2001:db8::ffff", now), "one network is one reader")
	for i := range 3 * mostAddresses {
		g.from("10."+strconv.Itoa(i>>16)+"."+strconv.Itoa(i>>8&255)+"."+strconv.Itoa(i&255), now)
		require.LessOrEqual(t, len(g.each), mostAddresses)
	}
}

// Sound goes out at the rate that was set, a quarter of it while a call is on the air, and
// a reader that would wait too long is sent away.
func TestTheLineIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		onAir := false
		l := &line{rate: 100_000, slower: func() bool { return onAir }}
		send := func(chunks int) time.Duration {
			began := time.Now()
			for range chunks {
				require.True(t, l.wait(t.Context(), 10_000))
			}
			return time.Since(began)
		}
		require.InDelta(t, 10, send(105).Seconds(), 0.01, "a megabyte at 100 kB/s, with half a second ahead")
		time.Sleep(time.Minute)
		onAir = true
		require.InDelta(t, 9.5, send(25).Seconds(), 0.01, "a quarter of it beside a call")
		for ok := true; ok; _, ok = l.turn(time.Now(), 10_000) {
		}
		require.False(t, l.wait(t.Context(), 1))
		time.Sleep(time.Second)
		require.True(t, l.wait(t.Context(), 1))
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		require.False(t, l.wait(ended, 1))
	})
}

// One address has so many connections, and where all are taken the one with most gives its
// oldest up: a crowd keeps nobody out.
func TestConnectionsAreBounded(t *testing.T) {
	seats := share.NewSeats(3, 5)
	closed := map[string]int{}
	var mu sync.Mutex
	take := func(who string) bool {
		_, ok := seats.Take(who, func() { mu.Lock(); closed[who]++; mu.Unlock() })
		return ok
	}
	for range 3 {
		require.True(t, take("crowd"))
	}
	require.False(t, take("crowd"))
	require.True(t, take("a"))
	require.True(t, take("b"))
	require.True(t, take("c"))
	require.Equal(t, map[string]int{"crowd": 1}, closed)
}

// A listener keeps to it: an address with too many connections loses one, and a place is given back
// with its connection.
func TestTheListenerKeepsToIt(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &Server{opt: Options{Limits: Limits{Each: 2, Connections: 10, Arrivals: 1000}.complete(), Logger: slog.New(slog.DiscardHandler)}}
	l := s.share(inner)
	accepted := make(chan net.Conn, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", inner.Addr().String())
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	dial()
	dial()
	first := <-accepted
	<-accepted
	_, err = dial().Read(make([]byte, 1))
	require.Error(t, err, "it has its share")
	require.NoError(t, first.Close())
	dial()
	<-accepted
	require.NoError(t, inner.Close())
}

package main

import (
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// fragile is a network between a browser and the controller.
type fragile struct {
	addr string
	mu   sync.Mutex
	cond *sync.Cond
	ice  bool
	old  []net.Conn
}

func newFragile(t testing.TB, to string) *fragile {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	f := &fragile{addr: l.Addr().String()}
	f.cond = sync.NewCond(&f.mu)
	t.Cleanup(func() { f.thaw(); _ = l.Close() })
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			conn, err := net.Dial("tcp", to)
			if err != nil {
				_ = from.Close()
				continue
			}
			f.mu.Lock()
			f.old = append(f.old, from, conn)
			f.mu.Unlock()
			go f.pass(from, conn)
			go f.pass(conn, from)
		}
	}()
	return f
}

// pass copies until either side ends, and waits while the network is frozen.
func (f *fragile) pass(to, from net.Conn) {
	defer to.Close()
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		f.mu.Lock()
		for f.ice {
			f.cond.Wait()
		}
		f.mu.Unlock()
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (f *fragile) freeze() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ice = true
}

// thaw lets new connections through; the old ones are dead, as after a change
// of network.
func (f *fragile) thaw() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ice = false
	for _, c := range f.old {
		_ = c.Close()
	}
	f.old = nil
	f.cond.Broadcast()
}

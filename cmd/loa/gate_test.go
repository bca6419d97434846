package main

import (
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// gate is a node's link to the office, as bad as a test wants it.
type gate struct {
	l  net.Listener
	to string

	mu    sync.Mutex
	cut   bool // nothing gets through, and what was there is lost
	still bool // nothing gets through, and nobody is told
	rate  int  // bytes per second each way; 0: as fast as it goes
	conns map[net.Conn]bool
	wake  chan struct{} // closed when something of it changes
}

func newGate(t testing.TB, to string) *gate {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g := &gate{l: l, to: to, conns: map[net.Conn]bool{}, wake: make(chan struct{})}
	go g.serve()
	t.Cleanup(func() { _ = l.Close(); g.set(func() { g.cut = true }) })
	return g
}

func (g *gate) addr() string { return g.l.Addr().String() }

func (g *gate) serve() {
	for {
		in, err := g.l.Accept()
		if err != nil {
			return
		}
		go g.carry(in)
	}
}

// set changes the link.
func (g *gate) set(do func()) {
	g.mu.Lock()
	do()
	close(g.wake)
	g.wake = make(chan struct{})
	var ended []net.Conn
	if g.cut {
		for c := range g.conns {
			ended = append(ended, c)
		}
	}
	g.mu.Unlock()
	for _, c := range ended {
		_ = c.Close()
	}
}

// heal makes it a good link.
func (g *gate) heal() { g.set(func() { g.cut, g.still, g.rate = false, false, 0 }) }

// open reports whether what is sent gets through soon.
func (g *gate) open() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.cut && !g.still
}

func (g *gate) carry(in net.Conn) {
	out, err := net.Dial("tcp", g.to)
	if err != nil {
		_ = in.Close()
		return
	}
	g.mu.Lock()
	cut := g.cut
	g.conns[in], g.conns[out] = true, true
	g.mu.Unlock()
	if cut {
		_ = errors.Join(in.Close(), out.Close())
	}
	var both sync.WaitGroup
	both.Go(func() { g.pump(out, in) })
	both.Go(func() { g.pump(in, out) })
	both.Wait()
	g.mu.Lock()
	delete(g.conns, in)
	delete(g.conns, out)
	g.mu.Unlock()
}

// pump carries one way. It holds no more than a packet: what waits, waits at the one that
// sends, as before a thin link.
func (g *gate) pump(to, from net.Conn) {
	defer func() { _ = errors.Join(to.Close(), from.Close()) }()
	buf := make([]byte, 1400)
	for {
		n, err := from.Read(buf)
		g.pass(n)
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

// pass waits as long as n bytes take.
func (g *gate) pass(n int) {
	for {
		g.mu.Lock()
		still, rate, wake := g.still && !g.cut, g.rate, g.wake
		g.mu.Unlock()
		if !still {
			if rate > 0 {
				<-time.After(time.Duration(n) * time.Second / time.Duration(rate))
			}
			return
		}
		<-wake
	}
}

package broker

import (
	"net"
	"slices"
	"sync"
)

// maxStrangers bounds the connections that have not shown who they are: with
// TLS under way each costs some tens of KiB.
const maxStrangers = 256

// crowd is the connections that are not anybody's yet: neither certificate nor
// CONNECT is in. When there are too many, the oldest of the address that has the
// most makes room: a flood from a few addresses pushes out itself, and a
// board that comes from elsewhere gets through.
type crowd struct {
	mu    sync.Mutex
	limit int
	count int
	from  map[string][]net.Conn // by address, oldest first
}

func newCrowd(limit int) *crowd { return &crowd{limit: limit, from: map[string][]net.Conn{}} }

// enter takes a connection in, and returns one that must be closed for it, or
// nil.
func (c *crowd) enter(conn net.Conn) (out net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	addr := hostOf(conn)
	c.from[addr] = append(c.from[addr], conn)
	c.count++
	if c.count <= c.limit {
		return nil
	}
	most := addr
	for other, conns := range c.from {
		if len(conns) > len(c.from[most]) {
			most = other
		}
	}
	out = c.from[most][0]
	c.remove(most, 0)
	return out
}

// leave forgets a connection, if it is still here: it is somebody's now, or has
// ended.
func (c *crowd) leave(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	addr := hostOf(conn)
	if i := slices.Index(c.from[addr], conn); i >= 0 {
		c.remove(addr, i)
	}
}

func (c *crowd) remove(addr string, i int) {
	c.count--
	if conns := slices.Delete(c.from[addr], i, i+1); len(conns) > 0 {
		c.from[addr] = conns
	} else {
		delete(c.from, addr)
	}
}

func hostOf(conn net.Conn) string {
	if tcp, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		return tcp.IP.String()
	}
	return conn.RemoteAddr().String()
}

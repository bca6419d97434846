package broker

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/trust"
	"loa/node/wire"
)

const (
	halfOpen = 10_000 // connections that never finish their TLS: cheap for the attacker
	// halfOpenThere is how many come to Mosquitto: it takes 2,000 of any kind, and
	// closes the next one before it has read a byte.
	halfOpenThere = 3000
	// nameless is how many have no certificate: each costs an attacker and the
	// broker a handshake, and with a few times as many as our broker lets wait at
	// the door the next thousand meet nothing new.
	nameless = 4 * maxStrangers
)

// crowdOf calls from many addresses of this machine, with so many at a time.
func crowdOf(n, at int, do func(d *net.Dialer)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, at)
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			from := net.IPv4(127, 1, byte(i%10), byte(1+i%50))
			do(&net.Dialer{Timeout: long, LocalAddr: &net.TCPAddr{IP: from}})
		})
	}
	wg.Wait()
}

// lines counts what is written to a log.
type lines struct {
	slog.Handler
	n atomic.Int64
}

func (l *lines) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }
func (l *lines) Handle(context.Context, slog.Record) error        { l.n.Add(1); return nil }

// Of eleven thousand connections, four at Mosquitto, most never finish their TLS, the others have no
// certificate. They cost the broker little, and those that were there stay and are heard.
// Ours lets a board that comes back in the midst of them in at its first try;
// Mosquitto keeps what it has taken, and lets it in when they are gone. That no
// horn misses anything meanwhile is TestWhoIsShutOutPlaysOn of package node.
func TestFlood(t *testing.T) {
	manyFiles(t)
	log := &lines{Handler: slog.DiscardHandler}
	atBothDoors(t, Options{Logger: slog.New(log)}, func(t *testing.T, d *door) {
		office := d.peer(trust.ControllerName, topics.AllUp("+"))
		stays := d.peer("n1", topics.AllDown("n1"))
		before, began := d.memory(), time.Now()
		many := halfOpen
		if d.mosquitto != nil {
			many = halfOpenThere
		}
		leave := d.flooded(many/2, stays)
		if d.ours != nil {
			back := d.peer("n2", topics.AllDown("n2"))
			require.True(t, back.say(topics.Up("n2", wire.KindStatus), []byte("back"), false))
			require.Empty(t, office.hears("back"))
		}
		leaveToo := d.flooded(many/2, stays)
		d.hearEachOther(office, stays)
		most := d.memory() - before
		if d.ours != nil {
			require.Eventually(t, func() bool { return d.ours.listener.open() <= maxStrangers+3 }, long, time.Millisecond, "besides those three")
		}
		leave()
		leaveToo()
		d.refusesTheNameless()
		most = max(most, d.memory()-before)
		t.Logf("it held %.0f MiB more, within %v", most, time.Since(began).Round(time.Millisecond))
		require.Less(t, most, 128.0)
		d.hearEachOther(office, stays)
		require.Eventually(t, func() bool { _, code := d.try(d.tls("n3"), "n3"); return code == 0 }, long, 10*time.Millisecond,
			"a board that comes when they are gone")
		if d.ours != nil { // Mosquitto writes a line of each that it refuses
			require.LessOrEqual(t, log.n.Load(), 2+int64(time.Since(began)/sayRefusals), "the log is not filled")
		}
	})
}

// open is how many connections there are.
func (l *listener) open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.conns)
}

// flooded has many come who go no further than a hello, and stay as long as they
// are let. They come in bunches, each when the broker has answered a friend after
// the one before: else they wait for the kernel's queue, which is not what is
// looked at.
func (d *door) flooded(n int, friend *peer) (leave func()) {
	var mu sync.Mutex
	var open []net.Conn
	refused := 0
	for range n / 50 {
		crowdOf(50, 50, func(dialer *net.Dialer) {
			c, err := dialer.Dial("tcp", d.addr)
			if err == nil {
				_, _ = c.Write(unfinished)
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				refused++
			} else {
				open = append(open, c)
			}
		})
		require.True(d, friend.alive())
	}
	require.Equal(d, n, len(open)+refused)
	d.Logf("%d half-open, %d more were not taken", len(open), refused)
	return func() {
		for _, c := range open {
			_ = c.Close()
		}
	}
}

// refusesTheNameless is those who finish their TLS and have no certificate.
func (d *door) refusesTheNameless() {
	conf := d.tls("n1")
	conf.Certificates = nil
	var let atomic.Int64
	crowdOf(nameless, 8, func(dialer *net.Dialer) {
		c, err := tls.DialWithDialer(dialer, "tcp", d.addr, conf)
		if err != nil {
			return
		}
		defer c.Close()
		_ = c.SetReadDeadline(time.Now().Add(long))
		if _, err := c.Read(make([]byte, 1)); err == nil { // TLS 1.3 says no after the handshake
			let.Add(1)
		}
	})
	require.Zero(d, let.Load())
}

// manyFiles allows this process, and Mosquitto after it, as many connections as
// they need.
func manyFiles(t *testing.T) {
	var limit syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	limit.Cur = limit.Max
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit))
	require.Greater(t, limit.Cur, uint64(halfOpen+2000), "this machine allows too few open files: ulimit -Hn")
}

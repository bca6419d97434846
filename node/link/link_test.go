package link_test

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/broker"
	"loa/controller/trust"
	"loa/node/link"
	"loa/node/wire"
)

// office is a real broker with the controller's client on it.
type office struct {
	keys   *trust.Trust
	addr   string
	client *broker.Client
	stop   func()
}

func newOffice(t *testing.T, keys *trust.Trust, addr string) *office {
	t.Helper()
	b, err := broker.New(broker.Options{Addr: addr, TLS: keys.ServerTLS(), Commune: "la-da", ControllerName: trust.ControllerName})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	up := make(chan bool, 8)
	client, err := broker.Dial(ctx, broker.ClientOptions{URL: "mqtts://" + b.Addr(), TLS: keys.ControllerTLS(),
		ClientID: trust.ControllerName, Logger: slog.New(slog.DiscardHandler), OnConnect: func() { up <- true }})
	require.NoError(t, err)
	receive(t, "the office is connected", up)
	stopped := false
	o := &office{keys: keys, addr: b.Addr(), client: client, stop: func() {
		if !stopped {
			stopped = true
			cancel()
			client.Wait()
			<-done
		}
	}}
	t.Cleanup(o.stop)
	return o
}

func nodeTLS(t *testing.T, keys *trust.Trust, id string) *tls.Config {
	t.Helper()
	certPEM, keyPEM, err := keys.IssueNode(id)
	require.NoError(t, err)
	cert, err := tls.X509KeyPair(certPEM, keyPEM)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(keys.CAPEM()))
	return &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots, Certificates: []tls.Certificate{cert}}
}

func receive[T any](t *testing.T, what string, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(time.Minute):
		require.FailNow(t, "waited in vain", what)
		panic("unreachable")
	}
}

// A node joins, learns the time, gets what is retained for it, fetches, and
// finds back after the broker was gone; the office hears of its death.
func TestLink(t *testing.T) {
	keys, err := trust.Open(t.TempDir(), trust.Options{Commune: "la-da"})
	require.NoError(t, err)
	o := newOffice(t, keys, "127.0.0.1:0")
	topics := wire.Topics{Commune: "la-da"}
	answerTime := func(o *office) {
		o.client.Subscribe(topics.AllUp(wire.KindTime), 0, func(m broker.Message) {
			var p wire.Ping
			if wire.Decode(m.Payload, &p) != nil {
				return
			}
			now := time.Now().Add(time.Hour).UnixNano() // the office's clock is an hour ahead
			pong, _ := wire.Sign(keys.SigningKey(), wire.Header{Kind: wire.KindTime, Target: wire.Target("la-da", "n1"), Seq: 1},
				wire.Pong{T1: p.T1, Nonce: p.Nonce, T2: now, T3: now})
			_ = o.client.Publish(context.Background(), topics.Down("n1", wire.KindTime), 0, false, pong)
		})
	}
	answerTime(o)
	statuses := make(chan broker.Message, 16)
	gone := make(chan broker.Message, 16)
	o.client.Subscribe(topics.AllUp(wire.KindStatus), 1, func(m broker.Message) { statuses <- m })
	o.client.Subscribe(topics.AllUp(wire.KindGone), 1, func(m broker.Message) { gone <- m })
	require.NoError(t, o.client.Publish(t.Context(), topics.Down("n1", wire.KindPlan), 1, true, []byte("plan")))

	clock := link.NewClock(time.Now(), link.System{}, nil)
	plans, ups, chunks := make(chan string, 4), make(chan int, 4), make(chan string, 4)
	calls, frames := make(chan string, 4), make(chan string, 4)
	var downs atomic.Int32
	l := link.New(link.Options{Broker: o.addr, TLS: nodeTLS(t, keys, "n1"), Commune: "la-da", Node: "n1", Boot: "b", Clock: clock,
		Time:    wire.By(keys.PublicKey()),
		Logger:  slog.New(slog.DiscardHandler),
		Receive: map[string]func([]byte){wire.KindPlan: func(raw []byte) { plans <- string(raw) }},
		All:     map[string]func([]byte){wire.KindCall: func(raw []byte) { calls <- string(raw) }},
		Live:    func(call string, raw []byte) { frames <- call + " " + string(raw) },
		Chunk:   func(_ string, raw []byte) { chunks <- string(raw) },
		Up:      func(s int) { ups <- s }, Down: func() { downs.Add(1) }})
	require.ErrorIs(t, l.Publish(wire.KindStatus, 1, true, wire.Status{}), link.ErrDown)
	require.ErrorIs(t, l.SetLive(nil), link.ErrDown)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()

	require.Equal(t, 1, receive(t, "the link is up", ups))
	require.Equal(t, "plan", receive(t, "the retained plan", plans))
	for _, kind := range []string{"nonsense", wire.KindTime} {
		require.NoError(t, o.client.Publish(t.Context(), topics.Down("n1", kind), 1, false, []byte("garbage")))
	}
	stranger := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	later := wire.Pong{T1: 1, T2: 1, T3: 1}
	for _, forged := range []struct {
		key    ed25519.PrivateKey
		target string
	}{{stranger, "la-da/n1"}, {keys.SigningKey(), "la-da/n2"}, {keys.SigningKey(), "da-mi/n1"}} { // the time, by another, or for another
		raw, err := wire.Sign(forged.key, wire.Header{Kind: wire.KindTime, Target: forged.target, Seq: 1}, later)
		require.NoError(t, err)
		require.NoError(t, o.client.Publish(t.Context(), topics.Down("n1", wire.KindTime), 1, false, raw))
	}
	require.NoError(t, o.client.Publish(t.Context(), topics.Down("n1", wire.KindPlan), 1, false, []byte("next")))
	require.Equal(t, "next", receive(t, "what comes after garbage", plans))
	require.Equal(t, int64(5), l.Dropped())
	require.NoError(t, l.Publish(wire.KindStatus, 1, true, wire.Status{Boot: "b"}))
	require.Equal(t, topics.Up("n1", wire.KindStatus), receive(t, "the status", statuses).Topic)
	sha := "00000000000000000000000000000000000000000000000000000000000000aa"
	require.NoError(t, l.Listen(sha, true))
	require.NoError(t, o.client.Publish(t.Context(), topics.Clip(sha), 0, false, []byte("chunk")))
	require.Equal(t, "chunk", receive(t, "the chunk", chunks))
	for _, command := range []string{wire.KindCall, wire.KindStop, "nonsense"} { // the second has no handler here, the third is not asked for
		require.NoError(t, o.client.Publish(t.Context(), topics.All(command), 1, false, []byte(command)))
	}
	require.Equal(t, wire.KindCall, receive(t, "a command to all", calls))
	require.NoError(t, l.SetLive([]string{"c0", "c1"}))
	require.NoError(t, l.SetLive([]string{"c1"}))
	for _, call := range []string{"c0", "c1"} {
		require.NoError(t, o.client.Publish(t.Context(), topics.Live(call), 0, false, []byte("frames")))
	}
	require.Equal(t, "c1 frames", receive(t, "what is spoken", frames))
	require.Equal(t, int64(6), l.Dropped())
	known := func() bool { _, _, ok := clock.At(time.Now()); return ok }
	deadline := time.After(time.Minute)
	for !known() {
		select {
		case <-deadline:
			require.FailNow(t, "the time is not learnt")
		case <-time.After(10 * time.Millisecond):
		}
	}
	office, bound, _ := clock.At(time.Now())
	require.WithinDuration(t, time.Now().Add(time.Hour), office, bound+10*time.Millisecond)

	// the broker restarts
	o.stop()
	o = newOffice(t, keys, o.addr)
	gone2 := make(chan broker.Message, 16)
	o.client.Subscribe(topics.AllUp(wire.KindGone), 1, func(m broker.Message) { gone2 <- m })
	require.Equal(t, 2, receive(t, "the link is up again", ups))
	require.EqualValues(t, 1, downs.Load())
	require.NoError(t, o.client.Publish(t.Context(), topics.Live("c1"), 0, false, []byte("again")))
	require.Equal(t, "c1 again", receive(t, "what is spoken, after the broker was gone", frames))
	require.NoError(t, l.SetLive(nil))

	// a node that ends in order leaves no will behind
	session, up := l.Session()
	require.True(t, up)
	require.Equal(t, 2, session)
	cancel()
	require.NoError(t, <-ended)
	require.Empty(t, gone)
	require.Empty(t, gone2)
}

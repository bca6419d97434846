package broker

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/controller/trust"
	"loa/node/wire"
)

func TestMain(m *testing.M) { os.Exit(witness.Main(m)) }

const patience = time.Minute // costs nothing where it is not needed

var topics = wire.Topics{Commune: "la-da"}

// bench is a broker with its keys.
type bench struct {
	testing.TB
	trust  *trust.Trust
	broker *Broker
	stop   func() // ends the broker and waits for it
}

func start(t testing.TB, o Options) *bench {
	t.Helper()
	keys, err := trust.Open(t.TempDir(), trust.Options{Commune: "la-da"})
	require.NoError(t, err)
	b := &bench{TB: t, trust: keys}
	b.restart(o)
	t.Cleanup(func() { b.stop() })
	return b
}

func (b *bench) restart(o Options) {
	b.Helper()
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	o.TLS, o.Commune, o.ControllerName = b.trust.ServerTLS(), "la-da", trust.ControllerName
	var err error
	b.broker, err = New(o)
	require.NoError(b, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.broker.Run(ctx) }()
	stopped := false
	b.stop = func() {
		if !stopped {
			stopped = true
			cancel()
			require.NoError(b, <-done)
		}
	}
}

// nodeTLS is what a node of this commune would use.
func nodeTLS(t testing.TB, tr *trust.Trust, id string) *tls.Config {
	t.Helper()
	certPEM, keyPEM, err := tr.IssueNode(id)
	require.NoError(t, err)
	cert, err := tls.X509KeyPair(certPEM, keyPEM)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(tr.CAPEM()))
	return &tls.Config{Certificates: []tls.Certificate{cert}, RootCAs: pool, ServerName: "localhost"}
}

// client dials as the controller, or as a node, and waits until it stands.
func (b *bench) client(id string, filters ...string) (*Client, chan Message) {
	b.Helper()
	conf := b.trust.ControllerTLS()
	if id != trust.ControllerName {
		conf = nodeTLS(b.TB, b.trust, id)
	}
	ctx, cancel := context.WithCancel(context.Background())
	up, got := make(chan struct{}, 10), make(chan Message, 1000)
	c, err := Dial(ctx, ClientOptions{
		URL: "mqtts://" + b.broker.Addr(), TLS: conf, ClientID: id,
		OnConnect: func() { up <- struct{}{} },
	})
	require.NoError(b, err)
	for _, f := range filters {
		c.Subscribe(f, 1, func(m Message) { got <- m })
	}
	b.Cleanup(func() { cancel(); c.Wait() })
	wait(b.TB, up, "connection of "+id)
	for _, f := range filters { // a subscription may come after the connection: an echo tells
		b.settled(c, f)
	}
	return c, got
}

// settled waits until the broker knows the client's subscription.
func (b *bench) settled(c *Client, filter string) {
	b.Helper()
	require.Eventually(b, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.live == nil {
			return false
		}
		cl, ok := b.broker.server.Clients.Get(c.opt.ClientID)
		if !ok {
			return false
		}
		_, ok = cl.State.Subscriptions.Get(filter)
		return ok
	}, patience, time.Millisecond)
}

func wait[T any](t testing.TB, ch <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		require.Fail(t, "waited too long", what)
		panic("unreachable")
	}
}

func TestIdentity(t *testing.T) {
	b := start(t, Options{})
	for _, c := range []struct {
		name string
		connect
		code int
	}{
		{"own name", connect{id: "n1"}, 0},
		{"own user name", connect{id: "n1", user: "n1"}, 0},
		{"own will", connect{id: "n1", will: topics.Up("n1", "gone")}, 0},
		{"another's id", connect{id: "n2"}, 5},
		{"no id", connect{id: ""}, 5},
		{"the controller's id", connect{id: trust.ControllerName}, 5},
		{"another's user name", connect{id: "n1", user: "n2"}, 5},
		{"another's will", connect{id: "n1", will: topics.Up("n2", "gone")}, 5},
		{"a will as the controller", connect{id: "n1", will: topics.Down("n2", "plan")}, 5},
		{"a retained will", connect{id: "n1", will: topics.Up("n1", "gone"), willRetain: true}, 5},
		{"MQTT 5", connect{id: "n1", version: 5}, 0x84},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := b.raw("n1")
			r.TB = t
			require.Equal(t, c.code, r.connect(c.connect))
			require.NoError(t, r.Close()) // the next one need not wait for its answer
		})
	}
	require.Equal(t, int64(8), b.broker.Counters().Refused)
}

func TestCertificates(t *testing.T) {
	b, other := start(t, Options{}), start(t, Options{})
	try := func(conf *tls.Config) error {
		c, err := tls.Dial("tcp", b.broker.Addr(), conf)
		if err != nil {
			return err
		}
		defer c.Close()
		require.NoError(t, c.SetDeadline(time.Now().Add(patience)))
		if _, err = c.Write(connect{id: "n1"}.bytes()); err == nil {
			_, err = c.Read(make([]byte, 1))
		}
		return err
	}
	good := nodeTLS(t, b.trust, "n1")
	require.NoError(t, try(good))
	none := good.Clone()
	none.Certificates = nil
	require.ErrorContains(t, try(none), "certificate required")
	foreign := nodeTLS(t, other.trust, "n1")
	foreign.RootCAs = good.RootCAs
	require.Error(t, try(foreign))
	_, err := New(Options{Addr: "127.0.0.1:0", TLS: &tls.Config{}, Commune: "la-da", ControllerName: "c"})
	require.Error(t, err, "a broker without client certificates")
}

func TestTopicRulesOnTheWire(t *testing.T) {
	b := start(t, Options{})
	ctx := t.Context()
	controller, atController := b.client(trust.ControllerName, topics.AllUp("+"))
	n1, atN1 := b.client("n1", topics.AllDown("n1"), topics.Clip("+"), topics.All("+"))
	_, atN2 := b.client("n2", topics.AllDown("n2"))

	for _, qos := range []byte{0, 1} {
		require.NoError(t, controller.Publish(ctx, topics.Down("n1", "plan"), qos, false, []byte("for n1")))
		require.Equal(t, "for n1", string(wait(t, atN1, "plan").Payload))
		require.NoError(t, controller.Publish(ctx, topics.All("stop"), qos, false, []byte("all")))
		require.Equal(t, topics.All("stop"), wait(t, atN1, "all").Topic)
		require.NoError(t, controller.Publish(ctx, topics.Clip(sha), qos, false, []byte("chunk")))
		require.Equal(t, topics.Clip(sha), wait(t, atN1, "chunk").Topic)
		require.NoError(t, n1.Publish(ctx, topics.Up("n1", "report"), qos, false, []byte("heard")))
		require.Equal(t, topics.Up("n1", "report"), wait(t, atController, "report").Topic)
	}
	require.Zero(t, b.broker.Counters().Denied)
	for _, denied := range []string{topics.Up("n2", "status"), topics.Down("n2", "plan"), topics.Clip(sha), topics.All("x"), "x"} {
		require.NoError(t, n1.Publish(ctx, denied, 0, false, []byte("forged")))
	}
	require.NoError(t, n1.Publish(ctx, topics.Up("n1", "status"), 1, false, []byte("last")))
	require.Equal(t, "last", string(wait(t, atController, "status").Payload), "nothing denied came before it")
	require.Equal(t, int64(5), b.broker.Counters().Denied)
	require.Empty(t, atN2)
}

func TestDeniedSubscriptions(t *testing.T) {
	b := start(t, Options{})
	r := b.raw("n1")
	require.Equal(t, 0, r.connect(connect{id: "n1"}))
	require.Equal(t, []byte{1, 0x80, 0x80, 0x80, 0x80, 1}, r.subscribe(topics.AllDown("n1"), topics.AllDown("n2"),
		"#", "$SYS/#", topics.AllUp("+"), topics.Clip("+")))
}

func TestDeniedQoS1EndsOnlyThatClient(t *testing.T) {
	b := start(t, Options{})
	bad, good := b.raw("n1"), b.raw("n2")
	require.Equal(t, 0, bad.connect(connect{id: "n1"}))
	require.Equal(t, 0, good.connect(connect{id: "n2"}))
	bad.send(packet(0x32, str(topics.Down("n2", "plan")), []byte{0, 1}, []byte("forged")))
	bad.ended()
	good.send([]byte{0xc0, 0})
	head, _, err := good.packet()
	require.NoError(t, err)
	require.Equal(t, byte(0xd0), head)
}

func TestOversizeAndGarbage(t *testing.T) {
	b := start(t, Options{})
	for name, junk := range map[string][]byte{
		"longer than allowed":   append([]byte{0x30}, binary.AppendUvarint(nil, maxPacket)...),
		"longest of all":        {0x30, 0xff, 0xff, 0xff, 0x7f},
		"length without end":    {0x30, 0xff, 0xff, 0xff, 0xff, 0xff},
		"second CONNECT":        connect{id: "n1"}.bytes(),
		"unknown packet":        {0xf0, 0},
		"topic past the end":    {0x30, 2, 0xff, 0xff},
		"wildcard in publish":   packet(0x32, str("a/#"), []byte{0, 1}, []byte{1}),
		"big message of a node": packet(0x30, str(topics.Up("n1", "report")), make([]byte, maxNodeMessage+1)),
		"bytes of chance":       bytes.Repeat([]byte{0xa5, 0x5a, 0x13}, 999),
	} {
		t.Run(name, func(t *testing.T) {
			r := b.raw("n1")
			r.TB = t
			require.Equal(t, 0, r.connect(connect{id: "n1"}))
			r.send(junk)
			if name != "wildcard in publish" {
				r.ended()
			}
		})
	}
	r := b.raw("n1")
	r.send([]byte{0x30, 0})
	r.ended()
	r = b.raw("n1")
	require.Equal(t, 0, r.connect(connect{id: "n1"}), "the broker is well")
}

func TestNodeMayNotFillTheBroker(t *testing.T) {
	b := start(t, Options{})
	r := b.raw("n1")
	require.Equal(t, 0, r.connect(connect{id: "n1"}))
	for i := range maxNodeRetained + 1 {
		r.send(packet(0x31, str(topics.Up("n1", fmt.Sprint("k", i))), []byte("x")))
	}
	r.ended()
	require.LessOrEqual(t, b.broker.server.Topics.Retained.Len(), maxNodeRetained+30) // and $SYS

	r = b.raw("n1")
	require.Equal(t, 0, r.connect(connect{id: "n1"}))
	filters := make([]byte, 0, 1<<16)
	for i := range maxSubscriptions + 1 {
		filters = append(append(filters, str(topics.Clip(fmt.Sprint(i)))...), 0)
	}
	r.send(packet(0x82, []byte{0, 1}, filters))
	r.ended()
}

func TestTooManyClients(t *testing.T) {
	b := start(t, Options{MaxClients: 1})
	first, second := b.raw("n1"), b.raw("n2")
	require.Equal(t, 0, first.connect(connect{id: "n1"}))
	require.Equal(t, 3, second.connect(connect{id: "n2"}))
}

func TestWill(t *testing.T) {
	b := start(t, Options{})
	_, got := b.client(trust.ControllerName, topics.AllUp(wire.KindGone))
	will := connect{id: "n1", will: topics.Up("n1", wire.KindGone)}

	r := b.raw("n1")
	require.Equal(t, 0, r.connect(will))
	again := b.raw("n1")
	require.Equal(t, 0, again.connect(will))
	r.ended() // taken over: not gone

	again.NetConn().Close()
	m := wait(t, got, "will")
	require.Equal(t, topics.Up("n1", wire.KindGone), m.Topic)
	require.Equal(t, "gone", string(m.Payload))
	require.False(t, m.Retained)

	third := b.raw("n1")
	require.Equal(t, 0, third.connect(will))
	third.send([]byte{0xe0, 0}) // a proper goodbye
	third.ended()
	b.stop()
	require.Empty(t, got)
}

// A client that connects again and again must always end up able to hear. The broker
// waits for each one's elder to answer: for many at once no longer than for one.
func TestTakeoverStorm(t *testing.T) {
	b := start(t, Options{})
	controller, _ := b.client(trust.ControllerName)
	var ids []string
	for i := range 25 {
		ids = append(ids, fmt.Sprint("n", i))
	}
	for round := range 3 { // two takeovers of each
		come := map[string]*raw{}
		for _, id := range ids {
			come[id] = b.raw(id)
			come[id].send(connect{id: id}.bytes())
		}
		for id, r := range come {
			require.Equal(t, 0, r.welcome())
			require.Equal(t, []byte{1}, r.subscribe(topics.AllDown(id)))
			word := fmt.Sprint("word ", round)
			require.NoError(t, controller.Publish(t.Context(), topics.Down(id, "ack"), 1, false, []byte(word)))
			head, body, err := r.packet()
			require.NoError(t, err)
			require.Equal(t, byte(0x32), head)
			require.True(t, bytes.HasSuffix(body, []byte(word)))
		}
	}
	require.Equal(t, int64(1+len(ids)), b.broker.Counters().Clients)
}

// A node that reads nothing must not hold up what others are sent, with and
// without acknowledgement.
func TestSlowReaderStallsNobody(t *testing.T) {
	b := start(t, Options{})
	controller, _ := b.client(trust.ControllerName)
	slow := b.raw("slow")
	require.Equal(t, 0, slow.connect(connect{id: "slow"}))
	require.Equal(t, []byte{1, 1}, slow.subscribe(topics.AllDown("slow"), topics.Clip("+")))
	_, got := b.client("quick", topics.AllDown("quick"), topics.Clip("+"))

	chunk, plan := make([]byte, 32<<10), make([]byte, 200<<10)
	for range 200 { // 6 MiB of chunks: more than socket and outbox hold
		require.NoError(t, controller.Publish(t.Context(), topics.Clip(sha), 0, false, chunk))
		wait(t, got, "chunk")
	}
	require.Positive(t, b.broker.Counters().Dropped)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for range maxNodeInflight / 2 {
		require.NoError(t, controller.Publish(ctx, topics.Down("slow", "plan"), 1, true, plan))
	}
	require.NoError(t, controller.Publish(ctx, topics.Down("quick", "plan"), 1, true, plan))
	require.Len(t, wait(t, got, "plan").Payload, len(plan))

	for range maxNodeInflight + 1 { // it acknowledges nothing: in the end it must go
		require.NoError(t, controller.Publish(ctx, topics.Down("slow", "ack"), 1, false, []byte{1}))
	}
	slow.ended()
}

func TestRetainedPlanOfLargestSize(t *testing.T) {
	b := start(t, Options{})
	controller, _ := b.client(trust.ControllerName)
	plan := bytes.Repeat([]byte{7}, wire.MaxMessage)
	require.NoError(t, controller.Publish(t.Context(), topics.Down("n1", "plan"), 1, true, plan))
	_, got := b.client("n1", topics.AllDown("n1"))
	m := wait(t, got, "plan")
	if !m.Retained { // acknowledged before it was handed out: who subscribes between has it twice
		m = wait(t, got, "what was retained")
	}
	require.True(t, m.Retained)
	require.True(t, bytes.Equal(plan, m.Payload))
}

func TestClientComesBackWithItsSubscriptions(t *testing.T) {
	b := start(t, Options{})
	addr := b.broker.Addr()
	controller, got := b.client(trust.ControllerName, topics.AllUp("status"))
	b.stop()
	require.Eventually(t, func() bool { return !controller.Connected() }, patience, time.Millisecond)
	require.ErrorIs(t, controller.Publish(t.Context(), topics.All("x"), 1, false, nil), ErrNotConnected)

	b.restart(Options{Addr: addr})
	require.Eventually(t, controller.Connected, patience, time.Millisecond)
	n1, _ := b.client("n1")
	require.NoError(t, n1.Publish(t.Context(), topics.Up("n1", "status"), 1, false, []byte("back")))
	require.Equal(t, "back", string(wait(t, got, "status").Payload))
	require.Equal(t, int64(2), controller.Counters().Connects)
}

func TestRefusedSubscriptionIsAnError(t *testing.T) {
	b := start(t, Options{})
	n1, _ := b.client("n1")
	n1.Subscribe(topics.AllDown("n2"), 1, func(Message) {})
	require.Eventually(t, func() bool { return !n1.Connected() }, patience, time.Millisecond)
}

func TestBusyHandlerDropsAndCounts(t *testing.T) {
	b := start(t, Options{})
	controller, _ := b.client(trust.ControllerName)
	release := make(chan struct{})
	controller.Subscribe(topics.AllUp("want"), 0, func(Message) { <-release })
	b.settled(controller, topics.AllUp("want"))
	n1, _ := b.client("n1")
	for range perTopic + 50 {
		require.NoError(t, n1.Publish(t.Context(), topics.Up("n1", "want"), 0, false, []byte{1}))
	}
	require.Eventually(t, func() bool { return controller.Counters().Received == perTopic+50 }, patience, time.Millisecond)
	require.InDelta(t, 49, controller.Counters().Dropped, 1) // one may be in the handler
	close(release)
}

// BenchmarkFanOut sends one chunk to 150 nodes that read it; heap/client is
// what a connected node costs, its TLS included, both ends being in here.
func BenchmarkFanOut(b *testing.B) {
	const nodes = 150
	var before, after runtime.MemStats
	br := start(b, Options{})
	controller, _ := br.client(trust.ControllerName)
	runtime.GC()
	runtime.ReadMemStats(&before)
	readers := make([]*raw, nodes)
	for i := range readers {
		id := fmt.Sprint("n", i)
		readers[i] = br.raw(id)
		require.Equal(b, 0, readers[i].connect(connect{id: id}))
		require.Equal(b, []byte{1}, readers[i].subscribe(topics.Clip("+")))
		require.NoError(b, readers[i].SetDeadline(time.Time{}))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	chunk := make([]byte, wire.ChunkSize)
	b.SetBytes(nodes * wire.ChunkSize)
	for b.Loop() {
		require.NoError(b, controller.Publish(b.Context(), topics.Clip(sha), 0, false, chunk))
		var wg sync.WaitGroup
		for _, r := range readers {
			wg.Go(func() {
				if _, _, err := r.packet(); err != nil {
					b.Error(err)
				}
			})
		}
		wg.Wait()
	}
	b.ReportMetric(float64(after.HeapInuse+after.StackInuse-before.HeapInuse-before.StackInuse)/nodes, "heap/client")
}

// While a voice is on air the client does not wait long for a broker that was
// restarted.
func TestAVoiceOnAirIsUrgent(t *testing.T) {
	urgent := false
	c := &Client{opt: ClientOptions{Urgent: func() bool { return urgent }}}
	require.GreaterOrEqual(t, c.wait(lastBackoff), lastBackoff/2)
	urgent = true
	require.LessOrEqual(t, c.wait(lastBackoff), urgentWait)
	require.LessOrEqual(t, c.wait(firstBackoff), 3*firstBackoff/2)
}

// Who is revoked is out at once, and does not come back.
func TestRevokedNodeIsOut(t *testing.T) {
	var revoked atomic.Bool
	b := start(t, Options{Admit: func(_ context.Context, cert *x509.Certificate) bool {
		require.NotEqual(t, trust.ControllerName, cert.Subject.CommonName, "the controller is not asked for")
		return cert.Subject.CommonName == "n1" && !revoked.Load()
	}})
	b.client(trust.ControllerName)
	c, _ := b.client("n1")
	revoked.Store(true)
	begun := time.Now()
	b.broker.Drop("n1")
	b.broker.Drop("nobody")
	require.Eventually(t, func() bool { return !c.Connected() }, patience, time.Millisecond)
	t.Logf("out after %v", time.Since(begun))
	witness.Judge(t, begun, time.Now(), func(t testing.TB) { require.Less(t, time.Since(begun), time.Second) })
	require.Eventually(t, func() bool { return b.broker.Counters().Refused > 1 }, patience, time.Millisecond)
	require.False(t, c.Connected())
}

package node

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/node/link"
	"loa/node/local"
	"loa/node/nodetest"
	"loa/node/speaker"
	"loa/node/wire"
)

// villain is an attacker to whom the nodes are connected in place of their
// broker: he has its machine and so its certificate, and every word that ever
// passed. Whatever the commune signs he gives when it suits him, or never; its
// key he has not. He owes MQTT nothing, so he says things that nobody has
// subscribed to.
//
// Whole nodes run against him in fake time, each over a pipe under TLS. What
// he gives has been dealt with when give returns.
type villain struct {
	t      *testing.T
	office *nodetest.Office // what it says goes through his hands
	ca     *nodetest.Authority
	tls    *tls.Config
	topics wire.Topics
	rnd    *mathrand.Rand
	dice   sync.Mutex // for rnd
	began  time.Time  // when the boards' power came

	mu    sync.Mutex
	shut  bool              // nobody gets in
	lines map[string]*line  // by node
	kept  map[string][]byte // by topic: what is retained
	asked map[string][]wire.Ping
	said  map[string]wire.Status         // the last of each node
	time  func(node string, p wire.Ping) // answers its caller
	want  func(node string, w wire.Want) // somebody asked for a clip
}

// line is one connection of a node.
type line struct {
	conn    net.Conn
	out     chan packets.ControlPacket // so that he never waits for somebody who waits for him
	over    chan struct{}
	filters map[string]bool
}

// amongVillains runs a test in fake time, on a day on which certificates count.
func amongVillains(t *testing.T, f func(t *testing.T, v *villain)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(nodetest.MadeFirst.Add(time.Hour))) // of the bubble
		ca := nodetest.NewAuthority(t)
		v := &villain{t: t, office: nodetest.NewOffice(), ca: ca, topics: wire.Topics{Commune: "la-da"}, rnd: mathrand.New(mathrand.NewPCG(1, 2)),
			began: time.Now(),
			lines: map[string]*line{}, kept: map[string][]byte{}, asked: map[string][]wire.Ping{}, said: map[string]wire.Status{}}
		v.tls = &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{ca.Brokers()},
			ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.Pool(),
			SessionTicketsDisabled: true} // they would be written while nobody reads: a pipe keeps nothing
		v.time = v.tell
		f(t, v)
	})
}

func (v *villain) dial(context.Context, string) (net.Conn, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.shut {
		return nil, errors.New("no way through")
	}
	near, far := net.Pipe()
	go v.serve(tls.Server(far, v.tls))
	return near, nil
}

// serve is the whole life of one connection.
func (v *villain) serve(conn *tls.Conn) {
	l := &line{conn: conn, out: make(chan packets.ControlPacket, 4096), over: make(chan struct{}), filters: map[string]bool{}}
	var writer sync.WaitGroup
	writer.Go(l.write)
	id := ""
	for {
		p, err := packets.ReadPacket(conn)
		if err != nil {
			break
		}
		if c, ok := p.(*packets.ConnectPacket); ok {
			id = c.ClientIdentifier
			v.mu.Lock()
			v.lines[id] = l
			v.mu.Unlock()
		}
		v.take(l, id, p)
	}
	v.mu.Lock()
	if v.lines[id] == l {
		delete(v.lines, id)
	}
	v.mu.Unlock()
	close(l.over)
	_ = conn.Close()
	writer.Wait()
}

func (l *line) write() {
	for {
		select {
		case <-l.over:
			return
		case p := <-l.out:
			_ = p.Write(l.conn) // of a connection that may be gone
		}
	}
}

// take answers as a broker does, and keeps what it hears.
func (v *villain) take(l *line, id string, p packets.ControlPacket) {
	switch p := p.(type) {
	case *packets.ConnectPacket:
		l.out <- packets.NewControlPacket(packets.Connack)
	case *packets.PingreqPacket:
		l.out <- packets.NewControlPacket(packets.Pingresp)
	case *packets.UnsubscribePacket:
		ack := packets.NewControlPacket(packets.Unsuback).(*packets.UnsubackPacket)
		ack.MessageID = p.MessageID
		l.out <- ack
	case *packets.SubscribePacket:
		ack := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
		ack.MessageID, ack.ReturnCodes = p.MessageID, p.Qoss
		l.out <- ack
		v.subscribed(l, id, p.Topics)
	case *packets.PublishPacket:
		if p.Qos > 0 {
			ack := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
			ack.MessageID = p.MessageID
			l.out <- ack
		}
		v.hear(id, p)
	}
}

// subscribed gives a node what is retained for it.
func (v *villain) subscribed(l *line, id string, filters []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, filter := range filters {
		l.filters[filter] = true
		for topic, raw := range v.kept {
			if topic == filter || filter == v.topics.AllDown(id) && strings.HasPrefix(topic, strings.TrimSuffix(filter, "#")) {
				l.out <- message(topic, raw, true)
			}
		}
	}
}

func (v *villain) hear(id string, p *packets.PublishPacket) {
	_, _, kind, _ := v.topics.Parse(p.TopicName)
	v.mu.Lock()
	defer v.mu.Unlock()
	var ping wire.Ping
	var want wire.Want
	var status wire.Status
	switch {
	case kind == wire.KindTime && wire.Decode(p.Payload, &ping) == nil:
		v.asked[id] = append(v.asked[id], ping)
		go v.time(id, ping)
	case kind == wire.KindWant && v.want != nil && wire.Decode(p.Payload, &want) == nil:
		go v.want(id, want)
	case kind == wire.KindStatus && wire.Decode(p.Payload, &status) == nil:
		v.said[id] = status
	}
}

func message(topic string, raw []byte, retained bool) *packets.PublishPacket {
	p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	p.TopicName, p.Payload, p.Retain = topic, raw, retained
	return p
}

// gift is a message that he gives.
type gift struct {
	topic  string
	raw    []byte
	retain bool
}

func (v *villain) all(kind string, raw []byte) gift { return gift{v.topics.All(kind), raw, false} }

// plan gives a node a plan, which it finds again whenever it connects.
func (v *villain) plan(node string, raw []byte) gift {
	return gift{v.topics.Down(node, wire.KindPlan), raw, true}
}

// give says one thing after another to whom it is for: one node, or all that
// are connected.
func (v *villain) give(gifts ...gift) {
	for _, g := range gifts {
		v.send(g)
		synctest.Wait()
	}
}

func (v *villain) send(g gift) {
	branch, node, _, _ := v.topics.Parse(g.topic)
	v.mu.Lock()
	defer v.mu.Unlock()
	if g.retain {
		v.kept[g.topic] = g.raw
	}
	if g.retain && g.raw == nil {
		delete(v.kept, g.topic)
	}
	for id, l := range v.lines {
		if branch != "down" || id == node {
			l.out <- message(g.topic, g.raw, false)
		}
	}
}

// tell is the office's answer to a board that asks for the time.
func (v *villain) tell(node string, p wire.Ping) {
	now := time.Now().UnixNano()
	raw, err := wire.Sign(v.office.Key, timeFor(node), wire.Pong{T1: p.T1, Nonce: p.Nonce, T2: now, T3: now})
	if err == nil {
		v.send(gift{v.topics.Down(node, wire.KindTime), raw, false})
	}
}

func timeFor(node string) wire.Header {
	return wire.Header{Kind: wire.KindTime, Target: wire.Target("la-da", node), Seq: 1}
}

// lie has the time told otherwise from now on, also to a board that has asked already.
func (v *villain) lie(answer func(node string, p wire.Ping)) {
	v.mu.Lock()
	v.time = answer
	v.mu.Unlock()
}

// shutOut ends the connections of some nodes, and lets nobody in.
func (v *villain) shutOut(nodes ...string) {
	v.mu.Lock()
	v.shut = true
	for _, id := range nodes {
		go v.lines[id].conn.Close()
	}
	v.mu.Unlock()
	synctest.Wait()
}

func (v *villain) letIn() {
	v.mu.Lock()
	v.shut = false
	v.mu.Unlock()
}

func (v *villain) listening(node, filter string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	l := v.lines[node]
	return l != nil && l.filters[filter]
}

func (v *villain) status(node string) wire.Status {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.said[node]
}

func (v *villain) questions(node string) []wire.Ping {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]wire.Ping(nil), v.asked[node]...)
}

// await lets time go by until ok is true.
func (v *villain) await(what string, limit time.Duration, ok func() bool) {
	v.t.Helper()
	for end := time.Now().Add(limit); !ok(); synctest.Wait() {
		require.True(v.t, time.Now().Before(end), "waited in vain: %s", what)
		time.Sleep(10 * ms) // of the bubble
	}
}

// pass lets time go by.
func (v *villain) pass(d time.Duration) {
	time.Sleep(d) // of the bubble
	synctest.Wait()
}

// flipped is a message with one bit changed.
func (v *villain) flipped(raw []byte) []byte {
	v.dice.Lock()
	defer v.dice.Unlock()
	bad := bytes.Clone(raw)
	bad[v.rnd.IntN(len(bad))] ^= 1 << v.rnd.IntN(8)
	return bad
}

// stranger's key is not the commune's.
func strangersKey() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
}

// prey is a whole node in fake time: its flash is a folder, its horn keeps what it is given.
type prey struct {
	*villain
	id, dir string
	config  Config
	app     *App
	horn    *horn
	log     *lockedLog
	stop    func()
}

// board is a node that is not started yet.
func (v *villain) board(id string) *prey {
	p := &prey{villain: v, id: id, dir: v.t.TempDir(), horn: &horn{}, log: &lockedLog{}}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(v.t, err)
	cert := tls.Certificate{Certificate: [][]byte{v.ca.Certify(id, key.Public(), nodetest.MadeFirst, 90*24*time.Hour)}, PrivateKey: key}
	p.config = configOf(v.t, v.office, v.t.TempDir(), id, "broker:8883", v.ca, cert)
	v.t.Cleanup(func() { p.stop() })
	return p
}

// start has it run, on what flash holds.
func (p *prey) start() {
	world := outside{dial: p.dial,
		system: func() link.System { return link.System{BootID: "one", Boottime: time.Since(p.began)} },
		sink:   func(Config, *slog.Logger) (speaker.Sink, error) { return p.horn, nil },
		// a real socket would hold up fake time
		local: func(ctx context.Context, _ string, _ map[string]local.Answer) error { <-ctx.Done(); return nil },
	}
	p.config.Data = p.dir
	var err error
	p.app, err = newIn(world, p.config, "test", slog.New(slog.NewTextHandler(p.log, nil)))
	require.NoError(p.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.app.Run(ctx) }()
	p.stop = sync.OnceFunc(func() { cancel(); require.NoError(p.t, <-done) })
}

// kill is a cut of power: nothing that is done now reaches flash.
func (p *prey) kill() {
	synctest.Wait()
	survives := p.t.TempDir()
	require.NoError(p.t, os.CopyFS(survives, os.DirFS(p.dir)))
	p.stop()
	p.dir = survives
}

func (p *prey) linked() bool { _, up := p.app.link.Session(); return up }

// knows waits until it is connected and knows the time.
func (p *prey) knows() {
	p.t.Helper()
	p.await(p.id+" is there and knows the time", time.Minute, func() bool {
		_, _, told := p.app.clock.Told(time.Now())
		return told && p.linked()
	})
}

// off is by how much it is wrong about the time.
func (p *prey) off() time.Duration {
	at, _, ok := p.app.clock.At(time.Now())
	require.True(p.t, ok)
	return at.Sub(time.Now().UTC()).Abs()
}

func (p *prey) planned() uint64 { _, seq := p.app.plans.get(); return seq }

// silentSince says at which instant it was heard after all.
func (p *prey) silentSince(from time.Time) {
	p.t.Helper()
	first := p.horn.first(from)
	require.True(p.t, first.IsZero(), "%s was heard at %v", p.id, first)
}

// horn is a sink that keeps the sound it is given, and nothing of the silence.
type horn struct {
	mu     sync.Mutex
	blocks []block
}

type block struct {
	at  time.Time
	pcm []float32
}

func (h *horn) State() speaker.State { return speaker.State{} }

func (h *horn) Run(ctx context.Context, src speaker.Source) error {
	next := time.Now()
	buf := make([]float32, audio.FrameSamples)
	for ctx.Err() == nil {
		src(buf, next)
		h.keep(next, buf)
		next = next.Add(20 * ms)
		select {
		case <-ctx.Done():
		case <-time.After(time.Until(next)):
		}
	}
	return nil
}

func (h *horn) keep(at time.Time, pcm []float32) {
	for _, x := range pcm {
		if x != 0 {
			h.mu.Lock()
			h.blocks = append(h.blocks, block{at, append([]float32(nil), pcm...)})
			h.mu.Unlock()
			return
		}
	}
}

// first is when the first sample that is not silence leaves, from an instant on.
func (h *horn) first(from time.Time) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, b := range h.blocks {
		if b.at.Add(20 * ms).Before(from) {
			continue
		}
		for i, x := range b.pcm {
			if at := b.at.Add(audio.Length(int64(i))); x != 0 && !at.Before(from) {
				return at
			}
		}
	}
	return time.Time{}
}

// heard is what it gave from an instant on.
func (h *horn) heard(from time.Time, d time.Duration) []float32 {
	out := make([]float32, audio.Samples(d))
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, b := range h.blocks {
		first := int(audio.Samples(b.at.Sub(from)+time.Hour)) - int(audio.Samples(time.Hour))
		for i, x := range b.pcm {
			if n := first + i; n >= 0 && n < len(out) {
				out[n] = x
			}
		}
	}
	return out
}

// lockedLog is what a node has written to its log.
type lockedLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lockedLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

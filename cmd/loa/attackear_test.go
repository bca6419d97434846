package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/tls"
	"strings"
	"sync"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/stretchr/testify/require"
	"github.com/veraison/go-cose"

	"loa/controller/trust"
	"loa/node/wire"
	"loa/schedule"
)

// ear is a board's certificate in the thief's hands: he hears what the board may.
type ear struct {
	s      *scene
	id     string
	client paho.Client
	mu     sync.Mutex
	heard  map[string][][]byte
}

func (s *scene) listen(id string) *ear {
	e := &ear{s: s, id: id, client: newIntruder(s.t, s.o, s.node[id].dir).connect(id), heard: map[string][][]byte{}}
	require.NotNil(s.t, e.client)
	filters := map[string]byte{s.topics.AllDown(id): 1, s.topics.All("+"): 1, s.topics.Live("+"): 1, s.topics.Clip("+"): 1}
	token := e.client.SubscribeMultiple(filters, func(_ paho.Client, m paho.Message) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.heard[m.Topic()] = append(e.heard[m.Topic()], bytes.Clone(m.Payload()))
	})
	require.True(s.t, token.WaitTimeout(5*time.Second) && token.Error() == nil)
	for filter, granted := range token.(*paho.SubscribeToken).Result() {
		require.NotEqual(s.t, byte(0x80), granted, filter)
	}
	return e
}

func (e *ear) close() { e.client.Disconnect(0) }

func (e *ear) all(topic string) [][]byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.heard[topic]
}

// last waits for a message and returns the last one that is right.
func (e *ear) last(what, topic string, right func(raw []byte) bool) (raw []byte) {
	e.s.t.Helper()
	await(e.s.t, what+" is captured", 10*time.Second, func() bool {
		for _, m := range e.all(topic) {
			if right(m) {
				raw = m
			}
		}
		return raw != nil
	})
	return raw
}

// planned waits for a plan with a programme of that title in it.
func (e *ear) planned(title string) []byte {
	return e.last("the plan with "+title, e.s.topics.Down(e.id, wire.KindPlan), func(raw []byte) bool {
		var p wire.Plan
		_, ok := e.s.open(raw, wire.KindPlan, e.id, &p)
		for _, programme := range p.Programmes {
			if programme.Title == title {
				return ok
			}
		}
		return false
	})
}

// called waits for a command to put a call on air.
func (e *ear) called(id string) (raw []byte, on wire.CallOn) {
	raw = e.last("the command", e.s.topics.All(wire.KindCall), func(raw []byte) bool {
		var now wire.CallOn
		if _, ok := e.s.open(raw, wire.KindCall, wire.AllNodes, &now); !ok || id != "" && now.Call.ID != id || id == "" && now.Call.Class != schedule.Live {
			return false
		}
		on = now
		return true
	})
	return raw, on
}

// askTime has the office tell the board what time it is, under its signature.
func (e *ear) askTime() [][]byte {
	for n := range uint64(5) {
		raw, err := wire.Encode(wire.Ping{T1: int64(n) * 1e9, Nonce: n})
		require.NoError(e.s.t, err)
		e.client.Publish(e.s.topics.Up(e.id, wire.KindTime), 0, false, raw)
	}
	topic := e.s.topics.Down(e.id, wire.KindTime)
	await(e.s.t, "the office has answered", 5*time.Second, func() bool { return len(e.all(topic)) >= 5 })
	return e.all(topic)
}

// mouth is the thief's own connection, made anew when the controller, whose
// name he bears, has ended it.
func (s *scene) mouth() (speak func(gift), leave func()) {
	var c paho.Client
	leave = func() {
		if c != nil {
			c.Disconnect(50)
		}
	}
	return func(g gift) {
		for range 20 {
			if c == nil || !c.IsConnectionOpen() {
				if c = s.thief.connect(trust.ControllerName); c == nil {
					continue
				}
				c.Subscribe(s.topics.AllUp("+"), 0, func(own paho.Client, m paho.Message) {
					_, _, kind, _ := s.topics.Parse(m.Topic())
					go s.answer(kind, m.Payload(), own)
				})
			}
			qos := byte(1)
			if strings.HasPrefix(g.topic, s.topics.Clip("")) {
				qos = 0 // as clips go
			}
			if token := c.Publish(g.topic, qos, g.retain, g.raw); token.WaitTimeout(2*time.Second) && token.Error() == nil {
				return
			}
		}
		require.FailNow(s.t, "the thief is not let in")
	}, leave
}

// answer is what the thief says to a board that takes him for the office.
func (s *scene) answer(kind string, raw []byte, c paho.Client) {
	for _, g := range s.answersTo(kind, raw) {
		c.Publish(g.topic, 0, false, g.raw)
	}
}

func (s *scene) answersTo(kind string, raw []byte) (all []gift) {
	var ping wire.Ping
	switch {
	case kind == wire.KindTime && wire.Decode(raw, &ping) == nil:
		past := time.Now().Add(-time.Minute).UnixNano()
		stranger := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
		for id, old := range s.answers {
			topic := s.topics.Down(id, wire.KindTime)
			if forged, err := wire.Sign(stranger, wire.Header{Kind: wire.KindTime, Target: "la-da/" + id, Seq: 1}, wire.Pong{T1: ping.T1, Nonce: ping.Nonce, T2: past, T3: past}); err == nil {
				all = append(all, gift{topic, forged, false})
			}
			for _, raw := range old {
				all = append(all, gift{topic, raw, false}, gift{topic, withBody(raw, func(body []byte) []byte {
					var p wire.Pong
					if wire.Decode(body, &p) != nil {
						return nil
					}
					p.T1, p.Nonce = ping.T1, ping.Nonce
					return encoded(p)
				}, nil), false})
			}
		}
	case kind == wire.KindWant:
		for _, piece := range s.pieces {
			if !s.honest.Load() {
				piece = spoiled(piece)
			}
			all = append(all, gift{s.topics.Clip(s.alert.SHA256), piece, false})
		}
		s.asked.Add(1)
	}
	return all
}

func encoded(v any) []byte {
	raw, err := wire.Encode(v)
	if err != nil {
		return nil
	}
	return raw
}

// spoiled is a piece of a clip with one bit of its sound changed.
func spoiled(raw []byte) []byte {
	var c wire.Chunk
	if wire.Decode(raw, &c) != nil || len(c.Data) == 0 {
		return nil
	}
	c.Data = bytes.Clone(c.Data)
	c.Data[len(c.Data)/2] ^= 1
	return encoded(c)
}

// withBody changes what a signed message says and leaves its signature.
func withBody(raw []byte, body func([]byte) []byte, header func(*wire.Header)) []byte {
	var msg cose.Sign1Message
	var inner struct {
		Header wire.Header `json:"h"`
		Body   []byte      `json:"b"`
	}
	if msg.UnmarshalCBOR(raw) != nil || wire.Decode(msg.Payload, &inner) != nil {
		return nil
	}
	inner.Body = body(inner.Body)
	if header != nil {
		header(&inner.Header)
	}
	msg.Payload = encoded(inner)
	changed, err := msg.MarshalCBOR()
	if err != nil {
		return nil
	}
	return changed
}

// anew numbers the captured bundles so that they would sound now.
func (s *scene) anew() (all []gift) {
	if len(s.frames) == 0 {
		return nil
	}
	next := uint64(time.Until(s.voice.Call.Start.Add(-500*time.Millisecond)).Abs() / wire.FrameLength)
	for _, raw := range s.frames {
		first := next
		changed := withBody(raw, func(body []byte) []byte {
			var b wire.Bundle
			if wire.Decode(body, &b) != nil {
				return nil
			}
			b.First = first
			next += uint64(len(b.Frames))
			return encoded(b)
		}, func(h *wire.Header) { h.Seq, h.Issued, h.Expires = first+1, time.Now(), time.Now().Add(10*time.Second) })
		all = append(all, gift{s.topics.Live(s.voice.Call.ID), changed, false})
	}
	return all
}

// takeOver has the thief be the office: on its broker, or on his own in the
// place of ours, which stopped with it.
func (s *scene) takeOver() (leave func()) {
	if !s.ours {
		s.give, leave = s.mouth()
		return leave
	}
	h := newHostile(s.t, s.keys, s.o.info.MQTT)
	answer := func(kind string, raw []byte) {
		for _, g := range s.answersTo(kind, raw) {
			_ = h.server.Publish(g.topic, g.raw, false, 0)
		}
	}
	h.mu.Lock()
	h.time = func(p wire.Ping) { answer(wire.KindTime, encoded(p)) }
	h.want = func() { answer(wire.KindWant, nil) }
	h.mu.Unlock()
	s.give = func(g gift) { h.give(g.topic, g.raw, g.retain) }
	return h.close
}

// heavy is a message of 100 MB, and a reader who does not read what is sent to
// all.
func (s *scene) heavy() {
	dial := func(conf *tls.Config, id string) *tls.Conn {
		c, err := tls.Dial("tcp", s.thief.addr, conf)
		require.NoError(s.t, err)
		s.t.Cleanup(func() { _ = c.Close() })
		_, err = c.Write(append([]byte{0x10, byte(12 + len(id)), 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, byte(len(id))}, id...))
		require.NoError(s.t, err)
		return c
	}
	slow := dial(newIntruder(s.t, s.o, s.node["loa-4"].dir).tls, "loa-4")
	filter := s.topics.Clip("+")
	_, err := slow.Write(append([]byte{0x82, byte(5 + len(filter)), 0, 1, 0, byte(len(filter))}, append([]byte(filter), 0)...))
	require.NoError(s.t, err)
	answer := make([]byte, 9) // CONNACK, SUBACK
	_ = slow.SetReadDeadline(time.Now().Add(5 * time.Second))
	for n := 0; n < len(answer); {
		more, err := slow.Read(answer[n:])
		require.NoError(s.t, err)
		n += more
	}
	require.NotEqual(s.t, byte(0x80), answer[8], "it may read clips")
	piece := encoded(wire.Chunk{Data: make([]byte, wire.ChunkSize)})
	began := time.Now()
	for range 800 {
		s.give(gift{s.topics.Clip(strings.Repeat("0", 64)), piece, false})
	}
	s.t.Logf("%d MB for a reader who does not read: in %v", 800*len(piece)/1e6, time.Since(began).Round(time.Millisecond))

	big := dial(s.thief.tls, trust.ControllerName)
	_ = big.SetDeadline(time.Now().Add(2 * time.Second))
	_, _ = big.Write([]byte{0x30, 0x80, 0x80, 0x80, 0x32})
	sent := 0
	for ; sent < 100; sent++ {
		if _, err := big.Write(make([]byte, 1<<20)); err != nil {
			break
		}
	}
	s.t.Logf("of a message of 100 MB %d were taken", sent)
	require.Less(s.t, sent, 100)
}

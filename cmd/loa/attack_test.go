package main

import (
	"bytes"
	"log/slog"
	"sync"
	"testing"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/require"

	"loa/controller/broker"
	"loa/controller/trust"
	"loa/node/wire"
)

// hostile is a broker in the hands of an attacker: it has the machine, and so
// the broker's certificate, and every message that ever passed. It lacks the
// commune's signing key, which the controller keeps elsewhere.
type hostile struct {
	mqtt.HookBase
	t      testing.TB
	server *mqtt.Server
	keys   *trust.Trust
	topics wire.Topics
	close  func()

	retained broker.Retained

	time func(wire.Ping) // answers a node that asks for it
}

func newHostile(t testing.TB, keys *trust.Trust, addr string) *hostile {
	h := &hostile{t: t, keys: keys, topics: wire.Topics{Commune: "la-da"}}
	h.time = h.tell
	h.server = mqtt.New(&mqtt.Options{InlineClient: true, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, h.server.AddHook(h, nil))
	require.NoError(t, h.server.AddListener(listeners.NewTCP(listeners.Config{ID: "l", Address: addr, TLSConfig: keys.ServerTLS()})))
	go func() { _ = h.server.Serve() }()
	h.close = sync.OnceFunc(func() { _ = h.server.Close() })
	t.Cleanup(h.close)
	return h
}

// ID and the next three are what mochi asks of a hook: everybody may do
// everything here.
func (h *hostile) ID() string { return "hostile" }
func (h *hostile) Provides(b byte) bool {
	return bytes.Contains([]byte{mqtt.OnConnectAuthenticate, mqtt.OnACLCheck, mqtt.OnPublish, mqtt.OnSubscribe, mqtt.OnPacketProcessed},
		[]byte{b})
}

// OnSubscribe and OnPacketProcessed give out what is retained: see broker.Retained.
func (h *hostile) OnSubscribe(_ *mqtt.Client, pk packets.Packet) packets.Packet {
	h.retained.Claim(&pk)
	return pk
}
func (h *hostile) OnPacketProcessed(cl *mqtt.Client, pk packets.Packet, err error) {
	if pk.FixedHeader.Type != packets.Subscribe || err != nil {
		return
	}
	for _, sub := range pk.Filters {
		if _, frames, err := h.retained.Matching(h.server, sub.Filter); err == nil {
			for _, frame := range frames {
				_, _ = cl.Net.Conn.Write(frame) // of a connection that may be gone
			}
		}
	}
}
func (h *hostile) OnConnectAuthenticate(*mqtt.Client, packets.Packet) bool { return true }
func (h *hostile) OnACLCheck(*mqtt.Client, string, bool) bool              { return true }

// OnPublish reads along, and answers questions for the time.
func (h *hostile) OnPublish(_ *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	h.retained.Keep(h.server, &pk)
	var p wire.Ping
	if _, _, kind, _ := h.topics.Parse(pk.TopicName); kind == wire.KindTime && wire.Decode(pk.Payload, &p) == nil {
		go h.time(p)
	}
	return pk, nil
}

// tell is the controller's answer to a question for the time.
func (h *hostile) tell(p wire.Ping) {
	now := time.Now().UnixNano()
	raw, err := wire.Sign(h.keys.SigningKey(), wire.Header{Kind: wire.KindTime, Target: "la-da/loa-1", Seq: 1},
		wire.Pong{T1: p.T1, Nonce: p.Nonce, T2: now, T3: now})
	if err == nil {
		_ = h.server.Publish(h.topics.Down("loa-1", wire.KindTime), raw, false, 0)
	}
}

package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"math"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/controller/broker"
	"loa/controller/trust"
	"loa/node/wire"
	"loa/schedule"
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
	seq    uint64
	close  func()

	retained broker.Retained

	mu    sync.Mutex
	asked []wire.Ping     // what the node wanted to know, the last ones
	time  func(wire.Ping) // answers it
	said  []wire.Status
	want  func() // the node asked for a clip
}

func newHostile(t testing.TB, keys *trust.Trust, addr string) *hostile {
	h := &hostile{t: t, keys: keys, topics: wire.Topics{Commune: "la-da"}, seq: 1000}
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
	return bytes.Contains([]byte{mqtt.OnConnectAuthenticate, mqtt.OnACLCheck, mqtt.OnPublish, mqtt.OnSubscribe, mqtt.OnPacketProcessed}, []byte{b})
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

// OnPublish reads along, and passes questions for the time to the office.
func (h *hostile) OnPublish(_ *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	h.retained.Keep(h.server, &pk)
	_, _, kind, _ := h.topics.Parse(pk.TopicName)
	switch kind {
	case wire.KindTime:
		var p wire.Ping
		if wire.Decode(pk.Payload, &p) == nil {
			h.mu.Lock()
			h.asked = append(h.asked, p)
			answer := h.time
			h.mu.Unlock()
			go answer(p)
		}
	case wire.KindWant:
		h.mu.Lock()
		want := h.want
		h.mu.Unlock()
		if want != nil {
			go want()
		}
	case wire.KindStatus:
		var s wire.Status
		if wire.Decode(pk.Payload, &s) == nil {
			h.mu.Lock()
			h.said = append(h.said, s)
			h.mu.Unlock()
		}
	}
	return pk, nil
}

// status is the node's last word.
func (h *hostile) status() wire.Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.said) == 0 {
		return wire.Status{}
	}
	return h.said[len(h.said)-1]
}

func (h *hostile) give(topic string, raw []byte, retain bool) {
	require.NoError(h.t, h.server.Publish(topic, raw, retain, 0))
}

// sign makes what the controller once said.
func (h *hostile) sign(header wire.Header, body any) []byte {
	raw, err := wire.Sign(h.keys.SigningKey(), header, body)
	require.NoError(h.t, err)
	return raw
}

// tell is the controller's answer to a question for the time.
func (h *hostile) tell(p wire.Ping) {
	now := time.Now().UnixNano()
	raw, err := wire.Sign(h.keys.SigningKey(), wire.Header{Kind: wire.KindTime, Target: "la-da/loa-1", Seq: 1}, wire.Pong{T1: p.T1, Nonce: p.Nonce, T2: now, T3: now})
	if err == nil {
		_ = h.server.Publish(h.topics.Down("loa-1", wire.KindTime), raw, false, 0)
	}
}

func (h *hostile) plan(seq uint64, programmes ...schedule.Programme) []byte {
	return h.sign(wire.Header{Kind: wire.KindPlan, Target: "la-da/loa-1", Seq: seq, Issued: time.Now()},
		wire.Plan{Plan: schedule.Plan{Programmes: programmes}, Node: "loa-1", Areas: []string{"thon-1", "la-da"}, Volume: 100})
}

func (h *hostile) call(id string, issued time.Time) (wire.Header, wire.CallOn) {
	h.seq++
	on := wire.CallOn{Call: schedule.Call{ID: id, Title: id, Class: schedule.Emergency, Start: issued.Add(200 * time.Millisecond), End: issued.Add(time.Hour)},
		Targets: schedule.Targets{Areas: []string{"la-da"}}}
	return wire.Header{Kind: wire.KindCall, Target: "la-da/*", Seq: h.seq, Issued: issued, Expires: issued.Add(10 * time.Second)}, on
}

// voices are signed bundles of a tone, for some seconds from now on.
func (h *hostile) voices(t testing.TB, call string, seconds int) [][]byte {
	enc, err := audio.NewEncoder(24000)
	require.NoError(t, err)
	var raws [][]byte
	pcm, packet := make([]float32, audio.FrameSamples), make([]byte, audio.MaxPacket)
	for n := range seconds * 50 {
		for i := range pcm {
			pcm[i] = 0.3 * float32(math.Sin(2*math.Pi*300*float64(n*len(pcm)+i)/audio.Rate))
		}
		size, err := enc.Encode(pcm, packet)
		require.NoError(t, err)
		raws = append(raws, h.sign(wire.Header{Kind: wire.KindFrames, Target: "la-da/" + call, Seq: uint64(n) + 1, Expires: time.Now().Add(time.Minute)},
			wire.Bundle{First: uint64(n), Frames: [][]byte{bytes.Clone(packet[:size])}}))
	}
	return raws
}

func (h *hostile) speak(call string, raws [][]byte) {
	for _, raw := range raws {
		h.give(h.topics.Live(call), raw, false)
	}
}

// flipped is a message with one bit changed.
func flipped(raw []byte, rnd *rand.Rand) []byte {
	bad := bytes.Clone(raw)
	bad[rnd.IntN(len(bad))] ^= 1 << rnd.IntN(8)
	return bad
}

// A broker that is itself hostile drops, delays, replays, alters and forges. It
// can keep a node silent; it cannot make it sound.
func TestAttackByTheBroker(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keys, err := trust.Open(filepath.Join(dir, "trust"), trust.Options{Commune: "la-da"})
	require.NoError(t, err)
	h := newHostile(t, keys, "127.0.0.1:0")
	v := &village{id: "loa-1", dir: filepath.Join(dir, "loa-1")}
	broker, ok := h.server.Listeners.Get("l")
	require.True(t, ok)
	_, err = provision(keys, "la-da", "loa-1", broker.Address(), "wav", v.dir)
	require.NoError(t, err)
	v.start(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	h.give(h.topics.Down("loa-1", wire.KindPlan), h.plan(20), true)
	await(t, "the node knows the time and its plan", 15*time.Second, func() bool { s := h.status(); return s.Clock.Known && s.Plan == 20 })
	quiet := time.Now()

	all := h.topics.All(wire.KindCall)
	down := h.topics.Down("loa-1", wire.KindPlan)
	loud := schedule.Programme{ID: "loud", Title: "loud", Class: schedule.Emergency, StartLate: time.Hour, Rule: schedule.Rule{At: time.Now().Add(-time.Second).Truncate(time.Second)},
		Rundown: []schedule.Item{{Kind: schedule.Chime, Length: audio.ChimeDuration, Repeat: 100}}}
	stranger := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))

	// forged: by another key, for another commune or node, of another kind, unsigned
	header, on := h.call("forged", time.Now())
	raw, err := wire.Sign(stranger, header, on)
	require.NoError(t, err)
	h.give(all, raw, false)
	for _, change := range []func(*wire.Header){
		func(h *wire.Header) { h.Target = "da-mi/*" }, func(h *wire.Header) { h.Target = "la-da/loa-2" },
		func(h *wire.Header) { h.Kind = wire.KindStop }, func(h *wire.Header) { h.Expires = time.Time{} },
		func(h *wire.Header) { h.Expires = time.Now().Add(-time.Second) },
	} {
		wrong := header
		change(&wrong)
		h.give(all, h.sign(wrong, on), false)
	}
	plain, err := wire.Encode(on)
	require.NoError(t, err)
	h.give(all, plain, false)
	h.speak("forged", h.voices(t, "forged", 1))

	// captured long ago, given now
	header, on = h.call("captured", time.Now().Add(-time.Hour))
	on.Call.End = time.Now().Add(time.Hour)
	captured := h.sign(header, on)
	h.give(all, captured, true)
	h.speak("captured", h.voices(t, "captured", 1))

	// a bit changed in a command, a plan
	header, on = h.call("flipped", time.Now())
	genuine, plan := h.sign(header, on), h.plan(30, loud)
	for range 300 {
		h.give(all, flipped(genuine, rnd), false)
		h.give(down, flipped(plan, rnd), false)
	}
	// another node's plan, and an old one of this node
	h.give(down, h.sign(wire.Header{Kind: wire.KindPlan, Target: "la-da/loa-2", Seq: 40}, wire.Plan{Plan: schedule.Plan{Programmes: []schedule.Programme{loud}}, Node: "loa-2"}), true)
	h.give(down, h.plan(19, loud), true)
	h.give(down, h.plan(20, loud), true)

	// the clock set back, to when a captured command still counted: forged, given
	// to another's question, given again
	h.mu.Lock()
	asked := h.asked
	h.time = func(p wire.Ping) {
		past := time.Now().Add(-time.Hour).UnixNano()
		raw, err := wire.Sign(stranger, wire.Header{Kind: wire.KindTime, Target: "la-da/loa-1", Seq: 1}, wire.Pong{T1: p.T1, Nonce: p.Nonce, T2: past, T3: past})
		if err == nil {
			_ = h.server.Publish(h.topics.Down("loa-1", wire.KindTime), raw, false, 0)
		}
		if raw, err = wire.Encode(wire.Pong{T1: p.T1, Nonce: p.Nonce, T2: past, T3: past}); err == nil {
			_ = h.server.Publish(h.topics.Down("loa-1", wire.KindTime), raw, false, 0)
		}
		old := asked[len(asked)/2]
		old.T1 = p.T1
		if raw, err = wire.Sign(keys.SigningKey(), wire.Header{Kind: wire.KindTime, Target: "la-da/loa-1", Seq: 1}, wire.Pong{T1: old.T1, Nonce: old.Nonce, T2: past, T3: past}); err == nil {
			_ = h.server.Publish(h.topics.Down("loa-1", wire.KindTime), raw, false, 0)
		}
	}
	h.mu.Unlock()
	silent := func() {
		horn := v.horn(t)
		require.True(t, horn.firstSound(quiet).IsZero(), "something was heard at %v", horn.firstSound(quiet))
		require.Less(t, len(v.process.said()), 4000, "nor does it fill the log")
	}
	until(time.Now().Add(time.Second))
	v.process.kill() // it must not help to have it start anew
	silent()
	h.give(down, h.plan(19, loud), true)
	v.start(t)
	await(t, "the node asks for the time", 15*time.Second, func() bool { h.mu.Lock(); defer h.mu.Unlock(); return len(h.asked) > len(asked)+20 })
	h.give(all, captured, true)
	h.speak("captured", h.voices(t, "captured", 1))
	h.mu.Lock()
	h.time = h.tell
	h.mu.Unlock()
	until(time.Now().Add(time.Second))
	silent()

	// and what the commune says is heard all the same
	header, on = h.call("genuine", time.Now())
	for _, raw := range h.voices(t, "genuine", 2) {
		h.give(h.topics.Live("genuine"), flipped(raw, rnd), false)
	}
	h.give(all, h.sign(header, on), false)
	await(t, "the node listens to the call", 5*time.Second, func() bool {
		client, ok := h.server.Clients.Get("loa-1")
		if !ok {
			return false
		}
		_, ok = client.State.Subscriptions.Get(h.topics.Live("genuine"))
		return ok
	})
	for _, raw := range h.voices(t, "genuine", 4) {
		h.give(h.topics.Live("genuine"), flipped(raw, rnd), false)
		h.give(h.topics.Live("genuine"), raw, false)
	}
	until(on.Call.Start.Add(3 * time.Second))
	heard := v.horn(t).firstSound(quiet)
	require.False(t, heard.IsZero())
	require.False(t, heard.Before(on.Call.Start.Add(-time.Millisecond)))
}

// tone is a clip of some seconds.
func tone(t testing.TB, seconds int) []byte {
	enc, err := audio.NewEncoder(64000)
	require.NoError(t, err)
	var out bytes.Buffer
	ogg, err := audio.NewOggWriter(&out, audio.OpusHead{Channels: 1, PreSkip: audio.Lookahead, InputRate: audio.Rate})
	require.NoError(t, err)
	pcm, packet := make([]float32, audio.FrameSamples), make([]byte, audio.MaxPacket)
	for n := range seconds*50 + 1 {
		for i := range pcm {
			pcm[i] = 0.3 * float32(math.Sin(2*math.Pi*300*float64(n*len(pcm)+i)/audio.Rate))
		}
		size, err := enc.Encode(pcm, packet)
		require.NoError(t, err)
		require.NoError(t, ogg.WritePacket(packet[:size]))
	}
	require.NoError(t, ogg.Close(int64(seconds*audio.Rate)))
	return out.Bytes()
}

// A clip of which one bit was changed on its way is not played, not even the
// part before it; when it comes whole it is.
func TestAttackOnAClip(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keys, err := trust.Open(filepath.Join(dir, "trust"), trust.Options{Commune: "la-da"})
	require.NoError(t, err)
	h := newHostile(t, keys, "127.0.0.1:0")
	data := tone(t, 20)
	sum := sha256.Sum256(data)
	ref := wire.ClipRef{SHA: hex.EncodeToString(sum[:]), Bytes: int64(len(data))}
	require.Greater(t, ref.Chunks(), 2)
	var honest atomic.Bool
	var served atomic.Int64
	rnd := rand.New(rand.NewPCG(1, 2))
	h.want = func() {
		for i := range ref.Chunks() {
			piece := bytes.Clone(data[i*wire.ChunkSize : min(len(data), (i+1)*wire.ChunkSize)])
			if !honest.Load() {
				piece = flipped(piece, rnd)
			}
			if raw, err := wire.Encode(wire.Chunk{Index: i, Data: piece}); err == nil {
				_ = h.server.Publish(h.topics.Clip(ref.SHA), raw, false, 0)
			}
		}
		served.Add(1)
	}
	v := &village{id: "loa-1", dir: filepath.Join(dir, "loa-1")}
	broker, ok := h.server.Listeners.Get("l")
	require.True(t, ok)
	_, err = provision(keys, "la-da", "loa-1", broker.Address(), "wav", v.dir)
	require.NoError(t, err)
	v.start(t)
	await(t, "the node knows the time", 15*time.Second, func() bool { return h.status().Clock.Known })
	quiet := time.Now()
	raw := h.sign(wire.Header{Kind: wire.KindPlan, Target: "la-da/loa-1", Seq: 20, Issued: time.Now()},
		wire.Plan{Node: "loa-1", Areas: []string{"la-da"}, Volume: 100, Clips: []wire.ClipRef{ref}, Plan: schedule.Plan{Programmes: []schedule.Programme{{ID: "p", Title: "p", Class: schedule.Priority, StartLate: time.Hour,
			Rule: schedule.Rule{At: time.Now().Add(-time.Second).Truncate(time.Second)}, Rundown: []schedule.Item{{Kind: schedule.Clip, Clip: ref.SHA, Length: 20 * time.Second, Repeat: 30}}}}}})
	h.give(h.topics.Down("loa-1", wire.KindPlan), raw, true)
	await(t, "the clip was served and thrown away, and again", 60*time.Second, func() bool { return served.Load() >= 2 })
	until(time.Now().Add(time.Second))
	require.True(t, v.horn(t).firstSound(quiet).IsZero(), "something was heard at %v", v.horn(t).firstSound(quiet))
	honest.Store(true)
	await(t, "the whole clip is heard", 60*time.Second, func() bool { return !v.horn(t).firstSound(quiet).IsZero() })
}

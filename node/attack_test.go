package node

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/node/nodetest"
	"loa/node/wire"
	"loa/schedule"
)

// planSaid is what the office once signed: a plan for a node.
func (v *villain) planSaid(node string, seq uint64, programmes ...schedule.Programme) []byte {
	return v.office.Sign(v.t, wire.Header{Kind: wire.KindPlan, Target: wire.Target("la-da", node), Seq: seq, Issued: time.Now()},
		wire.Plan{Plan: schedule.Plan{Programmes: programmes}, Node: node, Areas: []string{"thon-1", "la-da"}, Volume: 100})
}

// callSaid is a command of the office, not signed yet, given at an instant.
func (v *villain) callSaid(id string, issued time.Time) (wire.Header, wire.CallOn) {
	on := nodetest.VoiceCall(id, schedule.Emergency, issued.Add(200*ms))
	on.Call.End = issued.Add(time.Hour)
	v.office.Seq = max(v.office.Seq+1, 1000)
	return wire.Header{Kind: wire.KindCall, Target: wire.Target("la-da", wire.AllNodes), Seq: v.office.Seq, Issued: issued,
		Expires: issued.Add(10 * sec)}, on
}

// tone is signed bundles of a tone, from the start of a call on.
func (v *villain) tone(call string, seconds int) (gifts []gift) {
	packets := nodetest.TonePackets(v.t)
	for n := range seconds * 50 {
		raw := v.office.Sign(v.t,
			wire.Header{Kind: wire.KindFrames, Target: wire.Target("la-da", call), Seq: uint64(n) + 1, Expires: time.Now().Add(time.Minute)},
			wire.Bundle{First: uint64(n), Frames: [][]byte{packets[n%len(packets)]}})
		gifts = append(gifts, gift{v.topics.Live(call), raw, false})
	}
	return gifts
}

// A broker that is itself hostile drops, delays, replays, alters and forges. It
// can keep a node silent; it cannot make it sound.
func TestAttackByTheBroker(t *testing.T) {
	amongVillains(t, func(t *testing.T, v *villain) {
		n := v.board("n1")
		n.start()
		n.knows() // so that it keeps the time with the plan, over a restart
		v.give(v.plan("n1", v.planSaid("n1", 20)))
		v.await("it has its plan, and says so", time.Minute, func() bool { s := v.status("n1"); return s.Clock.Known && s.Plan == 20 })
		quiet := time.Now()
		loud := nodetest.Bulletin("loud", schedule.Emergency, quiet.Add(-sec).Truncate(sec), time.Minute)

		v.give(v.forgeries()...)
		// captured long ago, given now
		header, on := v.callSaid("captured", quiet.Add(-time.Hour))
		on.Call.End = quiet.Add(time.Hour)
		captured := append([]gift{{v.topics.All(wire.KindCall), v.office.Sign(t, header, on), true}}, v.tone("captured", 1)...)
		v.give(captured...)
		// a bit changed in a command, a plan
		header, on = v.callSaid("flipped", time.Now())
		genuine, plan := v.office.Sign(t, header, on), v.planSaid("n1", 30, loud)
		for range 300 {
			v.give(v.all(wire.KindCall, v.flipped(genuine)), gift{v.topics.Down("n1", wire.KindPlan), v.flipped(plan), false})
		}
		// another node's plan, and an old one of this node
		for _, raw := range [][]byte{v.planSaid("n2", 40, loud), v.planSaid("n1", 20, loud), v.planSaid("n1", 19, loud)} {
			v.give(v.plan("n1", raw))
		}
		v.lie(v.setBack(v.questions("n1"))) // to when a captured command still counted
		v.pass(time.Minute)
		require.Less(t, n.off(), ms, "the clock is as it was")
		n.silentSince(quiet)
		n.kill() // it must not help to have it start anew
		asked := len(v.questions("n1"))
		n.start()
		v.await("it asks for the time, often", time.Hour, func() bool { return len(v.questions("n1")) > asked+20 })
		v.give(captured...)
		require.Less(t, n.off(), 100*ms, "nor by a restart")
		v.lie(v.tell)
		v.pass(time.Minute)
		n.silentSince(quiet)
		require.EqualValues(t, 20, n.planned())
		require.Less(t, len(n.log.String()), 4000, "nor does it fill the log")

		v.heardAllTheSame(n)
	})
}

// forgeries are commands by another key, for another commune or node, of
// another kind, that never expire or have, unsigned; and a voice that nobody
// has announced.
func (v *villain) forgeries() (gifts []gift) {
	header, on := v.callSaid("forged", time.Now())
	raw, err := wire.Sign(strangersKey(), header, on)
	require.NoError(v.t, err)
	gifts = append(gifts, v.all(wire.KindCall, raw))
	for _, change := range []func(*wire.Header){
		func(h *wire.Header) { h.Target = "da-mi/*" }, func(h *wire.Header) { h.Target = "la-da/n2" },
		func(h *wire.Header) { h.Kind = wire.KindStop }, func(h *wire.Header) { h.Expires = time.Time{} },
		func(h *wire.Header) { h.Expires = time.Now().Add(-sec) },
	} {
		wrong := header
		change(&wrong)
		gifts = append(gifts, v.all(wire.KindCall, v.office.Sign(v.t, wrong, on)))
	}
	plain, err := wire.Encode(on)
	require.NoError(v.t, err)
	return append(append(gifts, v.all(wire.KindCall, plain)), v.tone("forged", 1)...)
}

// setBack answers that it is an hour earlier: forged, unsigned, and by the
// office's own answer to an earlier question.
func (v *villain) setBack(asked []wire.Ping) func(string, wire.Ping) {
	return func(node string, p wire.Ping) {
		past := time.Now().Add(-time.Hour).UnixNano()
		say := func(raw []byte, err error) {
			if err == nil {
				v.send(gift{v.topics.Down(node, wire.KindTime), raw, false})
			}
		}
		lie := wire.Pong{T1: p.T1, Nonce: p.Nonce, T2: past, T3: past}
		say(wire.Sign(strangersKey(), timeFor(node), lie))
		say(wire.Encode(lie))
		old := asked[len(asked)/2]
		say(wire.Sign(v.office.Key, timeFor(node), wire.Pong{T1: p.T1, Nonce: old.Nonce, T2: past, T3: past}))
	}
}

// heardAllTheSame is what the commune says, among altered copies of it.
func (v *villain) heardAllTheSame(n *prey) {
	before := time.Now()
	header, on := v.callSaid("genuine", before)
	for _, g := range v.tone("genuine", 2) {
		v.give(gift{g.topic, v.flipped(g.raw), false})
	}
	v.give(v.all(wire.KindCall, v.office.Sign(v.t, header, on)))
	v.await("it listens to the call", 5*sec, func() bool { return v.listening(n.id, v.topics.Live("genuine")) })
	for _, g := range v.tone("genuine", 4) {
		v.give(gift{g.topic, v.flipped(g.raw), false}, g)
	}
	v.pass(time.Until(on.Call.Start.Add(3 * sec)))
	require.WithinRange(v.t, n.horn.first(before), on.Call.Start, on.Call.Start.Add(40*ms))
	require.InDelta(v.t, nodetest.ToneLevel, nodetest.Level(n.horn.heard(on.Call.Start.Add(40*ms), 2900*ms)), 0.01)
}

// toneClip is a clip of some seconds, and its name.
func toneClip(t *testing.T, seconds int) ([]byte, wire.ClipRef) {
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
	sum := sha256.Sum256(out.Bytes())
	return out.Bytes(), wire.ClipRef{SHA: hex.EncodeToString(sum[:]), Bytes: int64(out.Len())}
}

// serves has him give a clip to a board that asks for it, each part as it is or changed.
func (v *villain) serves(data []byte, ref wire.ClipRef, change func(at int, part []byte) []byte) {
	part := func(i, size int) []byte { return change(i*size, bytes.Clone(data[i*size:min(len(data), (i+1)*size)])) }
	v.mu.Lock()
	defer v.mu.Unlock()
	v.want = func(node string, w wire.Want) {
		if w.Clip != ref.SHA {
			return
		}
		for _, r := range w.Pieces {
			for i := r.First; i <= r.Last; i++ {
				if raw, err := wire.Encode(wire.Piece{Clip: ref.SHA, Index: i, Data: part(i, wire.PieceSize),
					Sent: time.Now().UnixMilli()}); err == nil {
					v.send(gift{v.topics.Down(node, wire.KindPiece), raw, false})
				}
			}
		}
		for i := 0; len(w.Ranges) > 0 && i < ref.Chunks(); i++ {
			if raw, err := wire.Encode(wire.Chunk{Index: i, Data: part(i, wire.ChunkSize)}); err == nil {
				v.send(gift{v.topics.Clip(ref.SHA), raw, false})
			}
		}
	}
}

// A clip of which one bit was changed on its way is not played, not even the
// part before it; when it comes whole it is.
func TestAttackOnAClip(t *testing.T) {
	amongVillains(t, func(t *testing.T, v *villain) {
		data, ref := toneClip(t, 20)
		require.Greater(t, ref.Chunks(), 2)
		var served atomic.Int64
		chunks, spoils := int64(ref.Chunks()), 0
		v.serves(data, ref, func(at int, part []byte) []byte {
			served.Add(1)
			if at <= spoils && spoils < at+len(part) { // another one each time, and nothing else
				spoils = (spoils + wire.ChunkSize) % len(data)
				return v.flipped(part)
			}
			return part
		})
		n := v.board("n1")
		n.start()
		n.knows()
		quiet := time.Now()
		v.give(v.plan("n1", v.office.Sign(t, wire.Header{Kind: wire.KindPlan, Target: "la-da/n1", Seq: 20, Issued: quiet},
			wire.Plan{Node: "n1", Areas: []string{"la-da"}, Volume: 100, Clips: []wire.ClipRef{ref},
				Plan: schedule.Plan{Programmes: []schedule.Programme{{ID: "p", Title: "p", Class: schedule.Priority, StartLate: time.Hour,
					Rule:    schedule.Rule{At: quiet.Add(-sec).Truncate(sec)},
					Rundown: []schedule.Item{{Kind: schedule.Clip, Clip: ref.SHA, Length: 20 * sec, Repeat: 30}}}}}})))
		v.await("the clip is served and thrown away, again and again", 10*time.Minute, func() bool { return served.Load() > chunks*chunks })
		v.pass(3 * sec)
		n.silentSince(quiet)
		v.serves(data, ref, func(_ int, part []byte) []byte { return part })
		honest := time.Now()
		v.await("the whole clip is heard", time.Minute, func() bool { return !n.horn.first(honest).IsZero() })
	})
}

// An attacker who floods the broker's door, so that nobody gets in, takes nothing from the
// horns: a node that was there plays on, and so does one that comes back in the midst of it.
// TestFlood of the broker has the door.
func TestWhoIsShutOutPlaysOn(t *testing.T) {
	amongVillains(t, func(t *testing.T, v *villain) {
		stays, returns, free := v.board("n1"), v.board("n2"), v.board("n3")
		at := time.Now().Add(10 * sec).Truncate(sec)
		for _, n := range []*prey{stays, returns, free} {
			n.start()
			n.knows()
			v.give(v.plan(n.id, v.planSaid(n.id, 20, nodetest.Bulletin("p", schedule.Normal, at, 30*sec))))
		}
		v.pass(time.Until(at.Add(sec)))
		want := func() []float32 { return free.horn.heard(at, 40*sec) }
		v.shutOut(stays.id, returns.id)
		v.pass(5 * sec)
		returns.kill()
		returns.start()
		v.pass(500 * ms)
		back := time.Now()
		v.pass(time.Until(at.Add(40 * sec)))
		require.True(t, free.linked() && !stays.linked() && !returns.linked())
		require.Greater(t, nodetest.Level(want()), 0.01)
		require.Equal(t, want(), stays.horn.heard(at, 40*sec), "who was there")
		require.Equal(t, free.horn.heard(back, 30*sec), returns.horn.heard(back, 30*sec), "who came back")
		v.letIn()
		v.await("both are back", time.Minute, func() bool { return stays.linked() && returns.linked() })
	})
}

package node

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/veraison/go-cose"

	"loa/audio"
	"loa/node/nodetest"
	"loa/node/wire"
	"loa/schedule"
)

// Every attack on the way from the office to the horns, and the one who tries it. "Both"
// is our broker and Debian's Mosquitto.
//
//	no certificate, another commune's, TLS 1.2      broker: TestAttacksOnTheWire, both
//	node A as node B; a node on live/, all/, clip/  broker: TestAttacksOnTheWire, both
//	half-open TLS, 100 MB, a reader who reads not   broker: TestAttacksOnTheWire, both
//	11,000 connections                              broker: TestFlood, both
//	a stolen board, revoked                         TestE2EEnrolReplaceRevoke, TestMosquittoHeedsRevocation
//	a stolen signing key, retired                   TestE2ERotateTheSigningKey, …ByMosquitto
//	a broker that forges, alters, delays, replays   TestAttackByTheBroker
//	a bit changed in a piece of a clip              TestAttackOnAClip, TestReplays
//	with the controller's certificate and all that
//	ever passed, but not its signing key:           here; with real processes cmd/loa: TestReplays, both
//	  a captured command or stop, now; after a restart; to another node; expired
//	  a bit changed in a command, a plan, a bundle; bundles numbered anew
//	  an older plan after a newer one, also after a restart; another node's
//	  plans taken away; what is retained replaced
//	  the clock set back by old answers and forged ones

// replays is what the thief tries, again and again. What stands in loot when it
// is his turn, he uses.
var replays = []struct {
	name  string
	gifts func(s *scene) []gift
}{
	{"a captured command", func(s *scene) []gift { return s.twice(wire.KindCall, s.call) }},
	{"a captured stop, and the command after it", func(s *scene) []gift {
		return append(s.twice(wire.KindStop, s.stop), s.all(wire.KindCall, s.call))
	}},
	{"the plan of another node", func(s *scene) []gift {
		return []gift{s.plan("n1", s.plans["n2"]), s.plan("n2", s.plans["n1"]), s.plan("n3", s.plans["n1"])}
	}},
	{"one kind as another", func(s *scene) []gift {
		return append(s.twice(wire.KindKeys, s.plans["n1"]), s.plan("n1", s.call), s.all(wire.KindStop, s.call),
			s.all(wire.KindCall, s.plans["n1"]))
	}},
	{"an older plan", func(s *scene) (all []gift) {
		for id, raw := range s.plans {
			all = append(all, s.plan(id, raw))
		}
		return all
	}},
	{"a bit changed", func(s *scene) (all []gift) {
		for _, g := range s.fresh {
			for range 30 {
				all = append(all, gift{g.topic, s.flipped(g.raw), false})
			}
			all = append(all, gift{g.topic, s.flipped(g.raw), true})
		}
		return all
	}},
	{"frames of a call", func(s *scene) (all []gift) {
		for _, g := range s.frames {
			all = append(all, g, gift{g.topic, s.flipped(g.raw), false})
		}
		return append(all, s.anew()...)
	}},
	{"the clock set back", func(s *scene) (all []gift) {
		for id, raws := range s.answers {
			for _, raw := range raws {
				all = append(all, gift{s.topics.Down(id, wire.KindTime), raw, false})
			}
		}
		return all
	}},
	{"plans and keys taken away", func(s *scene) []gift {
		return []gift{s.plan("n1", nil), s.plan("n2", nil), s.plan("n3", nil), {s.topics.All(wire.KindKeys), nil, true}}
	}},
}

// loot is what the thief heard.
type loot struct {
	call, stop []byte              // a command that was stopped
	plans      map[string][]byte   // by node: one that was followed by another
	answers    map[string][][]byte // by node: what time it was
	fresh      []gift              // what would count if it came as it is
	voice      wire.CallOn         // a call
	frames     []gift              // its bundles
}

// scene is a commune with a thief in it: he may say what the office may, and
// has heard all that it said. Three boards hear him; at a fourth he never was,
// and it tells what they should have played.
type scene struct {
	*villain
	loot
	n1, n2, n3, away *prey
	seq              uint64
	clip             []byte // of the alert
	ref              wire.ClipRef
}

func (s *scene) twice(kind string, raw []byte) []gift {
	return []gift{s.all(kind, raw), {s.topics.All(kind), raw, true}}
}

// A thief has the controller's certificate, may say what the controller may,
// and has all that ever passed; the signing key he has not. While the office is
// there, and when it is not, he can keep boards from hearing of what is new. No
// horn makes a sound by him, none loses a bulletin, and when he is gone all is
// as ever. Each thing he says as it was, to a board that had not heard it in
// its time, counts: so it was not for want of trying.
func TestReplays(t *testing.T) {
	amongVillains(t, func(t *testing.T, v *villain) {
		s := newScene(v)
		s.onAir()
		s.officeOff()
		s.officeBack()
	})
}

func newScene(v *villain) *scene {
	s := &scene{villain: v, seq: 100}
	s.plans, s.answers = map[string][]byte{}, map[string][][]byte{}
	s.clip, s.ref = toneClip(v.t, 4)
	s.n1, s.n2, s.n3, s.away = v.board("n1"), v.board("n2"), v.board("n3"), v.board("away")
	s.honest()
	for _, n := range []*prey{s.n1, s.n2, s.n3, s.away} {
		n.start()
		n.knows()
		v.await("it has asked five times", time.Minute, func() bool { return len(v.questions(n.id)) >= 5 })
	}
	s.n3.stop() // in order: it keeps what time it is
	return s
}

// planned has the office give a node its next plan.
func (s *scene) planned(node string, programmes ...schedule.Programme) []byte {
	s.seq++
	raw := s.office.Sign(s.t, wire.Header{Kind: wire.KindPlan, Target: wire.Target("la-da", node), Seq: s.seq, Issued: time.Now()},
		wire.Plan{Plan: schedule.Plan{Programmes: programmes}, Node: node, Areas: []string{"la-da"}, Volume: 100, Clips: []wire.ClipRef{s.ref}})
	s.give(s.plan(node, raw))
	return raw
}

// emergency is a recorded one for some nodes, as the office orders it.
func (s *scene) emergency(id string, lasts time.Duration, nodes ...string) (raw []byte, on wire.CallOn) {
	start := time.Now().Add(300 * ms)
	on = wire.CallOn{Targets: schedule.Targets{Nodes: nodes}, Clips: []wire.ClipRef{s.ref},
		Call: schedule.Call{ID: id, Title: id, Class: schedule.Emergency, Level: schedule.CommuneLevel,
			Start: start, End: start.Add(lasts), Rundown: []schedule.Item{{Kind: schedule.Clip, Clip: s.ref.SHA, Length: 4 * sec, Repeat: 20}}}}
	return s.office.Command(s.t, wire.KindCall, time.Now(), on), on
}

// alarm has an emergency on air, which is heard, and stopped. The thief has
// both commands.
func (s *scene) alarm(id string, at ...*prey) {
	nodes := []string{"n1", "n2", "n3", "away"}
	pressed := time.Now()
	s.call, _ = s.emergency(id, 10*time.Minute, nodes...)
	s.give(s.all(wire.KindCall, s.call))
	s.pass(2 * sec)
	for _, n := range at {
		require.False(s.t, n.horn.first(pressed).IsZero(), "%s: the emergency is heard", n.id)
	}
	s.stop = s.office.Command(s.t, wire.KindStop, time.Now(),
		wire.CallOff{Call: id, Targets: schedule.Targets{Nodes: nodes}, At: time.Now().Add(300 * ms)})
	s.give(s.all(wire.KindStop, s.stop))
	s.pass(sec)
}

// attack tries everything once; the board that is away hears nothing of it. A
// captured command must still count: else its expiry alone would refuse it.
func (s *scene) attack(when string) {
	s.mu.Lock()
	away := s.lines["away"]
	delete(s.lines, "away")
	s.mu.Unlock()
	for _, a := range replays {
		before := time.Now()
		s.give(a.gifts(s)...)
		s.pass(50 * ms)
		s.t.Logf("%s: %s, %v", when, a.name, before.Format("15:04:05.000"))
	}
	s.mu.Lock()
	s.lines["away"] = away
	s.mu.Unlock()
}

// counts requires that a captured command has not expired.
func (s *scene) counts(raw []byte) {
	var on wire.CallOn
	_, err := wire.Open(s.office.Public(), raw, wire.Header{Kind: wire.KindCall, Target: wire.Target("la-da", wire.AllNodes)}, time.Now(), &on)
	require.NoError(s.t, err)
}

// sameAs requires that a board gave its horn what the one gave that is away.
// Its clock may differ by what is not heard.
func (s *scene) sameAs(n *prey, from time.Time, d time.Duration) {
	s.t.Helper()
	want := s.away.horn.heard(from, d)
	require.Greater(s.t, nodetest.Level(want), 0.01, "it is on air")
	off := func(by time.Duration) float64 {
		got := n.horn.heard(from.Add(by), d)
		for i := range got {
			got[i] -= want[i]
		}
		return nodetest.Level(got) / nodetest.Level(want)
	}
	least := off(0)
	for by := audio.Length(1); least > 0.02 && by < 500*time.Microsecond; by += audio.Length(1) {
		least = min(least, off(by), off(-by))
	}
	require.Less(s.t, least, 0.02, "%s from %v on", n.id, from)
}

// onAir is a bulletin, heard to its end whatever the thief does.
func (s *scene) onAir() {
	at := time.Now().Add(8 * sec).Truncate(sec)
	// is called off: by an older plan it would be heard in place of the bulletin
	off := nodetest.Bulletin("off", schedule.Priority, at.Add(-sec), time.Minute)
	on := nodetest.Bulletin("on", schedule.Normal, at, 30*sec)
	for _, id := range []string{"n1", "n2", "away"} {
		s.plans[id] = s.planned(id, off)
		s.planned(id, on)
	}
	delete(s.plans, "away")
	s.alarm("c1", s.n1, s.n2)
	s.fresh = []gift{s.all(wire.KindCall, s.call), s.plan("n1", s.plans["n1"]), s.plan("n2", s.plans["n2"])}
	s.pass(time.Until(at.Add(200 * ms)))

	s.counts(s.call)
	s.attack("on air")
	cut := time.Now()
	s.n2.kill()
	s.n2.start()
	s.n2.knows()
	back := time.Now()
	s.counts(s.call)
	s.attack("on air, after a restart")
	s.pass(time.Until(at.Add(40 * sec)))
	s.sameAs(s.n1, at.Add(-sec), 38*sec)
	s.sameAs(s.n2, at.Add(-sec), cut.Sub(at)+sec-20*ms)
	s.sameAs(s.n2, back.Add(500*ms), at.Add(35*sec).Sub(back))
}

// officeOff is when the office has lost power, and a board that was off, and
// so heard nothing of what the thief has, comes back.
func (s *scene) officeOff() {
	late := nodetest.Bulletin("late", schedule.Normal, time.Now().Truncate(sec), 2*time.Minute)
	late.Rundown = []schedule.Item{{Kind: schedule.Clip, Clip: s.ref.SHA, Length: 4 * sec, Repeat: 20}}
	plan := s.planned("n3", late)
	s.voice = nodetest.VoiceCall("v1", schedule.Live, time.Now().Add(300*ms))
	s.voice.Targets = schedule.Targets{Nodes: []string{"n2", "n3"}}
	voice := s.office.Command(s.t, wire.KindCall, time.Now(), s.voice)
	spoke := time.Now()
	s.give(s.all(wire.KindCall, voice))
	packets := nodetest.TonePackets(s.t)
	for i := range 50 {
		s.frames = append(s.frames, gift{s.topics.Live("v1"), s.office.Frames(s.t, "v1", i, packets[i]), false})
	}
	s.give(s.frames...)
	s.pass(sec)
	require.False(s.t, s.n2.horn.first(spoke).IsZero(), "the voice is heard")
	alert, on := s.emergency("c2", 8*sec, "n2", "n3")
	s.give(s.all(wire.KindCall, alert))

	s.lie(s.oldTime) // from here on the office is off, and the thief is it
	spoilt := 0
	s.serves(s.clip, s.ref, func(_ int, part []byte) []byte { spoilt++; part[len(part)/2] ^= 1; return part })
	s.kept = map[string][]byte{}
	s.give(s.plan("n3", s.flipped(plan)))
	s.fresh = []gift{s.plan("n3", plan), s.all(wire.KindCall, alert), s.all(wire.KindCall, voice)}
	quiet := time.Now()
	s.n3.start()
	s.await("the board is there", 2*sec, s.n3.linked)
	s.attack("the office is off") // the first command has expired, and this board never heard of its end
	require.Zero(s.t, s.n3.planned())
	require.Zero(s.t, spoilt)
	s.give(s.plan("n3", plan))
	require.Equal(s.t, s.seq, s.n3.planned(), "the plan as it was is taken")
	s.await("its clip is asked for", sec, func() bool { return spoilt >= s.ref.Chunks() })
	s.give(s.all(wire.KindCall, voice))
	require.True(s.t, s.n3.app.calls.Busy(), "the call as it was is taken")
	s.give(s.anew()...)
	s.pass(700 * ms)
	s.n3.silentSince(quiet)
	s.serves(s.clip, s.ref, func(_ int, part []byte) []byte { return part })
	s.counts(alert)
	s.give(s.all(wire.KindCall, alert))
	s.counted(on, quiet)
}

// counted is what a board hears that had not heard it in its time: the command,
// and when that is over its own plan.
func (s *scene) counted(on wire.CallOn, quiet time.Time) {
	s.await("the command as it was is heard", 3*sec, func() bool { return !s.n3.horn.first(quiet).IsZero() })
	s.n1.silentSince(quiet) // it was for others
	over := on.Call.End.Add(200 * ms)
	s.pass(time.Until(on.Call.End.Add(300 * ms)))
	s.await("the plan as it was is heard", 10*sec, func() bool { return !s.n3.horn.first(over).IsZero() })
	require.Equal(s.t, s.seq, s.n3.planned())
	require.Equal(s.t, 1, strings.Count(s.n3.log.String(), "plan accepted"))
}

// officeBack is when all is well again, but for the thief.
func (s *scene) officeBack() {
	s.honest()
	s.give(s.all(wire.KindStop, s.office.Command(s.t, wire.KindStop, time.Now(), wire.CallOff{Targets: nodetest.Everywhere, At: time.Now()})))
	at := time.Now().Add(3 * sec).Truncate(sec)
	everywhere := []*prey{s.n1, s.n2, s.n3}
	for _, n := range append(everywhere, s.away) {
		s.planned(n.id, nodetest.Bulletin("back", schedule.Normal, at, 6*sec))
	}
	s.pass(time.Until(at.Add(8 * sec)))
	for _, n := range everywhere {
		s.sameAs(n, at.Add(-500*ms), 8*sec)
	}
	s.alarm("c3", everywhere...)
	s.fresh = []gift{s.all(wire.KindCall, s.call)}
	quiet := time.Now()
	s.counts(s.call)
	s.attack("in silence")
	s.pass(300 * ms)
	s.n1.silentSince(quiet)
	s.n1.kill()
	s.n1.start()
	s.n1.knows()
	s.counts(s.call)
	s.attack("in silence, after a restart")
	s.pass(time.Minute)
	for _, n := range everywhere {
		n.silentSince(quiet)
		require.Less(s.t, len(n.log.String()), 12_000, "%s does not fill its log", n.id)
		require.Less(s.t, n.off(), ms)
		require.Equal(s.t, n.planned(), s.status(n.id).Plan, "and tells how it is")
	}
}

// honest has the office tell the time and serve clips, as long as it is there;
// the thief keeps what it says.
func (s *scene) honest() {
	s.serves(s.clip, s.ref, func(_ int, part []byte) []byte { return part })
	s.lie(func(node string, p wire.Ping) {
		now := time.Now().UnixNano()
		raw := s.office.Sign(s.t, timeFor(node), wire.Pong{T1: p.T1, Nonce: p.Nonce, T2: now, T3: now})
		s.mu.Lock()
		s.answers[node] = append(s.answers[node], raw)
		s.answers[node] = s.answers[node][max(0, len(s.answers[node])-5):]
		s.mu.Unlock()
		s.send(gift{s.topics.Down(node, wire.KindTime), raw, false})
	})
}

// oldTime is what the thief says to a board that asks what time it is, once the office is
// off: a minute ago, forged; what the office once said, and that under the new
// question.
func (s *scene) oldTime(node string, p wire.Ping) {
	past := time.Now().Add(-time.Minute).UnixNano()
	forged, err := wire.Sign(strangersKey(), timeFor(node), wire.Pong{T1: p.T1, Nonce: p.Nonce, T2: past, T3: past})
	answers := [][]byte{forged}
	s.mu.Lock()
	for _, old := range s.answers[node] {
		answers = append(answers, old, withBody(old, func(body []byte) []byte {
			var pong wire.Pong
			if wire.Decode(body, &pong) != nil {
				return nil
			}
			pong.T1, pong.Nonce = p.T1, p.Nonce
			return encoded(pong)
		}, nil))
	}
	s.mu.Unlock()
	for _, raw := range answers {
		if err == nil {
			s.send(gift{s.topics.Down(node, wire.KindTime), raw, false})
		}
	}
}

// anew numbers the captured bundles so that they would sound now.
func (s *scene) anew() (all []gift) {
	if len(s.frames) == 0 {
		return nil
	}
	next := uint64(time.Since(s.voice.Call.Start.Add(-500*ms)) / wire.FrameLength)
	for _, g := range s.frames[len(s.frames)-25:] {
		first := next
		all = append(all, gift{g.topic, withBody(g.raw, func(body []byte) []byte {
			var b wire.Bundle
			if wire.Decode(body, &b) != nil {
				return nil
			}
			b.First = first
			next += uint64(len(b.Frames))
			return encoded(b)
		}, func(h *wire.Header) { h.Seq, h.Issued, h.Expires = first+1, time.Now(), time.Now().Add(10*sec) }), false})
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

package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/trust"
	"loa/node/wire"
)

// Every attack on the way from the office to the horns, and who tries it; all
// of them listen at the horn. "Both" is our broker and Debian's Mosquitto.
//
//	no certificate, another commune's, TLS 1.2      TestAttacksOnTheWire, both
//	node A as node B; a node on live/, all/, clip/  TestAttacksOnTheWire, both
//	half-open TLS, 100 MB, by a node                TestAttacksOnTheWire, both
//	20,000 connections                              TestFlood, both
//	a stolen board, revoked                         TestE2EEnrolReplaceRevoke, TestMosquittoHeedsRevocation
//	a stolen signing key, retired                   TestE2ERotateTheSigningKey, both
//	a broker that forges, alters, delays, replays   TestAttackByTheBroker
//	a bit changed in a piece of a clip              TestAttackOnAClip, TestReplays
//	with the controller's certificate and all that
//	ever passed, but not its signing key:           TestReplays, both
//	  a captured command or stop, now; after a restart; to another node; expired
//	  a bit changed in a command, a plan, a bundle; bundles numbered anew
//	  an older plan after a newer one, also after a restart; another node's
//	  plans taken away; what is retained replaced
//	  the clock set back by old answers and forged ones
//	  100 MB; a reader that does not read

// replays is what the thief tries, again and again. What stands in loot when it
// is his turn, he uses.
var replays = []struct {
	name  string
	gifts func(s *scene) []gift
}{
	{"a captured command", func(s *scene) []gift {
		return []gift{s.all(wire.KindCall, s.call, false), s.all(wire.KindCall, s.call, true)}
	}},
	{"a captured stop, and the command after it", func(s *scene) []gift {
		return []gift{s.all(wire.KindStop, s.stop, false), s.all(wire.KindStop, s.stop, true), s.all(wire.KindCall, s.call, false)}
	}},
	{"the plan of another node", func(s *scene) []gift {
		return []gift{s.plan("loa-1", s.plans["loa-2"]), s.plan("loa-2", s.plans["loa-1"]), s.plan("loa-3", s.plans["loa-1"])}
	}},
	{"one kind as another", func(s *scene) []gift {
		return []gift{s.plan("loa-1", s.call), s.all(wire.KindStop, s.call, false), s.all(wire.KindCall, s.plans["loa-1"], false), s.all(wire.KindKeys, s.plans["loa-1"], true)}
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
				all = append(all, gift{g.topic, flipped(g.raw, s.rnd), false})
			}
			all = append(all, gift{g.topic, flipped(g.raw, s.rnd), true})
		}
		return all
	}},
	{"frames of a call", func(s *scene) (all []gift) {
		for _, raw := range s.frames {
			all = append(all, gift{s.topics.Live(s.voice.Call.ID), raw, false}, gift{s.topics.Live(s.voice.Call.ID), flipped(raw, s.rnd), false})
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
		return []gift{s.plan("loa-1", nil), s.plan("loa-2", nil), s.plan("loa-3", nil), s.all(wire.KindKeys, nil, true)}
	}},
}

// gift is a message that the thief gives.
type gift struct {
	topic  string
	raw    []byte
	retain bool
}

// loot is what the thief heard.
type loot struct {
	call, stop []byte              // a command that was stopped
	plans      map[string][]byte   // by node: one that was followed by another
	answers    map[string][][]byte // by node: what time it was
	fresh      []gift              // what would count if it came as it is
	voice      wire.CallOn         // a call
	frames     [][]byte            // its bundles
	pieces     [][]byte            // of the alert's clip
}

// scene is a commune with a thief in it.
type scene struct {
	loot
	t           testing.TB
	o           *office
	broker      *process
	ours        bool
	topics      wire.Topics
	rnd         *rand.Rand
	keys        *trust.Trust
	thief       *intruder // with the controller's certificate
	node        map[string]*village
	long, alert clipAnswer
	give        func(gift)
	tried       []attempt
	asked       atomic.Int64 // for clips, while the thief is the office
	honest      atomic.Bool  // he serves them as they are
}

type attempt struct {
	what string
	at   time.Time
}

func (s *scene) all(kind string, raw []byte, retain bool) gift {
	return gift{s.topics.All(kind), raw, retain}
}
func (s *scene) plan(node string, raw []byte) gift {
	return gift{s.topics.Down(node, wire.KindPlan), raw, true}
}

// A thief has the controller's certificate, may say on either broker what the
// controller may, and has all that ever passed; the signing key he has not.
// While the office is there, and when it is not, he can keep boards from
// hearing of what is new. No horn makes a sound by him, none loses a bulletin,
// and when he is gone all is as ever. Each thing he says as it was, to a board
// that had not heard it in its time, counts: so it was not for want of trying.
func TestReplays(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) (*office, *process){
		"our broker": func(t testing.TB) (*office, *process) { o := newOffice(t); return o, o.process },
		"mosquitto":  func(t testing.TB) (*office, *process) { o, m := officeAndMosquitto(t); return o, m.process },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, broker := open(t)
			s := newScene(t, o, broker)
			s.onAir()
			s.officeOff()
			s.officeBack()
		})
	}
}

func newScene(t testing.TB, o *office, broker *process) *scene {
	s := &scene{t: t, o: o, broker: broker, ours: o.process == broker, topics: wire.Topics{Commune: "la-da"}, rnd: rand.New(rand.NewPCG(1, 2)), node: map[string]*village{}}
	var err error
	s.keys, err = trust.Open(filepath.Join(o.dir, "data", "trust"), trust.Options{Commune: "la-da"})
	require.NoError(t, err)
	s.thief = newIntruder(t, o, "")
	s.thief.tls.Certificates = s.keys.ControllerTLS().Certificates
	s.plans, s.answers = map[string][]byte{}, map[string][][]byte{}
	o.places()
	for _, id := range []string{"loa-1", "loa-2", "loa-3", "loa-4"} { // the last is only a certificate to the thief
		s.node[id] = o.node(id, "wav")
	}
	await(t, "all nodes are good", 30*time.Second, func() bool {
		good := 0
		for _, n := range o.nodes() {
			if n.State == "good" {
				good++
			}
		}
		return good == 4
	})
	for _, v := range s.node {
		v.process.stop()
	}
	s.long = o.upload(recording(t, "Thông báo lịch tiêm chủng cho trẻ em tại trạm y tế xã vào sáng thứ bảy. Đề nghị bà con đưa trẻ đến đúng giờ."))
	s.alert = o.upload(recording(t, "Khẩn cấp. Nước lũ đang lên."))
	o.send(http.MethodPost, "/api/v1/bulletins", map[string]any{"title": "Lũ", "class": "emergency", "clips": map[string]any{"vi": s.alert.ID}}, nil)
	return s
}

// attack tries everything once.
func (s *scene) attack(when string) {
	for _, a := range replays {
		s.tried = append(s.tried, attempt{when + ": " + a.name, time.Now()})
		for _, g := range a.gifts(s) {
			s.give(g)
		}
		until(time.Now().Add(50 * time.Millisecond))
	}
}

// silent says by which attack a horn made a sound.
func (s *scene) silent(id string, since time.Time) {
	s.t.Helper()
	first, by := s.node[id].horn(s.t).firstSound(since), ""
	for _, a := range s.tried {
		if a.at.Before(first) {
			by = a.what
		}
	}
	require.True(s.t, first.IsZero(), "%s was heard at %v, after %s", id, first, by)
}

func (s *scene) heard(id string, since time.Time) bool {
	return !s.node[id].horn(s.t).firstSound(since).IsZero()
}

// open is what a captured message says, which must still be true to the key.
func (s *scene) open(raw []byte, kind, target string, v any) (h wire.Header, ok bool) {
	h, err := wire.Open(s.keys.PublicKey(), raw, wire.Header{Kind: kind, Target: "la-da/" + target}, time.Now(), v)
	return h, err == nil
}

// unexpired is for how long a captured command still counts.
func (s *scene) unexpired(raw []byte) time.Duration {
	var on wire.CallOn
	h, ok := s.open(raw, wire.KindCall, wire.AllNodes, &on)
	require.True(s.t, ok, "it counts no more: this machine was too slow")
	return time.Until(h.Expires)
}

// alarm has an emergency on air at three nodes, which is heard by those that
// are named, and stopped. The thief has both commands.
func (s *scene) alarm(e *ear, heardBy ...string) {
	id := s.emergency(0, "loa-1", "loa-2", "loa-3")
	pressed := time.Now()
	await(s.t, "the emergency is heard", 10*time.Second, func() bool {
		for _, id := range heardBy {
			if !s.heard(id, pressed) {
				return false
			}
		}
		return true
	})
	s.o.send(http.MethodPost, "/api/v1/calls/"+id+"/stop", nil, nil)
	s.stop = e.last("the stop", s.topics.All(wire.KindStop), func(raw []byte) bool {
		var off wire.CallOff
		_, ok := s.open(raw, wire.KindStop, wire.AllNodes, &off)
		return ok && off.Call == id
	})
	s.call, _ = e.called(id)
}

func (s *scene) emergency(limit time.Duration, nodes ...string) string {
	var arm struct{ Armed string }
	var call callAnswer
	s.o.send(http.MethodPost, "/api/v1/arm", map[string]any{}, &arm)
	s.o.send(http.MethodPost, "/api/v1/calls", map[string]any{"class": "emergency", "targets": map[string]any{"nodes": nodes}, "clip": s.alert.ID, "armed": arm.Armed, "limit_s": limit.Seconds()}, &call)
	return call.ID
}

// onAir is a bulletin, heard to its end whatever the thief does.
func (s *scene) onAir() {
	t, o := s.t, s.o
	// What is called off: by an older plan it would be heard in place of the bulletin.
	var off struct{ ID string }
	o.send(http.MethodPost, "/api/v1/programmes", map[string]any{"title": "Bỏ", "class": "priority", "at": soon(6 * time.Second).Format(time.RFC3339),
		"targets": map[string]any{"nodes": []string{"loa-1", "loa-2"}}, "rundown": []any{map[string]any{"chime": true, "repeat": 30}, map[string]any{"clip": s.long.ID}}}, &off)
	for _, id := range []string{"loa-1", "loa-2"} {
		e := s.listen(id)
		s.plans[id], s.answers[id] = e.planned("Bỏ"), e.askTime()
		e.close()
	}
	e := s.listen("loa-3")
	defer e.close()
	s.answers["loa-3"] = e.askTime()
	for _, id := range []string{"loa-1", "loa-2"} {
		s.node[id].start(t)
	}
	o.hold(2, 2) // the plan is theirs
	o.send(http.MethodDelete, "/api/v1/programmes/"+off.ID, nil, nil)
	at := soon(3 * time.Second)
	o.programme("Tiêm chủng", s.long.ID, at)
	s.pieces = e.all(s.topics.Clip(s.alert.SHA256))
	require.NotEmpty(t, s.pieces)
	s.alarm(e, "loa-1", "loa-2")
	require.True(t, time.Now().Before(at), "this machine was too slow")
	s.fresh = []gift{s.all(wire.KindCall, s.call, false), s.plan("loa-1", s.plans["loa-1"]), s.plan("loa-2", s.plans["loa-2"])}

	until(at.Add(200 * time.Millisecond))
	before := s.broker.memory(t)
	var leave func()
	s.give, leave = s.mouth()
	left := s.unexpired(s.call)
	s.attack("on air")
	cut := time.Now()
	beforeCut := s.node["loa-2"].horn(t)
	s.node["loa-2"].process.kill()
	s.node["loa-2"].start(t)
	await(t, "the board is back", 10*time.Second, func() bool { return strings.Contains(s.node["loa-2"].process.said(), "link up") })
	t.Logf("the command counted for another %v, after the restart %v", left.Round(time.Millisecond), s.unexpired(s.call).Round(time.Millisecond))
	s.attack("on air, after a restart")
	s.heavy()
	leave()
	until(at.Add(time.Duration(s.long.Seconds*1e9) + time.Second))
	voice := o.clip(s.long.ID)
	heardAt(t, "the bulletin", s.node["loa-1"].horn(t), voice, at)
	whole := int(cut.Sub(at).Seconds()*rate) - rate/4
	heardAt(t, "the bulletin before the restart", beforeCut, voice[:whole], at)
	rejoined := s.node["loa-2"].horn(t)
	from := rejoined.firstSound(cut).Add(500 * time.Millisecond)
	playsOn(t, "the bulletin after it", rejoined, voice[int(from.Sub(at).Seconds()*rate):], from)
	after := s.broker.memory(t)
	t.Logf("the broker held %d MiB before, at most %d MiB since", before>>20, after>>20)
	require.Less(t, after-before, 64<<20)
}

// officeOff is when the office has lost power, and a board that was off, and
// so heard nothing of what the thief has, comes back.
func (s *scene) officeOff() {
	t, o := s.t, s.o
	e := s.listen("loa-3")
	at := soon(500 * time.Millisecond)
	o.send(http.MethodPost, "/api/v1/programmes", map[string]any{"title": "Muộn", "class": "normal", "at": at.Format(time.RFC3339), "start_late_s": 600,
		"targets": map[string]any{"nodes": []string{"loa-3"}}, "rundown": []any{map[string]any{"clip": s.alert.ID, "repeat": 20}}}, nil)
	plan := e.planned("Muộn")
	path, _ := speech(t, strings.Repeat("Đây là tiếng nói trực tiếp từ Ủy ban nhân dân xã La Dạ. ", 5))
	spoke := time.Now()
	start(t, "call", nil, "call", "--controller", filepath.Join(o.dir, "data", "controller.json"), "--node", "loa-2", "--node", "loa-3", "--source", path, "--no-chime", "--limit", "60s")
	_, s.voice = e.called("")
	await(t, "the voice is heard", 10*time.Second, func() bool {
		return s.heard("loa-2", spoke) && len(e.all(s.topics.Live(s.voice.Call.ID))) > 25
	})
	pressed := time.Now()
	alert, on := e.called(s.emergency(8*time.Second, "loa-2", "loa-3"))
	until(pressed.Add(700 * time.Millisecond)) // it is on air in another village
	voice, _ := e.called(s.voice.Call.ID)
	s.frames = e.all(s.topics.Live(s.voice.Call.ID))
	s.frames = s.frames[len(s.frames)-25:]
	o.process.kill()
	e.close()

	leave := s.takeOver()
	for id := range s.node { // what the broker kept is his
		s.give(s.plan(id, nil))
	}
	s.give(s.plan("loa-3", flipped(plan, s.rnd)))
	s.fresh = []gift{s.plan("loa-3", plan), s.all(wire.KindCall, alert, false), s.all(wire.KindCall, voice, false)}
	three := s.node["loa-3"]
	three.start(t)
	quiet := time.Now()
	await(t, "the board is there", 10*time.Second, func() bool { return strings.Contains(three.process.said(), "link up") })
	s.attack("the office is off") // the first command has expired, and this board never heard of its end
	accepted := func() int { return strings.Count(three.process.said(), "plan accepted") }
	require.Zero(t, accepted())
	s.give(s.plan("loa-3", plan))
	await(t, "the plan as it was is taken, and its clip asked for", 10*time.Second, func() bool { return accepted() == 1 && s.asked.Load() > 0 })
	s.give(s.all(wire.KindCall, voice, false))
	await(t, "the call as it was is taken", 5*time.Second, func() bool { return strings.Contains(three.process.said(), s.voice.Call.ID) })
	s.tried = append(s.tried, attempt{"a spoiled clip; frames numbered anew", time.Now()})
	for _, g := range s.anew() {
		s.give(g)
	}
	until(time.Now().Add(700 * time.Millisecond))
	s.silent("loa-3", quiet)
	t.Logf("the last command counted for another %v", s.unexpired(alert).Round(time.Millisecond))
	s.honest.Store(true)
	s.give(s.all(wire.KindCall, alert, false))
	await(t, "the command as it was is heard", 3*time.Second, func() bool { return s.heard("loa-3", quiet) })
	s.plans["loa-3"] = plan
	s.silent("loa-1", quiet) // it was for others
	until(on.Call.End.Add(300 * time.Millisecond))
	await(t, "the clip as it was is heard", 10*time.Second, func() bool { return s.heard("loa-3", on.Call.End.Add(200*time.Millisecond)) })
	require.Equal(t, 1, accepted())
	leave()
}

// officeBack is when all is well again, but for the thief.
func (s *scene) officeBack() {
	t, o := s.t, s.o
	o.open()
	await(t, "the office has its broker", 15*time.Second, func() bool { return strings.Contains(o.process.said(), "connected to the broker") })
	o.send(http.MethodPost, "/api/v1/stop", map[string]any{"targets": map[string]any{"areas": []string{"la-da"}}}, nil)
	at := soon(3 * time.Second)
	o.programme("Văn phòng trở lại", s.alert.ID, at)
	e := s.listen("loa-4")
	until(at.Add(time.Duration(s.alert.Seconds*1e9) + 500*time.Millisecond))
	voice := o.clip(s.alert.ID)
	nodes := []string{"loa-1", "loa-2", "loa-3"}
	for _, id := range nodes {
		heardAt(t, id+" after all", s.node[id].horn(t), voice, at)
	}
	s.alarm(e, nodes...)
	e.close()
	s.fresh = []gift{s.all(wire.KindCall, s.call, false)}
	until(time.Now().Add(700 * time.Millisecond))
	quiet := time.Now()
	var leave func()
	s.give, leave = s.mouth()
	s.attack("in silence")
	until(time.Now().Add(300 * time.Millisecond))
	s.silent("loa-1", quiet)
	s.node["loa-1"].process.kill()
	s.node["loa-1"].start(t)
	await(t, "the board is back", 10*time.Second, func() bool { return strings.Contains(s.node["loa-1"].process.said(), "link up") })
	t.Logf("after the restart the command counts for another %v", s.unexpired(s.call).Round(time.Millisecond))
	s.attack("in silence, after a restart")
	until(time.Now().Add(time.Second))
	for _, id := range nodes {
		s.silent(id, quiet)
		require.Less(t, len(s.node[id].process.said()), 6000, fmt.Sprintf("%s does not fill its log", id))
	}
	leave()
	await(t, "all is well", 30*time.Second, func() bool {
		good := 0
		for _, n := range o.nodes() {
			if n.State == "good" {
				good++
			}
		}
		return good == 3
	})
}

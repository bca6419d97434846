package main

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/controller/trust"
	"loa/node/wire"
)

// A thief has the controller's certificate, may say on either broker what the
// controller may, and has what a real office really said; its signing key he
// has not. A real board is silent by him, before and after a restart, until the
// office speaks. Package node has all that he may try, at the horn and in fake
// time (its TestReplays lists every attack); this is that an office, a broker
// and a board which are put together as in a commune keep to it.
func TestE2EReplays(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) *office{"our broker": newOffice, "mosquitto": withMosquitto} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			witness.Play(t, func(t testing.TB) { newScene(t, open(t)).play() })
		})
	}
}

// scene is a commune with a thief in it.
type scene struct {
	*office
	topics wire.Topics
	keys   *trust.Trust
	board  *village
	alert  clipAnswer
}

func newScene(t testing.TB, o *office) *scene {
	s := &scene{office: o, topics: wire.Topics{Commune: "la-da"}}
	var err error
	s.keys, err = trust.Open(filepath.Join(o.dir, "data", "trust"), trust.Options{Commune: "la-da"})
	require.NoError(t, err)
	o.places()
	s.board = o.node("loa-1", "wav")
	s.alert = o.upload(recording(t, "Khẩn cấp. Nước lũ đang lên."))
	o.send(http.MethodPost, "/api/v1/bulletins", map[string]any{"title": "Lũ", "class": "emergency",
		"clips": map[string]any{"vi": s.alert.ID}}, nil)
	await(t, "the board holds the alert", time.Minute, s.held(1))
	return s
}

func (s *scene) held(clips int) func() bool {
	return func() bool {
		all := s.nodes()
		return all[0].State == "good" && all[0].Clips != nil && all[0].Clips.Held == clips && all[0].Clips.Of == clips
	}
}

func (s *scene) play() {
	// what was to be heard was called off: by the plan from before it would be, at once
	var off struct{ ID string }
	s.board.process.stop()
	e := s.listen("loa-1")
	s.send(http.MethodPost, "/api/v1/programmes", map[string]any{"title": "Bỏ", "class": "priority",
		"at": soon(4 * time.Second).Format(time.RFC3339), "start_late_s": 3600,
		"targets": map[string]any{"nodes": []string{"loa-1"}}, "rundown": []any{map[string]any{"chime": true, "repeat": 30}}}, &off)
	plan := e.heard("the plan", s.topics.Down("loa-1", wire.KindPlan), func(raw []byte) bool {
		var p wire.Plan
		return s.opens(raw, wire.KindPlan, "loa-1", &p) && len(p.Programmes) == 1
	})
	s.send(http.MethodDelete, "/api/v1/programmes/"+off.ID, nil, nil)
	e.heard("the plan after it", s.topics.Down("loa-1", wire.KindPlan), func(raw []byte) bool {
		var p wire.Plan
		return s.opens(raw, wire.KindPlan, "loa-1", &p) && len(p.Programmes) == 0
	})
	e.client.Disconnect(0)
	s.restarts()
	await(s.t, "the board holds the alert again", time.Minute, s.held(1))

	// an emergency is heard, and stopped
	s.node("loa-2", "null").process.stop()
	e = s.listen("loa-2")
	pressed := time.Now()
	call, on := s.alarm(e)
	await(s.t, "the emergency is heard", time.Minute, func() bool { return !s.board.horn(s.t).firstSound(pressed).IsZero() })
	s.send(http.MethodPost, "/api/v1/calls/"+on.Call.ID+"/stop", nil, nil)
	stop := e.heard("the stop", s.topics.All(wire.KindStop), func(raw []byte) bool {
		var off wire.CallOff
		return s.opens(raw, wire.KindStop, wire.AllNodes, &off) && off.Call == on.Call.ID
	})

	plans := s.topics.Down("loa-1", wire.KindPlan)
	replays := []gift{{s.topics.All(wire.KindCall), call, false}, {s.topics.All(wire.KindCall), call, true},
		{s.topics.All(wire.KindStop), stop, true}, {s.topics.All(wire.KindCall), call, false},
		{plans, plan, true}, {plans, call, false}}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		replays = append(replays, gift{s.topics.All(wire.KindCall), flipped(call, rnd), false}, gift{plans, flipped(plan, rnd), true})
	}
	replays = append(replays, gift{plans, nil, true}, gift{plans, plan, true})
	s.quiet()
	quiet := time.Now()
	s.says(replays...)
	s.silentUntilAnAlarm(e, quiet)
	s.board.process.kill()
	quiet = s.restarts()
	s.says(replays...)
	s.silentUntilAnAlarm(e, quiet)
	require.Less(s.t, len(s.board.process.said()), 6000, "it does not fill its log")
	await(s.t, "all is well", time.Minute, s.held(1))
}

// restarts starts the board, tells when, and waits until it says itself that it
// is back: what the office knows of it may be older.
func (s *scene) restarts() (started time.Time) {
	s.t.Helper()
	s.board.start(s.t)
	started = time.Now()
	await(s.t, "the board is back", time.Minute, func() bool { return strings.Contains(s.board.process.said(), "link up") })
	return started
}

// alarm has the office give an emergency to all.
func (s *scene) alarm(e *ear) (raw []byte, on wire.CallOn) {
	var arm struct{ Armed string }
	var answer callAnswer
	s.send(http.MethodPost, "/api/v1/arm", map[string]any{}, &arm)
	s.send(http.MethodPost, "/api/v1/calls", map[string]any{"class": "emergency", "targets": map[string]any{"nodes": []string{"loa-1"}},
		"clip": s.alert.ID, "armed": arm.Armed}, &answer)
	raw = e.heard("the command", s.topics.All(wire.KindCall), func(raw []byte) bool {
		return s.opens(raw, wire.KindCall, wire.AllNodes, &on) && on.Call.ID == answer.ID
	})
	return raw, on
}

// silentUntilAnAlarm has the office speak after all that the thief said: what
// the board made of that it has made by then.
func (s *scene) silentUntilAnAlarm(e *ear, quiet time.Time) {
	s.t.Helper()
	_, on := s.alarm(e)
	await(s.t, "the office is heard", time.Minute, func() bool { return !s.board.horn(s.t).firstSound(on.Call.Start).IsZero() })
	first := s.board.horn(s.t).firstSound(quiet)
	require.False(s.t, first.Before(on.Call.Start.Add(-time.Millisecond)), "heard at %v, before %v", first, on.Call.Start)
	s.send(http.MethodPost, "/api/v1/stop", map[string]any{"targets": map[string]any{"areas": []string{"la-da"}}}, nil)
	s.quiet()
}

// quiet waits until the board has been silent for a moment.
func (s *scene) quiet() {
	await(
		s.t,
		"it is over",
		time.Minute,
		func() bool { return s.board.horn(s.t).firstSound(time.Now().Add(-500 * time.Millisecond)).IsZero() },
	)
}

// opens reads what was captured, which must be true to the key.
func (s *scene) opens(raw []byte, kind, target string, v any) bool {
	_, err := wire.Open(s.keys.PublicKey(), raw, wire.Header{Kind: kind, Target: wire.Target("la-da", target)}, time.Now(), v)
	return err == nil
}

// gift is a message that the thief gives.
type gift struct {
	topic  string
	raw    []byte
	retain bool
}

// says has the thief speak, on a connection made anew whenever the controller,
// whose name he bears, has ended it; each word has come to the broker.
func (s *scene) says(gifts ...gift) {
	i := newIntruder(s.t, s.office, "")
	i.tls.Certificates = s.keys.ControllerTLS().Certificates
	var c paho.Client
	for _, g := range gifts {
		await(s.t, "the thief is heard by the broker", time.Minute, func() bool {
			if c == nil || !c.IsConnectionOpen() {
				c = i.connect(trust.ControllerName)
			}
			if c == nil {
				return false
			}
			token := c.Publish(g.topic, 1, g.retain, g.raw)
			return token.WaitTimeout(2*time.Second) && token.Error() == nil
		})
	}
	c.Disconnect(50)
}

// ear is a board's certificate in the thief's hands: he hears what the board may.
type ear struct {
	s      *scene
	client paho.Client
	mu     sync.Mutex
	all    map[string][][]byte // by topic
}

func (s *scene) listen(id string) *ear {
	e := &ear{s: s, client: newIntruder(s.t, s.office, filepath.Join(s.dir, id)).connect(id), all: map[string][][]byte{}}
	require.NotNil(s.t, e.client)
	token := e.client.SubscribeMultiple(
		map[string]byte{s.topics.AllDown(id): 1, s.topics.All("+"): 1},
		func(_ paho.Client, m paho.Message) {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.all[m.Topic()] = append(e.all[m.Topic()], bytes.Clone(m.Payload()))
		},
	)
	require.True(s.t, token.WaitTimeout(time.Minute) && token.Error() == nil)
	return e
}

// heard waits for a message and returns the last one that is right.
func (e *ear) heard(what, topic string, right func(raw []byte) bool) (raw []byte) {
	e.s.t.Helper()
	await(e.s.t, what+" is captured", time.Minute, func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		for _, m := range e.all[topic] {
			if right(m) {
				raw = m
			}
		}
		return raw != nil
	})
	return raw
}

// flipped is a message with one bit changed.
func flipped(raw []byte, rnd *rand.Rand) []byte {
	bad := bytes.Clone(raw)
	bad[rnd.IntN(len(bad))] ^= 1 << rnd.IntN(8)
	return bad
}

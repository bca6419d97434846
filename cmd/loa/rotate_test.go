package main

import (
	"crypto/ed25519"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio/tune"
	"loa/cmd/prove/witness"
	"loa/controller/trust"
	"loa/node/wire"
	"loa/schedule"
)

// keys runs loa keys at the office's machine.
func (o *office) keys(args ...string) string {
	o.t.Helper()
	bin, err := loaBinary()
	require.NoError(o.t, err)
	return string(run(o.t, "", bin, append(append([]string{"keys"}, args...), "--config", o.config)...))
}

// signingKey is the one in the office's key file: what a thief would take.
func (o *office) signingKey() ed25519.PrivateKey {
	o.t.Helper()
	keys, err := trust.Open(filepath.Join(o.dir, "data", "trust"), trust.Options{Commune: "la-da"})
	require.NoError(o.t, err)
	return keys.SigningKey()
}

func (o *office) alarm(clip string) {
	o.t.Helper()
	var arm struct{ Armed string }
	o.send(http.MethodPost, "/api/v1/arm", map[string]any{}, &arm)
	o.send(http.MethodPost, "/api/v1/calls", map[string]any{"class": "emergency", "targets": map[string]any{"areas": []string{"la-da"}},
		"clip": clip, "armed": arm.Armed}, nil)
}

func (o *office) programme(title, clip string, at time.Time) {
	o.t.Helper()
	o.send(http.MethodPost, "/api/v1/programmes", map[string]any{"title": title, "class": "normal", "at": at.Format(time.RFC3339),
		"targets": map[string]any{"areas": []string{"la-da"}}, "rundown": []any{map[string]any{"clip": clip}}}, nil)
}

// A rehearsal of changing the signing key, in the midst of normal life.
func TestE2ERotateTheSigningKey(t *testing.T) {
	t.Parallel()
	witness.Play(t, func(t testing.TB) { rehearse(t, newOffice(t)) })
}

func TestE2ERotateTheSigningKeyByMosquitto(t *testing.T) {
	t.Parallel()
	witness.Play(t, func(t testing.TB) { rehearse(t, withMosquitto(t)) })
}

func rehearse(t testing.TB, o *office) {
	o.places()
	villages := []*village{o.node("loa-1", "wav"), o.node("loa-2", "wav"), o.node("loa-3", "wav")}
	long := o.upload(recording(t, strings.Repeat("Thông báo lịch tiêm chủng cho trẻ em tại trạm y tế xã vào sáng thứ bảy. ", 2)))
	alert := o.upload(recording(t, "Khẩn cấp. Nước lũ đang lên."))
	o.send(http.MethodPost, "/api/v1/bulletins", map[string]any{"title": "Lũ", "class": "emergency",
		"clips": map[string]any{"vi": alert.ID}}, nil)
	at := soon(6 * time.Second)
	o.programme("Tiêm chủng", long.ID, at)
	o.hold(3, 2)
	stolen := o.signingKey()
	sleeper := villages[2]
	sleeper.process.kill() // off for all of the overlap

	// a key is made while the bulletin is on air
	until(at.Add(time.Second))
	require.Contains(t, o.keys("list"), "đang ký")
	o.keys("rotate", "--overlap", "1h")
	rotated := time.Now()
	await(t, "the controller signs by the new key", 10*time.Second,
		func() bool { return strings.Contains(o.process.said(), "signing key taken up") })
	t.Logf("the new key signs %v after the command", time.Since(rotated).Round(time.Millisecond))
	until(at.Add(time.Duration(long.Seconds*1e9) + time.Second))
	for _, v := range villages[:2] {
		heardAt(t, v.id+" through the rotation", v.horn(t), o.clip(long.ID), at)
	}

	// an emergency right after, by the new key alone
	quiet := time.Now()
	o.alarm(alert.ID)
	await(t, "the emergency is heard", 10*time.Second, func() bool {
		return !villages[0].horn(t).firstSound(quiet).IsZero() && !villages[1].horn(t).firstSound(quiet).IsZero()
	})
	o.send(http.MethodPost, "/api/v1/stop", map[string]any{"targets": map[string]any{"areas": []string{"la-da"}}}, nil)

	// a board that loses power in the overlap comes back, and what both keys say counts
	villages[1].process.kill()
	villages[1].start(t)
	at = soon(4 * time.Second)
	o.programme("Sau khi đổi khóa", alert.ID, at)
	until(at.Add(time.Duration(alert.Seconds*1e9) + time.Second))
	for _, v := range villages[:2] {
		heardAt(t, v.id+" in the overlap", v.horn(t), o.clip(alert.ID), at)
	}

	// the key is told to be stolen; the board that slept through it all wakes
	o.keys("retire")
	await(t, "the retirement is taken up", 10*time.Second, func() bool { return strings.Count(o.process.said(), "signing key taken up") == 2 })
	sleeper.start(t)
	await(t, "every node knows", 15*time.Second, func() bool { return !strings.Contains(o.keys("list"), "chưa biết") })
	require.Equal(t, 1, strings.Count(o.keys("list"), "không còn hiệu lực"))

	// the thief has the broker too: what he says passes, and is not heard
	office := o.process
	office.stop() // nobody but him is there
	thief := newThief(t, o, stolen)
	quiet = time.Now()
	thief.speak(villages)
	for _, v := range villages[:2] {
		v.process.kill() // nor after a restart
		v.start(t)
	}
	until(time.Now().Add(2 * time.Second))
	thief.speak(villages)
	until(time.Now().Add(2 * time.Second))
	for _, v := range villages {
		require.True(t, v.horn(t).firstSound(quiet).IsZero(), "%s was heard", v.id)
		require.True(t, v.process.running())
	}

	// the office comes back and is believed
	thief.leave()
	o.open()
	at = soon(6 * time.Second)
	o.programme("Văn phòng trở lại", alert.ID, at)
	o.hold(3, 2)
	until(at.Add(time.Duration(alert.Seconds*1e9) + time.Second))
	for _, v := range villages {
		heardAt(t, v.id+" after all", v.horn(t), o.clip(alert.ID), at)
	}
	require.Contains(t, string(o.raw(http.MethodGet, "/api/v1/audit", "", nil).body), "key.rotate")
	bin, err := loaBinary()
	require.NoError(t, err)
	run(t, "", bin, "audit", "verify", "--config", o.config)
}

// thief holds an old signing key, and the controller's own certificate: so he
// may write what the controller may on either broker.
type thief struct {
	*intruder
	key   ed25519.PrivateKey
	leave func()
}

func newThief(t testing.TB, o *office, key ed25519.PrivateKey) *thief {
	keys, err := trust.Open(filepath.Join(o.dir, "data", "trust"), trust.Options{Commune: "la-da"})
	require.NoError(t, err)
	f := &thief{newIntruder(t, o, ""), key, func() {}}
	f.tls.Certificates = keys.ControllerTLS().Certificates
	if l, err := net.Listen("tcp", f.addr); err == nil { // ours stopped with the office; he runs his own in its place
		require.NoError(t, l.Close())
		h := newHostile(t, keys, f.addr)
		h.time = func(p wire.Ping) {
			past := time.Now().Add(-time.Hour).UnixNano() // when the key still counted
			if raw, err := wire.Sign(key, wire.Header{Kind: wire.KindTime, Target: "la-da/loa-1", Seq: 1},
				wire.Pong{T1: p.T1, Nonce: p.Nonce, T2: past, T3: past}); err == nil {
				_ = h.server.Publish(h.topics.Down("loa-1", wire.KindTime), raw, false, 0)
			}
		}
		f.leave = h.close
		await(t, "the nodes fall for his broker", 30*time.Second, func() bool { return h.server.Clients.Len() > 3 })
	}
	return f
}

// speak gives all that could make a sound.
func (f *thief) speak(villages []*village) {
	now := time.Now()
	topics := wire.Topics{Commune: "la-da"}
	c := f.connect(trust.ControllerName)
	require.NotNil(f.t, c, "the thief is let in")
	defer c.Disconnect(0)
	give := func(topic string, h wire.Header, body any) {
		raw, err := wire.Sign(f.key, h, body)
		require.NoError(f.t, err)
		c.Publish(topic, 1, false, raw).WaitTimeout(2 * time.Second)
	}
	seq := uint64(now.Add(time.Hour).UnixMilli())
	chime := []schedule.Item{{Kind: schedule.Chime, Length: tune.ChimeDuration}}
	give(topics.All(wire.KindCall), wire.Header{Kind: wire.KindCall, Target: "la-da/*", Seq: seq, Issued: now,
		Expires: now.Add(10 * time.Second)},
		wire.CallOn{Call: schedule.Call{ID: fmt.Sprintf("thief-%d", seq), Class: schedule.Emergency, Start: now, End: now.Add(time.Minute),
			Rundown: chime}, Targets: schedule.Targets{Areas: []string{"la-da"}}})
	for _, v := range villages {
		give(topics.Down(v.id, wire.KindPlan), wire.Header{Kind: wire.KindPlan, Target: "la-da/" + v.id, Seq: seq, Issued: now},
			wire.Plan{Node: v.id, Areas: []string{"la-da"}, Volume: 100,
				Plan: schedule.Plan{Programmes: []schedule.Programme{{ID: "thief", Title: "thief", Class: schedule.Emergency,
					StartLate: time.Hour, Rule: schedule.Rule{At: now.Add(-time.Second).Truncate(time.Second)}, Rundown: chime}}}})
	}
	public := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public().(ed25519.PublicKey)
	link, err := wire.Sign(f.key, wire.Header{Kind: wire.KindNewKey, Target: "la-da/*", Seq: 2, Issued: now},
		wire.NewKey{Key: public, From: now, Until: now.Add(time.Hour)})
	require.NoError(f.t, err)
	raw, err := wire.Encode(wire.Chain{Links: [][]byte{link}})
	require.NoError(f.t, err)
	c.Publish(topics.All(wire.KindKeys), 1, true, raw).WaitTimeout(2 * time.Second)
}

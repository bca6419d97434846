package tap

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/wire"
	"loa/schedule"
)

var (
	key    = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	thief  = ed25519.NewKeyFromSeed([]byte(strings.Repeat("x", ed25519.SeedSize)))
	topics = wire.Topics{Commune: "la-da"}
	now    = time.Date(2026, 11, 24, 5, 0, 0, 0, time.UTC)
)

func signed(t *testing.T, by ed25519.PrivateKey, kind, target string, body any) []byte {
	t.Helper()
	raw, err := wire.Sign(by,
		wire.Header{Kind: kind, Target: wire.Target("la-da", target), Seq: 7, Issued: now, Expires: now.Add(time.Minute)}, body)
	require.NoError(t, err)
	return raw
}

func encoded(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := wire.Encode(v)
	require.NoError(t, err)
	return raw
}

func newHub() *Hub { return New("la-da", wire.By(key.Public().(ed25519.PublicKey))) }

// Every kind is decoded; who signed it is told, and of sound and keys only how
// much there is.
func TestLook(t *testing.T) {
	plan := wire.Plan{Node: "loa-1", Name: strings.Repeat("â", 200), Volume: 80, Delay: time.Second, Clips: make([]wire.ClipRef, 9)}
	call := wire.CallOn{Call: schedule.Call{ID: "c1"}, Targets: schedule.Targets{Areas: []string{"thon-1"}}}
	secret := []byte(strings.Repeat("secret", 100))
	for name, c := range map[string]struct {
		topic     string
		payload   []byte
		kind      string
		signature string
		body      string
		wrong     string
	}{
		"status": {topics.Up("loa-1", wire.KindStatus), encoded(t, wire.Status{Boot: "b", Version: "v1"}), "status", None,
			`"version":"v1"`, ""},
		"plan": {topics.Down("loa-1", wire.KindPlan), signed(t, key, wire.KindPlan, "loa-1", plan), "plan", Good, `"… 5 more"`, ""},
		"forged": {topics.Down("loa-1", wire.KindPlan), signed(t, thief, wire.KindPlan, "loa-1", plan), "plan", Refused, `"volume":80`,
			"signature"},
		"moved": {topics.Down("loa-1", wire.KindPlan), signed(t, key, wire.KindAck, "loa-1", plan), "plan", Refused, `"volume":80`,
			"for another"},
		"call": {topics.All(wire.KindCall), signed(t, key, wire.KindCall, "*", call), "call", Good, `"areas":["thon-1"]`, ""},
		"test": {topics.Down("loa-1", wire.KindSelfTest), signed(t, key, wire.KindSelfTest, "loa-1", struct{}{}), "selftest", Good, `{}`,
			""},
		"frames": {topics.Live("c1"), signed(t, key, wire.KindFrames, "c1", wire.Bundle{First: 3, Frames: [][]byte{secret}}), "frames",
			Good, `"frames":["600 bytes"]`, ""},
		"clip": {topics.Clip(strings.Repeat("a", 64)), encoded(t, wire.Chunk{Index: 2, Data: secret}), "", None,
			`{"i":2,"d":"600 bytes"}`, ""},
		"renew":     {topics.Up("loa-1", wire.KindRenew), encoded(t, wire.Renew{Proof: secret}), "renew", None, `{"proof":"600 bytes"}`, ""},
		"new kind":  {topics.Down("loa-1", "dance"), []byte{1}, "dance", None, "", "does not know"},
		"rubbish":   {topics.Up("loa-1", wire.KindStatus), []byte("rubbish"), "status", None, "", "EOF"},
		"unsigned":  {topics.Down("loa-1", wire.KindPlan), []byte("rubbish"), "plan", Refused, "", "signature"},
		"elsewhere": {"loa/1/da-mi/all/call", nil, "", None, "", "not a topic"},
		"taken":     {topics.Down("loa-1", wire.KindPlan), nil, "plan", None, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newHub().look(passed{now, c.topic, c.payload, false})
			require.Equal(t, c.kind, s.Kind)
			require.Equal(t, c.signature, s.Signature, s.Wrong)
			require.Contains(t, string(s.Body), c.body)
			require.Contains(t, s.Wrong, c.wrong)
			raw, err := json.Marshal(s)
			require.NoError(t, err)
			require.NotContains(t, string(raw), "secret")
			require.NotContains(t, string(raw), "c2VjcmV0") // base64
			require.Less(t, len(raw), 2000)
			if c.signature == Good {
				require.Equal(t, uint64(7), s.Seq)
				require.Equal(t, now.Add(time.Minute), s.Expires.UTC())
			}
		})
	}
}

// Whatever an attacker publishes, it is looked at without harm.
func FuzzLook(f *testing.F) {
	f.Add("loa/1/la-da/down/loa-1/plan", []byte{0xd2, 0x84})
	f.Add("loa/1/la-da/up/loa-1/status", []byte{0xa1})
	h := newHub()
	f.Fuzz(func(t *testing.T, topic string, payload []byte) {
		s := h.look(passed{now, topic, payload, false})
		_, err := json.Marshal(s)
		require.NoError(t, err)
		require.NotEqual(t, Good, s.Signature)
	})
}

// An observer that is slow misses messages, and is told how many; the wire waits for nobody.
func TestSlowWatcher(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		turn := make(chan struct{})
		got := make(chan Seen, 2*queue)
		go func() {
			_ = h.Watch(ctx, Filter{Kind: wire.KindStatus, Node: "loa-1"}, func(s Seen) error {
				<-turn
				got <- s
				return nil
			})
		}()
		synctest.Wait()
		const many = queue + 101
		payload := encoded(t, wire.Status{Boot: "b"})
		h.Pass(topics.Up("loa-1", wire.KindStatus), payload, false)
		synctest.Wait() // it holds the first
		for range many - 1 {
			h.Pass(topics.Up("loa-1", wire.KindStatus), payload, false)
			h.Pass(topics.Up("loa-1", wire.KindGone), payload, false)
			h.Pass(topics.Up("loa-2", wire.KindStatus), payload, false)
		}
		close(turn)
		synctest.Wait()
		h.Pass(topics.Up("loa-1", wire.KindStatus), payload, false)
		synctest.Wait()
		close(got)
		seen, missed := 0, int64(0)
		for s := range got {
			seen++
			missed += s.Missed
		}
		require.Equal(t, int64(many+1), int64(seen)+missed)
		require.Equal(t, int64(100), missed)

		big := make([]byte, wire.MaxMessage)
		w := &watcher{queue: make(chan passed, queue)}
		for range 5 {
			w.take(passed{payload: big})
		}
		require.Len(t, w.queue, queueBytes/len(big), "what waits has a bound in bytes too")
	})
}

// A few may look on, and cost nothing once they are gone.
func TestFewWatchers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		ctx, cancel := context.WithCancel(t.Context())
		for range most {
			go func() { _ = h.Watch(ctx, Filter{}, func(Seen) error { return nil }) }()
		}
		synctest.Wait()
		require.ErrorIs(t, h.Watch(t.Context(), Filter{}, nil), ErrBusy)
		cancel()
		synctest.Wait()
		require.Zero(t, h.some.Load())
	})
}

package wire_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/veraison/go-cose"

	"loa/node/wire"
	"loa/schedule"
)

var issued = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

func plan() wire.Plan {
	return wire.Plan{
		Node: "n1", Name: "Cụm loa thôn 1", Volume: 80,
		Clips: []wire.ClipRef{{SHA: "ab", Bytes: wire.ChunkSize + 1}},
		Plan: schedule.Plan{
			Quiet: []schedule.Quiet{{From: "21:30", To: "04:45"}},
			Programmes: []schedule.Programme{{
				ID: "p1", Title: "Bản tin sáng", Class: schedule.Normal, StartLate: time.Minute,
				Rule:    schedule.Rule{Cron: []string{"0 5 * * *"}, From: issued},
				Rundown: []schedule.Item{{Kind: schedule.Clip, Clip: "ab", Length: time.Minute, GainDB: -3}},
			}},
		},
	}
}

func TestSignedPlanComesBackWhole(t *testing.T) {
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	h := wire.Header{Kind: wire.KindPlan, Target: wire.Target("la-da", "n1"), Seq: 7, Issued: issued}
	data, err := wire.Sign(key, h, plan())
	require.NoError(t, err)
	want := wire.Header{Kind: wire.KindPlan, Target: "la-da/n1", Seq: 6}

	var got wire.Plan
	gotHeader, err := wire.Open(pub, data, want, issued, &got)
	require.NoError(t, err)
	require.Equal(t, h, gotHeader)
	require.Equal(t, plan(), got)
	require.Equal(t, 2, got.Clips[0].Chunks())

	t.Run("any bit changed is refused", func(t *testing.T) {
		for i := range len(data) * 8 {
			bad := bytes.Clone(data)
			bad[i/8] ^= 1 << (i % 8)
			var p wire.Plan
			_, err := wire.Open(pub, bad, want, issued, &p)
			require.Error(t, err, "bit %d", i)
			require.Empty(t, p.Node)
		}
	})
	t.Run("another key, target, kind or an old sequence is refused", func(t *testing.T) {
		other, _, _ := ed25519.GenerateKey(rand.Reader)
		_, err := wire.Open(other, data, want, issued, &got)
		require.ErrorIs(t, err, wire.ErrForged)
		_, err = wire.Open(pub, data, wire.Header{Kind: wire.KindPlan, Target: "la-da/n2"}, issued, &got)
		require.ErrorIs(t, err, wire.ErrTarget)
		_, err = wire.Open(pub, data, wire.Header{Kind: "call", Target: "la-da/n1"}, issued, &got)
		require.ErrorIs(t, err, wire.ErrTarget)
		_, err = wire.Open(pub, data, wire.Header{Kind: wire.KindPlan, Target: "la-da/n1", Seq: 7}, issued, &got)
		require.ErrorIs(t, err, wire.ErrStale)
	})
	t.Run("expiry", func(t *testing.T) {
		h.Expires = issued.Add(time.Second)
		data, err := wire.Sign(key, h, plan())
		require.NoError(t, err)
		_, err = wire.Open(pub, data, want, h.Expires.Add(-1), &got)
		require.NoError(t, err)
		_, err = wire.Open(pub, data, want, h.Expires, &got)
		require.ErrorIs(t, err, wire.ErrExpired)
		_, err = wire.Open(pub, data, want, time.Time{}, &got)
		require.ErrorIs(t, err, wire.ErrExpired, "an unknown clock cannot judge")
	})
}

// The bytes of version 1, beside the message: an old node must read them.
func TestVectors(t *testing.T) {
	vectors := []struct {
		hex  string
		want any
	}{
		{"a264636c6970626162" + "6672616e67657381a2646c61737403656669727374" + "00",
			&wire.Want{Clip: "ab", Ranges: []wire.Range{{First: 0, Last: 3}}}},
		{"a2616442010261690" + "5", &wire.Chunk{Index: 5, Data: []byte{1, 2}}},
		{"a16369647382010" + "2", &wire.Ack{IDs: []uint64{1, 2}}},
		{"a2616e18ff62743107", &wire.Ping{T1: 7, Nonce: 255}},
	}
	for _, v := range vectors {
		raw, err := wire.Encode(v.want)
		require.NoError(t, err)
		require.Equal(t, 1, wire.Version, "a new version has its own vectors")
		require.Equal(t, v.hex, hex.EncodeToString(raw), "%T", v.want)
	}
}

func TestTopics(t *testing.T) {
	topics := wire.Topics{Commune: "la-da"}
	for topic, want := range map[string][3]string{
		topics.Up("n1", wire.KindStatus):                  {"up", "n1", "status"},
		topics.Down("n1", wire.KindPlan):                  {"down", "n1", "plan"},
		topics.Clip(hex.EncodeToString(make([]byte, 32))): {"clip", hex.EncodeToString(make([]byte, 32)), ""},
		topics.Live("c1"):                                 {"live", "c1", ""},
		topics.All("stop"):                                {"all", "stop", ""},
	} {
		branch, subject, kind, ok := topics.Parse(topic)
		require.True(t, ok, topic)
		require.Equal(t, want, [3]string{branch, subject, kind})
	}
	for _, bad := range []string{"", "loa/1/la-da", "loa/1/da-mi/up/n1/status", "loa/1/la-da/up/N1/status",
		"loa/1/la-da/up/+/status", "loa/1/la-da/up/n1/status/x", "loa/1/la-da/clip/xyz", "loa/2/la-da/up/n1/status"} {
		_, _, _, ok := topics.Parse(bad)
		require.False(t, ok, bad)
	}
}

func TestWhomACommandConcerns(t *testing.T) {
	p := wire.Plan{Node: "n1", Areas: []string{"thon-1", "la-da"}}
	require.True(t, p.Concerned(schedule.Targets{Areas: []string{"la-da"}}))
	require.True(t, p.Concerned(schedule.Targets{Nodes: []string{"n1"}}))
	require.False(t, p.Concerned(schedule.Targets{Areas: []string{"thon-2"}, Nodes: []string{"n2"}}))
	require.False(t, p.Concerned(schedule.Targets{}))
}

func TestBundleLimits(t *testing.T) {
	ok := wire.Bundle{Frames: [][]byte{make([]byte, wire.MaxFrame), nil}}
	require.True(t, ok.Check())
	for _, b := range []wire.Bundle{{}, {Frames: [][]byte{make([]byte, wire.MaxFrame+1)}}, {Frames: make([][]byte, wire.MaxFrames+1)}} {
		require.False(t, b.Check())
	}
}

// The bytes of what makes a call, beside the message.
func TestVectorsOfCalls(t *testing.T) {
	vectors := []struct {
		hex  string
		want any
	}{
		{"a2656669727374187b666672616d6573824201024" + "0", &wire.Bundle{First: 123, Frames: [][]byte{{1, 2}, {}}}},
		{"a362617474323032362d31312d32335431303a30303a30305a" + "6463616c6c626331" + "6774617267657473a1656e6f64657381626e31",
			&wire.CallOff{Call: "c1", Targets: schedule.Targets{Nodes: []string{"n1"}}, At: issued}},
		{"a2" + "6463616c6ca5" + "62696462633163656e64" + "74323032362d31312d32335431303a30303a30305a" + "65636c617373646c697665" +
			"6573746172747432303236" + "2d31312d32335431303a30303a30305a" + "657469746c656" + "0" + "6774617267657473a1" +
			"65617265617381656c612d6461",
			&wire.CallOn{Call: schedule.Call{ID: "c1", Class: schedule.Live, Start: issued, End: issued},
				Targets: schedule.Targets{Areas: []string{"la-da"}}}},
	}
	for _, v := range vectors {
		raw, err := wire.Encode(v.want)
		require.NoError(t, err)
		require.Equal(t, v.hex, hex.EncodeToString(raw), "%T", v.want)
	}
}

// A status of a node without a voice on air is as it always was.
func TestStatusWithoutAVoiceIsUnchanged(t *testing.T) {
	raw, err := wire.Encode(wire.Status{Boot: "b"})
	require.NoError(t, err)
	require.NotContains(t, string(raw), "live")
	raw, err = wire.Encode(wire.Status{Live: &wire.Live{Call: "c1", Received: 50, Late: 1, Margin5: 80 * time.Millisecond,
		Need: 45 * time.Millisecond}})
	require.NoError(t, err)
	var got wire.Status
	require.NoError(t, wire.Decode(raw, &got))
	require.Equal(t, wire.Live{Call: "c1", Received: 50, Late: 1, Margin5: 80 * time.Millisecond, Need: 45 * time.Millisecond}, *got.Live)
}

func FuzzOpen(f *testing.F) {
	pub, key, _ := ed25519.GenerateKey(rand.Reader)
	data, _ := wire.Sign(key, wire.Header{Kind: wire.KindPlan, Target: "la-da/n1", Seq: 1}, plan())
	f.Add(data)
	f.Fuzz(func(t *testing.T, raw []byte) {
		var p wire.Plan
		if _, err := wire.Open(pub, raw, wire.Header{Kind: wire.KindPlan, Target: "la-da/n1"}, issued, &p); err == nil {
			require.Equal(t, data, raw, "only what was signed is accepted")
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, v := range []any{plan(), wire.Status{Boot: "b", Clock: wire.Clock{Known: true}}, wire.Want{Clip: "ab"},
		wire.Report{Plays: []wire.Play{{ID: 1, Outcome: wire.Heard}}}, wire.Chunk{Data: []byte{1}}, wire.Pong{},
		wire.Bundle{Frames: [][]byte{{1}}}, wire.CallOn{}, wire.CallOff{}} {
		raw, _ := wire.Encode(v)
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, v := range []any{&wire.Plan{}, &wire.Status{}, &wire.Want{}, &wire.Report{}, &wire.Chunk{}, &wire.Pong{}, &wire.Ack{},
			&wire.Gone{}, &wire.Ping{}, &wire.Bundle{}, &wire.CallOn{}, &wire.CallOff{}} {
			_ = wire.Decode(raw, v)
		}
	})
}

// What is written is what the general library of COSE reads, and what is read
// holds by that library's word; a message of any length, at each step of how its
// length is written.
func TestSignedMessagesAreCOSE(t *testing.T) {
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	verifier, err := cose.NewVerifier(cose.AlgorithmEdDSA, pub)
	require.NoError(t, err)
	for _, n := range []int{0, 1, 100, 150, 200, 255, 256, 1000, 65_400, 65_536, 200_000} {
		data, err := wire.Sign(key, wire.Header{Kind: wire.KindFrames, Target: "la-da/n1", Seq: 1}, make([]byte, n))
		require.NoError(t, err)
		var general cose.Sign1Message
		require.NoError(t, general.UnmarshalCBOR(data))
		require.NoError(t, general.Verify(nil, verifier))
		m, err := wire.Read(data)
		require.NoError(t, err)
		require.Equal(t, wire.KeyID(pub), m.NamedKey())
		var got []byte
		_, err = m.Open(pub, wire.Header{Kind: wire.KindFrames, Target: "la-da/n1"}, issued, &got)
		require.NoError(t, err)
		require.Len(t, got, n)
	}
}

// Other forms of COSE are none of ours, though a signature would hold.
func TestOtherFormsAreRefused(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)) // no byte of its name is 0xa0, which is looked for below
	signer, err := cose.NewSigner(cose.AlgorithmEdDSA, key)
	require.NoError(t, err)
	id := make([]byte, 8)
	for name, h := range map[string]cose.Headers{
		"no key": {Protected: cose.ProtectedHeader{cose.HeaderLabelAlgorithm: cose.AlgorithmEdDSA}},
		"a long key": {Protected: cose.ProtectedHeader{cose.HeaderLabelAlgorithm: cose.AlgorithmEdDSA,
			cose.HeaderLabelKeyID: make([]byte, 9)}},
		"a header more": {Protected: cose.ProtectedHeader{cose.HeaderLabelAlgorithm: cose.AlgorithmEdDSA, cose.HeaderLabelKeyID: id,
			int64(99): 1}},
		"one not signed": {Protected: cose.ProtectedHeader{cose.HeaderLabelAlgorithm: cose.AlgorithmEdDSA, cose.HeaderLabelKeyID: id},
			Unprotected: cose.UnprotectedHeader{int64(99): 1}},
	} {
		data, err := cose.Sign1(rand.Reader, signer, h, []byte{1}, nil)
		require.NoError(t, err)
		_, err = wire.Read(data)
		require.ErrorIs(t, err, wire.ErrForged, name)
	}
	data, err := wire.Sign(key, wire.Header{}, 1)
	require.NoError(t, err)
	for n := range data {
		_, err := wire.Read(data[:n])
		require.ErrorIs(t, err, wire.ErrForged, "cut after %d", n)
	}
	_, err = wire.Read(append(data, 0))
	require.ErrorIs(t, err, wire.ErrForged)
	at := bytes.Index(data, []byte{0xa0}) + 1 // behind the header that is not signed: there is none
	require.Equal(t, byte(0x58), data[at], "a payload of less than 256 bytes")
	for name, head := range map[string][]byte{"longer than need be": {0x59, 0, data[at+1]}, "longer still": {0x5a, 0, 0, 0, data[at+1]},
		"8 bytes": {0x5b, 0, 0, 0, 0, 0, 0, 0, data[at+1]}, "without end": {0x5f}, "more than there is": {0x5a, 0xff, 0xff, 0xff, 0xff}} {
		_, err := wire.Read(slices.Concat(data[:at], head, data[at+2:]))
		require.ErrorIs(t, err, wire.ErrForged, name)
	}
}

func BenchmarkOpen(b *testing.B) {
	pub, key, _ := ed25519.GenerateKey(rand.Reader)
	frames := make([][]byte, 10) // as a thousand nodes get it
	for i := range frames {
		frames[i] = make([]byte, 60)
	}
	h := wire.Header{Kind: wire.KindFrames, Target: "la-da/c1", Seq: 1, Issued: issued}
	data, err := wire.Sign(key, h, wire.Bundle{Frames: frames})
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		var v wire.Bundle
		if _, err := wire.Open(pub, data, wire.Header{Kind: h.Kind, Target: h.Target}, issued, &v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	_, key, _ := ed25519.GenerateKey(rand.Reader)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := wire.Sign(key, wire.Header{Kind: wire.KindPlan}, plan()); err != nil {
			b.Fatal(err)
		}
	}
}

// What a node says of its microphone is no way to put anything else into the log.
func TestWhatAnEarMaySay(t *testing.T) {
	number := func(v float64) *float64 { return &v }
	ear, level := (&wire.Play{Ear: "heard", EarDB: number(-3)}).Acoustic()
	require.Equal(t, "heard", ear)
	require.InDelta(t, -3, *level, 0)
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e300} {
		ear, level = (&wire.Play{Ear: "<b>", EarDB: number(v)}).Acoustic()
		require.Empty(t, ear)
		require.Nil(t, level)
	}
}

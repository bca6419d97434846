// Package nodetest is what tests of a node and of its rooms share: an office
// that signs as the commune's does, calls and programmes that sound without a
// clip, a tone to be told again in what was heard, and a tape of that.
package nodetest

import (
	"crypto/ed25519"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/audio/tune"
	"loa/node/wire"
	"loa/schedule"
)

// Office signs commands and frames.
type Office struct {
	Key ed25519.PrivateKey
	Seq uint64
}

// NewOffice makes one whose key is the same every time.
func NewOffice() *Office { return &Office{Key: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))} }

// Public is what its nodes believe.
func (o *Office) Public() ed25519.PublicKey { return o.Key.Public().(ed25519.PublicKey) }

// Sign signs any word.
func (o *Office) Sign(t testing.TB, h wire.Header, body any) []byte {
	raw, err := wire.Sign(o.Key, h, body)
	require.NoError(t, err)
	return raw
}

// Command signs the next command, which expires ten seconds after now.
func (o *Office) Command(t testing.TB, kind string, now time.Time, body any) []byte {
	o.Seq = max(o.Seq+1, uint64(now.UnixMilli())) // as the office numbers them
	return o.Again(t, kind, o.Seq, now, body)
}

// Again signs a command with a number of the caller's.
func (o *Office) Again(t testing.TB, kind string, seq uint64, now time.Time, body any) []byte {
	return o.Sign(t, wire.Header{Kind: kind, Target: wire.Target("la-da", wire.AllNodes), Seq: seq, Issued: now,
		Expires: now.Add(10 * time.Second)}, body)
}

// Frames signs a bundle of a call's frames, the first of this number.
func (o *Office) Frames(t testing.TB, call string, first int, packets ...[]byte) []byte {
	return o.Sign(t, wire.Header{Kind: wire.KindFrames, Target: wire.Target("la-da", call), Seq: uint64(first) + 1},
		wire.Bundle{First: uint64(first), Frames: packets})
}

// Everywhere is the whole commune.
var Everywhere = schedule.Targets{Areas: []string{"la-da"}}

// VoiceCall is a call to all, from start on for at most ten minutes.
func VoiceCall(id string, class schedule.Class, start time.Time) wire.CallOn {
	return wire.CallOn{Targets: Everywhere, Call: schedule.Call{ID: id, Title: "call " + id, Class: class, Level: schedule.CommuneLevel,
		Start: start, End: start.Add(10 * time.Minute)}}
}

var tone struct {
	once    sync.Once
	packets [][]byte
}

// TonePackets are two seconds of a tone that is never silent.
func TonePackets(t testing.TB) [][]byte {
	tone.once.Do(func() {
		enc, err := audio.NewEncoder(32000)
		require.NoError(t, err)
		pcm, packet := make([]float32, audio.FrameSamples), make([]byte, audio.MaxPacket)
		for n := range 100 {
			for i := range pcm {
				pcm[i] = float32(0.3 * math.Sin(2*math.Pi*300*float64(n*len(pcm)+i)/audio.Rate))
			}
			size, err := enc.Encode(pcm, packet)
			require.NoError(t, err)
			tone.packets = append(tone.packets, append([]byte(nil), packet[:size]...))
		}
	})
	return tone.packets
}

// Bulletin is a programme of chimes, which sound without a clip, for d.
func Bulletin(id string, class schedule.Class, at time.Time, d time.Duration) schedule.Programme {
	return schedule.Programme{ID: id, Title: id, Class: class, StartLate: 10 * time.Minute, Rule: schedule.Rule{At: at},
		Rundown: []schedule.Item{{Kind: schedule.Chime, Length: tune.ChimeDuration, Repeat: int(d / tune.ChimeDuration)}}}
}

// Level is the mean loudness of what was heard.
func Level(pcm []float32) float64 {
	var sum float64
	for _, x := range pcm {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum / float64(len(pcm)))
}

const ToneLevel = 0.21 // of 0.3 as a mean square

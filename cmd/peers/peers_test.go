package main

import (
	"bytes"
	"io"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/controller/trust"
)

// played is a horn that played the track from an instant on, by its crystal.
func played(ppm float64, from time.Time, seconds int) *horn {
	h := &horn{ppm: ppm}
	pcm := make([]float32, rate/100)
	for i := 0; i < seconds*rate; i += len(pcm) {
		for j := range pcm {
			pcm[j] = float32(sample(i+j)) / 32768
		}
		h.add(pcm, from.Add(h.length(i)))
	}
	return h
}

// What is known of a horn's time is found by its chirps, to some microseconds.
func TestLatenciesAreFound(t *testing.T) {
	start := time.Now()
	h := played(100, start.Add(321*time.Millisecond), 12)
	for k, l := range h.latencies(start, 11) {
		want := 321 - float64(chirpAt(k))/rate*100e-6*1000
		require.InDelta(t, want, l, 0.01, "chirp %d", k)
	}
	require.True(t, math.IsNaN(h.latencies(start.Add(5*time.Second), 11)[7]), "a chirp that was never played")
	half := chirpAt(3) + chirpLen/2
	clear(h.pcm[half : half+gapLen*3])
	require.True(t, math.IsNaN(h.latencies(start, 11)[3]), "a chirp that was cut")
}

func TestGapsAreFound(t *testing.T) {
	start := time.Now()
	h := played(0, start, 4)
	require.Zero(t, h.gaps(start, start.Add(3*time.Second)))
	clear(h.pcm[2*rate : 2*rate+rate/10]) // silence
	for i := range h.marks {              // and a card that ran dry
		if h.marks[i].sample >= 3*rate {
			h.marks[i].at = h.marks[i].at.Add(200 * time.Millisecond)
		}
	}
	g := h.gaps(start, start.Add(3900*time.Millisecond))
	require.Equal(t, 2, g.count)
	require.InDelta(t, 0.3, g.silent.Seconds(), 0.02)
	require.InDelta(t, 3.2, g.last.Sub(start).Seconds(), 0.02)
}

// A file player's writes come late, never early: its horn is even.
func TestSettleTakesTheLeastLate(t *testing.T) {
	start := time.Now()
	h := played(0, start, 6)
	for i := range h.marks {
		if i%7 != 0 {
			h.marks[i].at = h.marks[i].at.Add(time.Duration(i%5) * time.Millisecond)
		}
	}
	h.settle()
	for _, m := range h.marks {
		require.WithinDuration(t, start.Add(samples(m.sample)+fileDelay), m.at, time.Microsecond)
	}
}

type arrivals struct {
	mu  sync.Mutex
	got []byte
	at  []time.Time
}

func (a *arrivals) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.got, a.at = append(a.got, p[24]), append(a.at, time.Now())
	return len(p), nil
}

// The bad link loses some, delays all, and keeps a flow in order.
func TestRelayLosesAndDelays(t *testing.T) { synctest.Test(t, testRelay) }

func testRelay(t *testing.T) {
	const n = 250
	in, feed := io.Pipe()
	out := &arrivals{}
	q := newQueue(out, 1)
	go q.take(in)
	go q.give()
	start := time.Now()
	for i := range n {
		_, err := feed.Write(append(make([]byte, 24), byte(i)))
		require.NoError(t, err)
	}
	time.Sleep(time.Second)
	require.NoError(t, feed.Close())
	synctest.Wait()
	require.Less(t, len(out.got), n, "none lost")
	require.Greater(t, len(out.got), n*9/10)
	for i, at := range out.at {
		require.GreaterOrEqual(t, at.Sub(start), leastWay)
		require.LessOrEqual(t, at.Sub(start), leastWay+jitter)
		if i > 0 {
			require.Greater(t, out.got[i], out.got[i-1], "in order")
		}
	}
}

func TestMosquittoHasOurRules(t *testing.T) {
	rules := acl()
	require.Contains(t, rules, "user "+trust.ControllerName+"\ntopic write loa/1/la-da/down/+/+\n")
	require.Contains(t, rules, "pattern write loa/1/la-da/up/%u/+\n")
	require.NotContains(t, rules, "pattern write loa/1/la-da/live")
}

func TestTableSaysMetOrMissed(t *testing.T) {
	for _, c := range []struct {
		row
		verdict string
	}{
		{row{Unit: "ms", Loa: 1, Peer: 4, PeerName: "p", MaxLoa: 2, MaxRatio: 0.25}, "met"},
		{row{Unit: "ms", Loa: 1.1, Peer: 4, PeerName: "p", MaxLoa: 2, MaxRatio: 0.25}, "MISSED"},
		{row{Unit: "ms", Loa: math.NaN(), MaxLoa: 2}, "MISSED"},
		{row{Unit: "ms", Loa: 1, Peer: math.NaN(), PeerName: "p", MaxRatio: 2}, "MISSED"},
		{row{Unit: "frames", None: true}, "met"},
		{row{Unit: "frames", Loa: 1, None: true}, "MISSED"},
		{row{Unit: "ms", Loa: 1}, ""},
	} {
		require.Equal(t, c.verdict, c.row.verdict(), "%+v", c.row)
	}
	var b bytes.Buffer
	tb := table{Rows: []row{{What: "not there", Note: "not measured: no root"}}}
	tb.print(&b)
	require.Contains(t, b.String(), "no root")
	require.Equal(t, "123", number(123.4))
	require.Equal(t, "0.05", number(0.05))
}

// The chirps are found in what Loa's voice makes of them.
func TestTrackSurvivesOpus(t *testing.T) {
	const seconds = 20
	enc, err := audio.NewEncoder(24000)
	require.NoError(t, err)
	dec, err := audio.NewDecoder()
	require.NoError(t, err)
	start := time.Now()
	h := &horn{}
	packet := make([]byte, audio.MaxPacket)
	var frame, out [audio.FrameSamples]float32
	for i := 0; i < seconds*rate; i += len(frame) {
		for j := range frame {
			frame[j] = float32(sample(i+j)) / 32768
		}
		n, err := enc.Encode(frame[:], packet)
		require.NoError(t, err)
		_, err = dec.Decode(packet[:n], out[:])
		require.NoError(t, err)
		h.add(out[:], start.Add(samples(i)))
	}
	for k, l := range h.latencies(start, seconds-1) {
		require.InDelta(t, 6.5, l, 0.2, "chirp %d: the encoder looks 6.5 ms ahead, and bends it a little, for all players alike", k)
	}
	require.Zero(t, h.gaps(start.Add(time.Second), start.Add((seconds-1)*time.Second)).count)
}

func TestAdaptationIsShown(t *testing.T) {
	require.Equal(t, "at first 350, after 3 chirps 525, after 5 chirps 400", adaptation([]float64{350, 352, 349, 525, 530, 400}))
	require.Empty(t, adaptation(nil))
}

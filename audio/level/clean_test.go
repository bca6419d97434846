package level

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/audio/audiotest"
)

// Whatever a decoder makes of a file, what is judged and mixed are numbers.
func FuzzClean(f *testing.F) {
	spoilt := make([]byte, 4*3*WindowSamples)
	for i := 0; i < len(spoilt); i += 4 {
		binary.LittleEndian.PutUint32(spoilt[i:], math.Float32bits(float32(math.Sin(float64(i)))))
	}
	binary.LittleEndian.PutUint32(spoilt[400:], math.Float32bits(float32(math.NaN())))
	binary.LittleEndian.PutUint32(spoilt[800:], math.Float32bits(-1e38))
	f.Add(spoilt, true)
	f.Add(spoilt[:4], false)
	f.Fuzz(func(t *testing.T, raw []byte, stereo bool) {
		left := audiotest.Floats(raw)
		var right []float32
		channels := 1
		if stereo {
			channels, left, right = 2, left[:len(left)/2], left[len(left)/2:len(left)/2*2]
		}
		h, clean := NewHearing(channels), [2]*Cleaner{NewCleaner(), NewCleaner()}
		for at := 0; at < len(left); at += PieceSamples {
			end := min(len(left), at+PieceSamples)
			clean[0].Clean(left[at:end])
			if stereo {
				clean[1].Clean(right[at:end])
				h.Write(left[at:end], right[at:end])
			} else {
				h.Write(left[at:end], nil)
			}
		}
		h.Close()
		if len(h.ll) == 0 {
			return
		}
		j := Judge(h)
		energy := j.Mix.Energy(h)
		level := LevelOfSpeech(energy)
		require.False(t, math.IsNaN(level) || math.IsInf(level, 1))
		j.Mix.TurnDown(energy, level)
		SoundIn(energy)
		out := make([]float32, len(left))
		j.Mix.Apply(out, left, right, 0)
		for _, x := range out {
			require.LessOrEqual(t, size(x), float32(1e14))
		}
	})
}

// The mix of two channels moves from one way to the other without a leap.
func TestMixMovesAlongALine(t *testing.T) {
	ones := make([]float32, 4*WindowSamples)
	for i := range ones {
		ones[i] = 1
	}
	m := Mix{Left: []float32{1, 1, 0, 0}, right: []float32{0, 0, 1, 1}}
	out := make([]float32, len(ones))
	for at := 0; at < len(out); at += 300 { // in pieces of any size
		end := min(len(out), at+300)
		m.Apply(out[at:end], ones[at:end], make([]float32, end-at), int64(at))
	}
	require.EqualValues(t, 1, out[0])
	require.Zero(t, out[len(out)-1])
	for i := 1; i < len(out); i++ {
		require.InDelta(t, out[i-1], out[i], 1.01/WindowSamples)
	}
}

package ffmpeg

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/audio/audiotest"
	"loa/audio/level"
)

// cut is pcm louder by so many dB, cut off at full scale as a recorder does it.
func cut(pcm []float32, dB float64) []float32 {
	out := slices.Clone(pcm)
	audio.Amplify(out, audio.Gain(dB))
	for i, x := range out {
		out[i] = min(1, max(-1, x))
	}
	return out
}

// full is pcm as loud as a file can hold.
func full(pcm []float32) []float32 {
	peak := float32(0)
	for _, x := range pcm {
		peak = max(peak, x, -x)
	}
	out := slices.Clone(pcm)
	for i := range out {
		out[i] /= peak
	}
	return out
}

func overdriven(notes []level.Note) bool {
	return slices.ContainsFunc(notes, func(n level.Note) bool { return n.Code == level.Overdriven })
}

// A recording whose peaks the recorder cut off is told of, as a WAV and compressed; one that
// is only loud is not, be it a voice or a tone.
func TestOverdriven(t *testing.T) {
	b := newBench(t)
	voice := full(b.voice)
	compressed := []struct{ name, args string }{{"x.mp3", "-b:a 64k"}, {"x.m4a", "-b:a 48k"}, {"slow.wav", "-ar 8000"}, {"x.opus", "-b:a 24k"}}
	for dB, bad := range map[float64]bool{0: false, 12: true, 20: true} {
		raw := b.file("x.wav", "", cut(voice, dB))
		args, paths := []string{"-v", "error", "-y", "-i", raw}, []string{raw}
		for _, kind := range compressed { // one start of ffmpeg makes them all
			paths = append(paths, filepath.Join(b.dir, kind.name))
			args = append(append(args, strings.Fields(kind.args)...), paths[len(paths)-1])
		}
		audiotest.Tool(t, "ffmpeg", args...)
		for _, path := range paths {
			info, _, _ := b.levelled(path)
			require.Equal(t, bad, overdriven(info.Notes), "%s, %v dB too loud: %+v", filepath.Base(path), dB, info.Notes)
		}
	}
	left, _, _ := b.mixed(cut(voice, 15), voice)
	require.True(t, overdriven(left.Notes), "one channel is enough")
	for _, hz := range []float64{60, 200, 440, 1000, 3000} {
		tone := make([]float32, 3*audio.Rate)
		for i := range tone {
			tone[i] = float32(math.Sin(2 * math.Pi * hz * float64(i) / audio.Rate))
		}
		info, _, _ := b.mixed(tone)
		require.False(t, overdriven(info.Notes), "a full tone of %v Hz is not cut off", hz)
	}
}

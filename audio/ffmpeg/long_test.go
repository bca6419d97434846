package ffmpeg

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/audio/audiotest"
	"loa/audio/level"
)

// hours is a recording of so long, an mp3 of two channels as a phone makes it.
func hours(t testing.TB, length time.Duration) string {
	t.Helper()
	b := newBench(t)
	raw, short, path := filepath.Join(b.dir, "short.wav"), filepath.Join(b.dir, "short.mp3"), filepath.Join(b.dir, "long.mp3")
	writeChannels(t, raw, b.voice, b.voice)
	audiotest.Tool(t, "ffmpeg", "-v", "error", "-i", raw, "-ar", "44100", "-b:a", "128k", "-compression_level", "9", "-write_xing", "0",
		"-id3v2_version", "0", short)
	times := int(length/audio.Length(int64(len(b.voice)))) + 1 // its frames, again and again: to code an hour takes longer than to level it
	require.NoError(t, os.WriteFile(short, bytes.Repeat(bytesOf(t, short), times), 0o644))
	audiotest.Tool(t, "ffmpeg", "-v", "error", "-i", short, "-t", seconds(length), "-c", "copy", path)
	return path
}

// A long recording is decoded twice, to listen and to write, and how far it is
// runs evenly to the end.
func TestLongRecording(t *testing.T) {
	src, dir := hours(t, longClip+5*time.Second), t.TempDir()
	runs, script, dst := filepath.Join(dir, "runs"), filepath.Join(dir, "ffmpeg"), filepath.Join(dir, "clip.opus")
	require.NoError(t, os.WriteFile(script, fmt.Appendf(nil, "#!/bin/sh\necho \"$*\" >>%s\nexec ffmpeg \"$@\"\n", runs), 0o755))
	shown := []float64{0}
	info, err := Program{Path: script}.Level(t.Context(), src, dst, func(fraction float64) { shown = append(shown, fraction) })
	require.NoError(t, err)
	requireLevel(t, dst, info)
	require.InDelta(t, 305, info.Duration.Seconds(), 0.5)
	require.Empty(t, info.Notes)
	ran, err := os.ReadFile(runs)
	require.NoError(t, err)
	require.Equal(t, 2, strings.Count(string(ran), "f32le"), "%s", ran)
	for i, f := range shown[1:] {
		require.GreaterOrEqual(t, f, shown[i])
		require.Less(t, f-shown[i], 0.05, "it leaps at %v", f)
	}
	require.Greater(t, len(shown), 1000)
}

// A few words in a long silence, and one now and then: none is in the seconds that are
// kept at first, every fourth of so many.
func TestWordsInALongSilence(t *testing.T) {
	const length = 76
	b := newBench(t)
	word := b.voice[:2*audio.Rate]
	for name, every := range map[string]int{"once": 1000, "now and then": 40} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &bench{t: t, dir: t.TempDir()}
			pcm := make([]float32, length*audio.Rate)
			for at := 33; at < length; at += every {
				copy(pcm[at*audio.Rate:], word)
			}
			info, _, dst := b.levelled(b.file("x.wav", "", pcm, pcm))
			requireLevel(t, dst, info)
			if every > length {
				require.InDelta(t, 2, info.Duration.Seconds(), 0.3)
			} else {
				require.InDelta(t, 40+2, info.Duration.Seconds(), 0.3)
			}
		})
	}
}

// A camera of six channels has the voice in the middle: it is heard in both readings.
func TestSixChannels(t *testing.T) {
	b := newBench(t)
	var voice []float32
	for len(voice) < 32*audio.Rate { // more than is kept of two channels
		voice = append(voice, b.voice...)
	}
	none := make([]float32, len(voice))
	info, heard, dst := b.levelled(b.file("x.wav", "", none, none, voice, none, none, none))
	requireLevel(t, dst, info)
	require.Empty(t, info.Notes)
	require.Greater(t, alignedLikeness(voice[:10*audio.Rate], heard[:9*audio.Rate]), 0.93)
}

// What is kept of a long recording comes from all over it, in whole seconds.
func TestSample(t *testing.T) {
	s := sample{channels: 2}
	piece := make([]float32, level.PieceSamples)
	for at := 0; at < 1000*audio.Rate; at += level.PieceSamples {
		s.write(piece, piece)
	}
	require.False(t, s.whole())
	total := 0
	for i, k := range s.seconds {
		require.EqualValues(t, i*(s.skip+1)*audio.Rate, k.at)
		require.Equal(t, len(k.left), len(k.right))
		total += len(k.left) + len(k.right)
	}
	require.LessOrEqual(t, total, keepSamples)
	require.Greater(t, total, keepSamples/3)
}

// BenchmarkLevelHour levels 58 minutes of mp3. speed is how many times faster than
// real time one processor does it, ffmpeg's part included.
func BenchmarkLevelHour(b *testing.B) {
	const length = 58 * time.Minute
	src, dir := hours(b, length), b.TempDir()
	spent := func() (total time.Duration) {
		for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
			var r syscall.Rusage
			require.NoError(b, syscall.Getrusage(who, &r))
			total += time.Duration(r.Utime.Nano() + r.Stime.Nano())
		}
		return total
	}
	began := spent()
	for b.Loop() {
		_, err := Program{}.Level(b.Context(), src, filepath.Join(dir, "x.opus"), nil)
		require.NoError(b, err)
	}
	b.ReportMetric(float64(b.N)*length.Seconds()/(spent()-began).Seconds(), "speed")
}

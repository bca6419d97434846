package ffmpeg

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/audio/audiotest"
	"loa/audio/speech"
	"loa/audio/wav"
)

// plainKinds are plain WAVs as voices and tunes make them: what is said at the voice's
// own rate and in the styles, loud and faint, with silence around it; and noise at any
// rate, which has all that a voice has not.
func plainKinds(t *testing.T) map[string]string {
	dir := t.TempDir()
	all := map[string]string{"a sentence": audiotest.Speech(t)}
	for _, style := range []speech.Style{speech.Indoor, speech.Outdoor, speech.Urgent} {
		path := filepath.Join(dir, string(style)+".wav")
		require.NoError(t, speech.Program{}.Perform(t.Context(), speech.Performance{Text: announcement, Style: style, Tone: "flood"}, path))
		all[string(style)] = path
	}
	keep := func(name string, rate int, pcm []float32) {
		path := filepath.Join(dir, name+".wav")
		require.NoError(t, wav.Keep(path, pcm))
		raw, err := os.ReadFile(path)
		require.NoError(t, err)
		binary.LittleEndian.PutUint32(raw[24:], uint32(rate))
		binary.LittleEndian.PutUint32(raw[28:], uint32(2*rate))
		require.NoError(t, os.WriteFile(path, raw, 0o600))
		all[name] = path
	}
	spoken, err := wav.Read(all["a sentence"])
	require.NoError(t, err)
	silence := make([]float32, audio.Rate)
	keep("faint, in silence", audio.Rate, append(append(silence, times(spoken, 0.02)...), silence...))
	keep("clipped", audio.Rate, times(spoken, 4))
	r := rand.New(rand.NewPCG(3, 4))
	white := make([]float32, 4*audio.Rate)
	for i := range white {
		white[i] = 0.3 * (2*r.Float32() - 1) * float32(0.6+0.4*math.Sin(float64(i)/20000))
	}
	keep("noise at 16000", 16000, white[:2*16000])
	keep("noise at 22050", 22050, white[:2*22050])
	keep("noise at 44100", 44100, white[:2*44100])
	keep("noise at 48000", 48000, white[:2*48000])
	keep("noise at 96000", 96000, white[:2*96000])
	return all
}

// readBy is what is read of a recording.
func readBy(t *testing.T, rec recording) (pcm []float32) {
	t.Helper()
	require.NoError(t, Program{}.withDefaults().decode(t.Context(), rec, func(left, _ []float32) error {
		pcm = append(pcm, left...)
		return nil
	}))
	return pcm
}

// What we read ourselves is what ffmpeg reads: of noise, which goes to the last hertz,
// the two filters leave out a few per cent more or less. The clip is as long to the
// millisecond, as loud to a quarter of a decibel (a clip may miss its aim by half of
// one), its peaks alike to half a decibel, with the same remarks, and a voice sounds no
// other. (Noise does: of that Opus keeps no wave.) Both voices measure right by ffmpeg's meter.
func TestAPlainWAVBecomesWhatFFmpegMakesOfIt(t *testing.T) {
	f := Program{}.withDefaults()
	made := newAlbum(t)
	for name, src := range plainKinds(t) {
		t.Run(name, func(t *testing.T) {
			noise := strings.HasPrefix(name, "noise")
			ours, err := f.look(t.Context(), src)
			require.NoError(t, err)
			require.NotNil(t, ours.plain)
			theirs, err := f.ask(t.Context(), src)
			require.NoError(t, err)
			require.Nil(t, theirs.plain)
			require.InDelta(t, theirs.seconds, ours.seconds, 0.001)
			require.Equal(t, theirs.channels, ours.channels)
			read := [2][]float32{readBy(t, ours), readBy(t, theirs)}
			require.InDelta(t, len(read[1]), len(read[0]), 2)
			same, lag := audiotest.Likeness(read[0], read[1], 60)
			require.Zero(t, lag)
			require.Greater(t, same, map[bool]float64{true: 0.97, false: 0.9999}[noise])
			var info [2]Info
			var heard [2][]float32
			for i, rec := range []recording{ours, theirs} {
				dst := filepath.Join(t.TempDir(), "clip.opus")
				info[i], err = (&leveller{decode: f.decode, rec: rec, progress: func(float64) {}}).level(t.Context(), dst)
				require.NoError(t, err)
				heard[i] = heardIn(t, dst)
				if !noise {
					made.add(t, dst, info[i])
				}
			}
			require.InDelta(t, info[1].Duration.Seconds(), info[0].Duration.Seconds(), 0.001)
			require.InDelta(t, info[1].LUFS, info[0].LUFS, 0.25)
			require.InDelta(t, info[1].PeakDBTP, info[0].PeakDBTP, 0.5)
			require.Equal(t, info[1].Notes, info[0].Notes)
			like, lag := audiotest.Likeness(heard[0], heard[1], 60)
			t.Logf("%+v and %+v; read alike %.5f, heard alike %.4f", info[0], info[1], same, like)
			if !noise {
				require.Zero(t, lag)
				require.Greater(t, like, 0.98)
			}
		})
	}
	made.requireLevels(t)
}

// A plain WAV needs no other program.
func TestAPlainWAVNeedsNoProgram(t *testing.T) {
	src := audiotest.Speech(t)
	f := Program{Path: "no-such-program", ProbePath: "no-such-program"}
	info, err := f.Level(t.Context(), src, filepath.Join(t.TempDir(), "clip.opus"), nil)
	require.NoError(t, err)
	require.Greater(t, info.Duration.Seconds(), 1.)
	f.MaxDuration = 1e9
	_, err = f.Level(t.Context(), src, filepath.Join(t.TempDir(), "clip.opus"), nil)
	require.ErrorIs(t, err, ErrTooLong)
}

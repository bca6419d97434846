package wav

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/audio/audiotest"
)

// Every kind of WAV that a program writes gives the same sound.
func TestReadWAV(t *testing.T) {
	source := audiotest.Speech(t)
	want, err := Read(source)
	require.NoError(t, err)
	for _, args := range [][]string{
		{"-c:a", "pcm_s16le", "-ar", "48000"}, {"-c:a", "pcm_s24le", "-ar", "44100"}, {"-c:a", "pcm_s32le", "-ac", "2"},
		{"-c:a", "pcm_f32le", "-ar", "24000"}, {"-c:a", "pcm_s16le", "-ar", "16000", "-ac", "2"},
	} {
		path := filepath.Join(t.TempDir(), "x.wav")
		audiotest.Tool(t, "ffmpeg", append(append([]string{"-v", "error", "-i", source}, args...), path)...)
		got, err := Read(path)
		require.NoError(t, err, args)
		require.InDelta(t, len(want), len(got), 100, args)
		like, _ := audiotest.Likeness(want, got, 60)
		require.Greater(t, like, 0.97, args)
	}
	for _, bad := range []string{"", "RIFF", "RIFF....WAVE", "RIFF....WAVEfmt \x04\x00\x00\x00abcd", "RIFF....WAVEdata\xff\xff\xff\xff",
		"RIFF....WAVEfmt \xff\xff\xff\x7f"} {
		_, err := parse([]byte(bad))
		require.ErrorIs(t, err, ErrUnusable, "%q", bad)
	}
}

func FuzzParseWAV(f *testing.F) {
	f.Add(File([]byte{1, 2, 3, 4}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if w, err := parse(raw); err == nil && len(raw) < 1<<16 {
			atRate(w.mono(), w.rate)
		}
	})
}

package wav

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
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
		_, err := decode([]byte(bad))
		require.ErrorIs(t, err, ErrUnusable, "%q", bad)
	}
}

// What is plain is read in pieces as it is read at once, and all else is told from it.
func TestPlain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.wav")
	source, err := os.ReadFile(audiotest.Speech(t))
	require.NoError(t, err)
	put := func(raw []byte) (Plain, bool) {
		t.Helper()
		require.NoError(t, os.WriteFile(path, raw, 0o600))
		p, ok, err := OpenPlain(path)
		require.NoError(t, err)
		return p, ok
	}
	p, ok := put(source)
	require.True(t, ok)
	require.InDelta(t, float64(len(source)-44)/2/22050, p.Seconds(), 1e-9)
	var played []float32
	require.NoError(t, p.Play(4096, func(pcm []float32) error {
		require.LessOrEqual(t, len(pcm), 4096)
		played = append(played, pcm...)
		return nil
	}))
	whole, err := Read(path)
	require.NoError(t, err)
	like, lag := audiotest.Likeness(whole, played, 10)
	require.Zero(t, lag)
	require.Greater(t, like, 0.99)
	enough := errors.New("enough")
	require.ErrorIs(t, p.Play(4096, func([]float32) error { return enough }), enough)

	_, ok = put(append(slices.Clone(source[:36]), append([]byte("LIST\x03\x00\x00\x00abc\x00"), source[36:]...)...))
	require.True(t, ok, "with a title before the sound")
	for name, raw := range map[string][]byte{
		"nothing": nil, "another": []byte("no sound at all"), "cut short": source[:len(source)-2], "no sample": File(nil),
		"of a pipe": append(append(slices.Clone(source[:40]), 0xff, 0xff, 0xff, 0x7f), source[44:]...),
		"of floats": append(append(slices.Clone(source[:20]), 3), source[21:]...),
		"of two":    append(append(slices.Clone(source[:22]), 2), source[23:]...),
		"of 8 bits": append(append(slices.Clone(source[:34]), 8), source[35:]...),
	} {
		_, ok := put(raw)
		require.False(t, ok, name)
	}
	_, _, err = OpenPlain(path + "x")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func FuzzParseWAV(f *testing.F) {
	f.Add(File([]byte{1, 2, 3, 4}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) < 1<<16 {
			_, _ = decode(raw)
		}
	})
}

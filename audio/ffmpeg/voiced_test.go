package ffmpeg

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/audio/speech"
	"loa/audio/wav"
)

// How long a voice is heard grows with what it says, not with its pauses, and is the
// same by whichever decoder.
func TestVoiced(t *testing.T) {
	dir := t.TempDir()
	voiced := func(text string) time.Duration {
		path := filepath.Join(dir, "x.wav")
		require.NoError(t, speech.Program{}.Say(t.Context(), text, "", 0, path))
		d, err := Program{}.Voiced(t.Context(), path)
		require.NoError(t, err)
		f := Program{}.withDefaults()
		rec, err := f.ask(t.Context(), path)
		require.NoError(t, err)
		same, err := f.voiced(t.Context(), rec)
		require.NoError(t, err)
		require.InEpsilon(t, d, same, 0.05)
		return d
	}
	one := voiced("Mời bà con ra nhà văn hóa họp.")
	require.InDelta(t, 0.2, one.Seconds()/8, 0.06)
	require.InEpsilon(t, 2*one, voiced("Mời bà con ra nhà văn hóa họp. Mời bà con ra nhà văn hóa họp."), 0.1)
	require.InEpsilon(t, one, voiced("Mời bà con.\n\nRa nhà văn hóa họp."), 0.25)
	for want, file := range map[error][]byte{ErrSilent: wav.File(make([]byte, 2*audio.Rate)), ErrHollow: wav.File(nil),
		ErrUndecodable: []byte("no sound at all")} {
		path := filepath.Join(dir, "x")
		require.NoError(t, os.WriteFile(path, file, 0o600))
		_, err := Program{}.Voiced(t.Context(), path)
		require.ErrorIs(t, err, want)
	}
}

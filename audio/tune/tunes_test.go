package tune

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/audio"
)

// A tune sounds for long enough to think again in it, and no longer than people
// like to wait: what falls silent at its end is cut.
func TestTunes(t *testing.T) {
	for _, name := range Names {
		wav, ok := WAV(name)
		require.True(t, ok, name)
		require.Equal(t, "RIFF", string(wav[:4]))
		last, peak := 0, 0
		for i := 44; i < len(wav); i += 2 {
			v := int(int16(binary.LittleEndian.Uint16(wav[i:])))
			if peak = max(peak, v, -v); v > 50 || v < -50 {
				last = (i - 44) / 2
			}
		}
		require.InDelta(t, 16384, peak, 2, name)
		require.Greater(t, last, 17*audio.Rate/10, name)
		require.Less(t, last, 4*audio.Rate, name)
	}
	_, ok := WAV("siren")
	require.False(t, ok)
}

package tune

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/audio/audiotest"
	"loa/audio/ffmpeg"
	"loa/audio/level"
)

func TestChime(t *testing.T) {
	pcm := Chime()
	require.EqualValues(t, audio.Samples(ChimeDuration), len(pcm))
	require.Zero(t, pcm[0])
	require.Zero(t, pcm[len(pcm)-1])
	require.Equal(t, pcm, makeChime(), "the same each time")
	path := filepath.Join(t.TempDir(), "chime.wav")
	audiotest.WriteWAV(t, path, pcm)
	m, err := ffmpeg.Program{}.Measure(t.Context(), path)
	require.NoError(t, err)
	require.InDelta(t, level.TargetLUFS, m.LUFS, 0.2)
	require.Less(t, m.PeakDBTP, level.CeilingDBTP)
	for i := 1; i < len(pcm); i++ {
		require.Less(t, math.Abs(float64(pcm[i]-pcm[i-1])), 0.25, "no click")
	}
}

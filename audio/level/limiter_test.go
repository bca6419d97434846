package level

import (
	"testing"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/audio/audiotest"
)

func TestLimiterHoldsTruePeak(t *testing.T) {
	pcm := audiotest.Rustle(2*audio.Rate, 2)
	for i := 0; i < len(pcm); i += 7001 {
		pcm[i] += 9
	}
	in := append(append([]float32{}, pcm...), make([]float32, LimiterDelay)...)
	NewLimiter(-3).Process(in)
	m := NewMeter()
	m.Write(in)
	m.End()
	require.LessOrEqual(t, m.DBTP(), -1.8)
	for _, x := range in {
		require.LessOrEqual(t, max(x, -x), audio.Gain(-3))
	}
	quiet := audiotest.Rustle(audio.Rate, 0.1)
	out := append(append([]float32{}, quiet...), make([]float32, LimiterDelay)...)
	NewLimiter(-3).Process(out)
	require.Equal(t, quiet, out[LimiterDelay:], "what is below the ceiling passes untouched")
}

package ear

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A chirp gives way to whatever else sounds, within ten milliseconds, and says so.
func TestAChirpGivesWay(t *testing.T) {
	at := time.Now()
	var p Probe
	p.Begin(at.Add(10 * time.Millisecond))
	buf := make([]float32, frameSamples)
	for n := range 60 {
		clear(buf)
		p.Mix(buf, at.Add(time.Duration(n)*FrameTime))
		switch {
		case n == 0:
			require.False(t, sounds(buf[:480]), "not before its time")
			require.True(t, sounds(buf[480:]))
		case n > 50:
			require.False(t, sounds(buf), "nor after it")
		}
	}
	require.True(t, p.End())

	p.Begin(at)
	for i := range buf {
		buf[i] = 0.5
	}
	p.Mix(buf, at.Add(100*time.Millisecond))
	require.Equal(t, float32(0.5), buf[chirpFade+1])
	require.False(t, p.End())
	clear(buf)
	p.Mix(buf, at.Add(200*time.Millisecond))
	require.False(t, sounds(buf), "it is over")
	require.Zero(t, testing.AllocsPerRun(100, func() { p.Mix(buf, at) }))
}

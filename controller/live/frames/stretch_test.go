package frames

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/audio"
)

// A tone that is stretched is a tone without a break, longer or shorter by
// just what was asked for, and unchanged before and after.
func TestStretch(t *testing.T) {
	const hz = 440.0
	for _, frames := range []int{1, 5, -1, -10} {
		for _, quiet := range []bool{true, false} {
			if !quiet && frames < 0 {
				continue // not while somebody speaks
			}
			var s Stretch
			var out []float32
			in := 0
			for n := range 1200 {
				frame := make([]float32, audio.FrameSamples)
				for i := range frame {
					frame[i] = float32(math.Sin(2 * math.Pi * hz * float64(in+i) / audio.Rate))
				}
				in += len(frame)
				if n == 10 {
					s.Owed = float64(frames * audio.FrameSamples)
				}
				out = s.Run(out, frame, quiet)
			}
			require.True(t, s.Idle(true))
			require.Len(t, out, in+frames*audio.FrameSamples)
			tone := func(i int) float64 { return math.Sin(2 * math.Pi * hz * float64(i) / audio.Rate) }
			var before, after, step float64 // the most that any sample is off
			for i, x := range out {
				if i < 10*audio.FrameSamples {
					before = max(before, math.Abs(float64(x)-tone(i)))
				}
				if i > len(out)-100*audio.FrameSamples {
					after = max(after, math.Abs(float64(x)-tone(i-frames*audio.FrameSamples)))
				}
				if i > 0 {
					step = max(step, math.Abs(float64(x-out[i-1])))
				}
			}
			require.Less(t, before, 1e-4)
			require.Less(t, after, 1e-4)
			require.Less(t, step, 1.4*2*math.Pi*hz/audio.Rate, "no break")
		}
	}
}

// What is asked for meanwhile is taken up.
func TestStretchChangesItsMind(t *testing.T) {
	var s Stretch
	var out []float32
	frame := make([]float32, audio.FrameSamples)
	for n := range 600 {
		switch n {
		case 1:
			s.Owed += 4 * audio.FrameSamples
		case 30:
			s.Owed -= 7 * audio.FrameSamples
		}
		out = s.Run(out, frame, n%40 > 30)
	}
	require.True(t, s.Idle(true))
	require.Len(t, out, 597*audio.FrameSamples)
}

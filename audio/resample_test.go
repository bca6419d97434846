package audio

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// resampled reads a tone at a step and returns its level, dB, and how far below
// it everything else is.
func resampled(hz, step float64) (level, rest float64) {
	const n = 1 << 15
	src := toneOf(hz, Rate, int(n*step)+4*Reach)
	dst := make([]float32, n)
	Interpolate(dst, src, Reach+0.37, step)
	level, _, rest = fitted(dst, hz*step)
	return level, rest
}

func TestInterpolateIsFlatAndClean(t *testing.T) {
	for _, c := range []struct{ hz, rest, level float64 }{
		{100, 80, 0.01}, {1000, 80, 0.01}, {4000, 80, 0.01}, {8000, 80, 0.01}, {12000, 80, 0.1}, {16000, 60, 0.5},
	} {
		for _, ppm := range []float64{-1000, -100, 20, 100, 1000} {
			level, rest := resampled(c.hz, 1+ppm*1e-6)
			if ppm == 100 {
				t.Logf("%5.0f Hz at %+.0f ppm: level %+.4f dB, THD+N %.1f dB below", c.hz, ppm, level, rest)
			}
			require.InDelta(t, 0, level, c.level, "%v Hz, %v ppm", c.hz, ppm)
			require.Greater(t, rest, c.rest, "%v Hz, %v ppm", c.hz, ppm)
		}
	}
}

// A whole place gives back the sample, to the bit.
func TestInterpolateAtWholePlacesIsACopy(t *testing.T) {
	src := vowels(1000)
	dst := make([]float32, 900)
	Interpolate(dst, src, 50, 1)
	require.Equal(t, src[50:950], dst)
}

// Read in pieces is what it is read at once.
func TestInterpolateHasNoSeams(t *testing.T) {
	src := vowels(5000)
	const step = 1.0005
	whole, pieces := make([]float32, 4000), make([]float32, 4000)
	Interpolate(whole, src, 20.25, step)
	for from := 0; from < len(pieces); from += 160 {
		place := 20.25 + float64(from)*step
		base := math.Floor(place) - Reach
		Interpolate(pieces[from:from+160], src[int(base):], place-base, step)
	}
	for i := range whole {
		require.InDelta(t, whole[i], pieces[i], 1e-6)
	}
}

func TestInterpolateDoesNotAllocate(t *testing.T) {
	src, dst := vowels(1100), make([]float32, 1024)
	require.Zero(t, testing.AllocsPerRun(20, func() { Interpolate(dst, src, 20, 1.0001) }))
}

// BenchmarkInterpolate is 20 ms of sound.
func BenchmarkInterpolate(b *testing.B) {
	src, dst := vowels(1100), make([]float32, FrameSamples)
	b.ReportAllocs()
	for b.Loop() {
		Interpolate(dst, src, 20.3, 1.0001)
	}
}

package audio

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// toneOf is n samples of a sine at some rate.
func toneOf(hz float64, rate, n int) []float32 {
	pcm := make([]float32, n)
	for i := range pcm {
		pcm[i] = float32(0.5 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)+0.3))
	}
	return pcm
}

// brought is sound at Rate, handed over in pieces of odd sizes.
func brought(rate int, pcm []float32) (out []float32) {
	r := NewResampler(rate)
	for n := 1; len(pcm) > 0; n = (n*7 + 3) % 1000 {
		piece := pcm[:min(n+1, len(pcm))]
		out = append(out, r.Write(piece)...)
		pcm = pcm[len(piece):]
	}
	return append(out, r.End()...)
}

// fitted is the level of a sine of hz in pcm, dB beside full scale ½, its phase at
// sample 0, and how far below that everything else is.
func fitted(pcm []float32, hz float64) (level, phase, rest float64) {
	// The windows are short: over long the frequency itself would have to be fitted.
	w := 2 * math.Pi * hz / Rate
	var ss, cc, sc, sx, cx, xx float64
	for i, v := range pcm {
		s, c := math.Sincos(w * float64(i))
		x := float64(v)
		ss, cc, sc, sx, cx, xx = ss+s*s, cc+c*c, sc+s*c, sx+s*x, cx+c*x, xx+x*x
	}
	det := ss*cc - sc*sc
	a, b := (sx*cc-cx*sc)/det, (cx*ss-sx*sc)/det
	power := a*a*ss + b*b*cc + 2*a*b*sc
	return 10 * math.Log10((a*a+b*b)/0.25), math.Atan2(b, a), 10 * math.Log10(power/math.Max(xx-power, 1e-30))
}

var rates = []int{4000, 8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 192000, 22051}

// Sound of any rate keeps its level, its place and its length, and nothing is added.
func TestResamplerIsFlatAndClean(t *testing.T) {
	for _, rate := range rates {
		half := float64(min(rate, Rate)) / 2
		for _, share := range []float64{0.01, 0.25, 0.5, 0.75, 0.86} {
			n := rate / 2
			out := brought(rate, toneOf(share*half, rate, n))
			require.Len(t, out, (n*Rate+rate-1)/rate, "%d Hz", rate)
			edge := 80 * max(1, Rate/rate) // where silence begins and ends
			middle := out[edge : len(out)-edge]
			level, phase, rest := fitted(middle, share*half)
			require.InDelta(t, 0, level, 0.05, "%v of half of %d Hz", share, rate)
			require.Greater(t, rest, 80., "%v of half of %d Hz", share, rate)
			late := math.Remainder(phase-0.3-2*math.Pi*share*half*float64(edge)/Rate, 2*math.Pi)
			require.InDelta(t, 0, late, 1e-3, "%v of half of %d Hz", share, rate)
		}
	}
}

// What a higher rate holds that ours cannot is left out, and does not come back as
// another tone.
func TestResamplerLeavesOutWhatDoesNotFit(t *testing.T) {
	for _, rate := range []int{88200, 96000, 192000} {
		for _, hz := range []float64{1.03 * Rate / 2, 30000, 0.49 * float64(rate)} {
			out := brought(rate, toneOf(hz, rate, rate/2))
			most := 0.0
			for _, x := range out[200 : len(out)-200] {
				most = max(most, math.Abs(float64(x)))
			}
			require.Less(t, 20*math.Log10(most/0.5), -80., "%v Hz of %d", hz, rate)
		}
	}
}

// Silence and a constant stay what they are.
func TestResamplerOfAConstant(t *testing.T) {
	for _, rate := range rates {
		pcm := make([]float32, rate/4)
		for i := range pcm {
			pcm[i] = 0.25
		}
		out := brought(rate, pcm)
		edge := 80 * max(1, Rate/rate)
		for _, x := range out[edge : len(out)-edge] {
			require.InDelta(t, 0.25, x, 1e-6, "%d Hz", rate)
		}
		require.Empty(t, brought(rate, nil))
	}
}

// BenchmarkResampler is a second of a voice at 22,050 Hz.
func BenchmarkResampler(b *testing.B) {
	src := vowels(22050)
	for b.Loop() {
		brought(22050, src)
	}
}

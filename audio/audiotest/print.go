package audiotest

import (
	"math"
)

// SoundPrint is what an ear keeps of a sound: 50 ms by 50 ms the level of each of
// 12 bands from 300 Hz to 4 kHz, dB above the loudest less 40.
func SoundPrint(pcm []float32) (print [][]float64) {
	const step = rate / 20
	top := 0.0
	for at := 0; at+step <= len(pcm); at += step {
		row := make([]float64, 12)
		for band := range row {
			for k := range 3 { // three tones of each band
				row[band] += goertzel(pcm[at:at+step], 300*math.Pow(4000.0/300, (float64(band)+float64(k)/3)/12))
			}
			top = max(top, row[band])
		}
		print = append(print, row)
	}
	for _, row := range print {
		for i := range row {
			row[i] = max(0, 40+10*math.Log10(row[i]/top+1e-12))
		}
	}
	return print
}

func goertzel(pcm []float32, hertz float64) float64 {
	c := 2 * math.Cos(2*math.Pi*hertz/rate)
	a, b := 0.0, 0.0
	for _, x := range pcm {
		a, b = float64(x)+c*a-b, a
	}
	return a*a + b*b - c*a*b
}

// PrintLikeness is the correlation of two prints where they lie best on each other,
// half a second to and fro.
func PrintLikeness(a, b [][]float64) float64 {
	best := -1.0
	n := max(len(a), len(b))
	row := func(p [][]float64, i int) []float64 {
		if i < 0 || i >= len(p) {
			return make([]float64, 12)
		}
		return p[i]
	}
	for lag := -10; lag <= 10; lag++ {
		var ab, aa, bb, sa, sb, count float64
		for i := range n {
			x, y := row(a, i), row(b, i+lag)
			for k := range x {
				ab, aa, bb, sa, sb, count = ab+x[k]*y[k], aa+x[k]*x[k], bb+y[k]*y[k], sa+x[k], sb+y[k], count+1
			}
		}
		best = max(best, (ab-sa*sb/count)/math.Sqrt((aa-sa*sa/count)*(bb-sb*sb/count)))
	}
	return best
}

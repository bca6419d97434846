package audio

import "math"

// Gain turns decibels into a factor; −Inf is 0.
func Gain(db float64) float32 { return float32(math.Pow(10, db/20)) }

// DB turns a factor into decibels; 0 is −Inf.
func DB(factor float64) float64 { return 20 * math.Log10(math.Abs(factor)) }

// Amplify multiplies pcm by factor, in place.
func Amplify(pcm []float32, factor float32) {
	if factor == 1 {
		return
	}
	for i := range pcm {
		pcm[i] *= factor
	}
}

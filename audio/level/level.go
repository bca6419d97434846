package level

import (
	"math"

	"loa/audio"
)

const (
	// TargetLUFS is the integrated loudness of a clip, ±1 LU.
	TargetLUFS = -16.0
	// CeilingDBTP is the true peak no clip exceeds.
	CeilingDBTP = -1.0
	// CutFade is how many samples are faded where sound is cut.
	CutFade = audio.Rate / 200
	// PieceSamples is the most of a channel that is handed on at once: 85 ms.
	PieceSamples = 4096
)

// FadeEnds multiplies the first and the last n samples of a signal of total
// samples by a raised cosine; pcm begins at sample at of it.
func FadeEnds(pcm []float32, at, total, n int64) {
	for i := range pcm {
		k := min(at+int64(i), total-1-at-int64(i)) // distance to the nearer end
		if k < n {
			pcm[i] *= float32(0.5 - 0.5*math.Cos(math.Pi*(float64(k)+0.5)/float64(n)))
		}
	}
}

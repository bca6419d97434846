package tune

import (
	"math"
	"sync"
	"time"

	"loa/audio"
)

// ChimeDuration is the exact length of the chime.
const ChimeDuration = 2800 * time.Millisecond

// chimeGain brings the chime to −16 LUFS; a test holds it there.
const chimeGain = 0.3732

// A bell of the chime: when it is struck, its pitch and how hard.
type bell struct{ at, hertz, level float64 }

// A partial of a bell: ratio to its pitch, level, and seconds to fall by 60 dB.
type partial struct{ ratio, level, fall float64 }

// Chime is the station's attention signal (nhạc hiệu): four bells that rise
// through a major chord, G4 C5 E5 G5, and ring out to silence. It is −16 LUFS
// with true peaks below −1 dBTP, the same on every machine to within rounding,
// and begins and ends at zero. It is made once, in some milliseconds, and must
// not be changed.
func Chime() []float32 { return chime() }

var chime = sync.OnceValue(makeChime)

func makeChime() []float32 {
	bells := []bell{{0.03, 391.995, 0.9}, {0.38, 523.251, 0.9}, {0.73, 659.255, 0.9}, {1.08, 783.991, 1}}
	// Close to a tubular bell without its lowest, out-of-tune partials: a horn
	// reproduces 400 Hz to 6 kHz, and people must hear one clear pitch.
	partials := []partial{{1, 1, 2.6}, {2, 0.45, 1.8}, {3, 0.22, 1.2}, {4.2, 0.10, 0.8}, {5.4, 0.05, 0.5}}
	pcm := make([]float32, audio.Samples(ChimeDuration))
	for _, b := range bells {
		for _, p := range partials {
			ring(pcm[int(b.at*audio.Rate):], b.hertz*p.ratio, b.level*p.level*chimeGain, p.fall)
		}
	}
	fadeOut(pcm, 0.4)
	return pcm
}

// ring adds a struck partial: a sine with an 8 ms attack and an exponential
// fall. The sine turns by a complex rotation, which costs no library call.
func ring(pcm []float32, hertz, level, fall float64) {
	sin, cos := math.Sincos(2 * math.Pi * hertz / audio.Rate)
	decay := math.Pow(10, -3/(fall*audio.Rate))
	re, im := level, 0.0
	const attack = 8 * audio.Rate / 1000
	for i := range pcm {
		y := im
		if i < attack {
			y *= 0.5 - 0.5*math.Cos(math.Pi*float64(i)/attack)
		}
		pcm[i] += float32(y)
		re, im = (re*cos-im*sin)*decay, (re*sin+im*cos)*decay
	}
}

// fadeOut brings the last seconds of pcm to zero along a raised cosine.
func fadeOut(pcm []float32, seconds float64) {
	n := int(seconds * audio.Rate)
	tail := pcm[len(pcm)-n:]
	for i := range tail {
		tail[i] *= float32(0.5 + 0.5*math.Cos(math.Pi*float64(i+1)/float64(n)))
	}
}

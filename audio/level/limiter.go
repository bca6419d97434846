package level

import (
	"math"

	"loa/audio"
)

const (
	limiterAhead   = 5 * audio.Rate / 1000 // samples over which the gain moves down
	limiterRelease = 0.060                 // seconds to let go of 63 % of a reduction
	LimiterDelay   = limiterAhead + peakTaps/2

	clipRange = 6.0 // dB above the ceiling that are rounded off rather than turned down
	clipKnee  = 0.8 // of the ceiling: where rounding begins
)

// limiter keeps samples at or below a ceiling, in two steps. The lone peaks of
// a voice, up to clipRange above the ceiling, are rounded off: that alters a
// few samples in each pitch period and leaves the rest as it was, where turning
// the gain down would take the fundamental with it (measured on speech brought
// to −16 LUFS: 0.98 correlation with the source against 0.94). Whatever is
// higher, it first turns down: it sees a true peak limiterAhead samples early
// and moves the gain along a ramp that ends on it. Its output is limiterDelay
// samples late. Between samples, rounding may leave some tenths of a decibel
// above the ceiling.
//
// The gain at a sample is the mean, over limiterAhead values, of the lowest
// gain that any peak in the window ahead needs; every one of those values saw
// the peak at that sample, so their mean is never above what it needs.
type limiter struct {
	ceiling float32 // of the samples
	most    float32 // that the gain lets through to be rounded
	peak    truePeak
	release float32

	sound [LimiterDelay]float32 // ring: the signal, delayed
	at    int

	still  int   // samples since the gain was last below 1
	index  int64 // of the gain value being made
	queue  [limiterAhead + 1]gainAt
	qhead  int
	qlen   int
	held   float32 // lowest gain ahead, with release
	ramp   [limiterAhead]float32
	rampAt int
	sum    float64
}

// gainAt is a needed gain, in a queue kept in rising order of gain.
type gainAt struct {
	index int64
	gain  float32
}

// NewLimiter holds true peaks below a ceiling.
func NewLimiter(ceilingDB float64) *limiter {
	l := &limiter{
		ceiling: audio.Gain(ceilingDB), most: audio.Gain(ceilingDB + clipRange), peak: newTruePeak(), held: 1, sum: limiterAhead,
		release: float32(1 - math.Exp(-1/(limiterRelease*audio.Rate))),
	}
	for i := range l.ramp {
		l.ramp[i] = 1
	}
	return l
}

// Process limits pcm in place; the first limiterDelay samples that come out
// of a new limiter are silence.
func (l *limiter) Process(pcm []float32) {
	const run = 512
	for len(pcm) > run {
		l.pass(pcm[:run])
		pcm = pcm[run:]
	}
	l.pass(pcm)
}

// pass is process of a run so short that it may be quiet as a whole: most of a
// voice is, and needs no gain.
func (l *limiter) pass(pcm []float32) {
	if l.still >= limiterAhead && len(pcm) >= LimiterDelay && largest(pcm)*l.peak.norm <= l.most {
		l.passStill(pcm)
		return
	}
	for i, x := range pcm {
		need := float32(1)
		if p := l.peak.step(x, l.most); p > l.most {
			need = l.most / p
		}
		low := l.lowest(need)
		l.held = min(low, l.held+(1-l.held)*l.release)
		if l.still++; l.held < 1 {
			l.still = 0
		}
		l.sum += float64(l.held) - float64(l.ramp[l.rampAt])
		l.ramp[l.rampAt] = l.held
		if l.rampAt++; l.rampAt == limiterAhead {
			l.rampAt = 0
		}
		pcm[i] = round(l.sound[l.at]*float32(l.sum/limiterAhead), l.ceiling)
		l.sound[l.at] = x
		if l.at++; l.at == LimiterDelay {
			l.at = 0
		}
	}
}

// passStill is pass where no gain is needed, now or from before.
func (l *limiter) passStill(pcm []float32) {
	var tail [LimiterDelay]float32
	n := len(pcm)
	copy(tail[:], pcm[n-LimiterDelay:])
	copy(pcm[LimiterDelay:], pcm)
	split := copy(pcm, l.sound[l.at:])
	copy(pcm[split:LimiterDelay], l.sound[:l.at])
	l.sound, l.at = tail, 0
	for i, x := range pcm {
		pcm[i] = round(x, l.ceiling)
	}
	l.peak.skip(tail[LimiterDelay-peakTaps:])
	l.index += int64(n)
	l.still += n
	l.queue[0], l.qhead, l.qlen = gainAt{l.index - 1, 1}, 0, 1
}

// lowest is the least of the last limiterAhead+1 needed gains.
func (l *limiter) lowest(need float32) float32 {
	const n = limiterAhead + 1
	for l.qlen > 0 && l.queue[(l.qhead+l.qlen-1)%n].gain >= need {
		l.qlen--
	}
	l.queue[(l.qhead+l.qlen)%n] = gainAt{l.index, need}
	l.qlen++
	if l.queue[l.qhead].index <= l.index-n {
		l.qhead = (l.qhead + 1) % n
		l.qlen--
	}
	l.index++
	return l.queue[l.qhead].gain
}

// round bends x over clipKnee of the ceiling so that it never passes it.
func round(x, ceiling float32) float32 {
	size, knee := max(x, -x), clipKnee*ceiling
	if size <= knee {
		return x
	}
	bend := ceiling - knee
	size = knee + bend*float32(math.Tanh(float64((size-knee)/bend)))
	if x < 0 {
		return -size
	}
	return size
}

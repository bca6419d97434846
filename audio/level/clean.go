package level

import (
	"math"
	"slices"

	"loa/audio"
)

// Cleaner takes from one channel what is no sound: numbers that are none, lone
// samples beyond full scale, and a constant offset.
type Cleaner struct {
	peak   float32 // the largest size so far
	usual  float32 // how large samples were, lately
	last   float32 // the sample before
	sizes  []float32
	high   biquad
	begun  bool
	sum    float64 // of all samples: their mean is the offset
	n      int64
	over   overdrive
	Mended int64 // samples that were beyond belief
}

const (
	// highPass, in Hz, leaves the deepest voice as it is and takes out an offset,
	// also one that drifts.
	highPass = 16.0
	// loneFactor: a sample so many times larger than nearly all around it, and beyond
	// loneFloor, is a fault of the file. Clipped and loud sound is not: there many are
	// as large.
	loneFactor, loneFloor = 4, 2
	// loneAround is what is looked at: 21 ms, of which 1 ms may be beyond belief. That
	// is what one sample becomes when it is brought to another rate.
	loneAround, loneMay = PieceSamples / 4, PieceSamples / 80
	// loneMost bounds what a decoder fed with nonsense makes. Samples of 32 bits that
	// somebody wrote as floats reach 2e9.
	loneMost = 1e12
)

// NewCleaner cleans one channel.
func NewCleaner() *Cleaner {
	w := 2 * math.Pi * highPass / audio.Rate
	alpha, cos := math.Sin(w)/math.Sqrt2, math.Cos(w)
	a0 := 1 + alpha
	b0 := (1 + cos) / 2 / a0
	return &Cleaner{high: biquad{b0: b0, b1: -2 * b0, b2: b0, a1: -2 * cos / a0, a2: (1 - alpha) / a0}}
}

// Clean changes pcm, the next piece, in place.
func (c *Cleaner) Clean(pcm []float32) {
	if len(pcm) == 0 {
		return
	}
	c.over.count(pcm)
	c.mend(pcm)
	sum := 0.0
	for _, x := range pcm {
		sum += float64(x)
	}
	c.sum += sum
	c.n += int64(len(pcm))
	if !c.begun { // as if the offset had been there for ever: no thump
		c.begun = true
		offset := sum / float64(len(pcm))
		c.high.z1, c.high.z2 = -c.high.b0*offset, c.high.b2*offset
	}
	c.high.filter(pcm)
}

// Offset is the mean of all samples so far, as a share of full scale, or of the
// largest where that is beyond it.
func (c *Cleaner) Offset() float64 {
	return math.Abs(c.sum) / float64(max(1, c.n)) / max(1, float64(c.peak))
}

// mend draws a line across samples that are no numbers or beyond belief.
func (c *Cleaner) mend(pcm []float32) {
	most := largest(pcm)
	if most <= loneFloor {
		c.peak = max(c.peak, most)
		c.last = pcm[len(pcm)-1]
		return
	}
	limit := c.believable(pcm)
	c.peak = max(c.peak, min(most, limit))
	for i := 0; i < len(pcm); i++ {
		if size(pcm[i]) <= limit {
			c.last = pcm[i]
			continue
		}
		end := i + 1
		for end < len(pcm) && !(size(pcm[end]) <= limit) {
			end++
		}
		next := c.last
		if end < len(pcm) {
			next = pcm[end]
		}
		for k, n := i, float32(end-i+1); k < end; k++ {
			pcm[k] = c.last + (next-c.last)*float32(k-i+1)/n
		}
		c.Mended += int64(end - i)
		i = end - 1
	}
}

// believable is the largest size that a sample of the piece may have.
func (c *Cleaner) believable(pcm []float32) float32 {
	usual := float32(-1)
	for ; len(pcm) >= loneAround; pcm = pcm[loneAround:] {
		c.sizes = c.sizes[:0]
		for _, x := range pcm[:loneAround] {
			c.sizes = append(c.sizes, size(x))
		}
		slices.Sort(c.sizes)
		usual = max(usual, c.sizes[loneAround-loneMay])
	}
	if usual >= 0 {
		c.usual = usual
	}
	return max(loneFloor, loneFactor*min(c.usual, loneMost/loneFactor))
}

// size is how far a sample is from zero; +Inf for what is no number.
func size(x float32) float32 {
	if x != x {
		return float32(math.Inf(1))
	}
	return max(x, -x)
}

// largest is the size of the largest sample; a NaN is larger than any. As numbers
// without a sign, floats are in the order of their size.
func largest(pcm []float32) float32 {
	most := uint32(0)
	for _, x := range pcm {
		most = max(most, math.Float32bits(x)&^(1<<31))
	}
	return size(math.Float32frombits(most))
}

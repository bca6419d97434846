package level

import (
	"math"

	"loa/audio"
)

const (
	WindowSamples = audio.Rate / 100 // 10 ms: the grain of trimming and of loudness
	blockWindows  = 40               // 400 ms gating block (BS.1770-4 §2)
	stepWindows   = 10               // blocks overlap by 75 %
	absoluteGate  = -70.0            // LUFS
	relativeGate  = -10.0            // LU
)

// kWeight is the filter by which loudness is weighed (BS.1770-4 tables 1 and 2,
// at 48 kHz).
type kWeight struct{ shelf, high biquad }

func newKWeight() kWeight {
	return kWeight{
		shelf: biquad{b0: 1.53512485958697, b1: -2.69169618940638, b2: 1.19839281085285, a1: -1.69065929318241, a2: 0.73248077421585},
		high:  biquad{b0: 1, b1: -2, b2: 1, a1: -1.99004745483398, a2: 0.99007225036621},
	}
}

// energy is the sum of squares of pcm, weighed.
func (k *kWeight) energy(pcm []float32) float64 {
	a, b := k.shelf, k.high
	az1, az2, bz1, bz2, sum := a.z1, a.z2, b.z1, b.z2, 0.0 // in registers
	for _, s := range pcm {
		x := float64(s)
		y := a.b0*x + az1
		az1 = a.b1*x - a.a1*y + az2
		az2 = a.b2*x - a.a2*y
		z := y + bz1
		bz1 = bz2 - 2*y - b.a1*z
		bz2 = y - b.a2*z
		sum += z * z
	}
	k.shelf.z1, k.shelf.z2, k.high.z1, k.high.z2 = az1, az2, bz1, bz2
	return sum
}

// energies is energy of two channels, and the sum of their products.
func energies(k *[2]kWeight, left, right []float32) (ll, rr, lr float64) {
	a, b := k[0].shelf, k[0].high // the coefficients are the same for both
	lz1, lz2, lz3, lz4 := a.z1, a.z2, b.z1, b.z2
	rz1, rz2, rz3, rz4 := k[1].shelf.z1, k[1].shelf.z2, k[1].high.z1, k[1].high.z2
	for i, s := range left {
		x, u := float64(s), float64(right[i])
		y, v := a.b0*x+lz1, a.b0*u+rz1
		lz1, rz1 = a.b1*x-a.a1*y+lz2, a.b1*u-a.a1*v+rz2
		lz2, rz2 = a.b2*x-a.a2*y, a.b2*u-a.a2*v
		z, w := y+lz3, v+rz3
		lz3, rz3 = lz4-2*y-b.a1*z, rz4-2*v-b.a1*w
		lz4, rz4 = y-b.a2*z, v-b.a2*w
		ll += z * z
		rr += w * w
		lr += z * w
	}
	k[0].shelf.z1, k[0].shelf.z2, k[0].high.z1, k[0].high.z2 = lz1, lz2, lz3, lz4
	k[1].shelf.z1, k[1].shelf.z2, k[1].high.z1, k[1].high.z2 = rz1, rz2, rz3, rz4
	return ll, rr, lr
}

// Meter measures the loudness and the true peak of a mono signal. It keeps 8
// bytes for each 10 ms it hears: 2.9 MB for an hour.
type Meter struct {
	weight kWeight
	sum    float64
	n      int
	energy []float64 // K-weighted mean square of each window
	peak   truePeak
}

// NewMeter has heard nothing.
func NewMeter() *Meter { return &Meter{weight: newKWeight(), peak: newTruePeak()} }

// Write hears pcm.
func (m *Meter) Write(pcm []float32) {
	m.WriteQuiet(pcm)
	m.peak.write(pcm)
}

// WriteQuiet is write for a caller that will not ask for the peak.
func (m *Meter) WriteQuiet(pcm []float32) {
	for len(pcm) > 0 {
		n := min(len(pcm), WindowSamples-m.n)
		m.sum += m.weight.energy(pcm[:n])
		if m.n += n; m.n == WindowSamples {
			m.energy = append(m.energy, m.sum/WindowSamples)
			m.sum, m.n = 0, 0
		}
		pcm = pcm[n:]
	}
}

// End hears the last of the peaks; more cannot be written then.
func (m *Meter) End() { m.peak.flush() }

// DBTP is the true peak of what was written.
func (m *Meter) DBTP() float64 { return audio.DB(float64(m.peak.max)) }

// Windows is the energy of every window, the unfinished one included.
func (m *Meter) Windows() []float64 {
	if m.n > 0 {
		return append(m.energy[:len(m.energy):len(m.energy)], m.sum/float64(m.n))
	}
	return m.energy
}

// Loudness is the integrated loudness in LUFS of windows that follow each
// other, −Inf for silence. Fewer than a block are measured ungated.
func Loudness(windows []float64) float64 {
	if len(windows) < blockWindows {
		return LUFS(Mean(windows))
	}
	blocks := make([]float64, 0, len(windows)/stepWindows)
	for i := 0; i+blockWindows <= len(windows); i += stepWindows {
		blocks = append(blocks, Mean(windows[i:i+blockWindows]))
	}
	gate := LUFS(meanAbove(blocks, absoluteGate)) + relativeGate
	return LUFS(meanAbove(blocks, max(gate, absoluteGate)))
}

// LUFS is the loudness of a weighed energy.
func LUFS(energy float64) float64 { return -0.691 + 10*math.Log10(energy) }

// energyOf is the other way round.
func energyOf(lufs float64) float64 { return math.Pow(10, (lufs+0.691)/10) }

// Mean is NaN of nothing.
func Mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(max(1, len(v)))
}

// meanAbove is the mean of the energies louder than gate LUFS.
func meanAbove(v []float64, gate float64) float64 {
	sum, n := 0.0, 0
	for _, x := range v {
		if LUFS(x) > gate {
			sum += x
			n++
		}
	}
	return sum / float64(max(1, n))
}

// biquad is a second-order filter, transposed direct form II.
type biquad struct{ b0, b1, b2, a1, a2, z1, z2 float64 }

// filter filters pcm in place.
func (f *biquad) filter(pcm []float32) {
	b0, b1, b2, a1, a2, z1, z2 := f.b0, f.b1, f.b2, f.a1, f.a2, f.z1, f.z2 // in registers
	for i, s := range pcm {
		x := float64(s)
		y := b0*x + z1
		z1 = b1*x - a1*y + z2
		z2 = b2*x - a2*y
		pcm[i] = float32(y)
	}
	f.z1, f.z2 = z1, z2
}

// peakTaps is the length of the interpolator in samples; its delay is half.
const peakTaps = 24

// truePeak estimates the peaks between samples by interpolating three points
// in each gap (4× oversampling, BS.1770-4 Annex 2).
type truePeak struct {
	coef [3][peakTaps]float32
	norm float32 // the most the interpolator can magnify
	past [2 * peakTaps]float32
	at   int     // past[at:at+peakTaps] is the window; it is kept twice so that it is contiguous
	loud int     // samples left until the last loud one leaves the window
	max  float32 // highest peak so far
}

func newTruePeak() truePeak {
	var t truePeak
	for p := range t.coef {
		t.coef[p] = interpolator(float64(p+1) / 4)
		sum := float32(0)
		for _, c := range t.coef[p] {
			sum += max(c, -c)
		}
		t.norm = max(t.norm, sum)
	}
	return t
}

// interpolator is a Hann-windowed sinc for the point frac of the way from tap
// peakTaps/2−1 to tap peakTaps/2, with unit gain at 0 Hz.
func interpolator(frac float64) (c [peakTaps]float32) {
	var h [peakTaps]float64
	sum := 0.0
	for i := range h {
		x := float64(i-peakTaps/2+1) - frac
		h[i] = math.Sin(math.Pi*x) / (math.Pi * x) * (0.5 + 0.5*math.Cos(2*math.Pi*x/(peakTaps+1)))
		sum += h[i]
	}
	for i := range h {
		c[i] = float32(h[i] / sum)
	}
	return c
}

// step takes the next sample and returns the peak around the sample that is
// peakTaps/2 back, in the gap after it included. A peak below floor may be
// returned as the sample's own size: nobody asks, and it saves the work.
func (t *truePeak) step(x, floor float32) float32 {
	t.past[t.at], t.past[t.at+peakTaps] = x, x
	if t.at++; t.at == peakTaps {
		t.at = 0
	}
	if max(x, -x)*t.norm > floor {
		t.loud = peakTaps
	}
	w := t.past[t.at : t.at+peakTaps]
	here := w[peakTaps/2-1]
	peak := max(here, -here)
	if t.loud == 0 {
		return peak
	}
	t.loud--
	for p := range t.coef {
		y := float32(0)
		for i, c := range &t.coef[p] {
			y += c * w[i]
		}
		peak = max(peak, y, -y)
	}
	return peak
}

// skip is step for samples that are known not to be loud; tail is the last of them,
// peakTaps long.
func (t *truePeak) skip(tail []float32) {
	copy(t.past[:], tail)
	copy(t.past[peakTaps:], tail)
	t.at, t.loud = 0, 0
}

// write hears pcm; the highest peak is in max once flush has been called.
func (t *truePeak) write(pcm []float32) {
	for _, x := range pcm {
		t.max = max(t.max, t.step(x, t.max))
	}
}

// flush hears the silence after the sound, for the samples still inside.
func (t *truePeak) flush() {
	var zeros [peakTaps]float32
	t.write(zeros[:])
}

package audio

import "math"

const (
	windowSamples = Rate / 100 // 10 ms: the grain of trimming and of loudness
	blockWindows  = 40         // 400 ms gating block (BS.1770-4 §2)
	stepWindows   = 10         // blocks overlap by 75 %
	absoluteGate  = -70.0      // LUFS
	relativeGate  = -10.0      // LU
)

// meter measures the loudness and the true peak of a mono signal. It keeps 8
// bytes for each 10 ms it hears: 2.9 MB for an hour.
type meter struct {
	shelf, high biquad
	sum         float64
	n           int
	energy      []float64 // K-weighted mean square of each window
	peak        truePeak
}

func newMeter() *meter {
	return &meter{
		// The K-weighting filters at 48 kHz (BS.1770-4 tables 1 and 2).
		shelf: biquad{b0: 1.53512485958697, b1: -2.69169618940638, b2: 1.19839281085285, a1: -1.69065929318241, a2: 0.73248077421585},
		high:  biquad{b0: 1, b1: -2, b2: 1, a1: -1.99004745483398, a2: 0.99007225036621},
		peak:  newTruePeak(),
	}
}

// write hears pcm.
func (m *meter) write(pcm []float32) {
	m.writeQuiet(pcm)
	m.peak.write(pcm)
}

// writeQuiet is write for a caller that will not ask for the peak.
func (m *meter) writeQuiet(pcm []float32) {
	for _, x := range pcm {
		y := m.high.step(m.shelf.step(float64(x)))
		m.sum += y * y
		if m.n++; m.n == windowSamples {
			m.energy = append(m.energy, m.sum/windowSamples)
			m.sum, m.n = 0, 0
		}
	}
}

// windows is the energy of every window, the unfinished one included.
func (m *meter) windows() []float64 {
	if m.n > 0 {
		return append(m.energy[:len(m.energy):len(m.energy)], m.sum/float64(m.n))
	}
	return m.energy
}

// loudness is the integrated loudness in LUFS of windows that follow each
// other, −Inf for silence. Fewer than a block are measured ungated.
func loudness(windows []float64) float64 {
	if len(windows) < blockWindows {
		return lufs(mean(windows))
	}
	blocks := make([]float64, 0, len(windows)/stepWindows)
	for i := 0; i+blockWindows <= len(windows); i += stepWindows {
		blocks = append(blocks, mean(windows[i:i+blockWindows]))
	}
	gate := lufs(meanAbove(blocks, absoluteGate)) + relativeGate
	return lufs(meanAbove(blocks, max(gate, absoluteGate)))
}

func lufs(energy float64) float64 { return -0.691 + 10*math.Log10(energy) }

func mean(v []float64) float64 {
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
		if lufs(x) > gate {
			sum += x
			n++
		}
	}
	return sum / float64(max(1, n))
}

// biquad is a second-order filter, transposed direct form II.
type biquad struct{ b0, b1, b2, a1, a2, z1, z2 float64 }

func (f *biquad) step(x float64) float64 {
	y := f.b0*x + f.z1
	f.z1 = f.b1*x - f.a1*y + f.z2
	f.z2 = f.b2*x - f.a2*y
	return y
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

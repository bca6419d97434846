package level

import (
	"math"
	"slices"
)

// Hearing is what the first reading keeps of a recording's channels: the
// K-weighted mean squares of each window of 10 ms, and of two channels the mean
// product. It keeps 12 bytes for each window: 4.3 MB for an hour.
type Hearing struct {
	stereo     bool
	weight     [2]kWeight
	ll, rr, lr []float32 // rr and lr are nil where there is one channel
	sum        [3]float64
	n          int
}

// NewHearing hears one channel or two.
func NewHearing(channels int) *Hearing {
	return &Hearing{stereo: channels > 1, weight: [2]kWeight{newKWeight(), newKWeight()}}
}

// Write hears the next samples; right is empty where there is one channel.
func (h *Hearing) Write(left, right []float32) {
	for len(left) > 0 {
		n := min(len(left), WindowSamples-h.n)
		if !h.stereo {
			h.sum[0] += h.weight[0].energy(left[:n])
		} else {
			ll, rr, lr := energies(&h.weight, left[:n], right[:n])
			h.sum[0], h.sum[1], h.sum[2] = h.sum[0]+ll, h.sum[1]+rr, h.sum[2]+lr
			right = right[n:]
		}
		left = left[n:]
		if h.n += n; h.n == WindowSamples {
			h.end()
		}
	}
}

// end closes a window.
func (h *Hearing) end() {
	n := float64(h.n)
	h.ll = append(h.ll, float32(h.sum[0]/n))
	if h.stereo {
		h.rr = append(h.rr, float32(h.sum[1]/n))
		h.lr = append(h.lr, float32(h.sum[2]/n))
	}
	h.sum, h.n = [3]float64{}, 0
}

// Close ends the last window, which may be short.
func (h *Hearing) Close() {
	if h.n > 0 {
		h.end()
	}
}

// Mix is how a recording's channels become one: the weight of each in the middle
// of each window. Between those it moves along a line.
type Mix struct{ Left, right []float32 }

// Energy is the K-weighted mean square of each window of the mixed sound.
func (m Mix) Energy(h *Hearing) []float64 {
	e := make([]float64, len(h.ll))
	for i := range e {
		l := float64(m.Left[i])
		e[i] = l * l * float64(h.ll[i])
		if m.right != nil {
			r := float64(m.right[i])
			e[i] = max(0, e[i]+r*r*float64(h.rr[i])+2*l*r*float64(h.lr[i]))
		}
	}
	return e
}

// Constant is the weights of two channels, if they are the same in all windows.
func (m Mix) Constant() (left, right float32, ok bool) {
	if len(m.right) == 0 {
		return 0, 0, false
	}
	left, right = m.Left[0], m.right[0]
	for i := range m.Left {
		if m.Left[i] != left || m.right[i] != right {
			return 0, 0, false
		}
	}
	return left, right, true
}

// Apply writes the mix of left and right, which begin at sample at, to dst.
func (m Mix) Apply(dst, left, right []float32, at int64) {
	const half = WindowSamples / 2
	for i := 0; i < len(dst); {
		pos := at + int64(i) - half
		w, in := int(pos/WindowSamples), int(pos%WindowSamples)
		if pos < 0 {
			w, in = -1, int(pos+WindowSamples)
		}
		n := min(len(dst)-i, WindowSamples-in)
		line(dst[i:i+n], left[i:i+n], m.Left, w, in, false)
		if m.right != nil {
			line(dst[i:i+n], right[i:i+n], m.right, w, in, true)
		}
		i += n
	}
}

// line weighs src by the line from the middle of window w to that of the next, of
// which it begins in samples behind the first.
func line(dst, src, weights []float32, w, in int, add bool) {
	last := len(weights) - 1
	from, to := weights[min(max(0, w), last)], weights[min(w+1, last)]
	step := (to - from) / WindowSamples
	from += step * float32(in)
	if add {
		for i, x := range src {
			dst[i] += x * (from + step*float32(i))
		}
		return
	}
	for i, x := range src {
		dst[i] = x * (from + step*float32(i))
	}
}

// TurnDown lowers the weights where the mixed sound is far louder than level, in
// LUFS: a clap, a knock at the microphone. It returns how many such places there
// are.
func (m Mix) TurnDown(energy []float64, level float64) (places int) {
	const apart = 10 // windows: nearer ones are one place
	limit, word := energyOf(level+knockDB), energyOf(level+wordDB)
	last := -apart - 1
	down := make([]float32, len(energy))
	for i := range down {
		down[i] = 1
	}
	for i, e := range energy {
		if e <= limit {
			continue
		}
		if i-last > apart {
			places++
		}
		last = i
		g := float32(math.Sqrt(word / e))
		for k := max(0, i-1); k <= min(len(down)-1, i+1); k++ {
			down[k] = min(down[k], g) // the neighbours too: see apply
		}
	}
	if places == 0 {
		return 0
	}
	for i, g := range down {
		m.Left[i] *= g
		if m.right != nil {
			m.right[i] *= g
		}
		energy[i] *= float64(g) * float64(g)
	}
	return places
}

const (
	// knockDB is how far a window may be above the level of what is said before it
	// is turned down: to where the loudest syllables are.
	knockDB, wordDB = 14.0, 8.0
	// countedDB bounds what a window counts for in that level.
	countedDB = 10.0
)

// LevelOfSpeech is the loudness of windows as if none of them were far louder
// than most: it begins low, and rises only where enough of them are loud.
func LevelOfSpeech(energy []float64) float64 {
	heard := slices.DeleteFunc(slices.Clone(energy), func(e float64) bool { return LUFS(e) < absoluteGate })
	if len(heard) == 0 {
		return math.Inf(-1)
	}
	slices.Sort(heard)
	limit := 5 * heard[len(heard)*9/10]
	capped := make([]float64, len(energy))
	level := math.Inf(-1)
	for range 30 {
		for i, e := range energy {
			capped[i] = min(e, limit)
		}
		was := level
		level = Loudness(capped)
		if math.IsInf(level, -1) { // too short a sound for the gate
			return LUFS(heard[len(heard)-1])
		}
		if limit >= heard[len(heard)-1] || level-was < 0.05 {
			break
		}
		limit = max(limit, energyOf(level+countedDB))
	}
	return level
}

// Percentiles are the energies, in LUFS, that these shares of the windows do not reach.
// Of windows that hold nothing at all, as files are padded with, it knows nothing:
// −120 where there are no others.
func Percentiles(windows []float32, shares ...float64) []float64 {
	const nothing = 1e-12
	sorted := slices.DeleteFunc(slices.Clone(windows), func(e float32) bool { return !(e > nothing) })
	slices.Sort(sorted)
	out := make([]float64, len(shares))
	for i, share := range shares {
		out[i] = -120
		if len(sorted) > 0 {
			out[i] = LUFS(float64(sorted[int(share*float64(len(sorted)-1))]))
		}
	}
	return out
}

package level

import "loa/audio"

// Blend makes one channel of two as they come. A stream is not heard twice, so what is
// judged of a recording by the whole of it is judged here by its last second: the mean
// of both, or where the mean would lose something (opposite phase, a dead channel) the
// louder one. It changes over in 50 ms. The zero value has heard nothing.
type Blend struct {
	weight     [2]kWeight
	windows    int     // heard so far
	ll, rr, lr float64 // weighed energies of the last second, and of the product
	way        int     // of channels.go
	single     float32 // how much of the way to one channel it is, 0 to 1
	right      bool    // which one
}

const (
	blendWindows = 100  // windows that are judged together
	blendLoses   = 5.0  // dB under the louder channel: the mean is left
	blendSpares  = 4.0  // and taken again
	blendQuiet   = -60. // LUFS: in silence nothing is judged
	blendClearer = 3.0  // dB by which the other channel has to be louder to be taken
	blendStep    = 1.0 / (audio.Rate / 20)
)

// Mix writes what both are together to dst, which has room for as many samples.
func (b *Blend) Mix(dst, left, right []float32) {
	for len(left) > 0 {
		n := min(len(left), WindowSamples)
		b.judge(left[:n], right[:n])
		b.window(dst[:n], left[:n], right[:n])
		dst, left, right = dst[n:], left[n:], right[n:]
	}
}

// judge hears a window and decides how it is mixed.
func (b *Blend) judge(left, right []float32) {
	if b.windows == 0 {
		b.weight = [2]kWeight{newKWeight(), newKWeight()}
	}
	b.windows = min(b.windows+1, blendWindows)
	ll, rr, lr := energies(&b.weight, left, right)
	share, n := 1/float64(b.windows), float64(len(left))
	b.ll += share * (ll/n - b.ll)
	b.rr += share * (rr/n - b.rr)
	b.lr += share * (lr/n - b.lr)
	if LUFS(max(b.ll, b.rr)) < blendQuiet {
		return
	}
	lost := decibels(max(b.ll, b.rr), max(0, b.ll+b.rr+2*b.lr)/4)
	switch {
	case b.way == meanOf && lost > blendLoses:
		b.way = leftOnly
		if b.rr > b.ll {
			b.way = rightOnly
		}
	case b.way == meanOf:
	case lost < blendSpares:
		b.way = meanOf
	case b.way == leftOnly && decibels(b.rr, b.ll) > blendClearer:
		b.way = rightOnly
	case b.way == rightOnly && decibels(b.ll, b.rr) > blendClearer:
		b.way = leftOnly
	}
}

// window mixes a window, a step nearer to what was judged with each sample. From one
// channel to the other the way leads over the mean.
func (b *Blend) window(dst, left, right []float32) {
	for i := range dst {
		switch {
		case b.way == meanOf || b.single > 0 && b.right != (b.way == rightOnly):
			b.single = max(0, b.single-blendStep)
		default:
			b.right = b.way == rightOnly
			b.single = min(1, b.single+blendStep)
		}
		one, other := left[i], right[i]
		if b.right {
			one, other = other, one
		}
		dst[i] = (one + other + b.single*(one-other)) / 2
	}
}

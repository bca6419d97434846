package audio

/*
#cgo CFLAGS: -O3

typedef float four __attribute__((vector_size(16)));

static inline four load(const float *p) {
	four v;
	__builtin_memcpy(&v, p, sizeof v);
	return v;
}

// Each sample is a sum over a window of the input, which begins whole samples
// further on for each up that phase passes. taps is a multiple of 8.
static void bring(float *dst, int n, const float *src, int phase, int up, int down, int taps, const float *kernel) {
	for (int i = 0; i < n; i++) {
		const float *k = kernel + (long)phase * taps;
		four a = {0}, b = {0};
		for (int j = 0; j < taps; j += 8) {
			a += load(src + j) * load(k + j);
			b += load(src + j + 4) * load(k + j + 4);
		}
		a += b;
		dst[i] = (a[0] + a[1]) + (a[2] + a[3]);
		phase += down;
		src += phase / up;
		phase %= up;
	}
}
*/
import "C"

import "math"

const (
	rateReach = 32   // samples on either side that are looked at, of the lower of the two rates
	rateBeta  = 8.0  // of the Kaiser window: 80 dB
	rateCut   = 0.94 // of half the lower rate: where the filter has let go of half
)

// Resampler brings sound of one channel to [Rate], piece by piece, by a windowed
// sinc: it is flat to 0.05 dB up to 0.86 of half the lower rate, and what it makes or
// leaves beyond 1.03 of that is 80 dB under the sound. What comes out is no later
// than what went in.
type Resampler struct {
	up, down int       // Rate ÷ the other rate, in lowest terms
	taps     int       // of each phase
	kernel   []float32 // up phases
	in       []float32 // what is looked at for the next sample, and what came after
	phase    int       // of the next sample
	out      []float32
}

// NewResampler takes sound of a rate from 4,000 to 192,000 Hz.
func NewResampler(rate int) *Resampler {
	common := gcd(Rate, rate)
	r := &Resampler{up: Rate / common, down: rate / common}
	lower := min(1, float64(r.up)/float64(r.down)) // than that of the input
	half := (int(math.Ceil(rateReach/lower)) + 3) / 4 * 4
	r.taps = 2 * half
	r.kernel = make([]float32, r.up*r.taps)
	for phase := range r.up {
		phaseKernel(r.kernel[phase*r.taps:(phase+1)*r.taps], float64(phase)/float64(r.up), rateCut*lower)
	}
	r.in = make([]float32, half-1) // silence before the first
	return r
}

// phaseKernel fills k with what a place that lies frac behind a sample is made of; the
// sum is 1: a constant stays what it is.
func phaseKernel(k []float32, frac, cut float64) {
	half, sum := len(k)/2, 0.0
	exact := make([]float64, len(k))
	for i := range exact {
		x := float64(i-half+1) - frac
		exact[i] = sinc(cut*x) * kaiser(x/float64(half), rateBeta)
		sum += exact[i]
	}
	for i := range k {
		k[i] = float32(exact[i] / sum)
	}
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Write takes the next samples and returns those that can be made now, which are
// valid until the next call.
func (r *Resampler) Write(pcm []float32) []float32 {
	if r.up == r.down {
		r.out = append(r.out[:0], pcm...)
		return r.out
	}
	r.in = append(r.in, pcm...)
	n := 0
	if places := (len(r.in)-r.taps+1)*r.up - r.phase; places > 0 { // where a window begins that is all there
		n = (places + r.down - 1) / r.down
	}
	if cap(r.out) < n {
		r.out = make([]float32, n)
	}
	r.out = r.out[:n]
	if n > 0 {
		C.bring((*C.float)(&r.out[0]), C.int(n), (*C.float)(&r.in[0]), C.int(r.phase), C.int(r.up), C.int(r.down), C.int(r.taps),
			(*C.float)(&r.kernel[0]))
	}
	r.phase += n * r.down
	r.in = r.in[:copy(r.in, r.in[r.phase/r.up:])]
	r.phase %= r.up
	return r.out
}

// End returns what is made of the last samples, with silence behind them. In all
// there are as many as the sound lasts at [Rate], rounded up.
func (r *Resampler) End() []float32 {
	if r.up == r.down {
		return nil
	}
	return r.Write(make([]float32, r.taps/2))
}

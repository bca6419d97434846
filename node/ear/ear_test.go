package ear

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

const seconds = 13 // of each trial: three windows and the longest delay

// speech is noise with the rhythm and the colours of speech: syllables of 80 to 300 ms with formants that move, and
// pauses. Two seeds share nothing.
func speech(r *rand.Rand) []float32 {
	pcm := make([]float32, seconds*Rate)
	for at := 0; at < len(pcm); {
		n := (80 + r.IntN(220)) * Rate / 1000
		if r.IntN(6) == 0 {
			at += n // a pause
			continue
		}
		loud := math.Pow(10, -r.Float64()*12/20)
		var tones [3]struct{ f, level float64 }
		for i, around := range [3][2]float64{{300, 900}, {900, 2300}, {2200, 4000}} {
			tones[i].f, tones[i].level = around[0]+r.Float64()*(around[1]-around[0]), math.Pow(10, -r.Float64()*18/20)
		}
		pitch := 100 + 120*r.Float64()
		for i := range min(n, len(pcm)-at) {
			t := float64(i) / Rate
			rise := math.Sin(math.Pi * float64(i) / float64(n))
			buzz := 0.5 + 0.5*math.Sin(2*math.Pi*pitch*t)
			v := 0.0
			for _, tone := range tones {
				v += tone.level * math.Sin(2*math.Pi*tone.f*t)
			}
			pcm[at+i] = float32(0.15 * loud * rise * buzz * (v + 0.3*r.NormFloat64()))
		}
		at += n
	}
	return pcm
}

// music is chords on a beat, as from the wedding next door.
func music(r *rand.Rand) []float32 {
	pcm := make([]float32, seconds*Rate)
	beat := (250 + r.IntN(350)) * Rate / 1000
	for at := 0; at < len(pcm); at += beat {
		root := 110 * math.Pow(2, float64(r.IntN(24))/12)
		for _, ratio := range []float64{1, 1.26, 1.5, 2, 4, 8, 12} {
			level := 0.08 * r.Float64()
			now, step := complex(level, 0), cmplx.Exp(complex(-4, 2*math.Pi*root*ratio)/Rate)
			for i := range min(3*beat, len(pcm)-at) {
				pcm[at+i] += float32(imag(now))
				now *= step
			}
		}
	}
	return pcm
}

func hiss(r *rand.Rand) []float32 {
	pcm := make([]float32, seconds*Rate)
	low := 0.0
	for i := range pcm { // wind and traffic: more of the low
		low += 0.1 * (r.NormFloat64() - low)
		pcm[i] = float32(0.1*r.NormFloat64() + low)
	}
	return pcm
}

func power(pcm []float32) (sum float64) {
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return sum / float64(len(pcm))
}

// room is how a place changes a sound: its delay and echo (a decaying impulse response), its loudness, its noise.
type room struct {
	delay, decay float64 // s
	gain         float64 // dB
	snr          float64 // dB; of the noise against what comes from the horn
	noise        func(*rand.Rand) []float32
	clip         float64 // 0: none
	horn         func(r *rand.Rand, played []float32) []float32
}

// heard is what a microphone in the room takes in.
func (o room) heard(r *rand.Rand, played []float32) []float32 {
	dry := played
	if o.horn != nil {
		dry = o.horn(r, played)
	}
	out := make([]float32, len(played))
	gain := math.Pow(10, o.gain/20)
	start := int(o.delay * Rate)
	type tap struct {
		at    int
		level float64
	}
	taps := []tap{{start, gain}}
	for range 40 * min(1, int(o.decay*1000)) {
		t := o.decay * r.Float64()
		level := gain * 0.5 * math.Pow(10, -3*t/o.decay) * r.NormFloat64()
		taps = append(taps, tap{start + int(t*Rate), level})
	}
	if o.horn != nil && power(dry) == 0 {
		taps = nil
	}
	for _, k := range taps {
		late := out[min(k.at, len(out)):]
		for i, v := range dry[:len(late)] {
			late[i] += float32(k.level * float64(v))
		}
	}
	if o.noise != nil {
		n := o.noise(r)
		reference := power(played) * gain * gain // also of a horn that is dead
		scale := math.Sqrt(reference / power(n) * math.Pow(10, -o.snr/10))
		for i := range out {
			out[i] += float32(scale * float64(n[i]))
		}
	}
	for i, v := range out {
		if o.clip > 0 {
			v = float32(max(-o.clip, min(o.clip, float64(v))))
		}
		out[i] = float32(math.Round(float64(v)*32768+r.Float64()-0.5)) / 32768 // 16 bits, dithered: a real input
	}
	return out
}

func frames(pcm []float32) []Frame {
	var a Analyser
	return a.Push(pcm, nil)
}

// windows compares a trial window by window.
func windows(played, heard []float32) (all []Match) {
	p, h := frames(played), frames(heard)
	for at := 0; at+Window+MaxLag <= len(p); at += Window {
		all = append(all, Compare(p[at:at+Window], h[at:at+Window+MaxLag]))
	}
	return all
}

func silent(*rand.Rand, []float32) []float32      { return make([]float32, seconds*Rate) }
func another(r *rand.Rand, _ []float32) []float32 { return speech(r) }
func seeded(set, k uint64) *rand.Rand             { return rand.New(rand.NewPCG(set, k)) }

const (
	training = 20260101
	fresh    = 77777
)

func TestOfSilenceNothingIsSaid(t *testing.T) {
	r := seeded(fresh, 99)
	silence := make([]float32, seconds*Rate)
	v, _ := Site{Known: true, Gain: 0}.Sum(windows(silence, hiss(r)))
	require.Equal(t, CannotTell, v)
	require.Equal(t, Match{Score: -1}, Compare(nil, nil))
	require.False(t, Calibrate(windows(speech(r), hiss(r))).Known, "nothing was heard, so nothing is learnt")
}

// Without a calibration nobody says that nothing was heard.
func TestWithoutCalibration(t *testing.T) {
	r := seeded(fresh, 5)
	played := speech(r)
	v, _ := Site{}.Sum(windows(played, room{horn: silent, gain: -20, noise: hiss, snr: 40}.heard(r, played)))
	require.Equal(t, CannotTell, v)
}

func FuzzAnalyser(f *testing.F) {
	f.Add(float32(1), float32(math.Inf(1)), uint16(3))
	f.Add(float32(math.NaN()), float32(-1e30), uint16(960))
	f.Fuzz(func(t *testing.T, a, b float32, n uint16) {
		pcm := make([]float32, int(n)+2*frameSamples)
		for i := range pcm {
			pcm[i] = []float32{a, b}[i%2]
		}
		for _, frame := range frames(pcm) {
			require.False(t, math.IsNaN(frame.Power()) || math.IsInf(frame.Power(), 0))
		}
	})
}

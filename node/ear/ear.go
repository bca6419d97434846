// Package ear tells whether a horn was heard, by a microphone near it: it compares what was played with what came
// back. Neither echo nor a market may deceive it, so it does not compare waves but their outlines: the power in eight
// bands from 300 Hz to 4.8 kHz, fifty times a second, in decibels.
//
//	played ─▶ Analyser ─▶ frames ─┐
//	                              ├─▶ Listen: a window of 4 s ─▶ Match ─▶ Verdict
//	heard ──▶ Analyser ─▶ frames ─┘   every delay to 0.6 s
//
// Both sounds are frames by the hour of the process. Cards count samples by crystals of their own, so the numbers of
// frames are brought back to their time whenever they have slipped from it.
//
// The score is the normalised correlation of the outlines, band by band, weighted by how much each band of what was
// played varies; the best of all delays counts. [Heard] needs a score above what unrelated sound reaches in one window
// of a thousand.
//
// That nothing was heard is harder to say: a loud market hides a horn. So [NotHeard] needs, besides a low score, a
// calibration (how loud the horn comes back at this site, learnt from windows that were heard) by which the horn
// would stand well above all that the microphone took in. Without one, or in noise, the answer is [CannotTell]; so it
// is if the microphone gives nothing but zeros, which is no silence of this world but a dead input.
//
// A [Probe] tests a horn with no bulletin at all: a quiet melody of a second that nothing else in a village sounds like,
// so that it is heard even in wind 10 dB louder than it ([Listener.Probed]). By some of them a site is learnt while a
// technician stands there ([CalibrateChirps]); where the horn hardly stands out from the rest it is not ([Site.Clear]).
package ear

import (
	"math"
	"slices"
	"time"
)

const (
	// Rate is the number of samples per second of both sounds.
	Rate = 48000
	// FrameTime is the length of a frame.
	FrameTime = 20 * time.Millisecond
	// Window is the frames of what was played that are compared at a time.
	Window = 200
	// MaxLag is by how many frames what is heard may be later: 0.6 s is 200 m of air, or a card's buffers.
	MaxLag = 30

	frameSamples = Rate / 50
	bands        = 8
	lowest       = 300.0 // Hz, of the bands' edges
	highest      = 4800.0
)

// What decides. likely is the 99.9th percentile of the scores of unrelated pairs of the training set, which a test
// makes from seeds of its own and checks.
const (
	likely  = 0.54
	lively  = 3.0   // dB: a band of what was played that varies less tells nothing
	modest  = 40.0  // dB below its loudest: less of what was played is as nothing
	quiet   = 1e-9  // mean power of what was played in a window that is as good as silence, −90 dBFS
	dead    = 1e-13 // likewise of what was heard, of an input that is no microphone
	missing = 10.0  // dB by which what was heard lies below what the calibration expects
)

// Frame is the power in each band.
type Frame [bands]float64

// Power is the sum of its bands.
func (f *Frame) Power() (sum float64) {
	for _, v := range f {
		sum += v
	}
	return sum
}

// Analyser turns samples into frames; the zero value begins in silence.
type Analyser struct {
	x1, x2 float64
	y      [bands][2]float64
	sum    Frame
	n      int
}

// band is a second-order band-pass of 0 dB at its middle (R. Bristow-Johnson, Audio EQ Cookbook, BPF).
type band struct{ b0, a1, a2 float64 }

var filters = func() (f [bands]band) {
	step := math.Pow(highest/lowest, 1.0/bands)
	q := math.Sqrt(step) / (step - 1)
	for i := range f {
		w := 2 * math.Pi * lowest * math.Pow(step, float64(i)+0.5) / Rate
		alpha := math.Sin(w) / (2 * q)
		f[i] = band{alpha / (1 + alpha), -2 * math.Cos(w) / (1 + alpha), (1 - alpha) / (1 + alpha)}
	}
	return f
}()

// Push takes samples and returns the frames that they complete, appended to into.
func (a *Analyser) Push(pcm []float32, into []Frame) []Frame {
	for _, s := range pcm {
		x := float64(s)
		if !(math.Abs(x) <= 16) { // no number
			x = 0
		}
		in := x - a.x2
		a.x2, a.x1 = a.x1, x
		for i := range filters {
			f, y := &filters[i], &a.y[i]
			v := f.b0*in - f.a1*y[0] - f.a2*y[1]
			if math.Abs(v) < 1e-20 {
				v = 0 // slow numbers
			}
			y[1], y[0] = y[0], v
			a.sum[i] += v * v
		}
		if a.n++; a.n == frameSamples {
			for i := range a.sum {
				a.sum[i] /= frameSamples
			}
			into = append(into, a.sum)
			a.sum, a.n = Frame{}, 0
		}
	}
	return into
}

// Match is how alike two outlines are.
type Match struct {
	Score  float64 // of −1 to 1
	Lag    int     // frames by which what was heard is later
	Gain   float64 // dB from played to heard, as far as they go together; meaningless at a low score
	Played float64 // mean power
	Heard  float64 // mean power
}

// Compare compares a window of what was played with what was heard from the same instant on, which is to be MaxLag
// frames longer.
func Compare(played, heard []Frame) Match {
	n := len(played)
	m := Match{Score: -1, Played: mean(played), Heard: mean(heard[:min(n, len(heard))])}
	if n == 0 || len(heard) < n+MaxLag || m.Played < quiet || m.Heard < dead {
		return m
	}
	var out [bands]outline
	var back [bands][]float64
	for b := range bands {
		out[b] = outlineOf(played, b)
		back[b] = decibels(heard[:n+MaxLag], b, 0)
	}
	for lag := range MaxLag + 1 {
		if s := score(&out, &back, lag); s > m.Score {
			m.Score, m.Lag = s, lag
		}
	}
	m.Heard = mean(heard[m.Lag : m.Lag+n])
	m.Gain = gain(played, heard[m.Lag:m.Lag+n])
	return m
}

// outline is one band in dB, less its mean.
type outline struct {
	v      []float64
	weight float64 // its variance; 0: it tells nothing
}

func outlineOf(frames []Frame, b int) (o outline) {
	loudest := 0.0
	for i := range frames {
		loudest = max(loudest, frames[i][b])
	}
	o.v = decibels(frames, b, loudest*math.Pow(10, -modest/10))
	var middle float64
	middle, o.weight = spread(o.v)
	for i := range o.v {
		o.v[i] -= middle
	}
	if o.weight < lively*lively {
		o.weight = 0
	}
	return o
}

func decibels(frames []Frame, b int, floor float64) []float64 {
	v := make([]float64, len(frames))
	for i := range frames {
		v[i] = 10 * math.Log10(max(frames[i][b], floor, 1e-15))
	}
	return v
}

// spread returns mean and variance.
func spread(v []float64) (mean, variance float64) {
	for _, x := range v {
		mean += x
	}
	mean /= float64(len(v))
	for _, x := range v {
		variance += (x - mean) * (x - mean)
	}
	return mean, variance / float64(len(v))
}

func score(played *[bands]outline, heard *[bands][]float64, lag int) float64 {
	var sum, weights float64
	for b := range bands {
		p := &played[b]
		if p.weight == 0 {
			continue
		}
		h := heard[b][lag : lag+len(p.v)]
		_, variance := spread(h)
		cov := 0.0
		for i, x := range p.v { // whose mean is 0
			cov += x * h[i]
		}
		weights += p.weight
		if variance > 0 {
			sum += p.weight * cov / float64(len(h)) / math.Sqrt(p.weight*variance)
		}
	}
	if weights == 0 {
		return -1
	}
	return sum / weights
}

// gain is the slope of heard power over played power, of all bands, in dB; −200 if they do not rise together.
func gain(played, heard []Frame) float64 {
	mp, mh := mean(played), mean(heard)
	var cov, variance float64
	for i := range played {
		p := played[i].Power() - mp
		cov += p * (heard[i].Power() - mh)
		variance += p * p
	}
	if cov <= 0 || variance == 0 {
		return -200
	}
	return 10 * math.Log10(cov/variance)
}

func mean(frames []Frame) (sum float64) {
	for i := range frames {
		sum += frames[i].Power()
	}
	return sum / float64(max(1, len(frames)))
}

// Verdict is what can be said of a sound.
type Verdict string

// The verdicts.
const (
	Heard      Verdict = "heard"
	NotHeard   Verdict = "not_heard"
	CannotTell Verdict = "cannot_tell"
)

// Site is what was learnt of a place: how loud its horn comes back.
type Site struct {
	Gain  float64 // dB from played to heard
	Known bool
}

// Judge says what one window tells; ok is false if nothing was played that could tell anything.
func (s Site) Judge(m Match) (v Verdict, ok bool) {
	switch {
	case m.Played < quiet:
		return CannotTell, false
	case m.Heard < dead:
		return CannotTell, true
	case m.Score >= likely:
		return Heard, true
	case s.Known && 10*math.Log10(m.Heard) < 10*math.Log10(m.Played)+s.Gain-missing:
		return NotHeard, true
	}
	return CannotTell, true
}

// Calibrate learns a site from windows that were heard, played on purpose while nothing else was loud; it needs three.
func Calibrate(windows []Match) Site { return calibrate(windows, likely) }

func calibrate(windows []Match, bound float64) Site {
	var gains []float64
	for _, m := range windows {
		if m.Score >= bound && m.Gain > -200 {
			gains = append(gains, m.Gain)
		}
	}
	if len(gains) < 3 {
		return Site{}
	}
	return Site{Gain: middle(gains), Known: true}
}

func middle(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// Sum is the verdict on a whole play, and its level in dB against the site's calibration, or against what was played
// if there is none. Heard needs half of the windows that tell anything, and NotHeard four of five.
func (s Site) Sum(windows []Match) (v Verdict, level float64) {
	var heard, not, all int
	var gains []float64
	for _, m := range windows {
		switch v, ok := s.Judge(m); {
		case !ok:
			continue
		case v == Heard:
			heard++
			gains = append(gains, m.Gain)
		case v == NotHeard:
			not++
		}
		all++
	}
	switch {
	case all > 0 && 2*heard >= all:
		return Heard, middle(gains) - s.Gain
	case all > 0 && 5*not >= 4*all:
		return NotHeard, 0
	}
	return CannotTell, 0
}

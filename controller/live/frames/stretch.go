package frames

import (
	"math"

	"loa/audio"
)

const (
	stretchVoice = 0.02 // longer by this while somebody speaks: a third of a semitone, which is hardly noticed
	stretchQuiet = 0.25 // longer or shorter while nobody does
	stretchKeep  = 2 * audio.Reach
)

// Stretch makes a voice last longer by a given number of samples, little by
// little, or shorter, in its pauses: nobody hears a gap, and every node gets the
// same frames. What it has nothing to do to it hands on as it is.
type Stretch struct {
	Owed float64 // samples that are still to come in; negative: that are to go
	kept [stretchKeep]float32
	at   float64 // where the next sample is read: counted from the first that is kept; 0: just behind them
}

// Idle reports whether a frame can pass by it.
func (s *Stretch) Idle(quiet bool) bool { return s.at == 0 && (s.Owed == 0 || s.Owed < 0 && !quiet) }

// Keep takes a frame that has passed by it.
func (s *Stretch) Keep(frame []float32) { copy(s.kept[:], frame[len(frame)-stretchKeep:]) }

// Run appends to dst what becomes of a frame.
func (s *Stretch) Run(dst, frame []float32, quiet bool) []float32 {
	if s.Idle(quiet) {
		s.Keep(frame)
		return append(dst, frame...)
	}
	src := append(append(make([]float32, 0, stretchKeep+len(frame)), s.kept[:]...), frame...)
	s.Keep(frame)
	at := s.at
	if at == 0 {
		at = stretchKeep
	}
	by := 0.0
	switch {
	case quiet:
		by = math.Copysign(stretchQuiet, s.Owed)
	case s.Owed > 0:
		by = stretchVoice
	}
	last := float64(len(src) - 1 - audio.Reach) // the last place that can be read
	for s.Owed != 0 && at <= last {
		step := 1 - by
		n := int((last-at)/step) + 1
		if most := math.Ceil(s.Owed / by); by != 0 && float64(n) >= most { // to the sample
			n, step = int(most), 1-s.Owed/most
		}
		dst = append(dst, make([]float32, n)...)
		audio.Interpolate(dst[len(dst)-n:], src, at, step)
		at += float64(n) * step
		if s.Owed -= float64(n) * (1 - step); math.Abs(s.Owed) < 1e-3 {
			s.Owed, at = 0, math.Round(at)
		}
	}
	if s.Owed != 0 {
		s.at = at - float64(len(frame))
		return dst
	}
	s.at = 0
	return append(dst, src[int(at):]...)
}

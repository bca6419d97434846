package nodetest

import (
	"time"

	"loa/audio"
)

// Tape is what an output was given, by its place since an instant: second by second, of
// which those that are silent take no room. As one slice that grows it would cost most of
// what a test of hours does, under the race detector. The zero value is empty.
type Tape struct {
	Zero   time.Time // instant of place 0
	Length int       // samples
	Keep   int       // seconds with sound that are kept, the last; 0: all

	seconds map[int]*[audio.Rate]float32
}

// Begin starts anew at an instant, if what is there ended more than an hour before.
func (t *Tape) Begin(at time.Time) {
	if at.Sub(t.Zero)-audio.Length(int64(t.Length)) > time.Hour {
		*t = Tape{Zero: at, Keep: t.Keep}
	}
}

// Put keeps pcm from a place on, which is that of an instant or the end: [Tape.Place],
// Length. It becomes the end. Before it, where nothing was put, is silence.
func (t *Tape) Put(place int, pcm []float32) {
	t.Length = place + len(pcm)
	for len(pcm) > 0 {
		second, from := place/audio.Rate, place%audio.Rate
		n := min(len(pcm), audio.Rate-from)
		if t.seconds[second] == nil && sounds(pcm[:n]) {
			t.room(second)
		}
		if s := t.seconds[second]; s != nil {
			lay(s[from:], pcm[:n])
		}
		place, pcm = place+n, pcm[n:]
	}
}

// room makes room for a second that sounds.
func (t *Tape) room(second int) {
	if t.seconds == nil {
		t.seconds = map[int]*[audio.Rate]float32{}
	}
	t.seconds[second] = new([audio.Rate]float32)
	if t.Keep > 0 {
		for old := range t.seconds {
			if old <= second-t.Keep {
				delete(t.seconds, old)
			}
		}
	}
}

// Place is that of an instant: of the first sample at or after it.
func (t *Tape) Place(at time.Time) int {
	since := at.Sub(t.Zero)
	place := int(audio.Samples(since))
	if audio.Length(int64(place)) < since {
		place++
	}
	return place
}

// Cut is a copy of n samples from a place on, all of which were put.
func (t *Tape) Cut(place, n int) []float32 {
	if place < 0 || place+n > t.Length || t.Keep > 0 && place < t.Length-t.Keep*audio.Rate {
		panic("nodetest: this was not put, or is kept no more")
	}
	out := make([]float32, n)
	for at := 0; at < n; {
		second, from := (place+at)/audio.Rate, (place+at)%audio.Rate
		part := out[at:min(n, at+audio.Rate-from)]
		if s := t.seconds[second]; s != nil {
			lay(part, s[from:])
		}
		at += len(part)
	}
	return out
}

// lay copies src to the beginning of dst. The race detector is told of the tape's seconds
// and of its length, and need not look at each sample of an hour: they belong to the tape.
//
//go:norace
func lay(dst, src []float32) {
	n := min(len(dst), len(src))
	//lint:ignore S1001 copy tells the race detector of each sample
	for i, x := range src[:n] {
		dst[i] = x
	}
}

//go:norace
func sounds(pcm []float32) bool {
	for _, x := range pcm {
		if x != 0 {
			return true
		}
	}
	return false
}

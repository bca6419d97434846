package player

import (
	"slices"
	"time"

	"loa/audio"
)

// tape is what an output was given, by its place since an instant, for hours: second by
// second, of which those that are silent take no room. As one slice that grows it would
// cost three quarters of what all these tests do, under the race detector.
type tape struct {
	zero    time.Time // instant of place 0
	length  int       // samples
	seconds map[int]*[audio.Rate]float32
}

// begin starts another tape at an instant, if this one ended more than an hour before.
func (t *tape) begin(at time.Time) {
	if at.Sub(t.zero)-frames(t.length) > time.Hour {
		*t = tape{zero: at, seconds: map[int]*[audio.Rate]float32{}}
	}
}

// put keeps pcm from a place on, and nothing that was after it. Before it, where nothing
// was put, is silence.
func (t *tape) put(place int, pcm []float32) {
	t.length = place + len(pcm)
	for len(pcm) > 0 {
		second, from := place/audio.Rate, place%audio.Rate
		n := min(len(pcm), audio.Rate-from)
		if t.seconds[second] == nil && slices.ContainsFunc(pcm[:n], func(x float32) bool { return x != 0 }) {
			t.seconds[second] = new([audio.Rate]float32)
		}
		if s := t.seconds[second]; s != nil {
			copy(s[from:], pcm[:n])
		}
		place, pcm = place+n, pcm[n:]
	}
}

// cut is a copy of n samples from a place on, which must have been put.
func (t *tape) cut(place, n int) []float32 {
	out := make([]float32, n)
	_ = make([]struct{}, t.length)[place : place+n] // panics as a slice would
	for at := 0; at < n; {
		second, from := (place+at)/audio.Rate, (place+at)%audio.Rate
		part := out[at:min(n, at+audio.Rate-from)]
		if s := t.seconds[second]; s != nil {
			copy(part, s[from:])
		}
		at += len(part)
	}
	return out
}

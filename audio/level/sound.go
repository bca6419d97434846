package level

import (
	"math"
	"slices"
)

const (
	silenceDB  = -60.0 // K-weighted; a recording that never exceeds it is silent
	keepBefore = 5     // windows of 10 ms kept before the sound
	keepAfter  = 10    // and after it
)

// SoundIn finds the windows that hold sound, margins included; from == to says
// that there is none.
func SoundIn(windows []float64) (from, to int) {
	if len(windows) == 0 || LUFS(slices.Max(windows)) < silenceDB {
		return 0, 0
	}
	loud := Loudness(windows)
	sorted := slices.Sorted(slices.Values(windows))
	floor := LUFS(sorted[len(sorted)/20])
	threshold := min(max(floor+6, loud-35), loud-22)
	if math.IsInf(loud, -1) { // a sound too short to pass the gate of a long silence
		threshold = silenceDB
	}
	first, last := -1, -1
	for i := range windows {
		if LUFS(windows[i]) < threshold {
			continue
		}
		if first < 0 && steady(windows, i, 1, threshold) {
			first = i
		}
		if steady(windows, i, -1, threshold) {
			last = i
		}
	}
	if first < 0 || last < first { // clicks only: all of it
		return 0, len(windows)
	}
	return max(0, first-keepBefore), min(len(windows), last+1+keepAfter)
}

// steady says whether 3 of the 5 windows from i on, in direction dir, are over
// the threshold: a click of the record button is not the beginning.
func steady(windows []float64, i, dir int, threshold float64) bool {
	n := 0
	for k := range 5 {
		if j := i + k*dir; j >= 0 && j < len(windows) && LUFS(windows[j]) >= threshold {
			n++
		}
	}
	return n >= 3
}

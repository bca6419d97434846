//go:build !race

package ear

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// Thousands of windows of sound, one after another: the race detector finds
// nothing there, and takes three minutes for it.

// The threshold is what the training set says and nothing else: what unrelated speech, music and noise score.
func TestTheThresholdIsThatOfTheTrainingSet(t *testing.T) {
	t.Parallel()
	const each = 16
	var played, others [][]Frame
	for k := range uint64(each) {
		played = append(played, frames(speech(seeded(training, k))))
		for n, make := range []func(*rand.Rand) []float32{speech, music, hiss} {
			r := seeded(training, 1000*uint64(n+1)+k)
			others = append(others, frames(room{decay: r.Float64()}.heard(r, make(r))))
		}
	}
	var null []float64
	for i, p := range played {
		for j := range 48 {
			h := others[(3*i+j)%len(others)]
			for at := 0; at+Window+MaxLag <= len(p); at += Window {
				null = append(null, Compare(p[at:at+Window], h[at:at+Window+MaxLag]).Score)
			}
		}
	}
	slices.Sort(null)
	at := null[len(null)*999/1000]
	t.Logf("unrelated, %d windows: median %.3f, 99 %% %.3f, 99.9 %% %.3f, most %.3f", len(null), null[len(null)/2], null[len(null)*99/100], at,
		null[len(null)-1])
	require.InDelta(t, at, likely, 0.02)
}

// How often the verdict on a play of 13 s is right, in rooms and noise that the threshold was not made from. Each place
// is calibrated first, in quiet, as a technician would.
func TestHowOftenItIsRight(t *testing.T) {
	t.Parallel()
	const trials = 8
	echo := room{delay: 0.05, decay: 0.8, gain: -20}
	with := func(set func(*room)) room { o := echo; set(&o); return o }
	noise := func(snr float64, n func(*rand.Rand) []float32) room {
		return with(func(o *room) { o.snr, o.noise = snr, n })
	}
	var played [trials][]float32
	var sites [trials]Site
	for k := range uint64(trials) {
		r := seeded(fresh, k)
		calm := speech(r)
		sites[k] = Calibrate(windows(calm, with(func(o *room) { o.noise, o.snr = hiss, 30 }).heard(r, calm)))
		require.True(t, sites[k].Known)
		played[k] = speech(r)
	}
	for _, c := range []struct {
		name        string
		room        room
		want, never Verdict
		least       int // of trials that say want
	}{
		{"quiet, little echo", with(func(o *room) { o.decay, o.noise, o.snr = 0.2, hiss, 30 }), Heard, NotHeard, trials},
		{"echo of 2 s", with(func(o *room) { o.decay, o.noise, o.snr = 2, hiss, 20 }), Heard, NotHeard, trials * 3 / 4},
		{"300 ms late", with(func(o *room) { o.delay, o.noise, o.snr = 0.3, hiss, 20 }), Heard, NotHeard, trials},
		{"wind, 10 dB below", noise(10, hiss), Heard, NotHeard, trials * 3 / 4},
		{"wind, as loud", noise(0, hiss), "", NotHeard, 0},
		{"wind, 10 dB louder", noise(-10, hiss), "", NotHeard, 0},
		{"music next door, 10 dB below", noise(10, music), Heard, NotHeard, trials * 3 / 4},
		{"music next door, as loud", noise(0, music), "", NotHeard, 0},
		{"clipped", with(func(o *room) { o.gain, o.clip, o.noise, o.snr = 10, 0.3, hiss, 20 }), Heard, NotHeard, trials},
		{"20 dB weaker than it was", with(func(o *room) { o.gain, o.noise, o.snr = -40, hiss, 20 }), Heard, "", trials},
		{"dead horn, quiet", with(func(o *room) { o.horn, o.noise, o.snr = silent, hiss, 30 }), NotHeard, Heard, trials},
		{"dead horn, market", with(func(o *room) { o.horn, o.noise, o.snr = silent, hiss, 0 }), CannotTell, Heard, trials},
		{"dead horn, music", with(func(o *room) { o.horn, o.noise, o.snr = silent, music, 0 }), CannotTell, Heard, trials},
		{"wrong sound", with(func(o *room) { o.horn, o.noise, o.snr = another, hiss, 20 }), CannotTell, Heard, trials},
		{"dead input", room{horn: silent, gain: -300}, CannotTell, Heard, trials},
	} {
		count := map[Verdict]int{}
		var levels []float64
		for k := range uint64(trials) {
			r, played, site := seeded(fresh, 100+k), played[k], sites[k]
			heard := c.room.heard(r, played)
			if c.room.gain == -300 {
				clear(heard)
			}
			v, level := site.Sum(windows(played, heard))
			count[v]++
			if v == Heard {
				levels = append(levels, level)
			}
		}
		level := ""
		if len(levels) > 0 {
			level = fmt.Sprintf("%+.1f dB", middle(levels))
		}
		t.Logf("%-30s heard %2d  not heard %2d  cannot tell %2d  of %d  %s", c.name, count[Heard], count[NotHeard], count[CannotTell], trials,
			level)
		if c.want != "" {
			require.GreaterOrEqual(t, count[c.want], c.least, c.name)
		}
		require.Zero(t, count[c.never], "%s: it is not %s", c.name, c.never)
	}
}

// What is no chirp is not taken for one.
func TestNothingElseIsAChirp(t *testing.T) {
	t.Parallel()
	p := frames(tested(1))[:chirpSpan]
	var null []float64
	for k := range uint64(24) {
		for n, make := range []func(*rand.Rand) []float32{speech, music, hiss} {
			r := seeded(training, 5000*uint64(n+1)+k)
			h := frames(make(r))
			for at := 0; at+chirpSpan+MaxLag <= len(h); at += chirpSpan / 4 {
				null = append(null, Compare(p, h[at:at+chirpSpan+MaxLag]).Score)
			}
		}
	}
	slices.Sort(null)
	t.Logf("unrelated, %d windows: median %.3f, 99 %% %.3f, 99.9 %% %.3f, most %.3f", len(null), null[len(null)/2], null[len(null)*99/100],
		null[len(null)*999/1000], null[len(null)-1])
	require.Less(t, null[len(null)-1], likelyChirp)
}

// How far down in noise a chirp is still heard, and that a dead horn is told where it is quiet enough for that.
func TestAChirpIsHeard(t *testing.T) {
	t.Parallel()
	const trials = 8
	played := tested(1)
	loud := power(chirp()) / power(played) // the noise of a room is given against all that was played, silence too
	place := func(snr float64, noise func(*rand.Rand) []float32) room {
		return room{delay: 0.05, decay: 0.8, gain: -20, noise: noise, snr: snr - 10*math.Log10(loud)}
	}
	with := func(o room, set func(*room)) room { set(&o); return o }
	dead := func(o *room) { o.horn = silent }
	site := Site{Gain: Calibrate([]Match{
		probe(played, place(40, hiss).heard(seeded(fresh, 1), played)),
		probe(played, place(40, hiss).heard(seeded(fresh, 2), played)),
		probe(played, place(40, hiss).heard(seeded(fresh, 3), played)),
	}).Gain, Known: true}
	for _, c := range []struct {
		name        string
		room        room
		want, never Verdict
		least       int
	}{
		{"quiet", place(30, hiss), Heard, NotHeard, trials},
		{"echo of 2 s", with(place(30, hiss), func(o *room) { o.decay = 2 }), Heard, NotHeard, trials * 3 / 4},
		{"half a second late", with(place(30, hiss), func(o *room) { o.delay = 0.5 }), Heard, NotHeard, trials},
		{"12 dB weaker", with(place(30, hiss), func(o *room) { o.gain = -32 }), Heard, "", trials},
		{"wind, 10 dB below", place(10, hiss), Heard, NotHeard, trials * 3 / 4},
		{"wind, 10 dB louder", place(-10, hiss), "", NotHeard, 0},
		{"talk, 10 dB below", place(10, speech), "", NotHeard, 0},
		{"dead horn, quiet", with(place(30, hiss), dead), NotHeard, Heard, trials},
		{"dead horn, talk", with(place(0, speech), dead), CannotTell, Heard, trials},
		{"dead horn, wind", with(place(0, hiss), dead), CannotTell, Heard, trials},
	} {
		count := map[Verdict]int{}
		level := ""
		for k := range uint64(trials) {
			v, db := site.chirped(probe(played, c.room.heard(seeded(fresh, 200+k), played)))
			count[v]++
			if v == Heard {
				level = fmt.Sprintf("%+.1f dB", db)
				require.InDelta(t, c.room.gain+20, db, 5, "%s: 10 dB less would be a fault", c.name)
			}
		}
		t.Logf("%-20s heard %d  not heard %d  cannot tell %d  of %d  %s", c.name, count[Heard], count[NotHeard], count[CannotTell], trials, level)
		if c.want != "" {
			require.GreaterOrEqual(t, count[c.want], c.least, c.name)
		}
		require.Zero(t, count[c.never], "%s: it is not %s", c.name, c.never)
	}
}

// tested is a chirp in silence as it is played, from 0.3 s before it on.
func tested(level float64) []float32 {
	pcm := make([]float32, seconds*Rate)
	at := 0
	for i, v := range chirp() {
		pcm[at+i] = float32(level) * v
	}
	return pcm
}

func probe(played, heard []float32) Match {
	p, h := frames(played), frames(heard)
	return hearChirp(p[:chirpSpan], h[:chirpSpan+MaxLag])
}

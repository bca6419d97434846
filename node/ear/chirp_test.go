package ear

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

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

// What is no chirp is not taken for one.
func TestNothingElseIsAChirp(t *testing.T) {
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
	t.Logf("unrelated, %d windows: median %.3f, 99 %% %.3f, 99.9 %% %.3f, most %.3f", len(null), null[len(null)/2], null[len(null)*99/100], null[len(null)*999/1000], null[len(null)-1])
	require.Less(t, null[len(null)-1], likelyChirp)
}

// How far down in noise a chirp is still heard, and that a dead horn is told where it is quiet enough for that.
func TestAChirpIsHeard(t *testing.T) {
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

// A chirp gives way to whatever else sounds, within ten milliseconds, and says so.
func TestAChirpGivesWay(t *testing.T) {
	at := time.Now()
	var p Probe
	p.Begin(at.Add(10 * time.Millisecond))
	buf := make([]float32, frameSamples)
	for n := range 60 {
		clear(buf)
		p.Mix(buf, at.Add(time.Duration(n)*FrameTime))
		switch {
		case n == 0:
			require.False(t, sounds(buf[:480]), "not before its time")
			require.True(t, sounds(buf[480:]))
		case n > 50:
			require.False(t, sounds(buf), "nor after it")
		}
	}
	require.True(t, p.End())

	p.Begin(at)
	for i := range buf {
		buf[i] = 0.5
	}
	p.Mix(buf, at.Add(100*time.Millisecond))
	require.Equal(t, float32(0.5), buf[chirpFade+1])
	require.False(t, p.End())
	clear(buf)
	p.Mix(buf, at.Add(200*time.Millisecond))
	require.False(t, sounds(buf), "it is over")
	require.Zero(t, testing.AllocsPerRun(100, func() { p.Mix(buf, at) }))
}

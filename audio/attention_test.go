package audio

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// An attention sound lasts as ISO 7240-16 wants it, is as loud as what follows, and
// is heard by a horn.
func TestAttention(t *testing.T) {
	require.Len(t, AttentionNames(), 8)
	for _, name := range AttentionNames() {
		pcm, ok := Attention(name)
		require.True(t, ok)
		require.GreaterOrEqual(t, len(pcm), 3*Rate, name)
		require.LessOrEqual(t, len(pcm), 7*Rate, name)
		m := newMeter()
		m.write(pcm)
		m.peak.flush()
		require.InDelta(t, TargetLUFS, loudness(m.windows()), 0.7, name)
		require.Less(t, DB(float64(m.peak.max)), CeilingDBTP, name)
		require.Zero(t, pcm[0])
		require.InDelta(t, 0, pcm[len(pcm)-1], 1e-4, name)
		again, _ := Attention(name)
		require.Same(t, &pcm[0], &again[0], "made once")
	}
	_, ok := Attention("siren")
	require.False(t, ok)
}

// No two of them can be taken for each other, nor for the station's chime or its
// tunes.
func TestAttentionsDiffer(t *testing.T) {
	sounds := map[string][]float32{"chime": append(slices.Clone(Chime()), Chime()...)}
	for _, name := range AttentionNames() {
		sounds[name], _ = Attention(name)
	}
	for _, name := range TuneNames {
		sounds["tune "+name] = tunes[name].sound()
	}
	names := slices.Sorted(func(yield func(string) bool) {
		for n := range sounds {
			if !yield(n) {
				return
			}
		}
	})
	prints := map[string][][]float64{}
	for n, pcm := range sounds {
		prints[n] = soundPrint(pcm)
	}
	most := 0.0
	for i, a := range names {
		require.InDelta(t, 1, printLikeness(prints[a], prints[a]), 1e-9)
		for _, b := range names[i+1:] {
			r := printLikeness(prints[a], prints[b])
			most = max(most, r)
			require.Less(t, r, 0.75, "%s and %s", a, b)
		}
	}
	t.Logf("the two most alike: %.2f of 1", most)
}

// soundPrint is what an ear keeps of a sound: 50 ms by 50 ms the level of each of
// 12 bands from 300 Hz to 4 kHz, dB above the loudest less 40.
func soundPrint(pcm []float32) (print [][]float64) {
	const step = Rate / 20
	top := 0.0
	for at := 0; at+step <= len(pcm); at += step {
		row := make([]float64, 12)
		for band := range row {
			for k := range 3 { // three tones of each band
				row[band] += goertzel(pcm[at:at+step], 300*math.Pow(4000.0/300, (float64(band)+float64(k)/3)/12))
			}
			top = max(top, row[band])
		}
		print = append(print, row)
	}
	for _, row := range print {
		for i := range row {
			row[i] = max(0, 40+10*math.Log10(row[i]/top+1e-12))
		}
	}
	return print
}

func goertzel(pcm []float32, hertz float64) float64 {
	c := 2 * math.Cos(2*math.Pi*hertz/Rate)
	a, b := 0.0, 0.0
	for _, x := range pcm {
		a, b = float64(x)+c*a-b, a
	}
	return a*a + b*b - c*a*b
}

// printLikeness is the correlation of two prints where they lie best on each other,
// half a second to and fro.
func printLikeness(a, b [][]float64) float64 {
	best := -1.0
	n := max(len(a), len(b))
	row := func(p [][]float64, i int) []float64 {
		if i < 0 || i >= len(p) {
			return make([]float64, 12)
		}
		return p[i]
	}
	for lag := -10; lag <= 10; lag++ {
		var ab, aa, bb, sa, sb, count float64
		for i := range n {
			x, y := row(a, i), row(b, i+lag)
			for k := range x {
				ab, aa, bb, sa, sb, count = ab+x[k]*y[k], aa+x[k]*x[k], bb+y[k]*y[k], sa+x[k], sb+y[k], count+1
			}
		}
		best = max(best, (ab-sa*sb/count)/math.Sqrt((aa-sa*sa/count)*(bb-sb*sb/count)))
	}
	return best
}

package tune

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/audio/audiotest"
	"loa/audio/level"
)

// An attention sound lasts as ISO 7240-16 wants it, is as loud as what follows, and
// is heard by a horn.
func TestAttention(t *testing.T) {
	require.Len(t, AttentionNames(), 8)
	for _, name := range AttentionNames() {
		pcm, ok := Attention(name)
		require.True(t, ok)
		require.GreaterOrEqual(t, len(pcm), 3*audio.Rate, name)
		require.LessOrEqual(t, len(pcm), 7*audio.Rate, name)
		m := level.NewMeter()
		m.Write(pcm)
		m.End()
		require.InDelta(t, level.TargetLUFS, level.Loudness(m.Windows()), 0.7, name)
		require.Less(t, m.DBTP(), level.CeilingDBTP, name)
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
	for _, name := range Names {
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
		prints[n] = audiotest.SoundPrint(pcm)
	}
	most := 0.0
	for i, a := range names {
		require.InDelta(t, 1, audiotest.PrintLikeness(prints[a], prints[a]), 1e-9)
		for _, b := range names[i+1:] {
			r := audiotest.PrintLikeness(prints[a], prints[b])
			most = max(most, r)
			require.Less(t, r, 0.75, "%s and %s", a, b)
		}
	}
	t.Logf("the two most alike: %.2f of 1", most)
}

package level

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/audio/audiotest"
)

// A stream of two channels loses nothing that is in one of them, whatever the other is.
func TestBlend(t *testing.T) {
	voice := audiotest.Rustle(4*audio.Rate, 0.3)
	opposite, dead, other := slices.Clone(voice), make([]float32, len(voice)), slices.Clone(voice)
	audio.Amplify(opposite, -1)
	slices.Reverse(other)
	loudOf := func(pcm []float32) float64 {
		m := NewMeter()
		m.Write(pcm)
		return Loudness(m.Windows())
	}
	whole := loudOf(voice)
	for name, c := range map[string]struct {
		left, right []float32
		least, most float64 // dB beside the voice
	}{
		"the same":       {voice, voice, -0.1, 0.1},
		"opposite":       {voice, opposite, -1, 0.1},
		"no right":       {voice, dead, -1, 0.1},
		"no left":        {dead, voice, -1, 0.1},
		"another sound":  {voice, other, -3.5, -2.5},
		"later opposite": {slices.Concat(voice, voice), slices.Concat(voice, opposite), -1, 0.1},
	} {
		t.Run(name, func(t *testing.T) {
			var b Blend
			got := make([]float32, len(c.left))
			for at := 0; at < len(got); at += audio.FrameSamples {
				b.Mix(got[at:at+audio.FrameSamples], c.left[at:at+audio.FrameSamples], c.right[at:at+audio.FrameSamples])
			}
			loud := loudOf(got) - whole
			t.Logf("%.2f dB", loud)
			require.GreaterOrEqual(t, loud, c.least)
			require.LessOrEqual(t, loud, c.most)
			for i := 1; i < len(got); i++ { // no click where it changes over
				require.Less(t, max(got[i]-got[i-1], got[i-1]-got[i]), float32(0.2))
			}
		})
	}
}

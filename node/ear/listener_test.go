package ear

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// What was played is asked for as a play tells it, by its instants, from a node's two sounds as they come.
func TestAPlayIsListenedTo(t *testing.T) {
	t.Parallel()
	played := speech(seeded(fresh, 7))
	there := room{delay: 0.12, decay: 0.4, gain: -20, noise: hiss, snr: 20}
	heard := there.heard(seeded(fresh, 8), played)
	there.horn = silent
	nothing := there.heard(seeded(fresh, 8), played)
	for _, c := range []struct {
		name  string
		heard []float32
		site  Site
		want  Verdict
	}{
		{"heard", heard, Site{-20, true}, Heard},
		{"dead horn", nothing, Site{-20, true}, NotHeard},
		{"dead horn, not calibrated", nothing, Site{}, CannotTell},
		{"no microphone", nil, Site{-20, true}, CannotTell},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := NewListener(c.site)
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error)
			go func() { done <- l.Run(ctx) }()
			began := time.Now().Add(60 * time.Millisecond)
			at := 0
			src := l.Source(func(buf []float32, _ time.Time) { copy(buf, played[at:]) })
			buf := make([]float32, frameSamples)
			for ; at+frameSamples <= len(played); at += frameSamples {
				src(buf, time.Now().Add(60*time.Millisecond)) // what the output holds
				switch {
				case c.heard == nil:
				case at < 3*frameSamples:
					l.Hear(make([]float32, frameSamples), time.Now()) // nothing has left yet
				default: // an ear that hears what left just now
					l.Hear(c.heard[at-3*frameSamples:at-2*frameSamples], time.Now())
				}
				time.Sleep(20 * time.Millisecond) // of the bubble
			}
			time.Sleep(5 * time.Second)
			v, level := l.Verdict(began, began.Add(seconds*time.Second))
			require.Equal(t, c.want, v, c.name)
			if v == Heard {
				require.InDelta(t, 0, level, 4, c.name)
			}
			v, _ = l.Verdict(began.Add(time.Hour), began.Add(2*time.Hour))
			require.Equal(t, CannotTell, v, "of another time")
			cancel()
			require.NoError(t, <-done)
		})
	}
}

// The card is ALSA's own: a device that hears what is in a file.
func TestCaptureThroughALSA(t *testing.T) {
	dir := t.TempDir()
	raw := make([]byte, 0, 2*Rate)
	for i := range Rate {
		raw = binary.NativeEndian.AppendUint16(raw, uint16(int16(i%2000)))
	}
	sound, config := filepath.Join(dir, "sound"), filepath.Join(dir, "asound.conf")
	require.NoError(t, os.WriteFile(sound, raw, 0o600))
	require.NoError(t, os.WriteFile(config,
		[]byte("pcm.quiet { type null }\npcm.mic { type file slave.pcm quiet file /dev/null infile \""+sound+"\" format raw }\n"), 0o600))
	t.Setenv("ALSA_CONFIG_PATH", config)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var heard []float32
	var troubles []error
	var last time.Time
	Capture(ctx, "mic", func(pcm []float32, at time.Time) {
		require.False(t, at.After(time.Now()))
		last = at
		if heard = append(heard, pcm...); len(heard) >= Rate/2 {
			cancel()
		}
	}, func(err error) { troubles = append(troubles, err) })
	require.Equal(t, []error{nil}, troubles)
	require.WithinDuration(t, time.Now(), last, time.Second)
	for i := range 2000 {
		require.InDelta(t, float64(i)/32768, heard[i], 1e-6)
	}

	ctx, cancel = context.WithCancel(t.Context())
	Capture(ctx, "none", nil, func(err error) { troubles = append(troubles, err); cancel() })
	require.ErrorContains(t, troubles[1], "open capture none")
}

// Frames keep the numbers of their time, whatever the crystal of a card, and after samples that were lost.
func TestFramesKeepTheirTime(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	block := make([]float32, frameSamples)
	for _, ppm := range []int{-300, -50, 0, 50, 300} {
		var k track
		at := begin.Add(13 * time.Millisecond)
		for i := range 12_000 { // four minutes: 300 ppm are 72 ms
			if i == 6_000 {
				at = at.Add(70 * time.Millisecond) // lost
			}
			k.push(block, at, begin)
			at = at.Add(FrameTime + FrameTime*time.Duration(ppm)/1e6)
			if i >= 6_000 && i < 6_200 {
				continue // it takes a few seconds to be sure
			}
			number := k.first + int64(len(k.frames)) // of the next frame, which begins now
			require.InDelta(t, 0, (at.Sub(begin) - time.Duration(number)*FrameTime).Seconds(), 0.02, "%d ppm, block %d", ppm, i)
		}
	}
}

// A horn beside the microphone, whose sound takes no time, is heard wherever the
// two sounds are cut into frames.
func TestANearHornIsNotHeardTooEarly(t *testing.T) {
	t.Parallel()
	pcm := append(append([]float32(nil), chirp()...), make([]float32, Rate)...)
	for _, skew := range []time.Duration{0, 3 * time.Millisecond, 7 * time.Millisecond, 11 * time.Millisecond, 15 * time.Millisecond,
		19 * time.Millisecond} {
		l := NewListener(Site{})
		from := l.begin.Add(5*FrameTime + 11*time.Millisecond) // counted 9 ms late
		early := int(skew.Seconds() * Rate)
		l.played.push(pcm, from, l.begin)
		l.Hear(make([]float32, 5*frameSamples), from.Add(-skew-5*FrameTime)) // it has listened before
		l.Hear(append(make([]float32, early), pcm...), from.Add(-skew))
		m, ok := l.ProbedMatch(from)
		require.True(t, ok)
		t.Logf("cut %v earlier: score %.2f after %v", skew, m.Score, time.Duration(m.Lag)*FrameTime)
		require.Greater(t, m.Score, 0.75, skew)
	}
}

package audio

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/audio/audiotest"
)

// tripled is a tone of 16 kHz brought to 48.
func tripled(hz float64, frames int) []float32 {
	var up tripler
	out := make([]float32, frames*FrameSamples)
	for f := range frames {
		for i, room := 0, up.room(); i < wideFrame; i++ {
			room[i] = float32(0.5 * math.Sin(2*math.Pi*hz*float64(f*wideFrame+i)/wideRate+0.3))
		}
		up.triple(out[f*FrameSamples:][:FrameSamples])
	}
	return out
}

// power is that of a frequency in pcm, in dB under a sine of 0.5.
func power(pcm []float32, hz float64) float64 {
	var re, im, window float64
	for i, x := range pcm {
		w := 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/float64(len(pcm)))
		s, c := math.Sincos(2 * math.Pi * hz * float64(i) / Rate)
		re, im, window = re+w*c*float64(x), im+w*s*float64(x), window+w
	}
	return 20 * math.Log10(math.Hypot(re, im)/(window*0.25))
}

// What is above 8 kHz after it are images of what was below: 60 dB under it where speech has its power.
func TestTriplerIsFlatAndClean(t *testing.T) {
	for _, c := range []struct{ hz, level, images float64 }{
		{100, 0.02, -60}, {1000, 0.02, -60}, {4000, 0.02, -60}, {6000, 0.1, -60}, {6500, 0.3, -55}, {7000, 1.5, -20},
	} {
		pcm := tripled(c.hz, 40)[2*FrameSamples:]
		level := power(pcm, c.hz)
		images := max(power(pcm, wideRate-c.hz), power(pcm, wideRate+c.hz))
		t.Logf("%5.0f Hz: level %+.3f dB, image %.1f dB", c.hz, level, images)
		require.InDelta(t, 0, level, c.level, "%v Hz", c.hz)
		require.Less(t, images, c.images, "%v Hz", c.hz)
	}
}

// codedAt encodes vowels at a bitrate.
func codedAt(t testing.TB, bitrate, frames int) [][]byte {
	enc, err := NewEncoder(bitrate)
	require.NoError(t, err)
	pcm := vowels(frames * FrameSamples)
	var packets [][]byte
	for at := 0; at < len(pcm); at += FrameSamples {
		buf := make([]byte, MaxPacket)
		n, err := enc.Encode(pcm[at:][:FrameSamples], buf)
		require.NoError(t, err)
		packets = append(packets, buf[:n])
	}
	return packets
}

// both decodes packets as a Decoder and as a voiceDecoder do.
func both(t testing.TB, packets [][]byte) (plain, voice []float32, d *voiceDecoder) {
	dec, err := NewDecoder()
	require.NoError(t, err)
	d, err = newVoiceDecoder()
	require.NoError(t, err)
	plain, voice = make([]float32, len(packets)*FrameSamples), make([]float32, len(packets)*FrameSamples)
	for i, p := range packets {
		n, err := dec.Decode(p, plain[i*FrameSamples:][:FrameSamples])
		require.NoError(t, err)
		require.Equal(t, FrameSamples, n)
		n, err = d.Decode(p, voice[i*FrameSamples:][:FrameSamples])
		require.NoError(t, err)
		require.Equal(t, FrameSamples, n)
	}
	return plain, voice, d
}

func TestVoiceDecoderIsADecoderLater(t *testing.T) {
	for bitrate, wide := range map[int]bool{24000: true, 64000: false} {
		packets := codedAt(t, bitrate, 100)
		plain, voice, d := both(t, packets)
		require.Equal(t, wide, d.full == nil, "%d bit/s", bitrate)
		like, lag := audiotest.Likeness(plain, voice, 2000)
		t.Logf("%d bit/s: likeness %.5f, %d samples later", bitrate, like, lag)
		require.Greater(t, like, 0.995)
		require.InDelta(t, voiceLag, lag, 3) // libopus resamples by another filter
	}
}

// At the change to another decoder the sound goes on without a step, in its place.
func TestVoiceDecoderChangesOver(t *testing.T) {
	speech, music := codedAt(t, 24000, 100), codedAt(t, 64000, 100)
	packets := append(speech[:50:50], music[50:]...)
	_, voice, d := both(t, packets)
	require.NotNil(t, d.full)
	want, _, _ := both(t, music)
	like, lag := audiotest.Likeness(want[40*FrameSamples:60*FrameSamples], voice[40*FrameSamples:60*FrameSamples], 500)
	t.Logf("around the change: likeness %.3f, %d samples later", like, lag)
	require.Greater(t, like, 0.97)
	require.InDelta(t, voiceLag, lag, 2)
	step := func(pcm []float32) (most float64) {
		for i := 1; i < len(pcm); i++ {
			most = max(most, math.Abs(float64(pcm[i]-pcm[i-1])))
		}
		return most
	}
	require.Less(t, step(voice[49*FrameSamples:53*FrameSamples]), 1.2*step(want), "a click")
	// and back: it stays with what can do both
	n, err := d.Decode(speech[60], make([]float32, FrameSamples))
	require.NoError(t, err)
	require.Equal(t, FrameSamples, n)
	require.NotNil(t, d.full)
}

// BenchmarkVoiceDecoder beside libopus alone, of the packets of a call.
func BenchmarkVoiceDecoder(b *testing.B) {
	packets := codedAt(b, 24000, 250)
	dst := make([]float32, FrameSamples)
	b.Run("wideband", func(b *testing.B) {
		d, err := newVoiceDecoder()
		require.NoError(b, err)
		for i := 0; b.Loop(); i++ {
			_, _ = d.Decode(packets[i%250], dst)
		}
	})
	b.Run("libopus at 48 kHz", func(b *testing.B) {
		d, err := NewDecoder()
		require.NoError(b, err)
		for i := 0; b.Loop(); i++ {
			_, _ = d.Decode(packets[i%250], dst)
		}
	})
	b.Run("tripler alone", func(b *testing.B) {
		var up tripler
		for b.Loop() {
			up.triple(dst)
		}
	})
}

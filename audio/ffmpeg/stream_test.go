package ffmpeg

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/audio/audiotest"
	"loa/audio/level"
)

// broadcasts makes a folder of streams: five seconds of 440 Hz in each format.
func broadcasts(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	all := []string{"-v", "error", "-f", "lavfi", "-i", "sine=440:sample_rate=44100:duration=5,volume=6dB"}
	for name, args := range map[string][]string{
		"radio.mp3":  {"-c:a", "libmp3lame", "-b:a", "64k"},
		"radio.aac":  {"-c:a", "aac", "-f", "adts"},
		"radio.ogg":  {"-c:a", "libvorbis"},
		"radio.opus": {"-c:a", "libopus", "-f", "ogg"},
		"radio.ts":   {"-c:a", "aac", "-f", "mpegts"},
	} {
		all = append(append(all, args...), filepath.Join(dir, name)) // one start of ffmpeg makes them all
	}
	audiotest.Tool(t, "ffmpeg", all...)
	return dir
}

func TestStreamsOfEveryKind(t *testing.T) {
	dir := broadcasts(t)
	for _, name := range []string{"radio.mp3", "radio.aac", "radio.ogg", "radio.opus", "radio.ts"} {
		t.Run(name, func(t *testing.T) {
			file, err := os.Open(filepath.Join(dir, name))
			require.NoError(t, err)
			defer file.Close()
			var pcm []float32
			err = Program{}.Stream(t.Context(), file, func(x []float32) error {
				require.Len(t, x, audio.FrameSamples)
				pcm = append(pcm, x...)
				return nil
			})
			require.ErrorIs(t, err, io.EOF)
			require.InDelta(t, 5, float64(len(pcm))/audio.Rate, 0.2)
			require.InDelta(t, 440, pitch(pcm[audio.Rate:4*audio.Rate]), 1)
		})
	}
}

// A station whose channels are opposite, or of which one is dead, is as loud as it was made.
func TestStreamOfOddChannels(t *testing.T) {
	dir := t.TempDir()
	voice := audiotest.Speech(t)
	all := []string{"-v", "error", "-i", voice}
	for name, pan := range map[string]string{"mono": "mono|c0=c0", "same": "stereo|c0=c0|c1=c0", "opposite": "stereo|c0=c0|c1=-1*c0",
		"dead": "stereo|c0=0*c0|c1=c0"} {
		all = append(all, "-af", "pan="+pan, filepath.Join(dir, name+".mp3"))
	}
	audiotest.Tool(t, "ffmpeg", all...)
	loud := map[string]float64{}
	for _, name := range []string{"mono", "same", "opposite", "dead"} {
		file, err := os.Open(filepath.Join(dir, name+".mp3"))
		require.NoError(t, err)
		defer file.Close()
		m := level.NewMeter()
		require.ErrorIs(t, Program{}.Stream(t.Context(), file, func(x []float32) error { m.Write(x); return nil }), io.EOF)
		loud[name] = level.Loudness(m.Windows())
		require.InDelta(t, loud["mono"], loud[name], 1, name)
	}
	t.Logf("LUFS: %v", loud)
}

// pitch counts the rising zero crossings.
func pitch(pcm []float32) float64 {
	n := 0
	for i := 1; i < len(pcm); i++ {
		if pcm[i-1] < 0 && pcm[i] >= 0 {
			n++
		}
	}
	return float64(n) * audio.Rate / float64(len(pcm))
}

// What comes from a station opens nothing, whatever it says that it is.
func TestStreamsThatAreNone(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret.wav")
	audiotest.WriteWAV(t, secret, audiotest.Rustle(audio.Rate, 0.5))
	for _, text := range []string{
		"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\nfile://" + secret + "\n#EXT-X-ENDLIST\n",
		"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\nhttp://127.0.0.1:1/\n#EXT-X-ENDLIST\n",
		"ffconcat version 1.0\nfile '" + secret + "'\n", "<html>không phải đài</html>", "\x89PNG\r\n\x1a\n", "",
	} {
		err := Program{}.Stream(t.Context(), strings.NewReader(text), func([]float32) error {
			require.Fail(t, "a sound came", text)
			return nil
		})
		require.ErrorIs(t, err, ErrStream, text)
	}
	lost := errors.New("the line is dead")
	err := Program{}.Stream(t.Context(), io.MultiReader(strings.NewReader("x"), broken{lost}), func([]float32) error { return nil })
	require.ErrorIs(t, err, ErrStream)
	require.ErrorIs(t, err, lost)
}

// broken is a reader that fails.
type broken struct{ err error }

// Read is io.Reader's.
func (b broken) Read([]byte) (int, error) { return 0, b.err }

func TestAStreamEndsWhenItIsTold(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(broadcasts(t), "radio.mp3"))
	require.NoError(t, err)
	stream := func() io.Reader { // that stands still after a while
		r, w := io.Pipe()
		t.Cleanup(func() { _ = w.Close() })
		return io.MultiReader(bytes.NewReader(data), r)
	}
	enough := errors.New("enough")
	require.ErrorIs(t, Program{}.Stream(t.Context(), stream(), func([]float32) error { return enough }), enough)
	ctx, cancel := context.WithCancel(t.Context())
	begun := time.Now()
	heard := 0
	err = Program{}.Stream(ctx, stream(), func([]float32) error {
		if heard++; heard == 50 {
			cancel()
		}
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Less(t, time.Since(begun), 5*time.Second)
}

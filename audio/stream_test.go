package audio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// broadcasts makes a folder of streams: five seconds of 440 Hz in each format.
func broadcasts(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, args := range map[string][]string{
		"radio.mp3":  {"-c:a", "libmp3lame", "-b:a", "64k"},
		"radio.aac":  {"-c:a", "aac", "-f", "adts"},
		"radio.ogg":  {"-c:a", "libvorbis"},
		"radio.opus": {"-c:a", "libopus", "-f", "ogg"},
		"radio.m3u8": {"-c:a", "aac", "-f", "hls", "-hls_time", "2", "-hls_list_size", "0"},
	} {
		cmd := exec.Command("ffmpeg", append(append([]string{"-v", "error", "-f", "lavfi", "-i", "sine=440:sample_rate=44100:duration=5,volume=6dB"}, args...), filepath.Join(dir, name))...)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
	}
	return dir
}

func TestStreamsOfEveryKind(t *testing.T) {
	server := httptest.NewServer(http.FileServer(http.Dir(broadcasts(t))))
	defer server.Close()
	for _, name := range []string{"radio.mp3", "radio.aac", "radio.ogg", "radio.opus", "radio.m3u8"} {
		t.Run(name, func(t *testing.T) {
			var pcm []float32
			err := FFmpeg{}.Stream(t.Context(), server.URL+"/"+name, func(x []float32) error {
				require.Len(t, x, FrameSamples)
				pcm = append(pcm, x...)
				return nil
			})
			require.ErrorIs(t, err, io.EOF)
			require.InDelta(t, 5, float64(len(pcm))/Rate, 0.2)
			require.InDelta(t, 440, pitch(pcm[Rate:4*Rate]), 1)
		})
	}
}

// pitch counts the rising zero crossings.
func pitch(pcm []float32) float64 {
	n := 0
	for i := 1; i < len(pcm); i++ {
		if pcm[i-1] < 0 && pcm[i] >= 0 {
			n++
		}
	}
	return float64(n) * Rate / float64(len(pcm))
}

func TestStreamsThatAreNone(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret.wav")
	out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=440:duration=1", secret).CombinedOutput()
	require.NoError(t, err, string(out))
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/file.m3u8": // a playlist that names a file of this machine
			fmt.Fprintf(w, "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\nfile://%s\n#EXT-X-ENDLIST\n", secret)
		case "/concat":
			fmt.Fprintf(w, "ffconcat version 1.0\nfile '%s'\n", secret)
		case "/page":
			fmt.Fprint(w, "<html>không phải đài</html>")
		case "/silent.png":
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write([]byte("\x89PNG\r\n\x1a\n"))
		default:
			http.NotFound(w, r)
		}
	}))
	defer inside.Close()
	for _, url := range []string{inside.URL + "/file.m3u8", inside.URL + "/concat", inside.URL + "/page", inside.URL + "/silent.png", inside.URL + "/none",
		"http://127.0.0.1:1/", "file://" + secret, "concat:" + secret, secret} {
		err := FFmpeg{}.Stream(t.Context(), url, func([]float32) error {
			require.Fail(t, "a sound came", url)
			return nil
		})
		require.ErrorIs(t, err, ErrStream, url)
	}
	err = FFmpeg{}.Stream(t.Context(), "http://loa:geheim@127.0.0.1:1/", func([]float32) error { return nil })
	require.NotContains(t, err.Error(), "geheim")
}

func TestAStreamEndsWhenItIsTold(t *testing.T) {
	more := make(chan struct{})
	path := filepath.Join(broadcasts(t), "radio.mp3")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _ := os.ReadFile(path)
		_, _ = w.Write(data)
		w.(http.Flusher).Flush()
		select { // and then stands still
		case <-r.Context().Done():
		case <-more:
		}
	}))
	defer server.Close()
	defer close(more)
	enough := errors.New("enough")
	require.ErrorIs(t, FFmpeg{}.Stream(t.Context(), server.URL, func([]float32) error { return enough }), enough)
	ctx, cancel := context.WithCancel(t.Context())
	begun := time.Now()
	heard := 0
	err := FFmpeg{}.Stream(ctx, server.URL, func([]float32) error {
		if heard++; heard == 50 {
			cancel()
		}
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Less(t, time.Since(begun), 5*time.Second)
}

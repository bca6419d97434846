package audio

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/hraban/opus"
	"github.com/stretchr/testify/require"
)

// tool runs a program and returns its stdout.
func tool(t testing.TB, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	var out, notes bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &notes
	require.NoError(t, cmd.Run(), "%s %v: %s", name, args, notes.String())
	return out.Bytes()
}

// ffmpegPCM decodes a file with ffmpeg, resampled to 48 kHz mono.
func ffmpegPCM(t testing.TB, path string) []float32 {
	t.Helper()
	return floats(tool(t, "ffmpeg", "-v", "error", "-nostdin", "-i", path, "-ac", "1", "-ar", "48000", "-f", "f32le", "-"))
}

func floats(raw []byte) []float32 {
	pcm := make([]float32, len(raw)/4)
	decodeFloats(pcm, raw)
	return pcm
}

// writeWAV writes a mono 48 kHz float WAV.
func writeWAV(t testing.TB, path string, pcm []float32) {
	t.Helper()
	h := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(36+4*len(pcm)))...)
	h = append(h, "WAVEfmt \x10\x00\x00\x00\x03\x00\x01\x00"...)
	h = binary.LittleEndian.AppendUint32(h, Rate)
	h = binary.LittleEndian.AppendUint32(h, 4*Rate)
	h = append(h, 4, 0, 32, 0)
	h = append(h, "data"...)
	h = binary.LittleEndian.AppendUint32(h, uint32(4*len(pcm)))
	for _, x := range pcm {
		h = binary.LittleEndian.AppendUint32(h, math.Float32bits(x))
	}
	require.NoError(t, os.WriteFile(path, h, 0o644))
}

const sentence = "Xin chào bà con. Mời bà con đi họp."

// speech is a WAV of the sentence, trimmed of nothing.
func speech(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "speech.wav")
	if spoken == nil { // the first of the package has it said
		require.NoError(t, Speech{}.Say(context.Background(), sentence, "", 0, path))
		file, err := os.ReadFile(path)
		require.NoError(t, err)
		spoken = file
	}
	require.NoError(t, os.WriteFile(path, spoken, 0o644))
	return path
}

// spoken is the sentence's WAV, once it was said.
var spoken []byte

// rustle is noise with a falling spectrum: any other place of it looks
// different, so it can be aligned to the sample.
func rustle(n int, level float32) []float32 {
	r := rand.New(rand.NewPCG(1, 2))
	pcm := make([]float32, n)
	x := float32(0)
	for i := range pcm {
		x = 0.8*x + 0.2*(r.Float32()*2-1)
		pcm[i] = level * x
	}
	return pcm
}

// encodeOgg makes a clip of pcm in memory, at a high bitrate.
func encodeOgg(t testing.TB, pcm []float32) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewOggWriter(&out, OpusHead{Channels: 1, PreSkip: Lookahead, InputRate: Rate})
	require.NoError(t, err)
	enc, err := newEncoder(96000, opus.AppAudio)
	require.NoError(t, err)
	packet := make([]byte, MaxPacket)
	for at := 0; at < len(pcm)+Lookahead; at += FrameSamples {
		frame := make([]float32, FrameSamples)
		if at < len(pcm) {
			copy(frame, pcm[at:])
		}
		n, err := enc.Encode(frame, packet)
		require.NoError(t, err)
		require.NoError(t, w.WritePacket(packet[:n]))
	}
	require.NoError(t, w.Close(int64(len(pcm))))
	return out.Bytes()
}

// readAll reads a clip to its end.
func readAll(t testing.TB, c *ClipReader) []float32 {
	t.Helper()
	var all []float32
	buf := make([]float32, 1000)
	for {
		n, err := c.Read(buf)
		all = append(all, buf[:n]...)
		if err == io.EOF {
			return all
		}
		require.NoError(t, err)
	}
}

func openBytes(t testing.TB, file []byte) *ClipReader {
	t.Helper()
	c, err := OpenClip(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	return c
}

// likeness is the correlation of a and b (−1 to 1) at their best alignment
// within ±reach samples, and that alignment: b[i+lag] is like a[i].
func likeness(a, b []float32, reach int) (best float64, lag int) {
	best = -1
	for k := -reach; k <= reach; k++ {
		if r := correlation(a, b, k, 1+len(a)/5000); r > best {
			best, lag = r, k
		}
	}
	return correlation(a, b, lag, 1), lag
}

// correlation looks at every step-th sample.
func correlation(a, b []float32, lag, step int) float64 {
	var ab, aa, bb float64
	for i := max(0, -lag); i < min(len(a), len(b)-lag); i += step {
		x, y := float64(a[i]), float64(b[i+lag])
		ab += x * y
		aa += x * x
		bb += y * y
	}
	return ab / math.Sqrt(aa*bb)
}

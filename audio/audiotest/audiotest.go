package audiotest

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// rate is audio.Rate, which the tests of that package would not let us name.
const rate = 48000

// Tool runs a program and returns its stdout.
func Tool(t testing.TB, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	var out, notes bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &notes
	require.NoError(t, cmd.Run(), "%s %v: %s", name, args, notes.String())
	return out.Bytes()
}

// PCM decodes a file with ffmpeg, resampled to 48 kHz mono.
func PCM(t testing.TB, path string) []float32 {
	t.Helper()
	return Floats(Tool(t, "ffmpeg", "-v", "error", "-nostdin", "-i", path, "-ac", "1", "-ar", "48000", "-f", "f32le", "-"))
}

// Floats are little-endian samples.
func Floats(raw []byte) []float32 {
	pcm := make([]float32, len(raw)/4)
	for i := range pcm {
		pcm[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return pcm
}

// WriteWAV writes a mono 48 kHz float WAV.
func WriteWAV(t testing.TB, path string, pcm []float32) {
	t.Helper()
	h := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(36+4*len(pcm)))...)
	h = append(h, "WAVEfmt \x10\x00\x00\x00\x03\x00\x01\x00"...)
	h = binary.LittleEndian.AppendUint32(h, rate)
	h = binary.LittleEndian.AppendUint32(h, 4*rate)
	h = append(h, 4, 0, 32, 0)
	h = append(h, "data"...)
	h = binary.LittleEndian.AppendUint32(h, uint32(4*len(pcm)))
	for _, x := range pcm {
		h = binary.LittleEndian.AppendUint32(h, math.Float32bits(x))
	}
	require.NoError(t, os.WriteFile(path, h, 0o644))
}

// Sentence is what is said in tests.
const Sentence = "Xin chào bà con. Mời bà con đi họp."

// Speech is a WAV of the sentence, trimmed of nothing.
func Speech(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "speech.wav")
	if spoken == nil { // the first of the package has it said
		Tool(t, "espeak-ng", "-v", "vi", "-s", "175", "-a", "80", "-b", "1", "-w", path, Sentence)
		file, err := os.ReadFile(path)
		require.NoError(t, err)
		spoken = file
	}
	require.NoError(t, os.WriteFile(path, spoken, 0o644))
	return path
}

// spoken is the sentence's WAV, once it was said.
var spoken []byte

// Rustle is noise with a falling spectrum: any other place of it looks
// different, so it can be aligned to the sample.
func Rustle(n int, level float32) []float32 {
	r := rand.New(rand.NewPCG(1, 2))
	pcm := make([]float32, n)
	x := float32(0)
	for i := range pcm {
		x = 0.8*x + 0.2*(r.Float32()*2-1)
		pcm[i] = level * x
	}
	return pcm
}

// Likeness is the correlation of a and b (−1 to 1) at their best alignment
// within ±reach samples, and that alignment: b[i+lag] is like a[i].
func Likeness(a, b []float32, reach int) (best float64, lag int) {
	best = -1
	for k := -reach; k <= reach; k++ {
		if r := Correlation(a, b, k, 1+len(a)/5000); r > best {
			best, lag = r, k
		}
	}
	return Correlation(a, b, lag, 1), lag
}

// Correlation looks at every step-th sample.
func Correlation(a, b []float32, lag, step int) float64 {
	var ab, aa, bb float64
	for i := max(0, -lag); i < min(len(a), len(b)-lag); i += step {
		x, y := float64(a[i]), float64(b[i+lag])
		ab += x * y
		aa += x * x
		bb += y * y
	}
	return ab / math.Sqrt(aa*bb)
}

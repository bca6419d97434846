package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/node/speaker/tapcard"
)

const rate = 48000

// run runs a program of the machine, with text on its stdin.
func run(t testing.TB, stdin string, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewBufferString(stdin), &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s: %s", name, stderr.String())
	return out
}

// sounds are those that some story has made or decoded, by what they were made of:
// to start ffmpeg takes a third of a second of a processor.
var sounds sync.Map

// madeOnce is a sound of a kind, made the first time.
func madeOnce[T any](kind, of string, make func() T) T {
	sound, ok := sounds.Load([2]string{kind, of})
	if !ok {
		sound, _ = sounds.LoadOrStore([2]string{kind, of}, make())
	}
	return sound.(T)
}

// recording makes what a phone records: speech as an m4a, in stereo at 44.1 kHz.
func recording(t testing.TB, text string) string {
	t.Helper()
	dir := t.TempDir()
	m4a := filepath.Join(dir, "ghi-am.m4a")
	file := madeOnce("recording", text, func() []byte {
		wav := filepath.Join(dir, "voice.wav")
		run(t, text, "espeak-ng", "-v", "vi", "-w", wav, "--stdin")
		run(t, "", "ffmpeg", "-v", "error", "-i", wav, "-af", "volume=-12dB", "-ac", "2", "-ar", "44100", "-c:a", "aac", "-b:a", "64k", m4a)
		file, err := os.ReadFile(m4a)
		require.NoError(t, err)
		return file
	})
	require.NoError(t, os.WriteFile(m4a, file, 0o600))
	return m4a
}

// decoded is any audio as 48 kHz mono, by ffmpeg.
func decoded(t testing.TB, data []byte) []float32 {
	t.Helper()
	return slices.Clone(madeOnce("decoded", string(data), func() []float32 {
		path := filepath.Join(t.TempDir(), "clip")
		require.NoError(t, os.WriteFile(path, data, 0o600))
		return samples(t, path)
	}))
}

// samples is a file as 48 kHz mono.
func samples(t testing.TB, path string) []float32 {
	t.Helper()
	raw := run(t, "", "ffmpeg", "-v", "error", "-i", path, "-f", "f32le", "-ac", "1", "-ar", "48000", "-")
	out := make([]float32, len(raw)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return out
}

// horn is what left a node's WAV output, and when its first frame did.
type horn struct {
	start   time.Time
	samples []float32
}

// readHorn reads a horn, waiting for one that is just being opened: a node that
// starts anew puts its old file and its sidecar out of the way, one after the
// other, before it makes new ones.
func readHorn(t testing.TB, path string) (h horn) {
	t.Helper()
	await(t, "the horn is open: "+path, time.Minute, func() (ok bool) {
		h, ok = tryHorn(t, path)
		return ok
	})
	return h
}

// tryHorn is false while the file and its sidecar are not both there, of the
// same start, with a sample.
func tryHorn(t testing.TB, path string) (horn, bool) {
	t.Helper()
	told, ok := readThere(t, path+".json")
	if !ok {
		return horn{}, false
	}
	wav, ok := readThere(t, path)
	again, still := readThere(t, path+".json")
	if !ok || !still || !bytes.Equal(told, again) || len(wav) <= 44 {
		return horn{}, false
	}
	var side struct{ Start time.Time }
	require.NoError(t, json.Unmarshal(told, &side))
	pcm := wav[44:]
	h := horn{start: side.Start, samples: make([]float32, len(pcm)/2)}
	for i := range h.samples {
		h.samples[i] = float32(int16(binary.LittleEndian.Uint16(pcm[2*i:]))) / 32768
	}
	return h, true
}

// readThere is false for a file that is not there.
func readThere(t testing.TB, path string) ([]byte, bool) {
	t.Helper()
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false
	}
	require.NoError(t, err)
	return data, true
}

// cardHorn is what left a sound card, with silence where the card ran dry.
func cardHorn(r *tapcard.Recorder) horn {
	const block = rate / 100
	played := r.Samples()
	h := horn{start: r.At(0)}
	for i := 0; i < len(played); i += block {
		at := int(r.At(i).Sub(h.start).Seconds()*rate + 0.5)
		if missing := at - len(h.samples); missing > 0 {
			h.samples = append(h.samples, make([]float32, missing)...)
		}
		h.samples = append(h.samples[:at], played[i:min(i+block, len(played))]...)
	}
	return h
}

// cut returns n samples from an instant on.
func (h horn) cut(from time.Time, n int) []float32 {
	i := int(math.Round(from.Sub(h.start).Seconds() * rate))
	out := make([]float32, n)
	if i < 0 || i >= len(h.samples) {
		return out
	}
	copy(out, h.samples[i:])
	return out
}

// firstSound is when the first sample that is not silence leaves, from an
// instant on.
func (h horn) firstSound(from time.Time) time.Time {
	for i := max(0, int(from.Sub(h.start).Seconds()*rate)); i < len(h.samples); i++ {
		if math.Abs(float64(h.samples[i])) > 1e-4 {
			return h.start.Add(time.Duration(float64(i) / rate * 1e9))
		}
	}
	return time.Time{}
}

// likeness is how a sound left a horn. It is looked for in pieces of a quarter
// of a second, each where it fits best around the place that the one before it
// leads to: a node follows controller time by fractions of a millisecond as it
// learns it, and what is right but 0.2 ms off is no longer like itself at 2 kHz.
type likeness struct {
	whole float64       // the normalised correlation of all pieces, 1 is the very same
	least float64       // of the piece that is least like, of those that are not pauses
	off   time.Duration // how far the worst of those is from its instant
}

const (
	steered   = 25 * time.Millisecond  // how far a piece may be from where the one before it leads to
	stretched = 100 * time.Millisecond // likewise, of a live voice, whose pauses grow when its delay must
)

func (h horn) like(sound []float32, at time.Time, near time.Duration) likeness {
	const piece = rate / 4
	around := 2 * rate * int(near/time.Millisecond) / 1000
	out := likeness{least: 1}
	loud := 0.1 * energy(sound) / float64(len(sound))
	var xy, xx, yy float64
	var shift time.Duration // from the instants, of the piece before
	for i := 0; i < len(sound); i += piece {
		want := sound[i:min(i+piece, len(sound))]
		begins := at.Add(time.Duration(i)*time.Second/rate + shift)
		if len(want) == piece && energy(want) > loud*piece {
			corr, lag := match(want, h.cut(begins.Add(-near), len(want)+around), near)
			shift += lag
			begins = begins.Add(lag)
			out.least, out.off = min(out.least, corr), max(out.off, shift.Abs())
		}
		got := h.cut(begins, len(want))
		for j, v := range got {
			xy += float64(want[j]) * float64(v)
		}
		xx, yy = xx+energy(want), yy+energy(got)
	}
	if xx > 0 && yy > 0 {
		out.whole = xy / math.Sqrt(xx*yy)
	}
	return out
}

func energy(x []float32) (sum float64) {
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return sum
}

// heardAt checks that a sound left the horn at an instant, whole.
func heardAt(t testing.TB, name string, h horn, sound []float32, at time.Time) {
	t.Helper()
	l := h.like(sound, at, steered)
	t.Logf("%s: correlation %.4f, each quarter of a second at least %.4f and within %v of its instant", name, l.whole, l.least,
		l.off.Round(10*time.Microsecond))
	judge(t, at, sound, func(t testing.TB) {
		require.Greater(t, l.whole, 0.98, name)
		require.Greater(t, l.least, 0.8, name)
		require.Less(t, l.off, 20*time.Millisecond, name)
	})
}

// accounts checks, on whatever machine, that a node says what it left out of a
// sound: no less than was silent at the horn where the sound is loud, and no
// more than was silent there at all.
func accounts(t testing.TB, h horn, sound []float32, at time.Time, p playAnswer) {
	t.Helper()
	const block, grain = rate / 100, 100 * time.Millisecond // what a fade and two rounded edges make
	got := h.cut(at, len(sound))
	var loud, all time.Duration
	for i := 0; i+block <= len(sound); i += block {
		if energy(got[i:i+block]) > 0 {
			continue
		}
		all += 10 * time.Millisecond
		if energy(sound[i:i+block]) > 1e-3*block {
			loud += 10 * time.Millisecond
		}
	}
	left := time.Duration((p.LengthS - p.HeardS) * 1e9)
	t.Logf("%s item %d: the node says that it left out %v; the horn was silent for %v, %v of it in place of sound", p.Node, p.Item,
		left.Round(time.Millisecond), all, loud)
	require.GreaterOrEqual(t, left, loud-grain, "%+v", p)
	require.LessOrEqual(t, left, all+grain, "%+v", p)
}

// judge makes a check of a sound that left a horn at an instant: it counts if
// the machine was awake from a second before on, when it was read and decoded.
func judge(t testing.TB, at time.Time, sound []float32, check func(testing.TB)) {
	t.Helper()
	length := time.Duration(float64(len(sound)) / rate * 1e9)
	witness.Judge(t, at.Add(-time.Second), at.Add(length), check)
}

// match finds where in got, around the place where it should be, want sounds
// most alike: the normalised cross-correlation and the lag. got begins margin
// before the instant at which want should begin.
func match(want, got []float32, margin time.Duration) (correlation float64, lag time.Duration) {
	const coarse = 12 // 4 kHz holds the most of a voice
	slowWant, slowGot := decimate(want, coarse), decimate(got, coarse)
	lags := 2 * int(margin.Seconds()*rate) / coarse
	best, at := -1.0, 0
	for l := 0; l <= lags; l++ {
		if c := correlate(slowWant, slowGot, l); c > best {
			best, at = c, l
		}
	}
	best = -1
	fine := 0
	piece := want[:min(len(want), 4*rate)]
	for l := max(0, (at-2)*coarse); l <= (at+2)*coarse; l++ {
		if c := correlate(piece, got, l); c > best {
			best, fine = c, l
		}
	}
	return correlate(want, got, fine), time.Duration(float64(fine)/rate*1e9) - margin
}

func decimate(x []float32, n int) []float32 {
	out := make([]float32, len(x)/n)
	for i := range out {
		var sum float32
		for _, v := range x[i*n : (i+1)*n] {
			sum += v
		}
		out[i] = sum / float32(n)
	}
	return out
}

func correlate(want, got []float32, lag int) float64 {
	n := min(len(want), len(got)-lag)
	if n <= 0 {
		return 0
	}
	var xy, xx, yy float64
	for i := range n {
		x, y := float64(want[i]), float64(got[lag+i])
		xy += x * y
		xx += x * x
		yy += y * y
	}
	if xx == 0 || yy == 0 {
		return 0
	}
	return xy / math.Sqrt(xx*yy)
}

package ffmpeg

import (
	"context"
	"encoding/binary"
	"io"
	"math"
	"os"
	"slices"
	"time"

	"loa/audio/level"
)

const (
	voicedBelow = 25.0 // dB below the louder syllables: what is quieter is a pause
	voicedLeast = 1e-3 // of full scale: there is no voice below
)

// Voiced is how long a voice is heard in a file, pauses left out. A WAV of 16 bits,
// as voices write it, is read here; for all else ffmpeg runs. Errors: those of
// Level, among them ErrSilent and, without any sample, ErrHollow.
func (f Program) Voiced(ctx context.Context, path string) (time.Duration, error) {
	w, plain, err := windowsOfPlain(path)
	if err != nil {
		return 0, err
	}
	if !plain {
		if w, err = f.windowsOf(ctx, path); err != nil {
			return 0, err
		}
	}
	return w.voiced()
}

// loudWindows are the mean squares of a file's windows of 10 ms.
type loudWindows struct {
	size, n int // samples of one, and of the last so far
	sum     float64
	all     []float64
}

func (w *loudWindows) write(x float64) {
	w.sum += x * x
	if w.n++; w.n == w.size {
		w.all = append(w.all, w.sum/float64(w.n))
		w.sum, w.n = 0, 0
	}
}

func (w *loudWindows) voiced() (time.Duration, error) {
	if len(w.all) == 0 {
		return 0, ErrHollow
	}
	sorted := slices.Sorted(slices.Values(w.all))
	loud := sorted[len(sorted)*9/10]
	if math.Sqrt(sorted[len(sorted)-1]) < voicedLeast {
		return 0, ErrSilent
	}
	least := max(loud*math.Pow(10, -voicedBelow/10), voicedLeast*voicedLeast)
	n := 0
	for _, e := range w.all {
		if e >= least {
			n++
		}
	}
	return time.Duration(n) * 10 * time.Millisecond, nil
}

// windowsOf has ffmpeg decode a file.
func (f Program) windowsOf(ctx context.Context, path string) (*loudWindows, error) {
	f = f.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, f.Timeout)
	defer cancel()
	rec, err := f.look(ctx, path)
	if err != nil {
		return nil, err
	}
	w := &loudWindows{size: level.WindowSamples}
	return w, f.decode(ctx, rec, func(left, _ []float32) error {
		for _, x := range left {
			w.write(float64(x))
		}
		return nil
	})
}

// windowsOfPlain measures the first channel of a WAV of 16 bits as voices write them: the
// samples after 44 bytes. Of another file plain is false.
func windowsOfPlain(path string) (w *loudWindows, plain bool, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, false, err
	}
	defer file.Close()
	var h [44]byte
	if _, err := io.ReadFull(file, h[:]); err != nil {
		return nil, false, nil // another file, then: ffmpeg says what it is
	}
	u16 := func(at int) int { return int(binary.LittleEndian.Uint16(h[at:])) }
	channels, rate := u16(22), int(binary.LittleEndian.Uint32(h[24:]))
	if string(h[:4]) != "RIFF" || string(h[36:40]) != "data" || u16(20) != 1 || u16(34) != 16 || channels < 1 || channels > 2 || rate < 4000 || rate > 192_000 {
		return nil, false, nil
	}
	w = &loudWindows{size: rate / 100}
	raw := make([]byte, 1<<16) // whole frames of one and of two channels
	for {
		n, err := io.ReadFull(file, raw)
		for at := 0; at+1 < n; at += 2 * channels {
			w.write(float64(int16(binary.LittleEndian.Uint16(raw[at:]))) / 32768)
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return w, true, nil
		}
		if err != nil {
			return nil, false, err
		}
	}
}

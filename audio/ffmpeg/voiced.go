package ffmpeg

import (
	"context"
	"math"
	"slices"
	"time"

	"loa/audio/level"
)

const (
	voicedBelow = 25.0 // dB below the louder syllables: what is quieter is a pause
	voicedLeast = 1e-3 // of full scale: there is no voice below
)

// Voiced is how long a voice is heard in a file, pauses left out. Errors: those of
// Level, among them ErrSilent and, without any sample, ErrHollow.
func (f Program) Voiced(ctx context.Context, path string) (time.Duration, error) {
	f = f.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, f.Timeout)
	defer cancel()
	rec, err := f.look(ctx, path)
	if err != nil {
		return 0, err
	}
	return f.voiced(ctx, rec)
}

func (f Program) voiced(ctx context.Context, rec recording) (time.Duration, error) {
	w := &loudWindows{}
	err := f.decode(ctx, rec, func(left, _ []float32) error {
		for _, x := range left {
			w.write(float64(x))
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return w.voiced()
}

// loudWindows are the mean squares of a file's windows of 10 ms.
type loudWindows struct {
	n   int // samples of the last so far
	sum float64
	all []float64
}

func (w *loudWindows) write(x float64) {
	w.sum += x * x
	if w.n++; w.n == level.WindowSamples {
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

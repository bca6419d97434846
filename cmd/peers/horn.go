package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"loa/node/speaker/tapcard"
)

// horn is what left one player's output, and when. Both systems are heard by
// the same ear: what follows below [horn.chirps] does not know who played.
type horn struct {
	name string
	ppm  float64 // of its sample clock

	mu    sync.Mutex
	pcm   []float32
	marks []mark
}

// mark says when a sample left.
type mark struct {
	sample int
	at     time.Time
}

// add takes samples whose first left at an instant.
func (h *horn) add(pcm []float32, at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.marks = append(h.marks, mark{len(h.pcm), at})
	h.pcm = append(h.pcm, pcm...)
}

// card is an ALSA sound card that plays into the horn until ctx ends.
func (h *horn) card(ctx context.Context, dir string) (*tapcard.Card, error) {
	dir = filepath.Join(dir, h.name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	card, err := tapcard.New(dir)
	if err != nil {
		return nil, err
	}
	card.PPM = h.ppm
	go func() {
		if err := card.Run(ctx, h.add); err != nil {
			fmt.Fprintln(os.Stderr, h.name, err)
		}
		_ = card.Close() // nothing is lost with it
	}()
	return card, nil
}

// fifo is a file that Snapcast's file player writes 16-bit stereo to, 50 ms at
// a time by its own timer.
func (h *horn) fifo(ctx context.Context, dir string) (path string, err error) {
	path = filepath.Join(dir, h.name+".pcm")
	if err := unix.Mkfifo(path, 0o666); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	// O_RDWR, so that there is a reader before the player comes.
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return "", err
	}
	context.AfterFunc(ctx, func() { _ = f.Close() })
	go h.drain(f)
	return path, nil
}

// drain reads what is written and notes when. The player's timer wakes late,
// never early; what its samples would have left a card at is worked out of all
// writes in [horn.settle].
func (h *horn) drain(f *os.File) {
	buf := make([]byte, 1<<16)
	rest := 0
	for {
		n, err := f.Read(buf[rest:])
		if err != nil {
			return
		}
		now := time.Now()
		have := rest + n
		pcm := make([]float32, have/4)
		for i := range pcm {
			pcm[i] = float32(int16(binary.LittleEndian.Uint16(buf[4*i:]))) / 32768
		}
		rest = copy(buf, buf[4*len(pcm):have])
		if len(pcm) > 0 {
			h.add(pcm, now)
		}
	}
}

// Snapcast's file player believes that what it writes leaves 10 ms later, and
// a card would take it evenly.
const (
	fileDelay = 10 * time.Millisecond
	around    = 50 // writes before and after
)

// settle makes of the instants of writes those of samples leaving: of the
// writes around each, the one that was least late tells.
func (h *horn) settle() {
	h.mu.Lock()
	defer h.mu.Unlock()
	raw := slices.Clone(h.marks)
	for i := range raw {
		least := time.Duration(math.MaxInt64)
		for _, m := range raw[max(0, i-around):min(len(raw), i+around+1)] {
			least = min(least, m.at.Sub(raw[i].at)-h.length(m.sample-raw[i].sample))
		}
		h.marks[i].at = raw[i].at.Add(least + fileDelay)
	}
}

// length is how long n samples last by the horn's crystal.
func (h *horn) length(n int) time.Duration {
	return time.Duration(float64(n) * 1e9 / rate / (1 + h.ppm*1e-6))
}

// at is when a sample left.
func (h *horn) at(sample float64) time.Time {
	k, _ := slices.BinarySearchFunc(h.marks, int(sample)+1, func(m mark, s int) int { return m.sample - s })
	m := h.marks[max(0, k-1)]
	return m.at.Add(time.Duration((sample - float64(m.sample)) * 1e9 / rate / (1 + h.ppm*1e-6)))
}

// heardChirp is one that was heard: up or down, and when its first sample left.
type heardChirp struct {
	down int
	at   time.Time
}

const (
	loud   = 0.22 // above the tone, below the chirp
	enough = 0.65 // normalised correlation: it is the chirp
	coarse = 4    // samples between two tries, before the best is looked at closely
)

// chirps finds every chirp that left the horn.
func (h *horn) chirps() (found []heardChirp) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := chirpLen; i < len(h.pcm)-2*chirpLen; i++ {
		if math.Abs(float64(h.pcm[i])) < loud {
			continue
		}
		best, pos, down := 0.0, 0.0, 0
		for d := range chirps {
			if c, p := peak(h.pcm, chirps[d], i-chirpLen*3/4, i+chirpLen/8); c > best {
				best, pos, down = c, p, d
			}
		}
		if best > enough && !h.cut(int(pos)) {
			found = append(found, heardChirp{down, h.at(pos)})
		}
		i += 2 * chirpLen
	}
	return found
}

// cut reports whether the sound was gone within the chirp that begins at a
// sample: half a chirp fits in two places. The gap is counted; the chirp tells
// no time.
func (h *horn) cut(at int) bool {
	for i := at; i+gapLen <= min(at+chirpLen, len(h.pcm)); i += gapLen {
		if rms(h.pcm[i:i+gapLen]) < silence {
			return true
		}
	}
	return false
}

// peak is where in [from, to) a shape fits best, to a part of a sample, and
// how well.
func peak(pcm []float32, shape []float64, from, to int) (best, pos float64) {
	from, to = max(coarse, from), min(to, len(pcm)-len(shape)-coarse)
	at := -1
	for lag := from; lag < to; lag += coarse {
		if c := correlate(pcm[lag:], shape, coarse); c > best {
			best, at = c, lag
		}
	}
	if at < 0 {
		return 0, 0
	}
	fit := make([]float64, 2*coarse+1)
	top := coarse
	for i := range fit {
		if fit[i] = correlate(pcm[at-coarse+i:], shape, 1); fit[i] > fit[top] {
			top = i
		}
	}
	if top == 0 || top == len(fit)-1 {
		return 0, 0
	}
	l, m, r := fit[top-1], fit[top], fit[top+1] // a parabola through three points
	return m, float64(at-coarse+top) + (l-r)/(2*(l-2*m+r))
}

// correlate looks at every step-th sample.
func correlate(pcm []float32, shape []float64, step int) float64 {
	var xy, xx, yy float64
	for i := 0; i < len(shape); i += step {
		x, y := float64(pcm[i]), shape[i]
		xy += x * y
		xx += x * x
		yy += y * y
	}
	if xx == 0 {
		return 0
	}
	return xy / math.Sqrt(xx*yy)
}

// latencies is, for each chirp of the track, how long after it was spoken it
// left the horn, ms; NaN for one that did not.
func (h *horn) latencies(start time.Time, n int) []float64 {
	found := h.chirps()
	out := make([]float64, n)
	for k := range out {
		spoken := start.Add(samples(chirpAt(k)))
		out[k] = math.NaN()
		for _, c := range found {
			if late := c.at.Sub(spoken); c.down == k%2 && late > 0 && late < 1900*time.Millisecond {
				out[k] = late.Seconds() * 1000
			}
		}
	}
	return out
}

// gaps is when the steady tone was not heard.
type gaps struct {
	count   int
	silent  time.Duration
	longest time.Duration
	last    time.Time // end of the longest
}

func (g *gaps) note(d time.Duration, end time.Time) {
	g.count++
	g.silent += d
	if d > g.longest {
		g.longest, g.last = d, end
	}
}

// gapLen is the window in which the tone is looked for: more than the beat of
// tone and chirp can blot out.
const (
	gapLen  = rate / 100
	silence = toneLevel / math.Sqrt2 / 2 // RMS below it
)

// gaps finds stretches of 10 ms and more between two instants in which the tone
// was below half its level, or nothing left at all.
func (h *horn) gaps(from, to time.Time) (g gaps) {
	h.mu.Lock()
	defer h.mu.Unlock()
	began := from // of the silence, if there is one
	silent := false
	last := from // end of the window before
	for i := 0; i+gapLen <= len(h.pcm); i += gapLen {
		at := h.at(float64(i))
		if at.Before(from) {
			continue
		}
		if at.After(to) {
			break
		}
		quiet := rms(h.pcm[i:i+gapLen]) < silence
		if missing := at.Sub(last); !silent && missing > samples(gapLen) {
			silent, began = true, last
		}
		if quiet && !silent {
			silent, began = true, at
		}
		if !quiet && silent {
			g.note(at.Sub(began), at)
			silent = false
		}
		last = h.at(float64(i + gapLen - 1)).Add(samples(1)) // what comes after may be late
	}
	if silent || to.Sub(last) > samples(gapLen) {
		if !silent {
			began = last
		}
		g.note(to.Sub(began), to)
	}
	return g
}

func rms(pcm []float32) float64 {
	var sum float64
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum / float64(len(pcm)))
}

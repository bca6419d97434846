package tapcard

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"sort"
	"sync"
	"time"
)

// Recorder keeps what a card played, and when. Its Add is a callback for Card.Run; the rest may be called at any
// time from any goroutine.
type Recorder struct {
	mu      sync.Mutex
	samples []float32
	marks   []mark
}

// mark says when a frame left the horn.
type mark struct {
	frame int
	at    time.Time
}

// Add appends frames whose first left the horn at the instant at.
func (r *Recorder) Add(samples []float32, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.marks = append(r.marks, mark{len(r.samples), at})
	r.samples = append(r.samples, samples...)
}

// Len returns the number of frames kept.
func (r *Recorder) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.samples)
}

// Samples returns a copy of all frames, without the gaps in which the card was dry.
func (r *Recorder) Samples() []float32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]float32(nil), r.samples...)
}

// At returns when frame i left the horn; the zero time if there is no such frame.
func (r *Recorder) At(i int) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i < 0 || i >= len(r.samples) {
		return time.Time{}
	}
	k := sort.Search(len(r.marks), func(k int) bool { return r.marks[k].frame > i }) - 1
	m := r.marks[k]
	return m.at.Add(time.Duration(i-m.frame) * time.Second / Rate)
}

// WriteWAV writes the recording to a 32 bit float WAV file, with silence where the card was dry, and returns the
// instant of the file's first frame.
func (r *Recorder) WriteWAV(path string) (time.Time, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.marks) == 0 {
		return time.Time{}, fmt.Errorf("write %s: nothing was played", path)
	}
	le := binary.LittleEndian
	body := make([]byte, 0, 4*len(r.samples))
	for k, m := range r.marks {
		end := len(r.samples)
		if k+1 < len(r.marks) {
			end = r.marks[k+1].frame
		}
		if gap := r.gap(k); gap > 0 {
			body = append(body, make([]byte, 4*gap)...)
		}
		for _, v := range r.samples[m.frame:end] {
			body = le.AppendUint32(body, math.Float32bits(v))
		}
	}
	h := []byte("RIFF")
	h = le.AppendUint32(h, uint32(36+len(body)))
	h = append(h, "WAVEfmt "...)
	h = le.AppendUint32(h, 16)
	h = le.AppendUint16(h, 3) // IEEE float
	h = le.AppendUint16(h, 1)
	h = le.AppendUint32(h, Rate)
	h = le.AppendUint32(h, 4*Rate)
	h = le.AppendUint16(h, 4)
	h = le.AppendUint16(h, 32)
	h = append(h, "data"...)
	h = le.AppendUint32(h, uint32(len(body)))
	if err := os.WriteFile(path, append(h, body...), 0o644); err != nil {
		return time.Time{}, fmt.Errorf("write recording: %w", err)
	}
	return r.marks[0].at, nil
}

// gap returns the frames of silence before mark k: what its time is later than the mark before it explains. Less
// than a millisecond is the crystal, not a gap.
func (r *Recorder) gap(k int) int {
	if k == 0 {
		return 0
	}
	prev, m := r.marks[k-1], r.marks[k]
	late := m.at.Sub(prev.at) - time.Duration(m.frame-prev.frame)*time.Second/Rate
	if late < time.Millisecond {
		return 0
	}
	return int(late * Rate / time.Second)
}

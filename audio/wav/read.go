package wav

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"loa/audio"
)

// Errors of what a program wrote; use errors.Is.
var (
	ErrUnusable = errors.New("a WAV of 16, 24 or 32 bits is expected")
	ErrNone     = errors.New("it made no WAV")
)

// sound is where in a WAV file its first sound is, and how it is written.
type sound struct {
	format, channels, bits int   // 1: whole numbers, 3: floats
	rate                   int   // Hz
	from, size             int64 // bytes; the size is what the file says
}

// maxChunks of a file are looked at for the one that holds sound.
const maxChunks = 64

// Read reads a WAV file as one channel at [audio.Rate]: whole numbers of 16, 24 or 32
// bits, or floats of 32. Anything else is ErrUnusable.
func Read(path string) ([]float32, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("wav: %w", err)
	}
	return decode(raw)
}

func decode(raw []byte) ([]float32, error) {
	w, err := find(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, err
	}
	return atRate(w.mono(raw[w.from:w.from+min(w.size, int64(len(raw))-w.from)]), w.rate), nil
}

// atRate is a voice of another rate at ours. A higher one is made lower without a
// filter: a voice has next to nothing up there. (For any sound there is
// [audio.Resampler].)
func atRate(pcm []float32, rate int) []float32 {
	if rate == audio.Rate || len(pcm) == 0 {
		return pcm
	}
	step := float64(rate) / audio.Rate
	around := make([]float32, len(pcm)+3*audio.Reach+int(step))
	copy(around[audio.Reach:], pcm)
	out := make([]float32, int(float64(len(pcm))/step))
	audio.Interpolate(out, around, audio.Reach, step)
	return out
}

// find finds the sound in a RIFF file of so many bytes. Sizes that are too large are
// those of a program that wrote to a pipe: the sound goes on to the end.
func find(r io.ReaderAt, size int64) (w sound, err error) {
	var h [26]byte
	if size < 12 || audio.ReadAt(r, h[:12], 0) != nil || string(h[:4]) != "RIFF" || string(h[8:12]) != "WAVE" {
		return w, ErrUnusable
	}
	at := int64(12)
	for range maxChunks {
		if at+8 > size || audio.ReadAt(r, h[:8], at) != nil {
			break
		}
		name, n := string(h[:4]), int64(binary.LittleEndian.Uint32(h[4:]))
		at += 8
		switch name {
		case "fmt ":
			body := h[:max(0, min(n, int64(len(h)), size-at))]
			if len(body) < 16 || audio.ReadAt(r, body, at) != nil {
				return w, ErrUnusable
			}
			w.describe(body)
		case "data":
			if w.from, w.size = at, n; !w.usable() {
				return w, ErrUnusable
			}
			return w, nil
		}
		at += n + n%2
	}
	return w, ErrUnusable
}

// describe reads the chunk that says how the sound is written, 16 bytes or more.
func (w *sound) describe(body []byte) {
	w.format, w.channels = int(binary.LittleEndian.Uint16(body)), int(binary.LittleEndian.Uint16(body[2:]))
	w.rate, w.bits = int(binary.LittleEndian.Uint32(body[4:])), int(binary.LittleEndian.Uint16(body[14:]))
	if w.format == 0xfffe && len(body) >= 26 { // the longer form of the header
		w.format = int(binary.LittleEndian.Uint16(body[24:]))
	}
}

func (w sound) usable() bool {
	whole := w.format == 1 && (w.bits == 16 || w.bits == 24 || w.bits == 32)
	return (whole || w.format == 3 && w.bits == 32) && w.channels >= 1 && w.channels <= 8 && w.rate >= 4000 && w.rate <= 192000
}

// mono is the mean of the channels of data, full scale ±1.
func (w sound) mono(data []byte) []float32 {
	step := w.bits / 8
	pcm := make([]float32, len(data)/(step*w.channels))
	at := 0
	for i := range pcm {
		for range w.channels {
			pcm[i] += w.number(data[at:at+step]) / float32(w.channels)
			at += step
		}
	}
	return pcm
}

func (w sound) number(b []byte) float32 {
	if w.format == 3 {
		x := math.Float32frombits(binary.LittleEndian.Uint32(b))
		if x != x || x > 4 || x < -4 { // no sound is so
			return 0
		}
		return x
	}
	v := int32(0)
	for i, c := range b { // to the upper end of 32 bits
		v |= int32(c) << (8 * (4 - len(b) + i))
	}
	return float32(v) / (1 << 31)
}

package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"

	"loa/audio"
)

// Errors of what a program wrote; use errors.Is.
var (
	ErrUnusable = errors.New("a WAV of 16, 24 or 32 bits is expected")
	ErrNone     = errors.New("it made no WAV")
)

// sound is what a speech program wrote: the first sound of a WAV file.
type sound struct {
	format, channels, bits int // 1: whole numbers, 3: floats
	rate                   int // Hz
	data                   []byte
}

// Read reads a WAV file as one channel at [Rate]: whole numbers of 16, 24 or 32
// bits, or floats of 32. Anything else is errUnusable.
func Read(path string) ([]float32, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("wav: %w", err)
	}
	w, err := parse(raw)
	if err != nil {
		return nil, err
	}
	return atRate(w.mono(), w.rate), nil
}

// parse finds the sound in a RIFF file. Sizes that are too large are those of a
// program that wrote to a pipe: the sound goes on to the end.
func parse(raw []byte) (w sound, err error) {
	if len(raw) < 12 || string(raw[:4]) != "RIFF" || string(raw[8:12]) != "WAVE" {
		return w, ErrUnusable
	}
	for rest := raw[12:]; len(rest) >= 8; {
		size := min(int(binary.LittleEndian.Uint32(rest[4:])), len(rest)-8)
		body := rest[8 : 8+size]
		switch string(rest[:4]) {
		case "fmt ":
			if size < 16 {
				return w, ErrUnusable
			}
			w.format, w.channels = int(binary.LittleEndian.Uint16(body)), int(binary.LittleEndian.Uint16(body[2:]))
			w.rate, w.bits = int(binary.LittleEndian.Uint32(body[4:])), int(binary.LittleEndian.Uint16(body[14:]))
			if w.format == 0xfffe && size >= 26 { // the longer form of the header
				w.format = int(binary.LittleEndian.Uint16(body[24:]))
			}
		case "data":
			w.data = body
			if !w.usable() {
				return w, ErrUnusable
			}
			return w, nil
		}
		rest = rest[8+min(size+size%2, len(rest)-8):]
	}
	return w, ErrUnusable
}

func (w sound) usable() bool {
	whole := w.format == 1 && (w.bits == 16 || w.bits == 24 || w.bits == 32)
	return (whole || w.format == 3 && w.bits == 32) && w.channels >= 1 && w.channels <= 8 && w.rate >= 4000 && w.rate <= 192000
}

// mono is the mean of the channels, full scale ±1.
func (w sound) mono() []float32 {
	step := w.bits / 8
	pcm := make([]float32, len(w.data)/(step*w.channels))
	at := 0
	for i := range pcm {
		for range w.channels {
			pcm[i] += w.number(w.data[at:at+step]) / float32(w.channels)
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

// atRate is pcm of another rate at ours. A higher one is made lower without a
// filter: a voice has next to nothing up there.
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

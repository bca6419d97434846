package audio

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"time"
)

// wave is what a speech program wrote: the first sound of a WAV file.
type wave struct {
	format, channels, bits int // 1: whole numbers, 3: floats
	rate                   int // Hz
	data                   []byte
}

// readWAV reads a WAV file as one channel at [Rate]: whole numbers of 16, 24 or 32
// bits, or floats of 32. Anything else is ErrSpeech.
func readWAV(path string) ([]float32, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("speech: %w", err)
	}
	w, err := parseWAV(raw)
	if err != nil {
		return nil, err
	}
	return atRate(w.mono(), w.rate), nil
}

// parseWAV finds the sound in a RIFF file. Sizes that are too large are those of a
// program that wrote to a pipe: the sound goes on to the end.
func parseWAV(raw []byte) (w wave, err error) {
	unusable := fmt.Errorf("%w: a WAV of 16, 24 or 32 bits is expected", ErrSpeech)
	if len(raw) < 12 || string(raw[:4]) != "RIFF" || string(raw[8:12]) != "WAVE" {
		return w, unusable
	}
	for rest := raw[12:]; len(rest) >= 8; {
		size := min(int(binary.LittleEndian.Uint32(rest[4:])), len(rest)-8)
		body := rest[8 : 8+size]
		switch string(rest[:4]) {
		case "fmt ":
			if size < 16 {
				return w, unusable
			}
			w.format, w.channels = int(binary.LittleEndian.Uint16(body)), int(binary.LittleEndian.Uint16(body[2:]))
			w.rate, w.bits = int(binary.LittleEndian.Uint32(body[4:])), int(binary.LittleEndian.Uint16(body[14:]))
			if w.format == 0xfffe && size >= 26 { // the longer form of the header
				w.format = int(binary.LittleEndian.Uint16(body[24:]))
			}
		case "data":
			w.data = body
			if !w.usable() {
				return w, unusable
			}
			return w, nil
		}
		rest = rest[8+min(size+size%2, len(rest)-8):]
	}
	return w, unusable
}

func (w wave) usable() bool {
	whole := w.format == 1 && (w.bits == 16 || w.bits == 24 || w.bits == 32)
	return (whole || w.format == 3 && w.bits == 32) && w.channels >= 1 && w.channels <= 8 && w.rate >= 4000 && w.rate <= 192000
}

// mono is the mean of the channels, full scale ±1.
func (w wave) mono() []float32 {
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

func (w wave) number(b []byte) float32 {
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
	if rate == Rate || len(pcm) == 0 {
		return pcm
	}
	step := float64(rate) / Rate
	around := make([]float32, len(pcm)+3*Reach+int(step))
	copy(around[Reach:], pcm)
	out := make([]float32, int(float64(len(pcm))/step))
	Interpolate(out, around, Reach, step)
	return out
}

// keepWAV writes pcm in the place of what a file holds.
func keepWAV(path string, pcm []float32) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("speech: %w", err)
	}
	out := newWAVWriter(f)
	out.write(pcm, 1)
	if err := out.close(); err != nil {
		return fmt.Errorf("speech: %w", err)
	}
	return nil
}

// wavWriter writes one channel of 16 bits at [Rate]. Its buffer keeps the first
// error for close.
type wavWriter struct {
	f       *os.File
	w       *bufio.Writer
	samples int
}

func newWAVWriter(f *os.File) *wavWriter {
	o := &wavWriter{f: f, w: bufio.NewWriterSize(f, 1<<16)}
	_, _ = o.w.Write(wavHeader(0))
	return o
}

func (o *wavWriter) write(pcm []float32, gain float32) {
	for _, x := range pcm {
		var b [2]byte
		v := min(1, max(-1, x*gain))
		binary.LittleEndian.PutUint16(b[:], uint16(int16(math.Round(float64(v)*32767))))
		_, _ = o.w.Write(b[:])
	}
	o.samples += len(pcm)
}

func (o *wavWriter) silence(d time.Duration) { o.write(make([]float32, Samples(d)), 0) }

// close writes how long it became, and closes the file.
func (o *wavWriter) close() error {
	err := o.w.Flush()
	if err == nil {
		_, err = o.f.WriteAt(wavHeader(2*o.samples), 0)
	}
	return errors.Join(err, o.f.Close())
}

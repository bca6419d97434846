package wav

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"loa/audio"
)

// File is PCM of one channel of 16 bits with its header.
func File(raw []byte) []byte { return append(Header(len(raw)), raw...) }

// Header is what stands before so many bytes of PCM of one channel of 16 bits (RIFF).
func Header(size int) []byte {
	var f bytes.Buffer
	put := func(v any) { _ = binary.Write(&f, binary.LittleEndian, v) }
	_, _ = io.WriteString(&f, "RIFF")
	put(uint32(36 + size))
	_, _ = io.WriteString(&f, "WAVEfmt ")
	put(uint32(16))
	put([2]uint16{1, 1})
	put([2]uint32{audio.Rate, 2 * audio.Rate})
	put([2]uint16{2, 16})
	_, _ = io.WriteString(&f, "data")
	put(uint32(size))
	return f.Bytes()
}

// Keep writes pcm in the place of what a file holds.
func Keep(path string, pcm []float32) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("wav: %w", err)
	}
	out := NewWriter(f)
	out.Write(pcm, 1)
	if err := out.Close(); err != nil {
		return fmt.Errorf("wav: %w", err)
	}
	return nil
}

// Writer writes one channel of 16 bits at [Rate]. Its buffer keeps the first
// error for close.
type Writer struct {
	f       *os.File
	w       *bufio.Writer
	samples int
}

// NewWriter begins a WAV file.
func NewWriter(f *os.File) *Writer {
	o := &Writer{f: f, w: bufio.NewWriterSize(f, 1<<16)}
	_, _ = o.w.Write(Header(0))
	return o
}

// Write appends pcm, made louder by gain.
func (o *Writer) Write(pcm []float32, gain float32) {
	for _, x := range pcm {
		var b [2]byte
		v := min(1, max(-1, x*gain))
		binary.LittleEndian.PutUint16(b[:], uint16(int16(math.Round(float64(v)*32767))))
		_, _ = o.w.Write(b[:])
	}
	o.samples += len(pcm)
}

// Silence appends silence.
func (o *Writer) Silence(d time.Duration) { o.Write(make([]float32, audio.Samples(d)), 0) }

// Close writes how long it became, and closes the file.
func (o *Writer) Close() error {
	err := o.w.Flush()
	if err == nil {
		_, err = o.f.WriteAt(Header(2*o.samples), 0)
	}
	return errors.Join(err, o.f.Close())
}

// Finish checks a WAV written to a pipe and puts the true sizes into its
// header, which its writer could not know. errNoWAV: it is none.
func Finish(f *os.File) error {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("wav: %w", err)
	}
	var h [44]byte
	if size < int64(len(h)) || !head(f, h[:]) || string(h[:4]) != "RIFF" || string(h[8:12]) != "WAVE" {
		return ErrNone
	}
	if string(h[36:40]) != "data" || size > 1<<31 {
		return nil // another layout: the reader copes
	}
	binary.LittleEndian.PutUint32(h[4:], uint32(size-8))
	binary.LittleEndian.PutUint32(h[40:], uint32(size-44))
	if _, err := f.WriteAt(h[:], 0); err != nil {
		return fmt.Errorf("wav: %w", err)
	}
	return nil
}

// head reads the beginning of a file.
func head(f *os.File, h []byte) bool { n, _ := f.ReadAt(h, 0); return n == len(h) }

package wav

import (
	"errors"
	"fmt"
	"io"
	"os"

	"loa/audio"
)

// Plain is a WAV of one channel of whole numbers of 16 bits that is all there, as
// [Writer] and most speech programs write it.
type Plain struct {
	path string
	sound
}

// OpenPlain looks whether a file is one. Of all else, also of one that was cut short,
// holds no sample or does not say how many, ok is false.
func OpenPlain(path string) (p Plain, ok bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return p, false, fmt.Errorf("wav: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return p, false, fmt.Errorf("wav: %w", err)
	}
	w, err := find(f, info.Size())
	if err != nil {
		return p, false, nil
	}
	ok = w.format == 1 && w.channels == 1 && w.bits == 16 && w.size >= 2 && w.from+w.size <= info.Size()
	return Plain{path, w}, ok, nil
}

// Seconds is how long it lasts.
func (p Plain) Seconds() float64 { return float64(p.size/2) / float64(p.rate) }

// Play hands its sound at [audio.Rate] to sink, which may change it, in pieces of at most
// so many samples, until sink returns an error. Other errors are those of the disk.
func (p Plain) Play(piece int, sink func(pcm []float32) error) error {
	f, err := os.Open(p.path)
	if err != nil {
		return fmt.Errorf("wav: %w", err)
	}
	defer f.Close()
	in := io.NewSectionReader(f, p.from, p.size/2*2)
	rate := audio.NewResampler(p.rate)
	raw := make([]byte, 2*piece)
	for {
		n, err := io.ReadFull(in, raw)
		if n == 0 && errors.Is(err, io.EOF) {
			return pieces(rate.End(), piece, sink)
		}
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("wav: %w", err)
		}
		if err := pieces(rate.Write(p.mono(raw[:n])), piece, sink); err != nil {
			return err
		}
	}
}

func pieces(pcm []float32, most int, sink func(pcm []float32) error) error {
	for len(pcm) > 0 {
		n := min(len(pcm), most)
		if err := sink(pcm[:n]); err != nil {
			return err
		}
		pcm = pcm[n:]
	}
	return nil
}

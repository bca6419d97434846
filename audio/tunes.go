package audio

import (
	"bytes"
	"encoding/binary"
	"io"
	"time"
)

// tune is an attention signal made as the chime is.
type tune struct {
	length   time.Duration
	bells    []bell
	partials []partial
}

// Tubular bells, a marimba and a low gong: each with partials that a horn can
// reproduce, from 300 Hz up.
var tunes = map[string]tune{
	"two":   {2000 * time.Millisecond, []bell{{0.03, 659.255, 1}, {0.6, 523.251, 1}}, []partial{{1, 1, 2.2}, {2, 0.45, 1.5}, {3, 0.22, 1}}},
	"three": {3000 * time.Millisecond, []bell{{0.03, 587.33, 1}, {0.33, 698.456, 1}, {0.63, 880, 1}, {1.23, 587.33, 1}, {1.53, 698.456, 1}, {1.83, 880, 1}}, []partial{{1, 1, 0.7}, {4, 0.3, 0.25}, {9.2, 0.08, 0.1}}},
	"gong":  {3600 * time.Millisecond, []bell{{0.03, 311.127, 1}}, []partial{{1, 1, 5}, {1.48, 0.5, 4}, {2.07, 0.45, 3}, {2.83, 0.3, 2.2}, {3.9, 0.2, 1.4}, {5.1, 0.1, 0.9}}},
}

// TuneNames are the attention signals besides [Chime] that a commune may choose.
var TuneNames = []string{"two", "three", "gong"}

// TuneWAV is an attention signal as a WAV file, one channel of 16 bits, peak −6
// dBFS, not yet levelled; false: there is none of that name.
func TuneWAV(name string) ([]byte, bool) {
	t, ok := tunes[name]
	if !ok {
		return nil, false
	}
	pcm := t.sound()
	peak := float32(0)
	for _, v := range pcm {
		peak = max(peak, v, -v)
	}
	var raw bytes.Buffer
	for _, v := range pcm {
		_ = binary.Write(&raw, binary.LittleEndian, int16(v/peak*16384)) // never fails
	}
	return wavFile(raw.Bytes()), true
}

// sound is the tune as it is struck, of any loudness; its end is faded.
func (t tune) sound() []float32 {
	pcm := make([]float32, Samples(t.length))
	for _, b := range t.bells {
		for _, p := range t.partials {
			ring(pcm[int(b.at*Rate):], b.hertz*p.ratio, b.level*p.level, p.fall)
		}
	}
	fadeOut(pcm, 0.4)
	return pcm
}

// wavFile is PCM of one channel of 16 bits with its header.
func wavFile(raw []byte) []byte { return append(wavHeader(len(raw)), raw...) }

// wavHeader is what stands before so many bytes of PCM of one channel of 16 bits (RIFF).
func wavHeader(size int) []byte {
	var f bytes.Buffer
	put := func(v any) { _ = binary.Write(&f, binary.LittleEndian, v) }
	_, _ = io.WriteString(&f, "RIFF")
	put(uint32(36 + size))
	_, _ = io.WriteString(&f, "WAVEfmt ")
	put(uint32(16))
	put([2]uint16{1, 1})
	put([2]uint32{Rate, 2 * Rate})
	put([2]uint16{2, 16})
	_, _ = io.WriteString(&f, "data")
	put(uint32(size))
	return f.Bytes()
}

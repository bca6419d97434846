package tune

import (
	"bytes"
	"encoding/binary"
	"time"

	"loa/audio"
	"loa/audio/wav"
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
	"two": {2000 * time.Millisecond, []bell{{0.03, 659.255, 1}, {0.6, 523.251, 1}}, []partial{{1, 1, 2.2}, {2, 0.45, 1.5}, {3, 0.22, 1}}},
	"three": {3000 * time.Millisecond, []bell{{0.03, 587.33, 1}, {0.33, 698.456, 1}, {0.63, 880, 1}, {1.23, 587.33, 1}, {1.53, 698.456, 1},
		{1.83, 880, 1}}, []partial{{1, 1, 0.7}, {4, 0.3, 0.25}, {9.2, 0.08, 0.1}}},
	"gong": {3600 * time.Millisecond, []bell{{0.03, 311.127, 1}}, []partial{{1, 1, 5}, {1.48, 0.5, 4}, {2.07, 0.45, 3}, {2.83, 0.3, 2.2},
		{3.9, 0.2, 1.4}, {5.1, 0.1, 0.9}}},
}

// Names are the attention signals besides [Chime] that a commune may choose.
var Names = []string{"two", "three", "gong"}

// WAV is an attention signal as a WAV file, one channel of 16 bits, peak −6
// dBFS, not yet levelled; false: there is none of that name.
func WAV(name string) ([]byte, bool) {
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
	return wav.File(raw.Bytes()), true
}

// sound is the tune as it is struck, of any loudness; its end is faded.
func (t tune) sound() []float32 {
	pcm := make([]float32, audio.Samples(t.length))
	for _, b := range t.bells {
		for _, p := range t.partials {
			ring(pcm[int(b.at*audio.Rate):], b.hertz*p.ratio, b.level*p.level, p.fall)
		}
	}
	fadeOut(pcm, 0.4)
	return pcm
}

// Package audio is everything Loa knows about sound as data: Opus and Ogg, clips, the
// jitter buffer of a call; and, in the packages below it, levels, the station's tunes,
// and the two programs it runs: ffmpeg, which reads whatever a phone recorded, and a
// speech command. It imports nothing of ours, and is the only package with a cgo codec.
//
// # One format inside
//
// Sound is []float32, mono, 48 kHz ([Rate]), full scale ±1. A frame is 20 ms
// ([FrameSamples]). A clip is an Ogg Opus file, mono, 32 kbit/s, at −16 LUFS.
//
//	recording ──ffmpeg──▶ channels ─▶ clean ─▶ mix ─▶ trim ─▶ gain ─▶ limiter ─▶ Opus ─▶ Ogg   ffmpeg, level
//	text ──speech command──▶ WAV ─┘ [Resampler]                           speech, Say; wav, Plain
//	     └─ group by group ─▶ even ─▶ silences ─▶ WAV ─┘                  speech, Perform
//	clip ─▶ Ogg ─▶ Opus ─▶ PCM                                            [OpenClip]
//	PCM ⇄ 20 ms packets                                       [Encoder] and [Decoder]
//	packets of a call, as a network brings them ─▶ PCM        [Jitter]; speech is decoded at its own 16 kHz
//
// # What comes from outside
//
// Readers here take any bytes: they return errors, hold no more than one Ogg
// page and one packet, and never panic.
package audio

import "time"

const (
	// Rate is the one sample rate of Loa, in Hz.
	Rate = 48000
	// FrameSamples is one frame of 20 ms, the unit of encoding and of mixing.
	FrameSamples = Rate / 50
)

// Samples is the number of whole samples in d, rounded to the nearest.
func Samples(d time.Duration) int64 {
	seconds, rest := int64(d/time.Second), int64(d%time.Second)
	half := int64(time.Second / 2)
	if rest < 0 {
		half = -half
	}
	return seconds*Rate + (rest*Rate+half)/int64(time.Second)
}

// Length is the time n samples last, rounded down to the nanosecond.
func Length(n int64) time.Duration {
	return time.Duration(n/Rate)*time.Second + time.Duration(n%Rate)*time.Second/Rate
}

// Package audio is everything Loa knows about sound as data: Opus and Ogg, the
// levels of a clip, the station's chime, and, at its edge, the two programs it
// runs: ffmpeg, which reads whatever a phone recorded, and a speech command.
// It imports nothing of ours but package reading below it, and is the only package with a cgo codec.
//
// # One format inside
//
// Sound is []float32, mono, 48 kHz ([Rate]), full scale ±1. A frame is 20 ms
// ([FrameSamples]). A clip is an Ogg Opus file, mono, 32 kbit/s, at −16 LUFS.
//
//	recording ──ffmpeg──▶ channels ─▶ clean ─▶ mix ─▶ trim ─▶ gain ─▶ limiter ─▶ Opus ─▶ Ogg   [FFmpeg.Level]
//	text ──speech command──▶ WAV ─┘                                       [Speech.Say]
//	     └─ group by group ─▶ even ─▶ silences ─▶ WAV ─┘                  [Speech.Perform]
//	clip ─▶ Ogg ─▶ Opus ─▶ PCM                                            [OpenClip]
//	PCM ⇄ 20 ms packets                                       [Encoder] and [Decoder]
//	packets of a call, as a network brings them ─▶ PCM        [Jitter]; speech is decoded at its own 16 kHz
//
// # Levels
//
// Loudness is ITU-R BS.1770-4 integrated loudness of the mono signal, true
// peak its Annex 2 estimate. [FFmpeg.Level] reads the recording twice: once to
// find where sound begins and ends and how loud it is, once to write it with a
// constant gain and a look-ahead limiter. What it judges is the decoded Opus,
// because the codec overshoots; when that misses −16 ± 0.5 LUFS or exceeds
// −1.5 dBTP it writes again with both settings corrected. A recording that
// cannot reach −16 LUFS without more than 15 dB of limiting (a few claps in a
// quiet room) stays quieter; true peak is never given up.
//
// A recording of five minutes and more is decoded twice only: the gain is found
// on a minute of seconds from all over it, through Opus too, and the coder takes a
// fifth of its time (without looking for what is a voice). An hour of mp3 takes
// less than one minute of a processor; before, it was six.
//
// # Styles of saying
//
// A horn is heard through its own echo, in which words of a long sentence run into
// each other; 200 ms of silence between groups of words bring back nearly what is
// lost. [Speech.Perform] says a text group by group (package reading, Groups). Each
// is spoken by a start of the program of its own: a program that is given the whole
// text pauses at a comma for as long as it likes, or not at all, and to look for its
// silences would find the closed lips of a p as well. What it costs are starts:
// espeak-ng takes some 20 ms for one; of another program 40 at the most are asked
// for, and 12 where somebody waits for an alert, by joining groups. A group's peaks are
// held 11.5 dB over its loudness before all are brought to the middle one, by 8 dB at
// the most: the limiter of a clip then has nothing left to do, and groups that were
// equally loud stay so.
//
// [Attention] is the sound before an emergency, one for each hazard.
//
// # What recorders and mixing desks do
//
// Two channels become one window by window: their mean where they agree, the
// better one where the mean would lose something (opposite phase, a dead or a noisy
// channel). A constant offset is taken out, numbers that are none and lone samples
// far beyond full scale are drawn over, claps and knocks far above what is said are
// turned down to it before anything is measured. What is faint and steady, the
// noise of an empty room, is made louder by 20 dB at the most. Each of these leaves
// a [Note].
//
// Short clips: gating needs one block of 400 ms. A clip shorter than that is
// measured ungated over its own length, so a single word is as loud while it
// lasts as a bulletin is. (ffmpeg reports −70 LUFS for such a file.)
//
// Silence at the ends is what stays below a threshold between 35 and 22 dB
// under the recording's loudness, placed 6 dB above its own noise floor. 50 ms
// before the sound and 100 ms after it are kept, and the cuts are faded.
//
// # What comes from outside
//
// Readers here take any bytes: they return errors, hold no more than one Ogg
// page and one packet, and never panic. ffmpeg is given a list of containers
// and of protocols (file, pipe), so a playlist in disguise opens nothing.
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

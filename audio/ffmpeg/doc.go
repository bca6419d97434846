// Package ffmpeg makes clips of whatever a phone recorded, by ffmpeg and ffprobe:
// [Program.Level]. It decodes streams as they come ([Program.Stream]) and hears how
// long a voice speaks in a file ([Program.Voiced]).
//
// [Program.Level] reads the recording twice: once to find where sound begins and ends
// and how loud it is, once to write it with a constant gain and a look-ahead limiter.
// What it judges is the decoded Opus, because the codec overshoots; when that misses
// −16 ± 0.5 LUFS or exceeds −1.5 dBTP it writes again with both settings corrected. A
// recording that cannot reach −16 LUFS without more than 15 dB of limiting (a few claps
// in a quiet room) stays quieter; true peak is never given up.
//
// A recording of five minutes and more is decoded twice only: the gain is found
// on a minute of seconds from all over it, through Opus too, and the coder takes a
// fifth of its time (without looking for what is a voice). An hour of mp3 takes
// less than one minute of a processor; before, it was six.
//
// A WAV of one channel of 16 bits that is all there, as our own voice comes, is read
// by package wav: no program is started, and what comes out is the same.
//
// ffmpeg is given a list of containers and of protocols (file, pipe), so a playlist in
// disguise opens nothing.
package ffmpeg

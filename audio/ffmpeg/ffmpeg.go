package ffmpeg

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"loa/audio/program"
)

// Errors of a recording. Each is returned wrapped in a sentence with details;
// use errors.Is.
var (
	ErrUndecodable = errors.New("not a sound recording that can be decoded")
	ErrTruncated   = fmt.Errorf("%w: the end of the file is missing", ErrUndecodable)
	ErrHollow      = fmt.Errorf("%w: it has a beginning and no sound after it", ErrUndecodable)
	ErrNoAudio     = errors.New("no sound in the file")
	ErrSilent      = errors.New("nothing but silence")
	ErrTooLong     = errors.New("too long")
)

const (
	defaultMaxDuration = time.Hour
	defaultTimeout     = 30 * time.Minute

	// containers is what ffmpeg may take a file for: what phones, cameras,
	// recorders and mixing desks write. It leaves out every format that names
	// other files or addresses (hls, dash, concat, image2 …).
	containers = "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dsf,dss,dts,eac3,flac,flv,matroska,mov,mp3,mpc,mpc8," +
		"mpeg,mpegts,mxf,ogg,oma,rm,tta,voc,w64,wav,wv"
	protocols = "file,pipe"
	maxAlloc  = "268435456" // bytes ffmpeg may ask for at once
	// maxJump and maxPause are seconds by which time stamps may leap: in formats of
	// streams, which leap for no reason, and in the others, where a leap is a pause
	// of the recorder. What leaps further goes on as if it had not.
	maxJump, maxPause = "1", "30"
	// minScore is how sure ffmpeg must be of the container. Random bytes reach
	// 1; an mp3 of a tenth of a second without any header reaches 25.
	minScore = 20
)

// Program runs ffmpeg and ffprobe on files. The zero value finds both on the
// PATH. It is safe for concurrent use.
type Program struct {
	Path        string        // of ffmpeg; "" is "ffmpeg"
	ProbePath   string        // of ffprobe; "" is "ffprobe"
	MaxDuration time.Duration // of a recording; 0 is one hour
	Timeout     time.Duration // for one call of Level or Measure; 0 is 30 minutes
	Bitrate     int           // of a clip, bit/s; 0 is 32,000
	Quick       bool          // a clip is encoded in a fifth of the time, however short it is: somebody waits for it
}

func (f Program) withDefaults() Program {
	if f.Path == "" {
		f.Path = "ffmpeg"
	}
	if f.ProbePath == "" {
		f.ProbePath = "ffprobe"
	}
	if f.MaxDuration <= 0 {
		f.MaxDuration = defaultMaxDuration
	}
	if f.Timeout <= 0 {
		f.Timeout = defaultTimeout
	}
	return f
}

// input is the arguments for reading the first sound of a file, and no more.
func (f Program) input(path string, output ...string) []string {
	return append([]string{"-hide_banner", "-nostdin", "-nostats", "-v", "warning", "-max_alloc", maxAlloc,
		"-threads", "1", "-dts_delta_threshold", maxJump, "-dts_error_threshold", maxPause,
		"-protocol_whitelist", protocols, "-format_whitelist", containers,
		"-i", "file:" + path, "-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1"}, output...)
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }

// undecodable explains a failed run by ffmpeg's own words, unless the cause is
// not the file: the context, or a program that cannot be started.
func undecodable(err error, notes *program.Notes) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	if notes.Has("moov atom not found") { // a phone writes that last
		return ErrTruncated
	}
	if notes.Has("Stream map '0:a:0' matches no streams") {
		return ErrNoAudio
	}
	if notes.Has("not on whitelist") || notes.Has("low score of 1,") {
		return fmt.Errorf("%w: not a kind of recording that is taken", ErrUndecodable)
	}
	return fmt.Errorf("%w: %s", ErrUndecodable, notes)
}

// lastWords keeps the end of what is written to it.
type lastWords struct{ tail []byte }

const maxTail = 4096

func (l *lastWords) Write(p []byte) (int, error) {
	l.tail = append(l.tail, p...)
	if over := len(l.tail) - maxTail; over > 0 {
		l.tail = append(l.tail[:0], l.tail[over:]...)
	}
	return len(p), nil
}

// number is the last value of a key=value line, 0 without one.
func (l *lastWords) number(key string) float64 {
	v := 0.0
	lines := bufio.NewScanner(bytes.NewReader(l.tail))
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), key); ok {
			if x, err := strconv.ParseFloat(strings.TrimSpace(rest), 64); err == nil {
				v = x
			}
		}
	}
	return v
}

package audio

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Errors of a recording. Each is returned wrapped in a sentence with details;
// use errors.Is.
var (
	ErrUndecodable = errors.New("not a sound recording that can be decoded")
	ErrTruncated   = fmt.Errorf("%w: the end of the file is missing", ErrUndecodable)
	ErrNoAudio     = errors.New("no sound in the file")
	ErrSilent      = errors.New("nothing but silence")
	ErrTooLong     = errors.New("too long")
)

const (
	defaultMaxDuration = time.Hour
	defaultTimeout     = 30 * time.Minute

	// containers is what ffmpeg may take a file for. It leaves out every format
	// that names other files or addresses (hls, dash, concat, image2 …).
	containers = "aac,aiff,amr,amrnb,amrwb,asf,au,caf,flac,matroska,mov,mp3,ogg,w64,wav"
	protocols  = "file,pipe"
	maxAlloc   = "268435456" // bytes ffmpeg may ask for at once
	// minScore is how sure ffmpeg must be of the container. Random bytes reach
	// 1; an mp3 of a tenth of a second without any header reaches 25.
	minScore = 20
)

// FFmpeg runs ffmpeg and ffprobe on files. The zero value finds both on the
// PATH. It is safe for concurrent use.
type FFmpeg struct {
	Path        string        // of ffmpeg; "" is "ffmpeg"
	ProbePath   string        // of ffprobe; "" is "ffprobe"
	MaxDuration time.Duration // of a recording; 0 is one hour
	Timeout     time.Duration // for one call of Level or Measure; 0 is 30 minutes
}

func (f FFmpeg) withDefaults() FFmpeg {
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

// recording is what ffprobe and one pass over the packets say of a file.
type recording struct {
	path      string
	container string
	seconds   float64 // what its packets last; 0 when they do not say
}

// look finds the file's sound, and refuses what is too long, cut short or no
// recording, all without decoding.
func (f FFmpeg) look(ctx context.Context, path string) (recording, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return recording{}, fmt.Errorf("recording: %w", err)
	}
	rec := recording{path: path}
	stated, err := f.probe(ctx, &rec)
	if err != nil {
		return rec, err
	}
	if err := f.checkLong(stated); err != nil {
		return rec, err
	}
	premature, err := f.countPackets(ctx, &rec)
	if err != nil {
		return rec, err
	}
	if err := f.checkLong(rec.seconds); err != nil {
		return rec, err
	}
	if stated > 0 && rec.seconds > 0 && rec.seconds < 0.98*stated-0.5 {
		return rec, fmt.Errorf("%w: %.1f s of %.1f s are there", ErrTruncated, rec.seconds, stated)
	}
	if !premature {
		premature, err = endsEarly(path, rec.container)
	}
	if premature {
		return rec, ErrTruncated
	}
	return rec, err
}

func (f FFmpeg) checkLong(seconds float64) error {
	if limit := f.MaxDuration.Seconds() + 0.5; seconds > limit {
		return fmt.Errorf("%w: %v or more, the limit is %v", ErrTooLong,
			time.Duration(min(seconds, 1e9)*1e9).Round(time.Second), f.MaxDuration)
	}
	return nil
}

// probe asks ffprobe for the container and the length its header states: 0
// when it states none or ffprobe has only guessed it from the file's size.
func (f FFmpeg) probe(ctx context.Context, rec *recording) (stated float64, err error) {
	var out boundedBuffer
	notes, err := run(ctx, nil, &out, f.ProbePath, "-v", "warning", "-max_alloc", maxAlloc,
		"-protocol_whitelist", protocols, "-format_whitelist", containers, "-of", "json",
		"-show_entries", "format=format_name,duration,probe_score:stream=codec_type,duration", "file:"+rec.path)
	if err != nil {
		return 0, undecodable(err, notes)
	}
	return rec.probed(out.data, notes.has("Estimating duration"))
}

// probed reads ffprobe's answer; guessed: it has made the length up.
func (rec *recording) probed(answer []byte, guessed bool) (stated float64, err error) {
	var p struct {
		Format struct {
			Name     string `json:"format_name"`
			Duration string
			Score    int `json:"probe_score"`
		}
		Streams []struct {
			Type     string `json:"codec_type"`
			Duration string
		}
	}
	if err := json.Unmarshal(answer, &p); err != nil {
		return 0, fmt.Errorf("ffprobe's answer: %w", err)
	}
	if p.Format.Score < minScore {
		return 0, fmt.Errorf("%w: not a kind of recording that is taken", ErrUndecodable)
	}
	rec.container = p.Format.Name
	for _, s := range p.Streams {
		if s.Type != "audio" {
			continue
		}
		if guessed {
			return 0, nil
		}
		stated, err = strconv.ParseFloat(s.Duration, 64)
		if err != nil && len(p.Streams) == 1 { // with a film, the file's length is the film's
			stated, _ = strconv.ParseFloat(p.Format.Duration, 64)
		}
		if math.IsNaN(stated) || stated < 0 {
			return 0, nil
		}
		return stated, nil
	}
	return 0, ErrNoAudio
}

// countPackets reads the sound's packets, as far as the limit, without
// decoding: the header need not be true. premature is set when the container
// itself says that its end is missing.
func (f FFmpeg) countPackets(ctx context.Context, rec *recording) (premature bool, err error) {
	var out lastWords
	notes, err := run(ctx, nil, &out, f.Path, f.input(rec.path,
		"-c", "copy", "-t", seconds(f.MaxDuration+10*time.Second), "-f", "null", "-progress", "pipe:1", "-")...)
	if err != nil {
		return false, undecodable(err, notes)
	}
	rec.seconds = max(0, out.number("out_time_us=")/1e6)
	return notes.has("File ended prematurely"), nil
}

// decode runs ffmpeg on the file and hands each piece of its sound, mono at
// 48 kHz, to sink, until sink returns an error. It returns ErrTooLong when
// more comes than may.
func (f FFmpeg) decode(ctx context.Context, path string, sink func([]float32) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, w := io.Pipe()
	var notes *stderrNotes
	var runErr error
	done := make(chan struct{})
	go func() {
		defer close(done)
		// async=1 fills holes in the time stamps with silence: a voice codec
		// sends nothing while nobody speaks.
		notes, runErr = run(ctx, nil, w, f.Path, f.input(path,
			"-af", "aresample=async=1", "-ac", "1", "-ar", strconv.Itoa(Rate), "-f", "f32le", "pipe:1")...)
		w.CloseWithError(io.EOF)
	}()
	sinkErr := f.pump(r, sink)
	if sinkErr != nil {
		cancel()
		r.CloseWithError(sinkErr)
	}
	<-done
	switch {
	case sinkErr != nil:
		return sinkErr
	case runErr != nil:
		return undecodable(runErr, notes)
	}
	return nil
}

// pump turns little-endian floats into samples for sink.
func (f FFmpeg) pump(r io.Reader, sink func([]float32) error) error {
	var raw [4 * 4096]byte
	var pcm [4096]float32
	left := Samples(f.MaxDuration + time.Second)
	for {
		n, err := io.ReadFull(r, raw[:])
		decodeFloats(pcm[:n/4], raw[:n])
		if left -= int64(n / 4); left < 0 {
			return fmt.Errorf("%w: the limit is %v", ErrTooLong, f.MaxDuration)
		}
		if n >= 4 {
			if err := sink(pcm[:n/4]); err != nil {
				return err
			}
		}
		if err != nil {
			return nil // the end; how ffmpeg ended is judged by decode
		}
	}
}

// input is the arguments for reading the first sound of a file, and no more.
func (f FFmpeg) input(path string, output ...string) []string {
	return append([]string{"-hide_banner", "-nostdin", "-nostats", "-v", "warning", "-max_alloc", maxAlloc,
		"-threads", "1", "-protocol_whitelist", protocols, "-format_whitelist", containers,
		"-i", "file:" + path, "-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1"}, output...)
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }

// undecodable explains a failed run by ffmpeg's own words, unless the cause is
// not the file: the context, or a program that cannot be started.
func undecodable(err error, notes *stderrNotes) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	if notes.has("Stream map '0:a:0' matches no streams") {
		return ErrNoAudio
	}
	if notes.has("not on whitelist") || notes.has("low score of 1,") {
		return fmt.Errorf("%w: not a kind of recording that is taken", ErrUndecodable)
	}
	return fmt.Errorf("%w: %s", ErrUndecodable, notes)
}

// run runs a program to its end, its output to stdout. It is killed with ctx.
func run(ctx context.Context, stdin io.Reader, stdout io.Writer, name string, args ...string) (*stderrNotes, error) {
	notes := &stderrNotes{}
	return notes, runTo(ctx, stdin, stdout, notes, name, args...)
}

func runTo(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr
	cmd.WaitDelay = 2 * time.Second // for a child that keeps the pipes open
	ownGroup(cmd)
	err := cmd.Start()
	if err == nil {
		giveWay(ctx, cmd)
		err = cmd.Wait()
	}
	fmt.Fprintln(stderr) // ends a last line that the program did not end
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(name), err)
	}
	return nil
}

// stderrNotes keeps the first few distinct lines a program says on stderr.
type stderrNotes struct {
	mu    sync.Mutex
	line  []byte
	lines []string
}

const (
	maxNotes    = 12
	maxNoteLine = 300 // bytes
)

func (n *stderrNotes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, b := range p {
		if b == '\n' || b == '\r' {
			n.end()
		} else if len(n.line) < maxNoteLine {
			n.line = append(n.line, b)
		}
	}
	return len(p), nil
}

// fileURL is how ffmpeg names its input in what it says: our path is nobody's
// business.
var fileURL = regexp.MustCompile(`file:/[^ ]*: `)

// end keeps the finished line, without ffmpeg's "[wav @ 0x5590379e61c0] ".
func (n *stderrNotes) end() {
	s := strings.TrimSpace(strings.ToValidUTF8(string(n.line), "?"))
	n.line = n.line[:0]
	if i := strings.Index(s, "] "); i > 0 && strings.HasPrefix(s, "[") {
		s = s[i+2:]
	}
	s = fileURL.ReplaceAllString(s, "")
	if slices.Contains(n.lines, s) {
		return
	}
	// The mark of a cut file may come after many others: keep room for it.
	if s != "" && (len(n.lines) < maxNotes || strings.Contains(s, "File ended prematurely")) {
		n.lines = append(n.lines, s)
	}
}

func (n *stderrNotes) has(words string) bool {
	return strings.Contains(n.String(), words)
}

// String is the lines, joined.
func (n *stderrNotes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Join(n.lines, "; ")
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

package ffmpeg

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"loa/audio"
	"loa/audio/level"
	"loa/audio/program"
	"loa/audio/wav"
)

// recording is what ffprobe and one pass over the packets say of a file.
type recording struct {
	path      string
	container string
	channels  int     // that are decoded: 1, or 2 for all that have more
	mixed     string  // ffmpeg's filter that makes one of two; "": they come as they are
	seconds   float64 // what its packets last; 0 when they do not say

	plain *wav.Plain // nil: it is read by ffmpeg
}

// look finds the file's sound, and refuses what is too long, cut short, hollow
// or no recording, all without decoding. For a plain WAV, as our own voice comes, no
// program is started, here and in decode: each start costs as much as ten seconds of
// sound.
func (f Program) look(ctx context.Context, path string) (recording, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return recording{}, fmt.Errorf("recording: %w", err)
	}
	if plain, ok, err := wav.OpenPlain(path); ok && err == nil { // else ffmpeg says what is wrong with it
		rec := recording{path: path, container: "wav", channels: 1, seconds: plain.Seconds(), plain: &plain}
		return rec, f.checkLong(rec.seconds)
	}
	return f.ask(ctx, path)
}

// ask is look by ffprobe and ffmpeg.
func (f Program) ask(ctx context.Context, path string) (recording, error) {
	rec := recording{path: path}
	stated, err := f.probe(ctx, &rec)
	if err != nil {
		return rec, rec.hollow(err)
	}
	premature, err := f.countPackets(ctx, &rec)
	slack := 0.5
	if err == nil { // some demuxers fail where a file ends too early
		slack += longPackets[rec.container]
	}
	short := stated > 0 && rec.seconds > 0 && rec.seconds < 0.98*stated-slack
	if err != nil && !(short && errors.Is(err, ErrUndecodable)) {
		return rec, rec.hollow(err)
	}
	if err := f.checkLong(rec.seconds); err != nil {
		return rec, err
	}
	if short {
		return rec, fmt.Errorf("%w: %.1f s of %.1f s are there", ErrTruncated, rec.seconds, stated)
	}
	if !premature {
		premature, err = endsEarly(path, rec.container)
	}
	if premature {
		return rec, rec.hollow(ErrTruncated)
	}
	return rec, err
}

// longPackets are containers of packets that last so many seconds: the last of
// them may not be counted.
var longPackets = map[string]float64{"ape": 8, "wv": 2}

// hollow is err, or ErrHollow where the file is a beginning and nothing more, or
// ErrTruncated where an Ogg ends before ffmpeg finds any sound in it.
func (rec *recording) hollow(err error) error {
	if !errors.Is(err, ErrUndecodable) {
		return err
	}
	if empty, lookErr := isHollow(rec.path); lookErr == nil && empty {
		return ErrHollow
	}
	if cut, lookErr := askFile(rec.path, oggCut); lookErr == nil && cut {
		return ErrTruncated
	}
	return err
}

func (f Program) checkLong(seconds float64) error {
	if limit := f.MaxDuration.Seconds() + 0.5; seconds > limit {
		return fmt.Errorf("%w: %v or more, the limit is %v", ErrTooLong,
			time.Duration(min(seconds, 1e9)*1e9).Round(time.Second), f.MaxDuration)
	}
	return nil
}

// probe asks ffprobe for the container, the channels, and the length its header
// states: 0 when it states none or ffprobe has only guessed it.
func (f Program) probe(ctx context.Context, rec *recording) (stated float64, err error) {
	var out program.Buffer
	notes, err := program.Run(ctx, nil, &out, f.ProbePath, "-v", "warning", "-max_alloc", maxAlloc,
		"-protocol_whitelist", protocols, "-format_whitelist", containers, "-of", "json",
		"-show_entries", "format=format_name,duration,probe_score:stream=codec_type,duration,channels", "file:"+rec.path)
	if err != nil {
		return 0, undecodable(err, notes)
	}
	return rec.probed(out.Data, notes.Has("Estimating duration"))
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
			Channels int
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
		rec.channels = 2
		if s.Channels == 1 {
			rec.channels = 1
		}
		// An Ogg's length is what its last page says, which may be anything; a WMV's
		// is the film's.
		if guessed || strings.HasPrefix(rec.container, "ogg") || rec.container == "asf" && len(p.Streams) > 1 {
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
// itself says that its end is missing. With an error, rec.seconds is how far it
// came.
func (f Program) countPackets(ctx context.Context, rec *recording) (premature bool, err error) {
	var out lastWords
	notes, err := program.Run(ctx, nil, &out, f.Path, f.input(rec.path,
		"-c", "copy", "-t", seconds(f.MaxDuration+10*time.Second), "-f", "null", "-progress", "pipe:1", "-")...)
	rec.seconds = max(0, out.number("out_time_us=")/1e6)
	if err != nil {
		return false, undecodable(err, notes)
	}
	return notes.Has("File ended prematurely") || breaksOff[rec.container] && notes.Has("Packet corrupt"), nil
}

// breaksOff are containers whose last packet, when only a part of it is there,
// is all that tells of a missing end. (In a broadcast's transport stream a broken
// packet means nothing.)
var breaksOff = map[string]bool{"flv": true, "voc": true, "mpeg": true}

// decode runs ffmpeg on the file, unless it is plain, and hands each piece of its sound
// at 48 kHz to sink, until sink returns an error: the left channel and the right, which
// is empty where there is one. It returns ErrTooLong when more comes than may.
func (f Program) decode(ctx context.Context, rec recording, sink func(left, right []float32) error) error {
	if rec.plain != nil {
		return rec.plain.Play(level.PieceSamples, func(pcm []float32) error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return sink(pcm, nil)
		})
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// A pipe of the system's, and a large one: nobody copies in between.
	r, w, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	defer r.Close()
	_, _ = unix.FcntlInt(w.Fd(), unix.F_SETPIPE_SZ, pipeBytes) // refused: it is slower, then
	var notes *program.Notes
	var runErr error
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer w.Close()
		// async=1 fills holes in the time stamps with silence: a voice codec
		// sends nothing while nobody speaks. In an Ogg it does, and what its pages
		// say of the time may be anything: there, samples are counted.
		count := ""
		if strings.HasPrefix(rec.container, "ogg") {
			count = "asetpts=N/SR/TB,"
		}
		notes, runErr = program.Run(ctx, nil, w, f.Path, f.input(rec.path,
			"-af", count+rec.mixed+"aresample="+strconv.Itoa(audio.Rate)+":async=1", "-ac", strconv.Itoa(rec.channels), "-f", "f32le", "pipe:1")...)
	}()
	sinkErr := f.pump(r, rec.channels, sink)
	if sinkErr != nil {
		cancel()
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

const pipeBytes = 1 << 20

// pump turns little-endian floats of one channel, or of two that alternate, into
// samples for sink.
func (f Program) pump(r io.Reader, channels int, sink func(left, right []float32) error) error {
	raw := make([]byte, 4*channels*level.PieceSamples)
	both := make([]float32, channels*level.PieceSamples)
	left, right := both[:level.PieceSamples], both[level.PieceSamples:]
	todo := audio.Samples(f.MaxDuration + time.Second)
	for {
		got, err := io.ReadFull(r, raw)
		n := got / 4 / channels
		if todo -= int64(n); todo < 0 {
			return fmt.Errorf("%w: the limit is %v", ErrTooLong, f.MaxDuration)
		}
		if channels == 1 {
			decodeFloats(left[:n], raw)
		} else {
			decodePairs(left[:n], right[:n], raw)
		}
		if n > 0 {
			if err := sink(left[:n], right[:min(n, len(right))]); err != nil {
				return err
			}
		}
		if err != nil {
			return nil // the end; how ffmpeg ended is judged by decode
		}
	}
}

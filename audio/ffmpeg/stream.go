package ffmpeg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync/atomic"

	"loa/audio"
	"loa/audio/level"
	"loa/audio/program"
)

// streamFormats is what a stream may be taken for. No playlist is among them:
// ffmpeg gets bytes and fetches nothing.
const streamFormats = "aac,flac,matroska,mov,mp3,mpegts,ogg,wav"

// twoChannels gives the one channel of a stream twice, as loud as it is, which -ac 2
// would not; of more than two it takes the front.
const twoChannels = "pan=stereo|FL<FL+FC|FR<FR+FC"

// ErrStream says that a stream is none, or broke off.
var ErrStream = errors.New("the stream does not come")

// Stream decodes a stream and hands its sound, mono at 48 kHz (see [level.Blend]), to sink as it
// comes, which may be in bursts, until ctx ends, sink returns an error, or the
// stream ends. A stream that ended without ever having failed gives io.EOF, one
// that failed ErrStream with its own error, one that is none ErrStream with
// ffmpeg's words. The slice is valid during the call. The caller closes the
// stream afterwards: until then it may still be read.
func (f Program) Stream(ctx context.Context, stream io.Reader, sink func([]float32) error) error {
	f = f.withDefaults()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// A pipe of the system's: ffmpeg's end does not wait for a stream that stands
	// still, as exec's own copying would.
	fed, feed, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStream, err)
	}
	in := &failing{Reader: stream}
	go func() {
		_, _ = io.Copy(feed, in) // what failed, in knows
		_ = feed.Close()
	}()
	r, w := io.Pipe()
	var notes *program.Notes
	var runErr error
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { _ = fed.Close() }()
		notes, runErr = program.Run(ctx, fed, w, f.Path, "-hide_banner", "-nostats", "-v", "warning",
			"-max_alloc", maxAlloc, "-threads", "1", "-protocol_whitelist", "pipe", "-format_whitelist", streamFormats,
			"-i", "pipe:0", "-map", "0:a:0", "-vn", "-sn", "-dn",
			"-af", twoChannels+",aresample=async=1", "-ac", "2", "-ar", strconv.Itoa(audio.Rate), "-flush_packets", "1", "-f", "f32le", "pipe:1")
		w.CloseWithError(io.EOF)
	}()
	heard, sinkErr := pumpStream(r, sink)
	if sinkErr != nil {
		cancel()
		r.CloseWithError(sinkErr)
	}
	<-done
	switch {
	case sinkErr != nil:
		return sinkErr
	case context.Cause(ctx) != nil:
		return context.Cause(ctx)
	case in.failed() != nil:
		return fmt.Errorf("%w: %w", ErrStream, in.failed())
	case runErr != nil:
		return fmt.Errorf("%w: %s", ErrStream, notes)
	case !heard:
		return fmt.Errorf("%w: there is no sound in it", ErrStream)
	}
	return io.EOF
}

// failing keeps the error of a reader.
type failing struct {
	io.Reader
	err atomic.Pointer[error]
}

// Read is io.Reader's.
func (f *failing) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		f.err.CompareAndSwap(nil, &err)
	}
	return n, err
}

func (f *failing) failed() error {
	if err := f.err.Load(); err != nil {
		return *err
	}
	return nil
}

// pumpStream turns little-endian floats of two channels into samples for sink, a frame at a
// time.
func pumpStream(r io.Reader, sink func([]float32) error) (heard bool, err error) {
	var raw [8 * audio.FrameSamples]byte
	var left, right, pcm [audio.FrameSamples]float32
	var blend level.Blend
	for {
		if _, err := io.ReadFull(r, raw[:]); err != nil {
			return heard, nil // the end; how ffmpeg ended is judged by Stream
		}
		decodePairs(left[:], right[:], raw[:])
		blend.Mix(pcm[:], left[:], right[:])
		heard = true
		if err := sink(pcm[:]); err != nil {
			return heard, err
		}
	}
}

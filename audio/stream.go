package audio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const (
	// streamFormats is what a stream may be taken for, and streamProtocols how
	// its parts may be fetched: a playlist must not name a file of this machine.
	streamFormats   = "aac,flac,hls,matroska,mov,mp3,mpegts,ogg,wav"
	streamProtocols = "http,https,tcp,tls,crypto"
	streamPatience  = "10000000" // µs without a byte, after which it is lost
)

// ErrStream says that a stream was not reached, is none, or broke off.
var ErrStream = errors.New("the stream does not come")

// Stream pulls a stream (HLS, Icecast, or any file by HTTP) and hands its
// sound, mono at 48 kHz, to sink as it comes, which may be in bursts, until
// ctx ends, sink returns an error, or the stream ends. A stream that ended
// without ever having failed gives io.EOF, one that was not there ErrStream
// with ffmpeg's words. The slice is valid during the call.
func (f FFmpeg) Stream(ctx context.Context, url string, sink func([]float32) error) error {
	f = f.withDefaults()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, w := io.Pipe()
	var notes *stderrNotes
	var runErr error
	done := make(chan struct{})
	go func() {
		defer close(done)
		notes, runErr = run(ctx, nil, w, f.Path, "-hide_banner", "-nostdin", "-nostats", "-v", "warning",
			"-max_alloc", maxAlloc, "-threads", "1", "-protocol_whitelist", streamProtocols, "-format_whitelist", streamFormats,
			"-rw_timeout", streamPatience, "-i", url, "-map", "0:a:0", "-vn", "-sn", "-dn",
			"-af", "aresample=async=1", "-ac", "1", "-ar", strconv.Itoa(Rate), "-flush_packets", "1", "-f", "f32le", "pipe:1")
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
	case runErr != nil:
		// The address may hold a password.
		return fmt.Errorf("%w: %s", ErrStream, strings.ReplaceAll(notes.String(), url, "stream"))
	case !heard:
		return fmt.Errorf("%w: there is no sound in it", ErrStream)
	}
	return io.EOF
}

// pumpStream turns little-endian floats into samples for sink, a frame at a
// time.
func pumpStream(r io.Reader, sink func([]float32) error) (heard bool, err error) {
	var raw [4 * FrameSamples]byte
	var pcm [FrameSamples]float32
	for {
		if _, err := io.ReadFull(r, raw[:]); err != nil {
			return heard, nil // the end; how ffmpeg ended is judged by Stream
		}
		decodeFloats(pcm[:], raw[:])
		heard = true
		if err := sink(pcm[:]); err != nil {
			return heard, err
		}
	}
}

package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

const (
	frameLength = 20 * time.Millisecond
	// held is how many frames of a microphone wait at the most: half a second, which
	// is what the controller takes in a burst.
	held = 25
	// behind is how late a voice that is read may become and still catch up.
	behind = 200 * time.Millisecond
	// opening is how long a chime and a drill's first words may take: the controller's
	// clock says when they are over, and it need not be this PC's.
	opening = 30 * time.Second
)

// Source is what a voice comes from.
type Source struct {
	Name   string // a file, a stream's URL, - for stdin, or alsa:DEVICE
	FFmpeg string // the program
}

// Voice is the sound of a source as it goes on the air: 48 kHz mono 16-bit PCM. What
// is read (a file, stdin, a stream) waits until [Voice.Begin], is then whole, and never
// comes faster than it is heard. A microphone does not wait: what was said before is
// forgotten, and of what nobody took in time the oldest, for a controller that is
// handed more than it can say at once leaves words out in the middle.
type Voice struct {
	pcm        *bufio.Reader
	stop       func() error
	next       time.Time // when the next frame of what is read may go
	microphone *microphone
}

// Open starts the source, and returns when it has given its first sound: nobody goes
// on air with a microphone that is not there. The caller closes the voice.
func (s Source) Open(ctx context.Context) (*Voice, error) {
	cmd := exec.CommandContext(ctx, s.FFmpeg, s.arguments()...)
	cmd.Stdin, cmd.Stderr = os.Stdin, os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("open the source: %w", err)
	}
	v := &Voice{pcm: bufio.NewReaderSize(out, 2*FrameBytes), stop: func() error { _ = cmd.Process.Kill(); return cmd.Wait() }}
	if _, err := v.pcm.Peek(FrameBytes); err != nil {
		return nil, fmt.Errorf("không có tiếng từ nguồn %s, chưa phát gì; no sound from %s, nothing was aired: %w", s.Name, s.Name,
			errors.Join(err, v.stop()))
	}
	if strings.HasPrefix(s.Name, "alsa:") {
		v.microphone = listen(v.pcm)
	}
	return v, nil
}

// arguments have ffmpeg make PCM of the source.
func (s Source) arguments() []string {
	in := []string{"-v", "error", "-nostdin"}
	var sound []string
	switch device, isALSA := strings.CutPrefix(s.Name, "alsa:"); {
	case isALSA:
		in = append(in, "-f", "alsa", "-i", device)
		// Times are counted: ffmpeg takes a card's from the PC's clock, which is set back now
		// and then. A card with short periods would have it write, and complain, thousands of
		// times a second.
		sound = []string{"-af", "asetnsamples=n=960:p=0,asetpts=N/SR/TB"}
	case s.Name == "-":
		in = append(in[:2], "-i", "pipe:0")
	default:
		in = append(in, "-i", s.Name)
	}
	return append(append(in, sound...), "-f", "s16le", "-ac", "1", "-ar", "48000", "pipe:1")
}

// Begin says when the voice is on the air. A microphone is from now on.
func (v *Voice) Begin(at time.Time) {
	v.next = at
	if most := time.Now().Add(opening); at.After(most) {
		v.next = most
	}
	if v.microphone != nil {
		v.microphone.forget()
	}
}

// Read gives one frame, or what is left of the source's last, when it is due. An error is the
// source's end, io.EOF among them.
func (v *Voice) Read(frame []byte) (int, error) {
	if v.microphone != nil {
		return v.microphone.Read(frame)
	}
	n, err := io.ReadFull(v.pcm, frame[:min(len(frame), FrameBytes)])
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	<-time.After(time.Until(v.next))
	v.next = v.next.Add(frameLength * time.Duration(n) / FrameBytes)
	if least := time.Now().Add(-behind); v.next.Before(least) {
		v.next = least
	}
	return n, err
}

// Close ends the source, and returns why its program ended.
func (v *Voice) Close() error { return v.stop() }

// microphone holds what was said last.
type microphone struct {
	frames chan []byte
	err    error  // why no more come, once frames is closed
	rest   []byte // of a frame
}

// listen takes what a microphone gives as it comes, until it gives no more.
func listen(pcm io.Reader) *microphone {
	m := &microphone{frames: make(chan []byte, held)}
	go func() {
		defer close(m.frames)
		for {
			frame := make([]byte, FrameBytes)
			if _, m.err = io.ReadFull(pcm, frame); m.err != nil {
				return
			}
			for sent := false; !sent; {
				select {
				case m.frames <- frame:
					sent = true
				default:
					m.forgetOne()
				}
			}
		}
	}()
	return m
}

func (m *microphone) forgetOne() {
	select {
	case <-m.frames:
	default:
	}
}

// forget leaves out what has been said until now.
func (m *microphone) forget() {
	for range len(m.frames) {
		m.forgetOne()
	}
}

func (m *microphone) Read(b []byte) (int, error) {
	if len(m.rest) == 0 {
		var more bool
		if m.rest, more = <-m.frames; !more {
			return 0, m.err
		}
	}
	n := copy(b, m.rest)
	m.rest = m.rest[n:]
	return n, nil
}

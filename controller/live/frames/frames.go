package frames

import (
	"bytes"
	"errors"
	"fmt"
	"sync"

	"loa/audio"
	"loa/audio/tune"
)

// Bitrate is of all that a call says, bit/s: from here up libopus can add FEC.
const Bitrate = 24000

// Line gives out what is said frame by frame; nil when it is over, also when
// it cannot be read further.
type Line func() []byte

// Said is a line of frames that are at hand.
func Said(frames [][]byte) Line {
	return func() []byte {
		if len(frames) == 0 {
			return nil
		}
		frame := frames[0]
		frames = frames[1:]
		return frame
	}
}

// Chain says lines one after the other.
func Chain(lines []Line) Line {
	return func() []byte {
		for len(lines) > 0 {
			if frame := lines[0](); frame != nil {
				return frame
			}
			lines = lines[1:]
		}
		return nil
	}
}

// Read is a line of a clip's sound, whose file is data. What is no clip is an error.
func Read(data []byte, enc *audio.Encoder) (Line, error) {
	clip, err := audio.OpenClip(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	return func() []byte {
		var frame [audio.FrameSamples]float32
		if n, err := clip.Read(frame[:]); n == 0 || err != nil {
			return nil
		}
		packet := make([]byte, audio.MaxPacket)
		n, err := enc.Encode(frame[:], packet)
		if err != nil {
			return nil
		}
		return packet[:n:n]
	}, nil
}

// All encodes a clip whole, whose file is data. One without sound is an error.
func All(data []byte) (all [][]byte, err error) {
	enc, err := audio.NewEncoder(Bitrate)
	if err != nil {
		return nil, err
	}
	next, err := Read(data, enc)
	if err != nil {
		return nil, err
	}
	for frame := next(); frame != nil; frame = next() {
		all = append(all, frame)
	}
	if len(all) == 0 {
		return nil, errors.New("clip without sound")
	}
	return all, nil
}

// Silent is one frame of silence; an error is the encoder's.
func Silent() ([]byte, error) {
	enc, err := audio.NewEncoder(Bitrate)
	if err != nil {
		return nil, err
	}
	packet := make([]byte, audio.MaxPacket)
	n, err := enc.Encode(make([]float32, audio.FrameSamples), packet)
	return packet[:n], err
}

// Chime is the usual chime. It is made once; the caller changes nothing in it.
var Chime = sync.OnceValues(func() (frames [][]byte, err error) {
	enc, err := audio.NewEncoder(Bitrate)
	if err != nil {
		return nil, err
	}
	pcm := tune.Chime()
	for len(pcm) > 0 {
		var frame [audio.FrameSamples]float32
		pcm = pcm[copy(frame[:], pcm):]
		packet := make([]byte, audio.MaxPacket)
		n, err := enc.Encode(frame[:], packet)
		if err != nil {
			return nil, fmt.Errorf("encode chime: %w", err)
		}
		frames = append(frames, packet[:n:n])
	}
	return frames, nil
})

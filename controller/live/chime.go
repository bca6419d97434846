package live

import (
	"context"
	"fmt"
	"sync"

	"loa/audio"
	"loa/audio/tune"
	"loa/controller/store"
	"loa/schedule"
)

// chime is what a call begins with, as frames. A voice has the commune's own,
// or, if that is not to be had, the usual one; an emergency, and its drill, always
// the usual one, which everybody is to know.
func (l *Live) chime(ctx context.Context, r Request) ([][]byte, error) {
	if r.Class != schedule.Live || r.Drill != nil {
		return usualChime()
	}
	o, err := l.opt.Store.Openings(ctx)
	if err == nil && o.Live.Clip == "" {
		return usualChime()
	}
	var frames [][]byte
	if err == nil {
		frames, err = l.own.frames(o, l.frames)
	}
	if err != nil {
		l.opt.Logger.Error("the commune's own chime is not to be had; the usual one is taken", "clip", o.Live.Clip, "err", err)
		return usualChime()
	}
	return frames, nil
}

// ownChime keeps the frames of the commune's chime: to make them takes a
// quarter of a second, for which no caller should wait twice.
type ownChime struct {
	mu   sync.Mutex
	clip string
	made [][]byte
}

func (c *ownChime) frames(o store.Openings, encode func(clip string) ([][]byte, error)) (_ [][]byte, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.clip != o.Live.Clip {
		if c.made, err = encode(o.Live.Clip); err != nil {
			c.clip = ""
			return nil, err
		}
		c.clip = o.Live.Clip
	}
	return c.made, nil
}

// usualChime is audio's, as frames.
var usualChime = sync.OnceValues(func() (frames [][]byte, err error) {
	enc, err := audio.NewEncoder(bitrate)
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

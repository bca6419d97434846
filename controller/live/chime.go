package live

import (
	"context"
	"sync"

	"loa/controller/live/frames"
	"loa/controller/store"
	"loa/schedule"
)

// chime is what a call begins with, as frames. A voice has the commune's own,
// or, if that is not to be had, the usual one; an emergency, and its drill, always
// the usual one, which everybody is to know.
func (l *Live) chime(ctx context.Context, r Request) ([][]byte, error) {
	if r.Class != schedule.Live || r.Drill != nil {
		return frames.Chime()
	}
	o, err := l.opt.Store.Openings(ctx)
	if err == nil && o.Live.Clip == "" {
		return frames.Chime()
	}
	var own [][]byte
	if err == nil {
		own, err = l.own.frames(o, l.frames)
	}
	if err != nil {
		l.opt.Logger.Error("the commune's own chime is not to be had; the usual one is taken", "clip", o.Live.Clip, "err", err)
		return frames.Chime()
	}
	return own, nil
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

// recorder makes the recorder of a call; nil for one that nobody speaks in, and
// where none can be made: it is heard all the same.
func (l *Live) recorder(r Request) *frames.Recorder {
	if len(r.Rundown) > 0 {
		return nil
	}
	record, err := frames.Record(l.opt.Store.TempDir())
	if err != nil {
		l.opt.Store.Refused(err)
		l.opt.Logger.Error("a call begins that is not recorded", "title", r.Title, "err", err)
		return nil
	}
	return record
}

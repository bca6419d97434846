package player

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"loa/audio"
	"loa/audio/tune"
	"loa/node/wire"
	"loa/schedule"
)

const (
	ringFrames    = 2 * audio.Rate      // how far ahead a decoder works, and what is kept behind
	liveFrames    = audio.Rate          // likewise, of a voice that comes while it is played: what is not decoded yet is with the feed
	liveAhead     = audio.Rate * 3 / 10 // of it, how far the decoder works ahead at first: see roomLive
	historyFrames = audio.Rate / 4      // kept behind, for a jump back
	seekFrames    = audio.Rate          // a longer way ahead is faster by seeking
	lookAgain     = time.Second         // for a clip that is missing
	badAgain      = 30 * time.Second    // for a clip that cannot be decoded
	feedAgain     = 50 * time.Millisecond
)

// voice is the sound of one item, with its repeats, as one stream of frames. Its goroutine decodes into a ring; the
// mixer reads from that without waiting.
type voice struct {
	item    schedule.Item
	lap     int64 // frames of one repeat
	total   int64
	gain    float32
	tally   *tally
	trouble atomic.Int32 // why the ring may be empty: lostLate, lostMissing, lostBroken or lostStream
	kicks   chan struct{}
	stop    context.CancelFunc
	ended   chan struct{}

	mu         sync.Mutex // held for copying only
	ring       []float32
	start, end int64  // frames of the stream in the ring, at their number modulo its length
	want       int64  // where the mixer is
	block      int64  // how much it asks for at a time; 0: it does not, now
	void       []bool // of a voice that comes while it is played: 20 ms of the ring that are silence for want of it
}

func newVoice(it schedule.Item, t *tally) *voice {
	lap := audio.Samples(it.Length)
	v := &voice{item: it, lap: lap, total: lap * int64(max(1, it.Repeat)), gain: audio.Gain(it.GainDB), tally: t,
		kicks: make(chan struct{}, 1), ended: make(chan struct{})}
	if live(it) {
		v.ring, v.void = make([]float32, liveFrames), make([]bool, liveFrames/audio.FrameSamples)
	} else {
		v.ring = make([]float32, ringFrames)
	}
	v.trouble.Store(lostLate)
	switch it.Kind {
	case schedule.Voice: // its length is a limit, which may move
		v.lap = audio.Samples(schedule.MaxCall)
		v.total = v.lap
	case schedule.Stream:
		v.trouble.Store(lostStream)
	}
	return v
}

// count adds what the mixer did with a stretch to the tally and reports whether any of it was heard: it took moved
// frames of the voice, of which void were silence for want of something better, and lacked some. The lack of frames of
// a voice that merely ended (it runs up to 5 ms ahead of the plan) is nothing.
func (v *voice) count(moved, void, lacking, want, first, last int64, working, audible bool) bool {
	t, trouble := v.tally, v.trouble.Load()
	switch {
	case !working:
		t.lost[lostNoSound].Add(moved + lacking)
		return false
	case !audible:
		t.lost[lostMuted].Add(moved + lacking)
		return false
	case lacking > 0 && want+moved < v.total-inStep:
		t.lost[trouble].Add(lacking)
	}
	t.lost[trouble].Add(void)
	if moved == void {
		return false
	}
	t.heard.Add(moved - void)
	t.first.CompareAndSwap(0, first)
	t.last.Store(last)
	return true
}

// goOn tells where the mixer goes on, and whether frames were lacking there, and lets the decoder go on from there.
func (v *voice) goOn(pos int64, lacking bool) {
	v.mu.Lock()
	v.want = pos
	low := v.end < v.total && v.end-v.want < ringFrames/2 || lacking
	v.mu.Unlock()
	if low && !live(v.item) { // else see expect
		v.kick()
	}
}

// peek copies frames from pos on, as many as there are.
func (v *voice) peek(pos int64, dst []float32) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.copyOut(pos, dst)
}

func (v *voice) copyOut(pos int64, dst []float32) int {
	if pos < v.start || pos >= v.end {
		return 0
	}
	n := int(min(int64(len(dst)), v.end-pos))
	at := int(pos % int64(len(v.ring)))
	k := copy(dst[:n], v.ring[at:])
	copy(dst[k:n], v.ring)
	return n
}

func (v *voice) kick() {
	select {
	case v.kicks <- struct{}{}:
	default:
	}
}

// prepare tells the decoder where the mixer will begin, if it is not reading now.
func (v *voice) prepare(pos int64) {
	v.mu.Lock()
	held := v.start <= pos && (pos < v.end || v.end == pos && v.want == pos)
	v.want, v.block = pos, 0
	v.mu.Unlock()
	if !held {
		v.kick()
	}
}

// room returns where the decoder goes on and how many frames it may add.
func (v *voice) room() (pos int64, n int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.want < v.start || v.want > v.end+seekFrames {
		v.start, v.end = v.want, v.want
	}
	v.start = max(v.start, min(v.end, v.want-historyFrames))
	return v.end, int(min(ringFrames-(v.end-v.start), v.total-v.end))
}

// add appends decoded frames at pos, where room said to go on.
func (v *voice) add(pcm []float32) {
	v.mu.Lock()
	defer v.mu.Unlock()
	at := int(v.end % ringFrames)
	k := copy(v.ring[at:], pcm)
	copy(v.ring, pcm[k:])
	v.end += int64(len(pcm))
}

// run decodes until ctx ends, with what makes the sound.
func (v *voice) run(ctx context.Context, decode func(context.Context) error, log *slog.Logger) {
	defer close(v.ended)
	told := ""
	for ctx.Err() == nil {
		err := decode(ctx)
		if err == nil {
			return
		}
		again, level := lookAgain, slog.LevelInfo // on its way, most likely
		switch {
		case errors.Is(err, errNoFeed):
			again = feedAgain // it may be made when its first frames come
		case v.trouble.Load() == lostBroken:
			again, level = badAgain, slog.LevelWarn
		}
		if err.Error() != told {
			told = err.Error()
			log.Log(ctx, level, "an item cannot be played yet", "item", v.item.Title, "clip", v.item.Clip, "err", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(again):
		}
	}
}

// decode opens the sound and keeps the ring full until ctx ends; it returns nil only then.
func (v *voice) decode(ctx context.Context, clips func(string) (io.ReaderAt, int64, error)) error {
	s := stream{lap: v.lap}
	if v.item.Clip == "" && v.item.Kind == schedule.Chime {
		s.pcm = tune.Chime()
	} else {
		file, size, err := clips(v.item.Clip)
		if err != nil {
			v.trouble.Store(lostMissing)
			return fmt.Errorf("open clip: %w", err)
		}
		if c, ok := file.(io.Closer); ok {
			defer c.Close() // read only: its error says nothing
		}
		if s.clip, err = audio.OpenClip(file, size); err != nil {
			v.trouble.Store(lostBroken)
			return err
		}
	}
	v.trouble.Store(lostLate)
	var buf [audio.FrameSamples]float32
	for {
		pos, n := v.room()
		for ; n > 0 && ctx.Err() == nil; pos, n = v.room() {
			b := buf[:min(n, len(buf))]
			if err := s.read(pos, b); err != nil {
				v.trouble.Store(lostBroken)
				return err
			}
			v.add(b)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-v.kicks:
		}
	}
}

// stream is an item's sound as one stream: the clip, or the chime, brought to the item's length and repeated.
type stream struct {
	clip *audio.ClipReader
	pcm  []float32 // instead of clip
	lap  int64
	at   int64 // where clip stands, in the clip
	set  bool  // at is true
}

// read fills dst with the frames from pos on. After the end of the clip there is silence.
func (s *stream) read(pos int64, dst []float32) error {
	for len(dst) > 0 {
		in := pos % s.lap
		n := int(min(int64(len(dst)), s.lap-in))
		if err := s.readLap(in, dst[:n]); err != nil {
			return err
		}
		dst, pos = dst[n:], pos+int64(n)
	}
	return nil
}

func (s *stream) readLap(in int64, dst []float32) error {
	if s.clip == nil {
		n := 0
		if in < int64(len(s.pcm)) {
			n = copy(dst, s.pcm[in:])
		}
		clear(dst[n:])
		return nil
	}
	if !s.set || in != s.at {
		if err := s.clip.SeekSample(in); err != nil {
			return err
		}
		s.at, s.set = in, true
	}
	n, err := s.clip.Read(dst)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	clear(dst[n:])
	s.at += int64(len(dst))
	return nil
}

// tally counts, in frames, what became of one item.
type tally struct {
	heard       atomic.Int64
	lost        [len(mixerReasons)]atomic.Int64
	first, last atomic.Int64 // controller time, Unix nanoseconds; 0: never
}

// mixerReasons are the losses that the mixer counts; their index is the place in a tally.
var mixerReasons = [...]string{
	lostMissing: wire.MissingClip, lostBroken: wire.BadClip, lostLate: Late,
	lostNoSound: wire.NoSoundDevice, lostMuted: Muted, lostStream: wire.NoStream,
}

const (
	lostMissing = iota
	lostBroken
	lostLate
	lostNoSound
	lostMuted
	lostStream
)

// asked reports whether the output asked for any of the item.
func (t *tally) asked() bool {
	n := t.heard.Load()
	for i := range t.lost {
		n += t.lost[i].Load()
	}
	return n > 0
}

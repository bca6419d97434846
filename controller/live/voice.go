package live

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"loa/audio"
	"loa/controller/store"
	"loa/node/wire"
)

const (
	bitrate   = 24000                  // from here up libopus can add FEC
	cushion   = 3                      // frames ahead of now: a microphone's own jitter
	burst     = 25                     // frames ahead of now that are too many: half a second
	chimeLead = 500 * time.Millisecond // how far ahead the chime is sent
	perBundle = 2                      // frames; a voice waits for a bundle to be full

	noFrames    = 8 * time.Second
	quietLevel  = -50.0 // dBFS, RMS of a frame: nobody speaks
	warnSilence = 20 * time.Second
	endSilence  = 60 * time.Second
)

// ErrFrame says that what came from a microphone is not one 20 ms Opus frame.
var ErrFrame = errors.New("not an Opus frame of 20 ms")

// voice numbers, bundles, signs and records the frames of one call.
type voice struct {
	call  *Call
	zero  time.Time // when frame 0 was spoken: the call's start less the delay
	after uint64    // the chime's frames: a voice has numbers from here on
	chime [][]byte  // the frames of the chime that are not yet sent

	mu        sync.Mutex
	begun     bool // a frame of the microphone has been numbered
	encoder   *audio.Encoder
	decoder   *audio.Decoder // to hear the level of what comes encoded
	pcm       []float32      // less than a frame, waiting for more
	next      uint64         // number of the next frame
	first     uint64         // of those in pending
	pending   [][]byte
	bundles   [][]byte // signed bundles that wait for the goroutine of the call
	lastFrame time.Time
	lastSound time.Time
	level     float64 // dBFS of the last frame
	dropped   int     // frames of a burst
	record    *recorder
	failed    int // bundles that found no broker
}

func newVoice(c *Call, delay time.Duration, chime bool) (*voice, error) {
	v := &voice{call: c, zero: c.row.Start.Add(-delay), level: math.Inf(-1)}
	var err error
	if v.encoder, err = audio.NewEncoder(bitrate); err != nil {
		return nil, err
	}
	if v.decoder, err = audio.NewDecoder(); err != nil {
		return nil, err
	}
	if v.record, err = newRecorder(c.live.opt.Store.TempDir()); err != nil {
		return nil, err
	}
	if chime {
		if v.chime, err = encodeChime(); err != nil {
			v.discard()
			return nil, err
		}
		v.after = uint64(len(v.chime))
		for i, packet := range v.chime {
			v.record.add(uint64(i), packet)
		}
	}
	v.next, v.first = v.after, v.after
	v.lastFrame = c.row.Start.Add(time.Duration(v.after) * wire.FrameLength)
	v.lastSound = v.lastFrame
	return v, nil
}

// encodeChime is the chime as frames.
func encodeChime() ([][]byte, error) {
	enc, err := audio.NewEncoder(bitrate)
	if err != nil {
		return nil, err
	}
	pcm := audio.Chime()
	var frames [][]byte
	for len(pcm) > 0 {
		var frame [audio.FrameSamples]float32
		pcm = pcm[copy(frame[:], pcm):]
		packet := make([]byte, audio.MaxPacket)
		n, err := enc.Encode(frame[:], packet)
		if err != nil {
			return nil, fmt.Errorf("encode chime: %w", err)
		}
		frames = append(frames, packet[:n])
	}
	return frames, nil
}

// Write puts one Opus packet of 20 ms on the air, as a browser's encoder makes
// it.
func (c *Call) Write(packet []byte) error {
	if c.voice == nil {
		return ErrFrame
	}
	v := c.voice
	if n, err := audio.PacketSamples(packet); err != nil || n != audio.FrameSamples || len(packet) > wire.MaxFrame {
		return ErrFrame
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	var frame [audio.FrameSamples]float32
	if _, err := v.decoder.Decode(packet, frame[:]); err != nil {
		return ErrFrame
	}
	v.hear(frame[:], time.Now())
	v.add(append([]byte(nil), packet...), time.Now())
	return nil
}

// WritePCM puts samples on the air: 48 kHz mono, any number.
func (c *Call) WritePCM(pcm []float32) error {
	if c.voice == nil {
		return ErrFrame
	}
	v := c.voice
	v.mu.Lock()
	defer v.mu.Unlock()
	for len(pcm) > 0 {
		n := min(len(pcm), audio.FrameSamples-len(v.pcm))
		v.pcm = append(v.pcm, pcm[:n]...)
		pcm = pcm[n:]
		if len(v.pcm) < audio.FrameSamples {
			return nil
		}
		packet := make([]byte, audio.MaxPacket)
		size, err := v.encoder.Encode(v.pcm, packet)
		if err != nil {
			return fmt.Errorf("encode voice: %w", err)
		}
		now := time.Now()
		v.hear(v.pcm, now)
		v.pcm = v.pcm[:0]
		v.add(packet[:size:size], now)
	}
	return nil
}

// hear notes the level of a frame.
func (v *voice) hear(pcm []float32, now time.Time) {
	var sum float64
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	v.level = 10 * math.Log10(sum/float64(len(pcm)))
	v.lastFrame = now
	if v.level > quietLevel {
		v.lastSound = now
	}
}

// add numbers a frame. One that comes while the chime sounds is not on air
// yet; one that would make the delay grow is dropped.
func (v *voice) add(packet []byte, now time.Time) {
	due := uint64(max(now.Sub(v.zero)/wire.FrameLength, 0))
	switch {
	case due < v.after:
		return
	case v.next > due+burst:
		v.dropped++
		return
	case !v.begun || v.next < due:
		v.jump(due+cushion, now)
		v.begun = true
	}
	v.pending = append(v.pending, packet)
	v.record.add(v.next, packet)
	v.next++
	if len(v.pending) >= perBundle {
		v.bundle(now)
	}
}

// jump leaves a gap.
func (v *voice) jump(to uint64, now time.Time) {
	v.bundle(now)
	v.next = max(v.next, to)
	v.first = v.next
}

// bundle signs what is pending.
func (v *voice) bundle(now time.Time) {
	if len(v.pending) == 0 {
		return
	}
	raw, err := v.sign(wire.Bundle{First: v.first, Frames: v.pending}, now)
	v.pending, v.first = nil, v.next
	if err != nil {
		v.failed++
		return
	}
	v.bundles = append(v.bundles, raw)
}

func (v *voice) sign(b wire.Bundle, now time.Time) ([]byte, error) {
	o := v.call.live.opt
	return wire.Sign(o.Key, wire.Header{Kind: wire.KindFrames, Target: wire.Target(o.Commune, v.call.row.ID), Seq: b.First + 1,
		Issued: now.UTC(), Expires: now.Add(commandFor).UTC()}, b)
}

// step sends what is ready and says why the call must end, if it must.
func (v *voice) step(ctx context.Context, now time.Time) string {
	v.mu.Lock()
	v.bundle(now)
	ready := append(v.dueChime(now), v.bundles...)
	v.bundles = nil
	frameAge, soundAge := now.Sub(v.lastFrame), now.Sub(v.lastSound)
	v.mu.Unlock()
	topic := v.call.live.topics.Live(v.call.row.ID)
	for _, raw := range ready {
		if err := v.call.live.opt.Publish(ctx, topic, 0, false, raw); err != nil {
			v.mu.Lock()
			v.failed++ // the recording goes on
			v.mu.Unlock()
		}
	}
	switch {
	case frameAge >= noFrames:
		return EndNoVoice
	case soundAge >= endSilence:
		return EndSilence
	}
	return ""
}

// dueChime returns the bundles of the chime that are due.
func (v *voice) dueChime(now time.Time) (ready [][]byte) {
	for len(v.chime) > 0 {
		first := v.after - uint64(len(v.chime))
		if v.zero.Add(time.Duration(first) * wire.FrameLength).After(now.Add(chimeLead)) {
			break
		}
		n := min(perBundle, len(v.chime))
		if raw, err := v.sign(wire.Bundle{First: first, Frames: v.chime[:n]}, now); err == nil {
			ready = append(ready, raw)
		}
		v.chime = v.chime[n:]
	}
	return ready
}

// Meter is what the person at the microphone is shown.
type Meter struct {
	Level   float64       // dBFS of the last frame; −Inf before the first
	Age     time.Duration // of the last frame
	Silent  time.Duration // since somebody spoke
	Warn    bool          // the call will end for silence
	Dropped int           // frames that came in bursts
	Failed  int           // bundles that found no broker
}

// Meter reads the microphone's state; zero for a recorded emergency.
func (c *Call) Meter(now time.Time) Meter {
	v := c.voice
	if v == nil {
		return Meter{}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	silent := max(now.Sub(v.lastSound), 0)
	return Meter{v.level, now.Sub(v.lastFrame), silent, silent >= warnSilence, v.dropped, v.failed}
}

// end is when the last that was spoken has been heard. A call that is stopped
// in its chime ends at once.
func (v *voice) end(now time.Time) time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.begun {
		return now
	}
	last := v.call.row.Start.Add(time.Duration(v.next) * wire.FrameLength)
	if last.Before(now) {
		return now
	}
	return earlier(last, now.Add(maxDelay))
}

func (v *voice) discard() { v.record.discard() }

// finish puts the recording into the store and returns its sha256.
func (v *voice) finish(st *store.Store) (sha string, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.record.finish(st)
}

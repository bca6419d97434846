package live

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"loa/audio"
	"loa/controller/live/frames"
	"loa/controller/store"
	"loa/node/wire"
)

const (
	cushion  = 3               // frames ahead of now: a microphone's own jitter
	burst    = 25              // frames ahead of now that are too many: half a second
	leadOver = 5 * time.Second // after which those that are ahead go, little by little
	// how much earlier than a voice the chime, and a drill's words, are sent: a node that
	// subscribes late misses little
	scriptLead = 100 * time.Millisecond

	noFrames   = 8 * time.Second
	quietLevel = -50.0 // dBFS, RMS of a frame: nobody speaks
)

// DefaultSilence ends a call in which nobody speaks: a forgotten microphone. Its
// holder is warned after a third of that.
const DefaultSilence = time.Minute

// No room is as quiet as digital silence, and none for as long as muteAfter: the
// microphone is off, whatever the silence of a speaker may be.
const (
	digitalZero = -100.0 // dBFS; a decoder's noise is below
	muteAfter   = 1500 * time.Millisecond
)

// ErrFrame says that what came from a microphone is not one 20 ms Opus frame.
var ErrFrame = errors.New("not an Opus frame of 20 ms")

// voice numbers, bundles, signs and records the frames of one call.
type voice struct {
	opt     *Options
	id      string        // of the call, or of a stream
	start   time.Time     // when frame 0 sounds
	after   uint64        // frames of the opening: a voice has numbers from here on
	silence []byte        // one frame of it
	many    int           // frames in a bundle
	patient time.Duration // so long nothing may come from the microphone

	mu        sync.Mutex
	script    frames.Line   // what the controller says: the opening, an alert, the closing
	line      uint64        // number of its next frame
	over      bool          // it has been said
	closing   bool          // the last words are being said: the microphone is shut
	delay     time.Duration // from when a frame is spoken to when it sounds
	aim       time.Duration // what the delay shall become: see stretch
	stretch   frames.Stretch
	excess    int       // of the frames that go, those that a burst brought: the delay stays
	lead      int       // frames by which the next was ahead of now, at the least,
	leadSince time.Time // since then
	begun     bool      // a frame of the microphone has been numbered
	encoder   *audio.Encoder
	decoder   *audio.Decoder // to hear the level of what comes encoded
	pcm       []float32      // less than a frame, waiting for more
	queue     []float32      // likewise, of what was stretched
	next      uint64         // number of the next frame
	first     uint64         // of those in pending
	pending   [][]byte
	since     time.Time     // the first of pending is
	bundles   [][]byte      // signed bundles that wait for the goroutine of the call
	hold      time.Time     // until then, for nodes that subscribe: see crowdOf
	ready     chan struct{} // there are some
	lastFrame time.Time
	lastSound time.Time
	lastAlive time.Time // a frame that was not digital silence
	level     float64   // dBFS of the last frame
	dropped   int       // frames of a burst
	record    *frames.Recorder
	failed    int // bundles that found no broker
	cut       bool
}

func newVoice(opt *Options, id string, start time.Time, delay time.Duration, nodes int) (*voice, error) {
	v := &voice{opt: opt, id: id, many: bundleFor(nodes, delay), start: start, delay: delay, aim: delay, level: math.Inf(-1), lastFrame: start,
		lastSound: start, lastAlive: start, over: true, patient: noFrames, ready: make(chan struct{}, 1)}
	var err error
	if v.encoder, err = audio.NewEncoder(frames.Bitrate); err != nil {
		return nil, err
	}
	v.decoder, err = audio.NewDecoder()
	return v, err
}

// recites has the controller say what it has to say, and the voice recorded; with
// no recorder it is not.
func (v *voice) recites(say recital, record *frames.Recorder) (err error) {
	if v.silence, err = frames.Silent(); err != nil {
		return err
	}
	v.record = record
	lines := []frames.Line{frames.Said(say.opening)}
	if say.alert != nil {
		lines = append(lines, say.alert)
	}
	if say.closing != nil {
		v.patient = drillNoFrames
	}
	v.script, v.over = frames.Chain(lines), false
	v.after = uint64(len(say.opening))
	v.next, v.first = v.after, v.after
	v.lastFrame = v.start.Add(time.Duration(v.after) * wire.FrameLength)
	v.lastSound = v.lastFrame
	return nil
}

// bundleFor is how many frames go into a bundle for so many nodes, of a voice so
// late. A voice waits for its bundle to be full, every node checks a signature
// for each, and around each go 220 bytes: few nodes hear it sooner, many cost
// less. Over links that hold packets up for long, larger ones hold up fewer of
// those behind them, so that nodes learn the time better; there it is late anyway.
// The largest leave room for a voice of 24 kbit/s on a link of 64.
func bundleFor(nodes int, delay time.Duration) int {
	switch {
	case nodes > manyNodes, delay >= maxDelay:
		return 10
	case nodes > 100:
		return 4
	case delay >= slowDelay:
		return 3
	}
	return 2
}

// Write puts one Opus packet of 20 ms on the air, as a browser's encoder makes
// it. ErrFrame is of anything else, and of a call in which nobody speaks.
func (c *Call) Write(packet []byte) error {
	if !c.Microphone() {
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
	now := v.opt.Now()
	v.hear(frame[:], now)
	if len(v.queue) > 0 || !v.stretch.Idle(v.level <= quietLevel) {
		return v.give(frame[:], now)
	}
	v.stretch.Keep(frame[:])
	v.add(append([]byte(nil), packet...), now)
	return nil
}

// WritePCM puts samples on the air: 48 kHz mono, any number. ErrFrame is of a call in
// which nobody speaks; any other error, of what cannot be encoded.
func (c *Call) WritePCM(pcm []float32) error {
	if !c.Microphone() {
		return ErrFrame
	}
	return c.voice.write(pcm)
}

// write encodes samples and puts them on the air.
func (v *voice) write(pcm []float32) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	for len(pcm) > 0 {
		n := min(len(pcm), audio.FrameSamples-len(v.pcm))
		v.pcm = append(v.pcm, pcm[:n]...)
		pcm = pcm[n:]
		if len(v.pcm) < audio.FrameSamples {
			return nil
		}
		now := v.opt.Now()
		v.hear(v.pcm, now)
		err := v.give(v.pcm, now)
		v.pcm = v.pcm[:0]
		if err != nil {
			return err
		}
	}
	return nil
}

// give puts a frame of samples on the air, as one frame, or as two or none
// while it is stretched.
func (v *voice) give(frame []float32, now time.Time) error {
	v.queue = v.stretch.Run(v.queue, frame, v.level <= quietLevel)
	n := 0
	for ; len(v.queue) >= audio.FrameSamples; n++ {
		if n > 0 {
			v.delay += wire.FrameLength
		}
		packet := make([]byte, audio.MaxPacket)
		size, err := v.encoder.Encode(v.queue[:audio.FrameSamples], packet)
		v.queue = v.queue[:copy(v.queue, v.queue[audio.FrameSamples:])]
		if err != nil {
			return fmt.Errorf("encode voice: %w", err)
		}
		v.add(packet[:size:size], now)
	}
	switch {
	case n > 0:
	case v.excess > 0:
		v.excess--
	default:
		v.delay -= wire.FrameLength
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
	if v.level > digitalZero {
		v.lastAlive = now
	}
	if v.level > quietLevel {
		v.lastSound = now
	}
}

// add numbers a frame. One that comes while the chime sounds is not on air
// yet; one that would make the delay grow is dropped.
func (v *voice) add(packet []byte, now time.Time) {
	due := v.due(now)
	if due < v.after || v.closing {
		return
	}
	v.recite(now) // what is left of the opening comes before
	switch {
	case v.next > due+burst:
		v.dropped++
		return
	case !v.begun && v.after > 0 && due <= v.next+cushion: // between chime and voice nothing is missing
		for v.next < due+cushion {
			v.put(v.silence, now)
		}
	case !v.begun || v.next < due:
		v.jump(due+cushion, now)
	}
	v.begun = true
	v.settle(int(v.next)-int(due), now)
	v.put(packet, now)
}

// due is the number of the frame that is spoken now.
func (v *voice) due(now time.Time) uint64 {
	return uint64(max(now.Sub(v.zero())/wire.FrameLength, 0))
}

// settle has frames go that a burst brought: those by which the next one was
// too far ahead of now for seconds on end.
func (v *voice) settle(lead int, now time.Time) {
	if v.lead = min(v.lead, lead); now.Sub(v.leadSince) < leadOver {
		return
	}
	if more := v.lead - cushion; more > 1 && v.stretch.Owed == 0 {
		v.excess += more
		v.stretch.Owed -= float64(more * audio.FrameSamples)
	}
	v.lead, v.leadSince = lead, now
}

// put gives a frame the next number.
func (v *voice) put(packet []byte, now time.Time) {
	if len(v.pending) == 0 {
		v.since = now
	}
	v.pending = append(v.pending, packet)
	v.record.Add(v.next, packet)
	v.next++
	if len(v.pending) >= v.many {
		v.bundle(now)
	}
}

// zero is when frame 0 would have been spoken.
func (v *voice) zero() time.Time { return v.start.Add(-v.delay) }

// shift changes the delay, by whole frames and within its bounds, and returns
// by how much: little by little, which nobody hears; or up at once, which
// leaves a gap.
func (v *voice) shift(by time.Duration, atOnce bool) time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.stretch.Owed < 0 && by > 0 { // what was to become less shall not
		v.excess, v.aim = 0, v.delay
		v.stretch.Owed = math.Mod(v.stretch.Owed, audio.FrameSamples) // of a frame that goes just now
	}
	to := min(max(v.aim+by, minDelay), max(maxDelay, v.aim))
	by = (to - v.aim).Truncate(wire.FrameLength)
	v.aim += by
	v.many = max(v.many, bundleFor(1, v.aim))
	if atOnce || !v.begun {
		v.delay += by
	} else {
		v.stretch.Owed += float64(by / wire.FrameLength * audio.FrameSamples)
	}
	return by
}

// rising reports whether the delay is not yet as long as it shall be.
func (v *voice) rising() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.stretch.Owed > 0
}

// Delay is how long after it is spoken the voice sounds.
func (v *voice) Delay() time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.delay
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
	v.enqueue(wire.Bundle{First: v.first, Frames: v.pending}, now)
	v.pending, v.first = nil, v.next
}

// enqueue signs a bundle for the goroutine of the call to send.
func (v *voice) enqueue(b wire.Bundle, now time.Time) {
	raw, err := v.sign(b, now)
	if err != nil {
		v.failed++
		return
	}
	v.bundles = append(v.bundles, raw)
	select {
	case v.ready <- struct{}{}:
	default:
	}
}

func (v *voice) sign(b wire.Bundle, now time.Time) ([]byte, error) {
	o := v.opt
	return wire.Sign(o.Key, wire.Header{Kind: wire.KindFrames, Target: wire.Target(o.Commune, v.id), Seq: b.First + 1,
		Issued: now.UTC(), Expires: now.Add(commandFor).UTC()}, b)
}

// send publishes what is ready, and with flush all there is. What finds no
// broker is lost; the recording goes on.
func (v *voice) send(ctx context.Context, now time.Time, flush bool) {
	v.mu.Lock()
	if flush || now.Sub(v.since) > time.Duration(v.many)*wire.FrameLength {
		v.bundle(now)
	}
	v.recite(now)
	var ready [][]byte
	if flush || !now.Before(v.hold) {
		ready, v.bundles = v.bundles, nil
	}
	v.mu.Unlock()
	topic := v.opt.topics().Live(v.id)
	for _, raw := range ready {
		err := v.opt.Publish(ctx, topic, 0, false, raw)
		v.mu.Lock()
		if v.cut = err != nil; v.cut {
			v.failed++
		}
		v.mu.Unlock()
	}
}

// forgotten says why the voice of a person must end, if it must.
func (v *voice) forgotten(now time.Time) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case now.Sub(v.lastFrame) >= v.patient:
		return EndNoVoice
	case now.Sub(v.lastSound) >= v.opt.Silence:
		return EndSilence
	}
	return ""
}

// Meter is what the person at the microphone is shown.
type Meter struct {
	Level   float64       // dBFS of the last frame; −Inf before the first
	Age     time.Duration // of the last frame
	Silent  time.Duration // since somebody spoke
	Warn    bool          // the call will end for silence
	Delay   time.Duration // from when it is spoken to when it sounds
	Dropped int           // frames that came in bursts
	Failed  int           // bundles that found no broker
	Cut     bool          // the last one did not
	Mute    bool          // nothing comes, or nothing but digital silence: the microphone is off
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
	return Meter{v.level, now.Sub(v.lastFrame), silent, silent >= v.opt.Silence/3 && c.relay == nil, v.delay, v.dropped, v.failed, v.cut,
		now.Sub(v.lastAlive) >= muteAfter && c.relay == nil && !v.closing}
}

// end is when the last that was spoken has been heard. A call that is stopped
// in its chime ends at once.
func (v *voice) end(now time.Time) time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.begun && !v.closing {
		return now
	}
	last := v.start.Add(time.Duration(max(v.next, v.line)) * wire.FrameLength)
	if last.Before(now) {
		return now
	}
	return earlier(last, now.Add(max(maxDelay, v.delay)+scriptLead))
}

// finish puts the recording into the store and returns its sha256.
func (v *voice) finish(st *store.Store) (sha string, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.record.Finish(st)
}

package audio

import (
	"slices"
	"time"
)

// FrameLength is how long one frame of a voice lasts.
const FrameLength = 20 * time.Millisecond

const (
	jitterAhead = 200 // frames before their time that are kept: 4 s
	jitterBack  = 100 // frames after their time: 2 s, for a jump back and to know duplicates
	jitterRing  = jitterAhead + jitterBack
	jitterLast  = 1 << 40 // no voice has a frame beyond: seven hundred years

	concealFull = 3 // frames in a row that are concealed at full level: 60 ms
	concealAll  = 5 // frames in a row after which there is silence: 100 ms

	marginKept = 256              // bundles whose margin is kept
	marginSpan = 10 * time.Second // how far back a margin counts
)

// JitterState is what a [Jitter] yields just now.
//
//	          Jump, new
//	              │
//	              ▼        frame there
//	         ┌─────────┐ ─────────────────────▶ ┌─────────┐ ──┐ frame there, or its coarse
//	needed, ┌│ Waiting │                        │ Playing │   │ copy in the next one
//	missing └└─────────┘                        └─────────┘ ◀─┘
//	(silence)     ▲                      needed,  │     ▲ frame there
//	              │ Jump, from            missing ▼     │
//	              │ any state           ┌────────────┐ ─┤
//	              └──────────────────── │ Concealing │  │ fades in over the frame
//	                                    └────────────┘  │
//	                    the sixth frame in a row │      │
//	                                             ▼      │
//	                    needed, missing ┌┌────────┐ ────┘
//	                          (silence) └│ Silent │
//	                                     └────────┘
//
// A frame that is missing is not yielded before it is needed: it may still
// come. One that comes later than that is late, and is only counted. But what
// lies before the first that came is silence at once: nothing was spoken there,
// and a thousand nodes need not begin to decode in the same instant.
type JitterState int

// The states.
const (
	JitterWaiting    JitterState = iota // nothing was decoded since the start or a jump
	JitterPlaying                       // the last frame was there
	JitterConcealing                    // up to five frames in a row were made up, the last two fading
	JitterSilent                        // more than that: silence until a frame comes
)

func (s JitterState) String() string {
	switch s {
	case JitterWaiting:
		return "waiting"
	case JitterPlaying:
		return "playing"
	case JitterConcealing:
		return "concealing"
	case JitterSilent:
		return "silent"
	}
	return "unknown"
}

// JitterCounters counts frames.
type JitterCounters struct {
	Received  int64 // came, and were not there yet
	Late      int64 // of these: too late to be heard
	Lost      int64 // were not there when they were needed, though later ones came
	Recovered int64 // were lost, and heard from the coarse copy in the next
	Concealed int64 // were made up from what was before
	Duplicate int64 // were there already
	Wrong     int64 // no Opus packet of 20 ms, or of a time far from now
}

// Add adds what another buffer counted.
func (c *JitterCounters) Add(o JitterCounters) {
	c.Received += o.Received
	c.Late += o.Late
	c.Lost += o.Lost
	c.Recovered += o.Recovered
	c.Concealed += o.Concealed
	c.Duplicate += o.Duplicate
	c.Wrong += o.Wrong
}

// Jitter puts the frames of one voice in order as they come from a network
// and yields them one after the other as sound, each when it is there, or made
// up when it is needed and is not. Frame n sounds at the start plus
// n × [FrameLength].
//
// It is bounded whatever comes: it keeps frames of 4 s ahead to 2 s back of
// the time given to Push. Except while frames grow it does not allocate. It is
// not safe for concurrent use.
type Jitter struct {
	start    time.Time
	dec      *voiceDecoder
	slots    [jitterRing]jitterSlot // frame n at n modulo the length
	next     int64                  // the frame that Next yields
	state    JitterState
	missing  int     // frames in a row that were not there
	any      bool    // a frame was ever decoded
	first    int64   // the earliest frame that came
	gain     float32 // at the end of the last frame
	counters JitterCounters

	margins [marginKept]margin
	bundles int // with a margin, so far
}

type jitterSlot struct {
	frame  int64
	packet []byte // empty: the frame is not there
}

// margin is how long before its time a bundle came.
type margin struct {
	early time.Duration
	at    time.Time
}

// NewJitter makes a buffer for a voice whose frame 0 sounds at start.
func NewJitter(start time.Time) (*Jitter, error) {
	dec, err := newVoiceDecoder()
	if err != nil {
		return nil, err
	}
	return &Jitter{start: start, dec: dec, gain: 1}, nil
}

// SetStart moves the whole voice to another start.
func (j *Jitter) SetStart(start time.Time) { j.start = start }

// State returns what the buffer yields just now.
func (j *Jitter) State() JitterState { return j.state }

// Counters returns what was counted so far.
func (j *Jitter) Counters() JitterCounters { return j.counters }

// Push takes consecutive frames, Opus packets of 20 ms, that came at now, in
// the time of the start. An empty one was lost before it was sent. The packets
// are copied. It returns how many were new and in their time.
func (j *Jitter) Push(first uint64, frames [][]byte, now time.Time) int {
	due := int64(now.Sub(j.start) / FrameLength)
	took, told := 0, false
	for i, packet := range frames {
		if len(packet) == 0 {
			continue
		}
		n := int64(min(first, jitterLast)) + int64(i)
		samples, err := PacketSamples(packet)
		if err != nil || samples != FrameSamples || len(packet) > MaxPacket ||
			n >= jitterLast || n < due-jitterBack || n >= due+jitterAhead {
			j.counters.Wrong++
			continue
		}
		slot := &j.slots[n%jitterRing]
		if slot.frame == n && len(slot.packet) > 0 {
			j.counters.Duplicate++
			continue
		}
		slot.frame, slot.packet = n, append(slot.packet[:0], packet...)
		if j.counters.Received == 0 || n < j.first {
			j.first = n
		}
		j.counters.Received++
		if n < j.next {
			j.counters.Late++
		} else {
			took++
		}
		if !told { // the first frame of a bundle is the one in a hurry
			j.margins[j.bundles%marginKept] = margin{j.start.Add(time.Duration(n) * FrameLength).Sub(now), now}
			j.bundles++
			told = true
		}
	}
	return took
}

// Margins returns how long before their time the bundles of the last ten
// seconds came: the least, and what all but one in twenty kept. ok is false if
// there were none. It is negative for bundles that came after their time.
func (j *Jitter) Margins(now time.Time) (least, most95 time.Duration, ok bool) {
	var early []time.Duration
	for _, m := range j.margins[:min(j.bundles, marginKept)] {
		if now.Sub(m.at).Abs() <= marginSpan {
			early = append(early, m.early)
		}
	}
	if len(early) == 0 {
		return 0, 0, false
	}
	slices.Sort(early)
	return early[0], early[len(early)/20], true
}

// Position returns the frame that Next yields next.
func (j *Jitter) Position() int64 { return j.next }

// Jump makes Next go on with another frame.
func (j *Jitter) Jump(frame int64) {
	if frame == j.next {
		return
	}
	j.next, j.state, j.missing, j.gain = max(0, frame), JitterWaiting, 0, 1
}

// Next writes the next frame to dst, of [FrameSamples], and moves on. A frame
// that is not there and not needed yet is not yielded: ok is false. sound is
// false if what was written is silence for want of frames.
func (j *Jitter) Next(dst []float32, needed bool) (ok, sound bool) {
	dst = dst[:FrameSamples]
	if packet := j.held(j.next); packet != nil {
		if n, err := j.dec.Decode(packet, dst); err == nil && n == FrameSamples {
			j.playing(dst)
			return true, true
		}
		j.counters.Wrong++
		j.drop(j.next)
	}
	if before := !j.any && j.counters.Received > 0 && j.next < j.first; !needed && !before {
		return false, false
	}
	return true, j.make(dst)
}

func (j *Jitter) held(n int64) []byte {
	if s := &j.slots[n%jitterRing]; s.frame == n && len(s.packet) > 0 {
		return s.packet
	}
	return nil
}

func (j *Jitter) drop(n int64) { j.slots[n%jitterRing].packet = j.slots[n%jitterRing].packet[:0] }

// playing ends whatever gap there was with a frame that is in dst.
func (j *Jitter) playing(dst []float32) {
	if j.any {
		j.counters.Lost += int64(j.missing)
	}
	j.any, j.missing, j.state = true, 0, JitterPlaying
	j.ramp(dst, 1)
	j.next++
}

// make fills dst in place of a frame that is missing and reports whether it
// is more than silence.
func (j *Jitter) make(dst []float32) (sound bool) {
	if next := j.held(j.next + 1); next != nil && hasCopy(next) && j.dec.Recover(next, dst) == nil {
		j.counters.Recovered++
		j.missing++
		j.playing(dst)
		return true
	}
	j.missing++
	j.next++
	if j.state == JitterWaiting || j.missing > concealAll || j.dec.Conceal(dst) != nil {
		if j.state != JitterWaiting {
			j.state = JitterSilent
		}
		j.gain = 0
		clear(dst)
		return false
	}
	j.counters.Concealed++
	j.state = JitterConcealing
	j.ramp(dst, min(1, float32(concealAll-j.missing)/(concealAll-concealFull)))
	return true
}

// ramp leads the gain to a new one over a frame.
func (j *Jitter) ramp(dst []float32, to float32) {
	if j.gain == 1 && to == 1 {
		return
	}
	by := (to - j.gain) / float32(len(dst))
	for i := range dst {
		dst[i] *= j.gain + by*float32(i+1)
	}
	j.gain = to
}

// hasCopy reports whether a packet of one mono frame of 20 ms carries a coarse
// copy of the frame before: the flag after the voice activity flag, in packets
// that are not CELT alone (RFC 6716 §4.2.3, §4.2.4).
func hasCopy(packet []byte) bool {
	return len(packet) > 1 && packet[0]>>3 < 16 && packet[0]&7 == 0 && packet[1]&0x40 != 0
}

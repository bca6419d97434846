package player

import (
	"math"
	"time"

	"loa/audio"
)

const (
	inStep     = audio.Rate / 200     // 5 ms: farther off is a jump
	deadBand   = audio.Rate / 48000.0 // a frame: nearer is left alone by an output that never was farther off
	learnSkew  = audio.Rate / 1000    // 1 ms: farther off is a step of the clock, and says nothing of the output's rate
	steerOver  = 2 * audio.Rate       // frames in which most of an error is made good
	steerMost  = 1000e-6              // of the rate, besides the skew: nobody hears it
	skewMost   = 500e-6               // no card and no clock are worse
	skewNone   = 1e-6                 // less is none
	steerQuick = 1000e-6              // at most so much more or less in a second
	landNear   = 0.75                 // of a frame: nearer an output may be led to a whole frame
	landSkew   = 3e-6                 // a card with less needs steering only now and then
	landRate   = 20e-6                // of the rate, on the way to a whole frame
	landed     = 1e-6                 // of a frame: rounding
	calmFor    = 4 * audio.Rate       // frames: a board that was exact for so long has hardly any skew, and a step of the clock to make good
	stepOver   = audio.Rate / 2       // frames in which most of that is

	bridgeFor = time.Second // how long a voice goes on by the time before a step, for a plan that goes with it
)

// servo keeps an output in step by reading the voices a little faster or
// slower than one frame a frame. It is a controller of proportional and
// integral parts, critically damped: the integral is the skew of the output's
// crystal against controller time, which holds from one item to the next.
//
//	         off by more than a frame             nearly there, and hardly any skew
//	exact ──────────────────────────────▶ steering ◀────────────────────────────▶ landing
//	  ▲ ▲                                    │                                       │
//	  │ └──── an item begins, and no skew ───┘                     at a whole frame  │
//	  └──────────────────────────────────────────────────────────────────────────────┘
//
// Exact is frames as they are; else they are resampled, at twenty times the
// cost. An output that has nothing to correct should not pay that, so it is led
// to the whole frame that is nearest to where it should be, and left alone there.
type servo struct {
	on   bool
	skew float64 // frames of the voice per frame of the output, less 1
	rate float64 // likewise; what is played now
	calm int64   // frames since it was last on
	step bool    // what is being corrected was a step of the clock
}

// follow takes that a part is off by so many frames (positive: it should be
// farther on), and past a whole frame by rest, before n frames are played.
func (s *servo) follow(off, rest float64, n int) {
	if !s.on {
		s.calm += int64(n)
		if math.Abs(off) <= deadBand {
			return
		}
		s.on, s.step, s.calm = true, s.calm > calmFor, 0
	}
	d := float64(n)
	if math.Abs(off) < landNear && math.Abs(s.skew) < landSkew {
		s.land(wayToWhole(off, rest), d)
		return
	}
	over := float64(steerOver)
	switch {
	case s.step:
		over = stepOver
	case math.Abs(off) <= learnSkew:
		s.skew = bound(s.skew+off*d/(4*steerOver*steerOver), skewMost)
	}
	s.turn(s.skew+bound(off/over, steerMost), d)
}

// wayToWhole returns how far it is to a whole frame that is near enough to where
// the part should be: the one that is nearest to where it is, so that it stays
// the same one on the way.
func wayToWhole(off, rest float64) float64 {
	near := math.Floor(rest+off) - rest
	far := near + 1
	if off-near > landNear || far-off <= landNear && math.Abs(far) < math.Abs(near) {
		return far
	}
	return near
}

// land leads to a whole frame that is so far away.
func (s *servo) land(way, d float64) {
	if math.Abs(way) < landed {
		*s = servo{}
		return
	}
	s.turn(bound(way/d, landRate), d)
}

// turn leads the rate to another.
func (s *servo) turn(rate, d float64) {
	s.rate += bound(rate-s.rate, steerQuick*d/audio.Rate)
}

// begin is told that an item begins.
func (s *servo) begin() {
	if math.Abs(s.skew) < skewNone {
		*s = servo{}
		return
	}
	s.rate = s.skew
}

func bound(x, most float64) float64 { return min(max(x, -most), most) }

// place is a place in a voice.
type place struct {
	frame int64
	rest  float64 // of a frame
}

// whole is the whole frame nearest to a place.
func (p place) whole() place { return place{p.frame + int64(math.Round(p.rest)), 0} }

// placeAt is where a voice should be so long after its begin.
func placeAt(into time.Duration) place {
	frame := audio.Samples(into)
	return place{frame, (into - audio.Length(frame)).Seconds() * audio.Rate}
}

// sample fills dst with a voice from a place on, at the servo's rate, as far as
// there are frames, and returns how many that is and where it ended. It does
// not move the voice on.
func (m *mixer) sample(v *voice, from place, dst []float32) (got int, end place) {
	rate := m.servo.rate
	if rate == 0 && from.rest == 0 {
		got = v.peek(from.frame, dst)
		return got, place{from.frame + int64(got), 0}
	}
	step := 1 + rate
	src := m.src[:min(len(m.src), int(float64(len(dst))*step)+2*audio.Reach+2)]
	there := float64(v.around(from.frame, src)) // places that may be read
	got = int(bound(math.Ceil((there-from.rest)/step), float64(len(dst))))
	if got <= 0 {
		return 0, from
	}
	audio.Interpolate(dst[:got], src, audio.Reach-1+from.rest, step)
	last := from.rest + float64(got)*step
	whole := math.Floor(last)
	return got, place{from.frame + int64(whole), last - whole}
}

// around fills dst with frames of which the one at audio.Reach-1 is pos, and
// silence before the first and after the last of the voice, and returns how
// many places from pos on have all that is needed around them.
func (v *voice) around(pos int64, dst []float32) int {
	clear(dst)
	first := pos - (audio.Reach - 1)
	v.mu.Lock()
	defer v.mu.Unlock()
	from := max(first, v.start)
	if pos < v.start || from >= first+int64(len(dst)) {
		return 0
	}
	n := int64(v.copyOut(from, dst[from-first:]))
	there := from + n - pos // frames from pos on
	if from+n < v.total {
		return int(max(0, there-audio.Reach))
	}
	return int(max(0, there))
}

// bridge holds the time of a voice on air for a moment when controller time was
// set: its frames are numbered, not timed, and go on; the plan that says so is
// on its way. Without one the new time counts.
type bridge struct {
	by     time.Duration // the step that is not followed yet
	until  time.Time
	score  *score
	at, ct time.Time // where the last block ended, and the time there
}

// over returns the time to play by at the instant at, where it is ct.
func (b *bridge) over(ct, at time.Time, s *score, voice bool) time.Time {
	if b.by != 0 && (s.timeline != b.score.timeline || !at.Before(b.until)) {
		*b = bridge{}
	}
	if b.by == 0 && voice && !b.at.IsZero() {
		by := ct.Sub(b.ct) - at.Sub(b.at)
		since := ct.Sub(s.ct) - at.Sub(s.at) // the score was made
		if by.Abs() > stepped && since.Abs() > by.Abs()/2 {
			b.by, b.until, b.score = by, at.Add(bridgeFor), s
		}
	}
	return ct.Add(-b.by)
}

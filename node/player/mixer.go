package player

import (
	"math"
	"sync/atomic"
	"time"

	"loa/audio"
	"loa/schedule"
)

const (
	fadeFrames  = audio.Rate / 50  // 20 ms, at what begins or ends in mid-item
	crossFrames = audio.Rate / 200 // 5 ms, over a jump
	chunkFrames = 1024             // the most that is rendered in one go
)

// score is what the mixer plays from. It never changes; a new one replaces it.
type score struct {
	timeline *schedule.Timeline
	voices   map[key]*voice
	gains    map[string]float32 // of the timeline's airings
	at, ct   time.Time          // when it was made, and the plan time then
}

// mixer is the audio path. fill belongs to the output's goroutine; the atomics are for others.
type mixer struct {
	clock func(time.Time) (time.Time, time.Duration, bool)
	sound func() bool

	score     atomic.Pointer[score]
	lastHeard atomic.Int64 // controller time, Unix nanoseconds
	until     atomic.Int64 // controller time up to which was rendered
	block     atomic.Int64 // frames that the output asks for at a time
	delay     atomic.Int64 // how much later than the plan says all is played, ns
	begun     time.Time
	lastAsk   atomic.Int64 // when the output asked last, ns since begun

	seen     *score
	decision schedule.Decision // of seen, valid in [since, decision.Next)
	since    time.Time
	cur      part
	tail     part // what was taken off the air, fading out
	servo    servo
	steered  bool // in this block
	asked    int  // the length of this block
	bridge   bridge
	tmp, old [chunkFrames]float32
	src      [chunkFrames + chunkFrames/256 + 2*audio.Reach + 2]float32
}

func newMixer(clock func(time.Time) (time.Time, time.Duration, bool), sound func() bool) *mixer {
	audio.Interpolate(nil, nil, 0, 1) // its table is made here, and not while something sounds
	return &mixer{clock: clock, sound: sound, begun: time.Now()}
}

// perform replaces the score if anything in it has changed.
func (m *mixer) perform(tl *schedule.Timeline, voices map[key]*voice, gains map[string]float32) {
	if s := m.score.Load(); s != nil && s.timeline == tl && sameVoices(s.voices, voices) {
		return
	}
	own := make(map[key]*voice, len(voices))
	for k, v := range voices {
		own[k] = v
	}
	now := time.Now()
	ct, _, _ := m.planTime(now)
	m.score.Store(&score{tl, own, gains, now, ct})
}

func sameVoices(a, b map[key]*voice) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}

// planTime is controller time, less what this node plays later than the plan says: by it all is looked up.
func (m *mixer) planTime(at time.Time) (plan time.Time, bound time.Duration, ok bool) {
	ct, bound, ok := m.clock(at)
	return ct.Add(-time.Duration(m.delay.Load())), bound, ok
}

// rendered returns the plan time up to which the output has asked; zero if it never has.
func (m *mixer) rendered() time.Time { return unixNano(m.until.Load()) }

// fill is the speaker.Source.
func (m *mixer) fill(buf []float32, at time.Time) {
	clear(buf)
	m.block.Store(int64(len(buf)))
	m.lastAsk.Store(int64(time.Since(m.begun)))
	s := m.score.Load()
	ct, _, ok := m.planTime(at)
	if !ok || s == nil {
		m.seen, m.bridge = nil, bridge{}
		m.cast(nil, 0)
		m.fadeTail(buf)
		return
	}
	working := m.sound()
	ct = m.bridge.over(ct, at, s, m.cur.sounding && live(m.cur.v.item))
	m.steered, m.asked = false, len(buf)
	start, length := ct, audio.Length(int64(len(buf)))
	for done := 0; done < len(buf); {
		ct = start.Add(audio.Length(int64(done)))
		m.decide(s, ct)
		n := min(len(buf)-done, chunkFrames, framesUntil(m.decision.Next, ct))
		m.render(buf[done:done+n], ct, working)
		done += n
	}
	if v := m.cur.v; v != nil && live(v.item) {
		v.expect(len(buf))
	}
	m.until.Store(start.Add(length).UnixNano())
	m.bridge.at, m.bridge.ct = at.Add(length), start.Add(length+m.bridge.by)
}

// framesUntil counts the frames before t, as far as they matter. A t that has passed is the end of a timeline that
// nobody renewed: nothing more changes.
func framesUntil(t, ct time.Time) int {
	d := t.Sub(ct)
	if d <= 0 || d > time.Minute {
		return chunkFrames
	}
	return int((int64(d)*audio.Rate + int64(time.Second) - 1) / int64(time.Second))
}

// decide makes decision valid for ct.
func (m *mixer) decide(s *score, ct time.Time) {
	if s == m.seen && !ct.Before(m.since) && ct.Before(m.decision.Next) {
		return
	}
	m.seen, m.since, m.decision = s, ct, s.timeline.At(ct)
	slot := m.decision.Slot
	if slot == nil || !m.decision.Sounds {
		m.cast(nil, 0)
		return
	}
	m.cast(s.voices[key{slot.ID, m.decision.Item}], s.gains[slot.ID])
}

// cast puts a voice on the air, or none; the one before it fades out at the volume it had.
func (m *mixer) cast(v *voice, volume float32) {
	if v == m.cur.v {
		m.cur.target = volume
		return
	}
	if m.cur.sounding {
		m.tail = m.cur
		m.tail.step = -1.0 / fadeFrames
	}
	m.cur = part{v: v, volume: volume, target: volume}
}

// render adds what is audible from ct on to dst, which lies within one decision.
func (m *mixer) render(dst []float32, ct time.Time, working bool) {
	if v := m.cur.v; v != nil {
		want := placeAt(m.decision.Offset + ct.Sub(m.since))
		want.frame += v.lap * int64(m.decision.Repeat)
		got, moved := m.mix(&m.cur, dst, want)
		heard := ct.Add(time.Duration(m.delay.Load()))
		last := heard.Add(audio.Length(int64(got))).UnixNano()
		void := v.unspoken(m.cur.pos.frame-moved, int(moved))
		if v.count(moved, int64(void), int64(len(dst)-got), want.frame, heard.UnixNano(), last, working, m.cur.target > 0) {
			m.lastHeard.Store(last)
		}
	}
	m.letOut(dst)
}

// letOut adds what was taken off the air, fading.
func (m *mixer) letOut(dst []float32) {
	if m.tail.v == nil {
		return
	}
	m.mix(&m.tail, dst, m.tail.pos)
	if m.tail.env <= 0 || !m.tail.sounding {
		m.tail = part{}
	}
}

// fadeTail lets out what was on the air when controller time was lost.
func (m *mixer) fadeTail(buf []float32) {
	for done := 0; done < len(buf) && m.tail.v != nil; {
		n := min(len(buf)-done, chunkFrames)
		m.letOut(buf[done : done+n])
		done += n
	}
}

// part is one voice in the mix.
type part struct {
	v        *voice
	pos      place // where it goes on
	sounding bool  // the frame before pos was played just now
	env      float32
	step     float32 // of env, per frame
	volume   float32 // as a factor
	target   float32 // where it is led over the next stretch
}

// mix adds a part to dst and returns how many frames it had, and how many of the voice's that took. want is where it
// should be: it is begun there, brought there by a jump, or steered there: see servo.
func (m *mixer) mix(p *part, dst []float32, want place) (got int, moved int64) {
	tmp := m.tmp[:len(dst)]
	volume, by := p.volume, (p.target-p.volume)/float32(len(dst))
	p.volume = p.target
	from := p.pos
	if !p.sounding {
		from = m.enter(p, want)
	}
	var end place
	if off := float64(want.frame-from.frame) + want.rest - from.rest; math.Abs(off) > inStep {
		from = place{want.frame, 0}
		got, end = m.jump(p, tmp, from)
	} else {
		if p == &m.cur && !m.steered {
			m.servo.follow(off, from.rest, m.asked)
			m.steered = true
			if !m.servo.on {
				from = from.whole()
			}
		}
		got, end = m.sample(p.v, from, tmp)
	}
	p.v.goOn(end.frame, got < len(dst))
	p.pos = end
	p.sounding = got == len(dst)
	if !p.sounding && p.pos.frame < p.v.total {
		fadeOut(tmp[:got]) // nothing more at hand: rather a short fade than a click
	}
	gain := p.v.gain
	if p.env == 1 && p.step >= 0 && by == 0 { // nearly always
		factor := gain * volume
		for i, x := range tmp[:got] {
			dst[i] = clip(dst[i] + x*factor)
		}
		return got, end.frame - from.frame
	}
	for i, x := range tmp[:got] {
		dst[i] = clip(dst[i] + x*gain*p.env*(volume+by*float32(i)))
		p.env = max(0, min(1, p.env+p.step))
	}
	return got, end.frame - from.frame
}

// clip bounds a sample by full scale. With max and min, which look for NaN and
// the sign of zero as well, a block takes 1.4 times as long.
func clip(x float32) float32 {
	if x > 1 {
		return 1
	}
	if x < -1 {
		return -1
	}
	return x
}

// enter begins a part that did not sound, and returns where.
func (m *mixer) enter(p *part, want place) place {
	if want.frame == 1 { // rounded: the first frame is up to one frame after its instant
		want.frame = 0
	}
	p.env, p.step = 1, 0
	if want.frame > inStep {
		p.env, p.step = 0, 1.0/fadeFrames
	}
	if p == &m.cur {
		m.servo.begin()
		m.steered = true
	}
	return place{want.frame, 0}
}

// jump fills tmp from a place on, frame by frame, crossfading from where the part was.
func (m *mixer) jump(p *part, tmp []float32, to place) (got int, end place) {
	old := m.old[:min(crossFrames, len(tmp))]
	n, _ := m.sample(p.v, p.pos, old)
	clear(old[n:])
	got = p.v.peek(to.frame, tmp)
	if got < len(tmp) {
		clear(tmp[got:])
	}
	end = place{to.frame + int64(got), 0}
	for i, x := range old {
		f := float32(i) / float32(len(old))
		tmp[i] = x*(1-f) + tmp[i]*f
	}
	return max(got, len(old)), end
}

func fadeOut(x []float32) {
	tail := x[max(0, len(x)-fadeFrames):]
	for i := range tail {
		tail[i] *= 1 - float32(i+1)/float32(len(tail))
	}
}

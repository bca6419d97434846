package player

import (
	"sync/atomic"
	"time"

	"loa/audio"
	"loa/schedule"
)

const (
	fadeFrames  = audio.Rate / 50  // 20 ms, at what begins or ends in mid-item
	inStep      = audio.Rate / 200 // 5 ms: farther off is a jump
	crossFrames = audio.Rate / 200 // 5 ms, over a jump
	chunkFrames = 1024             // the most that is rendered in one go
	fullVolume  = 1                // of 100 %: an emergency is not to be turned down
)

// score is what the mixer plays from. It never changes; a new one replaces it.
type score struct {
	timeline *schedule.Timeline
	voices   map[key]*voice
	volume   float32
}

// mixer is the audio path. fill belongs to the output's goroutine; the atomics are for others.
type mixer struct {
	clock func(time.Time) (time.Time, time.Duration, bool)
	sound func() bool

	score     atomic.Pointer[score]
	lastHeard atomic.Int64 // controller time, Unix nanoseconds
	until     atomic.Int64 // controller time up to which was rendered
	block     atomic.Int64 // frames that the output asks for at a time

	seen     *score
	decision schedule.Decision // of seen, valid in [since, decision.Next)
	since    time.Time
	cur      part
	tail     part // what was taken off the air, fading out
	tmp, old [chunkFrames]float32
}

func newMixer(clock func(time.Time) (time.Time, time.Duration, bool), sound func() bool) *mixer {
	return &mixer{clock: clock, sound: sound}
}

// perform replaces the score if anything in it has changed.
func (m *mixer) perform(tl *schedule.Timeline, voices map[key]*voice, volume float32) {
	if s := m.score.Load(); s != nil && s.timeline == tl && s.volume == volume && sameVoices(s.voices, voices) {
		return
	}
	own := make(map[key]*voice, len(voices))
	for k, v := range voices {
		own[k] = v
	}
	m.score.Store(&score{tl, own, volume})
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

// rendered returns the controller time up to which the output has asked; zero if it never has.
func (m *mixer) rendered() time.Time { return unixNano(m.until.Load()) }

// fill is the speaker.Source.
func (m *mixer) fill(buf []float32, at time.Time) {
	clear(buf)
	s := m.score.Load()
	ct, _, ok := m.clock(at)
	if !ok || s == nil {
		m.seen = nil
		m.cast(nil, 0)
		m.fadeTail(buf)
		return
	}
	working := m.sound()
	start := ct
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
	m.block.Store(int64(len(buf)))
	m.until.Store(start.Add(audio.Length(int64(len(buf)))).UnixNano())
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
	volume := s.volume
	if slot.Programme.Class == schedule.Emergency {
		volume = fullVolume
	}
	m.cast(s.voices[key{slot.ID, m.decision.Item}], volume)
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
		into := m.decision.Offset + ct.Sub(m.since)
		want := v.lap*int64(m.decision.Repeat) + audio.Samples(into)
		got := m.mix(&m.cur, dst, want)
		last := ct.Add(audio.Length(int64(got))).UnixNano()
		got -= v.unspoken(m.cur.pos-int64(got), got)
		if v.count(got, len(dst)-got, want, ct.UnixNano(), last, working, m.cur.target > 0) {
			m.lastHeard.Store(last)
		}
	}
	if m.tail.v != nil {
		m.mix(&m.tail, dst, m.tail.pos)
		if m.tail.env <= 0 || !m.tail.sounding {
			m.tail = part{}
		}
	}
}

// fadeTail lets out what was on the air when controller time was lost.
func (m *mixer) fadeTail(buf []float32) {
	for done := 0; done < len(buf) && m.tail.v != nil; {
		n := min(len(buf)-done, chunkFrames)
		m.mix(&m.tail, buf[done:done+n], m.tail.pos)
		if m.tail.env <= 0 || !m.tail.sounding {
			m.tail = part{}
		}
		done += n
	}
}

// part is one voice in the mix.
type part struct {
	v        *voice
	pos      int64 // next frame of the voice
	sounding bool  // the frame before pos was played just now
	env      float32
	step     float32 // of env, per frame
	volume   float32 // as a factor
	target   float32 // where it is led over the next stretch
}

// mix adds a part to dst and returns how many frames it had. want is where it should be.
//
// Playing in step by resampling, rather than by jumps, would go here.
func (m *mixer) mix(p *part, dst []float32, want int64) int {
	tmp := m.tmp[:len(dst)]
	volume, by := p.volume, (p.target-p.volume)/float32(len(dst))
	p.volume = p.target
	var got int
	switch off := want - p.pos; {
	case !p.sounding:
		if want == 1 { // rounded: the first frame is up to one frame after its instant
			want = 0
		}
		p.pos, p.env, p.step = want, 1, 0
		if want > inStep {
			p.env, p.step = 0, 1.0/fadeFrames
		}
		got = p.v.read(p.pos, tmp)
	case off > inStep || off < -inStep:
		got = m.jump(p, tmp, want)
	default:
		got = p.v.read(p.pos, tmp)
	}
	p.pos += int64(got)
	p.sounding = got == len(dst)
	if !p.sounding && p.pos < p.v.total {
		fadeOut(tmp[:got]) // nothing more at hand: rather a short fade than a click
	}
	gain := p.v.gain
	for i, x := range tmp[:got] {
		y := dst[i] + x*gain*p.env*(volume+by*float32(i))
		dst[i] = max(-1, min(1, y))
		p.env = max(0, min(1, p.env+p.step))
	}
	return got
}

// jump fills tmp from want on, crossfading from where the part was.
func (m *mixer) jump(p *part, tmp []float32, want int64) int {
	old := m.old[:min(crossFrames, len(tmp))]
	clear(old[p.v.peek(p.pos, old):])
	p.pos = want
	got := p.v.read(want, tmp)
	if got < len(tmp) {
		clear(tmp[got:])
		got = max(got, len(old))
	}
	for i, x := range old {
		f := float32(i) / float32(len(old))
		tmp[i] = x*(1-f) + tmp[i]*f
	}
	return got
}

func fadeOut(x []float32) {
	tail := x[max(0, len(x)-fadeFrames):]
	for i := range tail {
		tail[i] *= 1 - float32(i+1)/float32(len(tail))
	}
}

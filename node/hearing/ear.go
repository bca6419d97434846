package hearing

import (
	"sync"
	"time"

	"loa/node/ear"
	"loa/node/health"
	"loa/node/speaker"
	"loa/node/wire"
)

func siteOf(level *float64) ear.Site {
	if level == nil {
		return ear.Site{}
	}
	return ear.Site{Gain: *level, Known: true}
}

// Overhear lets the ears, and the test of the horn, take part in what is played.
func (h *Horn) Overhear(src speaker.Source) speaker.Source {
	if h == nil {
		return src
	}
	play := src
	src = h.mic.Source(func(buf []float32, at time.Time) {
		play(buf, at)
		h.probe.Mix(buf, at)
	})
	if h.line != nil {
		src = h.line.Source(src)
	}
	return src
}

// Listen adds to a play what the microphone heard of it. Its last seconds are not listened to any more: the play is
// not to wait. One that was told before a power cut, or was never begun, is of another time.
func (h *Horn) Listen(p *wire.Play) {
	if h == nil || p.Ear != "" {
		return
	}
	now := time.Now()
	ct, _, ok := h.opt.Clock(now)
	if !ok || p.Began.IsZero() {
		return
	}
	from, to := now.Add(p.Began.Sub(ct)), now.Add(p.Ended.Sub(ct))
	verdict, level := h.mic.Verdict(from, to)
	var line ear.Verdict
	if h.line != nil {
		var lineLevel float64
		if line, lineLevel = h.line.Verdict(from, to); line == ear.Heard && !h.line.Site().Known {
			h.opt.Logger.Info("heard at the end of the line; set ear_line_level to this", "title", p.Title, "ear_line_level", lineLevel)
		}
	}
	p.Ear = string(verdict)
	switch {
	case verdict == ear.Heard && h.mic.Site().Known:
		p.EarDB = &level
	case verdict == ear.Heard:
		h.opt.Logger.Info("heard by the microphone; if it was quiet around, run loa node ear calibrate, or set ear_level to this", "title",
			p.Title, "ear_level", level)
	case verdict == ear.NotHeard:
		h.opt.Logger.Warn("played, and not heard by the microphone", "title", p.Title, "airing", p.Airing)
	}
	h.heard.learn(verdict, line)
}

// verdict is where the sound ends, as far as the ears have told: a fault stays until they hear otherwise.
type verdict struct {
	mu    sync.Mutex
	fault string // of the wire; "": it is heard, or nothing is known
}

// learn takes what the ears said of the same sound. The line ends behind the horns, so what it carries has left the
// amplifier; what it does not carry, the amplifier did not give, or the line is cut before its end.
func (v *verdict) learn(mic, line ear.Verdict) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case line == ear.NotHeard:
		v.fault = wire.FaultLine // also if a horn before the cut is heard
	case mic == ear.Heard:
		v.fault = ""
	case mic == ear.NotHeard && line == ear.Heard:
		v.fault = wire.FaultHorn
	case mic == ear.NotHeard:
		v.fault = wire.FaultMuteHorn
	}
}

// set takes up what was known before a restart.
func (v *verdict) set(code string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.fault = code
}

// is reports whether the fault is that one.
func (v *verdict) is(code string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.fault == code
}

// A horn heard weaker than this against its calibration has lost something: one of a pair, if the microphone hears that
// one best, or a contact. It is well again above the second bound.
const weakHorn, strongHorn = -10.0, -7.0

// Findings are what the ears found.
func (h *Horn) Findings(open func(code string) bool) (all []health.Finding) {
	if h == nil {
		return nil
	}
	find := func(code string, wrong bool) { all = append(all, health.Finding{Code: code, Wrong: &wrong}) }
	for _, code := range heardOf {
		find(code, h.heard.is(code))
	}
	if t := h.last.Load(); t != nil {
		bound := weakHorn
		if open(wire.FaultWeakHorn) {
			bound = strongHorn
		}
		find(wire.FaultStuckAmp, t.Off == string(ear.Heard))
		find(wire.FaultWeakHorn, t.DB != nil && *t.DB < bound)
	}
	return all
}

// Fault is why an ear gives nothing; "" if all do.
func (h *Horn) Fault() string {
	if h == nil {
		return ""
	}
	for _, l := range []*ear.Listener{h.mic, h.line} {
		if l != nil && l.Err() != nil {
			return l.Err().Error()
		}
	}
	return ""
}

// Tell adds to a status what is known of the horn.
func (h *Horn) Tell(s *wire.Status) {
	if h != nil {
		s.Ear, s.SelfTest, s.EarSite = true, h.last.Load(), h.site.Load()
	}
}

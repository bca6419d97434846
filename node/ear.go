package node

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"loa/node/ear"
	"loa/node/health"
	"loa/node/speaker"
	"loa/node/wire"
)

func (c Config) checkEar() error {
	switch _, err := time.Parse("15:04", c.EarTest); {
	case c.Ear == "" && (c.EarTest != "" || c.EarLine != ""):
		return errors.New("settings ear_test and ear_line: they need ear, the microphone at the horn")
	case c.EarTest != "" && err != nil:
		return fmt.Errorf("setting ear_test: %q is not an hour such as 05:30", c.EarTest)
	}
	return nil
}

// newEars returns what listens to the horn and to the end of its line, nil without the one or the other.
func (c Config) newEars() (mic, line *ear.Listener) {
	if c.Ear != "" {
		mic = ear.NewListener(site(c.EarLevel))
	}
	if c.EarLine != "" {
		line = ear.NewListener(site(c.EarLineLevel))
	}
	return mic, line
}

func site(level *float64) ear.Site {
	if level == nil {
		return ear.Site{}
	}
	return ear.Site{Gain: *level, Known: true}
}

// overhear lets the ears, and the test of the horn, take part in what is played.
func (a *App) overhear(src speaker.Source) speaker.Source {
	if a.ear == nil {
		return src
	}
	play := src
	src = a.ear.Source(func(buf []float32, at time.Time) {
		play(buf, at)
		a.test.probe.Mix(buf, at)
	})
	if a.line != nil {
		src = a.line.Source(src)
	}
	return src
}

// listenTo adds to a play what the microphone heard of it. Its last seconds are not listened to any more: the play is
// not to wait. One that was told before a power cut, or was never begun, is of another time.
func (a *App) listenTo(p *wire.Play) {
	if a.ear == nil || p.Ear != "" {
		return
	}
	now := time.Now()
	ct, _, ok := a.clock.At(now)
	if !ok || p.Began.IsZero() {
		return
	}
	from, to := now.Add(p.Began.Sub(ct)), now.Add(p.Ended.Sub(ct))
	verdict, level := a.ear.Verdict(from, to)
	var line ear.Verdict
	if a.line != nil {
		var lineLevel float64
		if line, lineLevel = a.line.Verdict(from, to); line == ear.Heard && !a.line.Site().Known {
			a.logger.Info("heard at the end of the line; set ear_line_level to this", "title", p.Title, "ear_line_level", lineLevel)
		}
	}
	p.Ear = string(verdict)
	switch {
	case verdict == ear.Heard && a.ear.Site().Known:
		p.EarDB = &level
	case verdict == ear.Heard:
		a.logger.Info("heard by the microphone; if it was quiet around, run loa node ear calibrate, or set ear_level to this", "title", p.Title, "ear_level", level)
	case verdict == ear.NotHeard:
		a.logger.Warn("played, and not heard by the microphone", "title", p.Title, "airing", p.Airing)
	}
	a.heard.learn(verdict, line)
}

// hearing is where the sound ends, as far as the ears have told: a fault stays until they hear otherwise.
type hearing struct {
	mu    sync.Mutex
	fault string // of the wire; "": it is heard, or nothing is known
}

// learn takes what the ears said of the same sound. The line ends behind the horns, so what it carries has left the
// amplifier; what it does not carry, the amplifier did not give, or the line is cut before its end.
func (h *hearing) learn(mic, line ear.Verdict) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case line == ear.NotHeard:
		h.fault = wire.FaultLine // also if a horn before the cut is heard
	case mic == ear.Heard:
		h.fault = ""
	case mic == ear.NotHeard && line == ear.Heard:
		h.fault = wire.FaultHorn
	case mic == ear.NotHeard:
		h.fault = wire.FaultMuteHorn
	}
}

// set takes up what was known before a restart.
func (h *hearing) set(code string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fault = code
}

// is reports whether the fault is that one.
func (h *hearing) is(code string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.fault == code
}

// A horn heard weaker than this against its calibration has lost something: one of a pair, if the microphone hears that
// one best, or a contact. It is well again above the second bound.
const weakHorn, strongHorn = -10.0, -7.0

// hornFindings are what the ears found.
func (a *App) hornFindings(open func(code string) bool) (all []health.Finding) {
	if a == nil || a.ear == nil {
		return nil
	}
	find := func(code string, wrong bool) { all = append(all, health.Finding{Code: code, Wrong: &wrong}) }
	for _, code := range heardOf {
		find(code, a.heard.is(code))
	}
	if t := a.test.last.Load(); t != nil {
		bound := weakHorn
		if open(wire.FaultWeakHorn) {
			bound = strongHorn
		}
		find(wire.FaultStuckAmp, t.Off == string(ear.Heard))
		find(wire.FaultWeakHorn, t.DB != nil && *t.DB < bound)
	}
	return all
}

// earFault is why an ear gives nothing.
func (a *App) earFault() string {
	if a == nil {
		return ""
	}
	for _, l := range []*ear.Listener{a.ear, a.line} {
		if l != nil && l.Err() != nil {
			return l.Err().Error()
		}
	}
	return ""
}

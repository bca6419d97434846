package node

import (
	"time"

	"loa/node/ear"
	"loa/node/wire"
)

// newEar returns what listens to the horn, nil without a microphone.
func (c Config) newEar() *ear.Listener {
	switch {
	case c.Ear == "":
		return nil
	case c.EarLevel == nil:
		return ear.NewListener(ear.Site{})
	}
	return ear.NewListener(ear.Site{Gain: *c.EarLevel, Known: true})
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
	verdict, level := a.ear.Verdict(now.Add(p.Began.Sub(ct)), now.Add(p.Ended.Sub(ct)))
	p.Ear = string(verdict)
	switch verdict {
	case ear.Heard:
		a.unheard.Store(false)
		if a.config.EarLevel != nil {
			p.EarDB = &level
		} else {
			a.logger.Info("heard by the microphone; if it was quiet around, set ear_level to this", "title", p.Title, "ear_level", level)
		}
	case ear.NotHeard:
		a.unheard.Store(true)
		a.logger.Warn("played, and not heard by the microphone", "title", p.Title, "airing", p.Airing)
	}
}

// earFault is why the microphone gives nothing.
func (a *App) earFault() string {
	if a == nil || a.ear == nil || a.ear.Err() == nil {
		return ""
	}
	return a.ear.Err().Error()
}

// unheardLast reports whether the last play of which the microphone could tell was not heard.
func (a *App) unheardLast() bool { return a != nil && a.unheard.Load() }

package node

import (
	"errors"
	"fmt"
	"time"

	"loa/node/hearing"
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

// hornOptions are those of the horn.
func (a *App) hornOptions() hearing.Options {
	c := a.config
	return hearing.Options{
		Mic: c.Ear, Line: c.EarLine, MicLevel: c.EarLevel, LineLevel: c.EarLineLevel, At: c.EarTest,
		Switched: c.switched(), WarmUp: c.AmpWarmUp, Target: wire.Target(c.Commune, c.ID),
		Powered: func() bool { return a.amp.State().On },
		Quiet:   a.quiet, Kick: a.status.kick, Clock: a.clock.At, Open: a.keys.Open, OpenKept: a.keys.OpenKept,
		Load: a.cache.Load, Save: a.cache.Save, Logger: a.logger,
	}
}

// receiveSelfTest takes the office's order of a test.
func (a *App) receiveSelfTest(raw []byte) {
	if err := a.horn.Receive(raw, a.toldTime()); err != nil && !errors.Is(err, wire.ErrStale) {
		a.refusals.warn(a.logger, "order of a test refused", err)
	}
}

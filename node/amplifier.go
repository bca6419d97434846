package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"loa/node/amp"
)

// muted is longer than the fade at the end, and two blocks of an output.
const muted = 100 * time.Millisecond

// switched reports whether the amplifier's power is the node's to switch.
func (c Config) switched() bool { return c.AmpGPIO != "" || len(c.AmpOn) > 0 }

func (c Config) checkAmp() error {
	if c.AmpGPIO != "" {
		if _, err := amp.ParsePin(c.AmpGPIO); err != nil {
			return fmt.Errorf("setting amp_gpio: %w", err)
		}
	}
	switch {
	case c.AmpGPIO != "" && len(c.AmpOn) > 0:
		return errors.New("settings amp_gpio and amp_on: name one of them")
	case (len(c.AmpOn) == 0) != (len(c.AmpOff) == 0):
		return errors.New("settings amp_on and amp_off: name both commands")
	case c.AmpWarmUp < 0 || c.AmpWarmUp > 10*time.Second:
		return errors.New("setting amp_warm_up: at most 10s")
	case c.AmpIdle < 0 || c.AmpIdle > time.Hour:
		return errors.New("setting amp_idle: at most 1h")
	}
	return nil
}

// newAmp returns the amplifier's switch, nil if there is none.
func (a *App) newAmp() *amp.Amp {
	c := a.config
	if !c.switched() {
		return nil
	}
	o := amp.Options{Next: func() time.Time { return a.horn.Next(a.player.Next()) }, WarmUp: c.AmpWarmUp, Idle: c.AmpIdle, Logger: a.logger,
		Kick: a.status.kick}
	if a.horn != nil {
		o.Past = a.horn.Past
	}
	o.Set, o.Close = c.ampSwitch()
	return amp.New(o)
}

// ampSwitch is the amplifier's switch of settings that have one.
func (c Config) ampSwitch() (set func(context.Context, bool) error, release func() error) {
	if c.AmpGPIO != "" {
		pin, _ := amp.ParsePin(c.AmpGPIO) // Check has
		return amp.GPIO(pin, amp.Request)
	}
	return amp.Command(c.AmpOn, c.AmpOff), func() error { return nil }
}

// AmplifierOff takes the amplifier's power away after a node that could not do
// so itself. A line is free again afterwards.
func AmplifierOff(ctx context.Context, c Config) error {
	if err := c.checkAmp(); err != nil || !c.switched() {
		return err
	}
	set, release := c.ampSwitch()
	return errors.Join(set(ctx, false), release())
}

// sound runs the output. An amplifier that is switched goes off when silence has left it: so the output goes on a little
// longer than the node.
func (a *App) sound(ctx context.Context) (err error) {
	src := a.horn.Overhear(a.player.Source())
	if a.amp == nil {
		return a.sink.Run(ctx, src)
	}
	defer func() { err = errors.Join(err, a.amp.Off()) }()
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		a.amp.Mute()
		time.AfterFunc(max(0, a.sink.State().Latency)+muted, cancel)
	})
	defer stop()
	return a.sink.Run(out, a.amp.Source(src))
}

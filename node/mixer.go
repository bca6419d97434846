package node

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"loa/node/amp"
	"loa/node/card"
	"loa/node/speaker"
)

const (
	mixerLook  = 250 * time.Millisecond // for a card that came or came back
	mixerAgain = 30 * time.Second       // after a failure
	leaveAlone = "none"                 // of mixer_control
)

// mixer has the sound card be at its full volume whenever one is there: at the
// start, when it comes later, and when it comes back. What it cannot set is
// told, and the node plays all the same, at the volume that the card has.
//
//	absent --card opened--> setting --done--> set --card gone--> absent
//	                           ^  '--failed--> waiting
//	                           '----- later -----'
type mixer struct {
	set func(ctx context.Context, device string) (told string, err error) // nil: nothing is to be set
	// it needs no card that is known, and is run at the start in any case
	blind  bool
	state  func() speaker.State
	logger *slog.Logger

	mu    sync.Mutex
	told  string // what was set
	fault string
}

// newMixer is the mixer of these settings.
func newMixer(c Config, state func() speaker.State, logger *slog.Logger) *mixer {
	m := &mixer{state: state, logger: logger}
	switch {
	case len(c.Mixer) > 0:
		m.blind = true
		m.set = func(ctx context.Context, _ string) (string, error) { return "", amp.Execute(ctx, c.Mixer) }
	case c.Sound == "alsa" && c.MixerControl != leaveAlone:
		m.set = func(ctx context.Context, device string) (string, error) {
			told, err := card.Set(ctx, device, c.MixerControl)
			if c.MixerControl == "" && (errors.Is(err, card.ErrNoTool) || errors.Is(err, card.ErrNoElement)) {
				logger.Info("the sound card's volume is left as it is", "card", device, "why", err)
				return "", nil // nobody asked for it: a card that has none is no fault
			}
			return told, err
		}
	}
	return m
}

// run sets until ctx ends.
func (m *mixer) run(ctx context.Context) error {
	if m.set == nil {
		return nil
	}
	tick := time.NewTicker(mixerLook)
	defer tick.Stop()
	set, gone := false, !m.blind
	var again time.Time
	for {
		now, s := time.Now(), m.state()
		here := s.OK() && (m.blind || s.Card != "")
		switch {
		case here && gone:
			set, gone, again = false, false, time.Time{}
		case !here && s.Fault != speaker.FaultStarting:
			gone = true
		}
		if !set && (here || m.blind && !gone) && !now.Before(again) {
			set, again = m.once(ctx, s.Card), now.Add(mixerAgain)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (m *mixer) once(ctx context.Context, device string) bool {
	told, err := m.set(ctx, device)
	if ctx.Err() != nil {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	before := m.fault
	m.told, m.fault = told, ""
	if err == nil {
		m.logger.Info("the sound card's volume is set", "card", device, "to", told)
		return true
	}
	if m.fault = err.Error(); m.fault != before {
		m.logger.Error("the sound card's volume is not set", "card", device, "err", err)
	}
	return false
}

// says is what of the card's volume was set, and why something could not be.
func (m *mixer) says() (told, fault string) {
	if m == nil {
		return "", ""
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.told, m.fault
}

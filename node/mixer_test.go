package node

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/nodetest"
	"loa/node/speaker"
	"loa/node/wire"
)

// A card's volume is set when the card is there: at the start, when it comes
// later, and when it comes back; what fails is tried again, and told.
func TestMixerIsSetWheneverACardComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		output, fails := speaker.State{Fault: speaker.FaultStarting}, false
		is := func(s speaker.State) { mu.Lock(); defer mu.Unlock(); output = s }
		var set []string
		m := newMixer(Config{Sound: "alsa"}, func() speaker.State { mu.Lock(); defer mu.Unlock(); return output }, slogDiscard())
		m.set = func(_ context.Context, card string) (string, error) {
			mu.Lock()
			defer mu.Unlock()
			set = append(set, card)
			if fails {
				return "Headphone 0.00 dB", errors.New("set PCM: it stays muted")
			}
			return "PCM 0.00 dB", nil
		}
		sets := func(after time.Duration) int {
			<-time.After(after)
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			n := len(set)
			set = nil
			return n
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- m.run(ctx) }()
		defer func() { cancel(); require.NoError(t, <-done) }()

		require.Zero(t, sets(time.Minute))
		is(speaker.State{Fault: speaker.FaultNoDevice})
		require.Zero(t, sets(time.Minute))
		is(speaker.State{Card: "hw:0"})
		require.Equal(t, 1, sets(mixerLook))
		require.Zero(t, sets(time.Hour), "once")
		told, fault := m.says()
		require.Equal(t, []string{"PCM 0.00 dB", ""}, []string{told, fault})

		is(speaker.State{Fault: speaker.FaultNoDevice, Card: "hw:0"})
		require.Zero(t, sets(time.Minute))
		mu.Lock()
		fails = true
		mu.Unlock()
		is(speaker.State{Card: "hw:1"})
		require.Equal(t, 1, sets(mixerLook))
		told, fault = m.says()
		require.Equal(t, []string{"Headphone 0.00 dB", "set PCM: it stays muted"}, []string{told, fault})
		require.Zero(t, sets(mixerAgain-2*mixerLook))
		mu.Lock()
		fails = false
		mu.Unlock()
		require.Equal(t, 1, sets(2*mixerLook))
		_, fault = m.says()
		require.Empty(t, fault)
		require.Zero(t, sets(time.Hour))
	})
}

// A command of the settings needs no card that is known: it runs at the start.
func TestMixersCommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		states := make(chan speaker.State, 1)
		output := speaker.State{Fault: speaker.FaultStarting}
		m := newMixer(Config{Mixer: []string{"false"}}, func() speaker.State {
			select {
			case output = <-states:
			default:
			}
			return output
		}, slogDiscard())
		runs := 0
		m.set = func(context.Context, string) (string, error) { runs++; return "", nil }
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- m.run(ctx) }()
		for _, s := range []struct {
			speaker.State
			want int
		}{{output, 1}, {speaker.State{}, 1}, {speaker.State{Fault: speaker.FaultNoDevice}, 1}, {speaker.State{}, 2}} {
			states <- s.State
			<-time.After(time.Minute)
			synctest.Wait()
			require.Equal(t, s.want, runs)
		}
		cancel()
		require.NoError(t, <-done)
	})
	for _, c := range []Config{{Sound: "null"}, {Sound: "alsa", MixerControl: "none"}} {
		require.Nil(t, newMixer(c, nil, slogDiscard()).set)
	}
}

// What the mixer says is told: what was set, and as a fault what could not be.
func TestMixerIsTold(t *testing.T) {
	a := newApp(t, nodetest.NewOffice(), t.TempDir())
	a.mixer.told, a.mixer.fault = "PCM 0.00 dB", "set Master: it stays muted"
	s := a.status.status(time.Now())
	require.Equal(t, "PCM 0.00 dB", s.Sound.Mixer)
	var told bool
	for _, f := range s.Faults {
		told = told || f.Code == wire.FaultMixer && f.Detail == "set Master: it stays muted"
	}
	require.True(t, told)
	require.NoError(t, a.close())
}

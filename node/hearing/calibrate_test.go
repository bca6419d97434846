package hearing

import (
	"context"
	"log/slog"
	"maps"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/node/ear"
	"loa/node/wire"
)

// pole is a horn and its microphone: what is played comes back weaker, with hiss.
type pole struct {
	mu         sync.Mutex
	gain, hiss float32
	mute       bool // the microphone gives nothing
}

func (p *pole) set(gain, hiss float32) { p.mu.Lock(); defer p.mu.Unlock(); p.gain, p.hiss = gain, hiss }

// carry plays what the horn is given until ctx ends.
func (p *pole) carry(ctx context.Context, h *Horn) {
	src := h.Overhear(func(buf []float32, _ time.Time) { clear(buf) })
	r := rand.New(rand.NewPCG(3, 4))
	buf := make([]float32, audio.FrameSamples)
	for next := time.Now(); ctx.Err() == nil; next = next.Add(20 * ms) {
		src(buf, next)
		p.mu.Lock()
		heard := make([]float32, len(buf))
		for i, v := range buf {
			heard[i] = p.gain*v + p.hiss*float32(r.NormFloat64())
		}
		mute := p.mute
		p.mu.Unlock()
		if !mute {
			h.mic.Hear(heard, next)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Until(next.Add(20 * ms))):
		}
	}
}

// flash holds what a node keeps.
type flash struct {
	mu   sync.Mutex
	kept map[string][]byte
}

func (f *flash) load(name string) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.kept[name], nil
}

func (f *flash) save(name string, value []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kept == nil {
		f.kept = map[string][]byte{}
	}
	f.kept[name] = value
	return nil
}

// onPole runs a horn with a microphone on what flash holds, in virtual time.
func onPole(t *testing.T, f *flash, p *pole, set func(*Options), do func(h *Horn)) {
	o := Options{Mic: "mic", Quiet: func() bool { return true }, Kick: func() {}, Load: f.load, Save: f.save,
		Logger: slog.New(slog.DiscardHandler),
		Clock:  func(now time.Time) (time.Time, time.Duration, bool) { return now, 0, true }}
	set(&o)
	h := New(o)
	ctx, cancel := context.WithCancel(t.Context())
	var g sync.WaitGroup
	if h != nil {
		for _, run := range []func(context.Context) error{h.mic.Run, h.run, func(ctx context.Context) error { p.carry(ctx, h); return nil }} {
			g.Go(func() { require.NoError(t, run(ctx)) })
		}
	}
	do(h)
	cancel()
	g.Wait()
}

// asked is what a person on the board gets who asks for a calibration.
func asked(t *testing.T, h *Horn) Calibrated {
	c, err := h.Calibrate(t.Context())
	require.NoError(t, err)
	return c
}

// site is what a status says of the calibration.
func site(h *Horn) *wire.Calibration {
	var s wire.Status
	h.Tell(&s)
	return s.EarSite
}

// A microphone learns on site how loud it hears its horn; from then on, and
// after a restart, a horn that is silent is told. Before, nobody could know.
func TestCalibrate(t *testing.T) {
	var f flash
	withEar := func(*Options) {}
	synctest.Test(t, func(t *testing.T) {
		p := &pole{}
		silent := func(h *Horn) string {
			p.set(0, 0.0005)
			found, err := h.once(t.Context())
			require.NoError(t, err)
			return found.Verdict
		}
		onPole(t, &f, p, withEar, func(h *Horn) {
			require.Equal(t, string(ear.CannotTell), silent(h))
			p.set(0.125, 0.0005)
			got := asked(t, h)
			require.Empty(t, got.Why)
			require.InDelta(t, -18.1, got.Site.Level, 1)
			require.Equal(t, got.Site, site(h))
			require.Equal(t, string(ear.NotHeard), silent(h))
		})
		onPole(t, &f, p, withEar, func(h *Horn) {
			require.NotNil(t, site(h))
			require.Equal(t, string(ear.NotHeard), silent(h), "after a restart")
			p.set(0.125, 0.0005)
			found, err := h.once(t.Context())
			require.NoError(t, err)
			require.Equal(t, string(ear.Heard), found.Verdict)
			require.InDelta(t, 0, *found.DB, 1)
		})
		level := -30.0
		onPole(t, &f, p, func(o *Options) { o.MicLevel = &level }, func(h *Horn) {
			require.Nil(t, site(h), "what is set afterwards is meant")
			require.Equal(t, ear.Site{Gain: level, Known: true}, h.mic.Site())
		})
		require.NoError(t, f.save(nameSite, []byte(`{"level":`)))
		onPole(t, &f, p, withEar, func(h *Horn) { require.False(t, h.mic.Site().Known, "half of one is none") })
	})
}

// A horn that is silent is so after a restart, and since the same time; only
// that it is heard ends it, also for good.
func TestASilentHornIsSilentAfterARestart(t *testing.T) {
	var f flash
	withEar := func(*Options) {}
	synctest.Test(t, func(t *testing.T) {
		p := &pole{gain: 0.125, hiss: 0.0005}
		// told is since when a silent horn is told, as a status does: zero if it is not
		told := func(h *Horn) time.Time {
			open := maps.Clone(h.LoadFindings())
			if open == nil {
				open = map[string]wire.Fault{}
			}
			for _, found := range h.Findings(func(code string) bool { _, is := open[code]; return is }) {
				if _, is := open[found.Code]; *found.Wrong && !is {
					open[found.Code] = wire.Fault{Code: found.Code, Since: time.Now()}
				} else if !*found.Wrong {
					delete(open, found.Code)
				}
			}
			h.KeepFindings(open)
			return open[wire.FaultMuteHorn].Since
		}
		test := func(h *Horn, gain float32) {
			p.set(gain, 0.0005)
			_, err := h.Test(t.Context())
			require.NoError(t, err)
		}
		var since time.Time
		onPole(t, &f, p, withEar, func(h *Horn) {
			<-time.After(sec) // it listens
			require.Empty(t, asked(t, h).Why)
			require.Zero(t, told(h))
			test(h, 0)
			open := map[string]wire.Fault{}
			for _, found := range h.Findings(func(string) bool { return false }) {
				if *found.Wrong {
					open[found.Code] = wire.Fault{Code: found.Code, Since: time.Now()}
				}
			}
			h.KeepFindings(open)
			since = open[wire.FaultMuteHorn].Since
			require.False(t, since.IsZero())
		})
		<-time.After(time.Hour)
		onPole(t, &f, p, withEar, func(h *Horn) {
			require.True(t, since.Equal(told(h)))
			test(h, 0.125)
			for _, found := range h.Findings(func(string) bool { return true }) {
				require.False(t, *found.Wrong, "it is heard: %s", found.Code)
			}
			h.KeepFindings(nil)
		})
		onPole(t, &f, p, withEar, func(h *Horn) { require.Zero(t, told(h)) })
		onPole(t, &f, p, func(o *Options) { o.Mic = "" }, func(h *Horn) {
			require.Nil(t, h.LoadFindings(), "no ear could end it")
			require.Empty(t, h.Findings(func(string) bool { return true }))
		})
	})
}

// What drowns the melody once, a motorbike, does not decide the test; what goes
// on does.
func TestTheMelodyIsPlayedAgainWhenItIsDrowned(t *testing.T) {
	var f flash
	synctest.Test(t, func(t *testing.T) {
		p := &pole{gain: 0.125, hiss: 0.0005}
		onPole(t, &f, p, func(*Options) {}, func(h *Horn) {
			<-time.After(sec) // it listens
			require.Empty(t, asked(t, h).Why)
			tested := func(drowned time.Duration) (verdict string, took time.Duration) {
				p.set(0.125, 0.5)
				quiet := time.AfterFunc(drowned, func() { p.set(0.125, 0.0005) })
				defer quiet.Stop()
				begun := time.Now()
				found, err := h.once(t.Context())
				require.NoError(t, err)
				return found.Verdict, time.Since(begun)
			}
			once := testLead + ear.Chirp + testEcho
			verdict, took := tested(once)
			require.Equal(t, string(ear.Heard), verdict)
			require.Equal(t, 2*once, took)
			verdict, took = tested(time.Hour)
			require.Equal(t, string(ear.CannotTell), verdict)
			require.Equal(t, testChirps*once, took)
		})
	})
}

// What cannot be learnt is said, and what was known stays.
func TestCalibrationInVain(t *testing.T) {
	var f flash
	var quiet atomic.Bool
	quiet.Store(true)
	synctest.Test(t, func(t *testing.T) {
		p := &pole{}
		onPole(t, &f, p, func(o *Options) { o.Quiet = quiet.Load }, func(h *Horn) {
			for _, c := range []struct {
				gain, hiss float32
				mute       bool
				want       string
			}{
				{0, 0.001, false, NotHeard}, {0.125, 0.01, false, NotClear}, {0.125, 0.2, false, NotHeard}, {0.125, 0.0005, true, EarBroken},
				{0, 0, false, EarBroken}, {0.125, 0.0005, false, ""},
				{0, 0.001, false, NotHeard},
			} {
				p.set(c.gain, c.hiss)
				p.mu.Lock()
				p.mute = c.mute
				p.mu.Unlock()
				<-time.After(2 * sec)
				require.Equal(t, c.want, asked(t, h).Why, "%+v", c)
			}
			require.True(t, h.mic.Site().Known)

			quiet.Store(false)
			h.patience = 20 * sec
			asks := time.Now()
			require.Equal(t, NoQuiet, asked(t, h).Why)
			require.GreaterOrEqual(t, time.Since(asks), 20*sec)
			h.mic.Trouble(context.Canceled)
			require.Equal(t, EarBroken, asked(t, h).Why)
		})
	})
	require.Equal(t, NoEar, asked(t, nil).Why)
}

const (
	ms  = time.Millisecond
	sec = time.Second
)

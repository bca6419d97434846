package node

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/node/ear"
	"loa/node/nodetest"
	"loa/node/wire"
	"loa/schedule"
)

// pole is a horn and its microphone: what is played comes back weaker, with hiss.
type pole struct {
	mu         sync.Mutex
	gain, hiss float32
	mute       bool // the microphone gives nothing
}

func (p *pole) set(gain, hiss float32) { p.mu.Lock(); defer p.mu.Unlock(); p.gain, p.hiss = gain, hiss }

// carry plays what the node plays until ctx ends.
func (p *pole) carry(ctx context.Context, a *App) {
	src := a.overhear(a.player.Source())
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
			a.ear.Hear(heard, next)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Until(next.Add(20 * ms))):
		}
	}
}

// onPole runs a node with a microphone on what a folder holds, in virtual time.
func onPole(t *testing.T, o *nodetest.Office, dir string, p *pole, set func(*Config), do func(a *App)) {
	a := newApp(t, o, dir)
	set(&a.config)
	a.ear, a.line = a.config.newEars()
	runs := []func(context.Context) error{a.player.Run}
	if a.ear != nil {
		a.test = newSelfTest(a)
		runs = append(runs, a.ear.Run, a.test.run, func(ctx context.Context) error { p.carry(ctx, a); return nil })
	}
	a.loadFindings()
	ctx, cancel := context.WithCancel(t.Context())
	var g sync.WaitGroup
	for _, run := range runs {
		g.Go(func() { require.NoError(t, run(ctx)) })
	}
	do(a)
	cancel()
	g.Wait()
	require.NoError(t, a.close())
}

// asked is what a person on the board gets who asks for a calibration.
func asked(t *testing.T, a *App) (c Calibrated) {
	require.NoError(t, a.answerCalibrate(t.Context(), func(v any) error { c = v.(Calibrated); return nil }))
	return c
}

// A microphone learns on site how loud it hears its horn; from then on, and
// after a restart, a horn that is silent is told. Before, nobody could know.
func TestCalibrate(t *testing.T) {
	dir, o := t.TempDir(), nodetest.NewOffice()
	withEar := func(c *Config) { c.Ear = "mic" }
	synctest.Test(t, func(t *testing.T) {
		keep(t, dir, nameClock, clockTold(t, time.Now()))
		p := &pole{}
		silent := func(a *App) string {
			p.set(0, 0.0005)
			found, err := a.test.once(t.Context())
			require.NoError(t, err)
			return found.Verdict
		}
		onPole(t, o, dir, p, withEar, func(a *App) {
			require.Equal(t, string(ear.CannotTell), silent(a))
			p.set(0.125, 0.0005)
			got := asked(t, a)
			require.Empty(t, got.Why)
			require.InDelta(t, -18.1, got.Site.Level, 1)
			require.Equal(t, got.Site, a.status.status(time.Now()).EarSite)
			require.Equal(t, string(ear.NotHeard), silent(a))
		})
		onPole(t, o, dir, p, withEar, func(a *App) {
			require.NotNil(t, a.status.status(time.Now()).EarSite)
			require.Equal(t, string(ear.NotHeard), silent(a), "after a restart")
			p.set(0.125, 0.0005)
			found, err := a.test.once(t.Context())
			require.NoError(t, err)
			require.Equal(t, string(ear.Heard), found.Verdict)
			require.InDelta(t, 0, *found.DB, 1)
		})
		level := -30.0
		onPole(t, o, dir, p, func(c *Config) { c.Ear, c.EarLevel = "mic", &level }, func(a *App) {
			require.Nil(t, a.status.status(time.Now()).EarSite, "who sets it afterwards means it")
			require.Equal(t, ear.Site{Gain: level, Known: true}, a.ear.Site())
		})
		keep(t, dir, nameSite, []byte(`{"level":`))
		onPole(t, o, dir, p, withEar, func(a *App) { require.False(t, a.ear.Site().Known, "half of one is none") })
	})
}

// A horn that is silent is so after a restart, and since the same time; only
// that it is heard ends it, also for good.
func TestASilentHornIsSilentAfterARestart(t *testing.T) {
	dir, o := t.TempDir(), nodetest.NewOffice()
	withEar := func(c *Config) { c.Ear = "mic" }
	synctest.Test(t, func(t *testing.T) {
		keep(t, dir, nameClock, clockTold(t, time.Now()))
		p := &pole{gain: 0.125, hiss: 0.0005}
		var since time.Time
		silent := func(a *App) (f wire.Fault) {
			for _, f := range a.status.status(time.Now()).Faults {
				if f.Code == wire.FaultMuteHorn {
					return f
				}
			}
			return f
		}
		test := func(a *App, gain float32) {
			p.set(gain, 0.0005)
			found, err := a.test.once(t.Context())
			require.NoError(t, err)
			a.test.tell(found)
		}
		onPole(t, o, dir, p, withEar, func(a *App) {
			<-time.After(sec) // it listens
			require.Empty(t, asked(t, a).Why)
			require.Zero(t, silent(a))
			test(a, 0)
			since = silent(a).Since
			require.False(t, since.IsZero())
		})
		<-time.After(time.Hour)
		onPole(t, o, dir, p, withEar, func(a *App) {
			require.True(t, since.Equal(silent(a).Since), "%v %v", since, silent(a))
			test(a, 0.125)
			require.Zero(t, silent(a), "it is heard")
		})
		onPole(t, o, dir, p, withEar, func(a *App) { require.Zero(t, silent(a)) })
		onPole(t, o, dir, p, withEar, func(a *App) { test(a, 0); silent(a) })
		onPole(t, o, dir, p, func(*Config) {}, func(a *App) { require.Zero(t, silent(a), "no ear could end it") })
	})
}

// What drowns the melody once, a motorbike, does not decide the test; what goes
// on does.
func TestTheMelodyIsPlayedAgainWhenItIsDrowned(t *testing.T) {
	o := nodetest.NewOffice()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		keep(t, dir, nameClock, clockTold(t, time.Now()))
		p := &pole{gain: 0.125, hiss: 0.0005}
		onPole(t, o, dir, p, func(c *Config) { c.Ear = "mic" }, func(a *App) {
			<-time.After(sec) // it listens
			require.Empty(t, asked(t, a).Why)
			tested := func(drowned time.Duration) (verdict string, took time.Duration) {
				p.set(0.125, 0.5)
				quiet := time.AfterFunc(drowned, func() { p.set(0.125, 0.0005) })
				defer quiet.Stop()
				begun := time.Now()
				found, err := a.test.once(t.Context())
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
	dir, o := t.TempDir(), nodetest.NewOffice()
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		keep(t, dir, nameClock, clockTold(t, now))
		p := &pole{}
		onPole(t, o, dir, p, func(c *Config) { c.Ear = "mic" }, func(a *App) {
			for _, c := range []struct {
				gain, hiss float32
				mute       bool
				want       string
			}{
				{0, 0.001, false, NotHeard}, {0.125, 0.01, false, NotClear}, {0.125, 0.2, false, NotHeard}, {0.125, 0.0005, true, EarBroken}, {0, 0, false, EarBroken}, {0.125, 0.0005, false, ""},
				{0, 0.001, false, NotHeard},
			} {
				p.set(c.gain, c.hiss)
				p.mu.Lock()
				p.mute = c.mute
				p.mu.Unlock()
				<-time.After(2 * sec)
				require.Equal(t, c.want, asked(t, a).Why, "%+v", c)
			}
			require.True(t, a.ear.Site().Known)

			begin := time.Now().UTC().Add(sec)
			plan := wire.Plan{Node: "n1", Areas: []string{"la-da"}, Volume: 100}
			plan.Programmes = []schedule.Programme{nodetest.Bulletin("p1", schedule.Normal, begin, time.Hour)}
			a.receivePlan(o.Sign(t, wire.Header{Kind: wire.KindPlan, Target: "la-da/n1", Seq: uint64(time.Now().UnixMilli())}, plan))
			<-time.After(5 * sec)
			a.test.patience = 20 * sec
			asks := time.Now()
			require.Equal(t, NoQuiet, asked(t, a).Why)
			require.GreaterOrEqual(t, time.Since(asks), 20*sec)
			a.ear.Trouble(context.Canceled)
			require.Equal(t, EarBroken, asked(t, a).Why)
		})
	})
	a := newApp(t, o, t.TempDir())
	require.Equal(t, NoEar, asked(t, a).Why)
	require.NoError(t, a.close())
}

const (
	ms  = time.Millisecond
	sec = time.Second
)

func slogDiscard() *slog.Logger { return slog.New(slog.DiscardHandler) }

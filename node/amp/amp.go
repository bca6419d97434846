// Package amp switches an amplifier's power, so that two horns of 30 W do not hum and draw current all day.
//
// The switch stands between the mixer and the output. What the output asks for passes through [Amp.Source], which
// sees what comes and when it leaves, and hears from the player what is planned next:
//
//	       next sound within WarmUp + 1 s,
//	       or sound that nobody announced
//	off ───────────────────────────────────▶ warming
//	 ▲   zeros                                  │ zeros, for WarmUp since the switch said yes
//	 │                                          ▼
//	 └────────────────────────────────────── on, sound passes
//	       Idle without sound, none near        begins with a fade of 20 ms if it is under way
//
// A scheduled airing is known half a minute before, so nothing of it is lost. A call is known for as long as the
// controller's delay, some hundred milliseconds; what then lacks to WarmUp is taken from the beginning of its chime.
// Of a call without a chime that much of the first words is lost: the amplifier would not have played them either.
// What is swallowed so, at most WarmUp, counts as heard in the ledger.
//
// The amplifier is off at the start, also after a kill by a watchdog, and at the end, after the output has faded out.
// It goes neither on nor off while a sample differs from zero, unless it failed before.
// One that cannot be switched is a fault, and no reason
// to be silent: the sound passes, for the power may well be on. If the switch neither fails nor answers, the sound
// waits for a second more than WarmUp.
//
// A GPIO line is the kernel's again when the process ends, whatever ended it. Most controllers then let it float, some
// keep its last level: a resistor on the line must pull it to off. A command is run anew by the next start.
package amp

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"loa/node/speaker"
)

// Usual times. Class-D boards come up in 0.2 to 0.3 s and their supplies' capacitors take as long again. Half a
// minute is longer than the pauses within a programme, so a relay clicks twice for one.
const (
	DefaultWarmUp = 500 * time.Millisecond
	DefaultIdle   = 30 * time.Second
)

const (
	patience = time.Second      // with a switch that does not answer, and how much earlier than needed it is asked
	again    = 10 * time.Second // between two tries of one that failed
	look     = time.Second
	fade     = speaker.Rate / 50
	closed   = math.MaxInt64
)

// Options of an Amp.
type Options struct {
	// Set switches the power, and may take its time. It is not called twice at a time.
	Set func(ctx context.Context, on bool) error
	// Close gives the switch back.
	Close func() error
	// Next is when the player will next be heard, past if it is now, zero if not within half a minute. It is called
	// in the audio path.
	Next func() time.Time
	// Past reports whether what sounds is to leave without power, as a test does that looks for an amplifier which is
	// on though it should not be. It is called in the audio path, after what is played; nil: never.
	Past   func() bool
	WarmUp time.Duration // from power to sound
	Idle   time.Duration // from the last sound to no power
	Logger *slog.Logger
	Kick   func() // the state has changed; may be nil
}

// State is what is known of the amplifier.
type State struct {
	On    bool
	Fault string // what the switch said when it failed; "" if it did what it was told
}

// Amp is one amplifier.
type Amp struct {
	opt   Options
	begun time.Time
	kicks chan struct{}

	wanted atomic.Int64 // power until then, ns since begun
	open   atomic.Int64 // sound passes from then on, ns since begun
	told   atomic.Bool  // of wanted, since the switch was last looked at
	asked  time.Time    // since when the audio path wants power and has none
	ending atomic.Bool  // see Mute
	passed int          // frames of the fade that are behind it, in the audio path

	mu    sync.Mutex // held while switching
	state State
	shown atomic.Pointer[State]
	tried time.Time
}

// New makes an amplifier that is off as soon as it runs.
func New(o Options) *Amp {
	a := &Amp{opt: o, begun: time.Now(), kicks: make(chan struct{}, 1)}
	a.open.Store(closed)
	a.shown.Store(&State{})
	return a
}

// State returns a copy of the state.
func (a *Amp) State() State { return *a.shown.Load() }

// Source wraps what is played: it asks for power, and holds back what the amplifier could not play yet.
func (a *Amp) Source(src speaker.Source) speaker.Source {
	return func(buf []float32, at time.Time) {
		src(buf, at)
		past := a.opt.Past != nil && a.opt.Past() && !a.ending.Load()
		a.ask(!past && sounds(buf), at, at.Add(frames(len(buf))))
		if !past {
			a.hold(buf, at)
		}
	}
}

// ask tells Run if there is, or will be, something to hear; it lets the sound pass without its answer in the end.
func (a *Amp) ask(sounds bool, at, end time.Time) {
	if !sounds {
		next := a.opt.Next()
		if next.IsZero() || next.Sub(at) > a.opt.WarmUp+patience {
			return
		}
	}
	a.wanted.Store(int64(end.Add(a.opt.Idle).Sub(a.begun)))
	if a.open.Load() != closed {
		a.asked = time.Time{}
		return
	}
	if a.asked.IsZero() {
		a.asked = at
	}
	if limit := a.asked.Add(a.opt.WarmUp + patience); !limit.After(end) {
		a.open.CompareAndSwap(closed, int64(limit.Sub(a.begun)))
	}
	if a.told.CompareAndSwap(false, true) {
		select {
		case a.kicks <- struct{}{}:
		default:
		}
	}
}

// hold makes silence of what leaves before the amplifier is up, and fades in what is under way then; in the end it fades
// out.
func (a *Amp) hold(buf []float32, at time.Time) {
	open, ending := a.open.Load(), a.ending.Load()
	if a.passed == fade && open != closed && !ending {
		return
	}
	shut := len(buf)
	if open != closed {
		lacks := time.Duration(open) - at.Sub(a.begun)
		shut = int(max(0, min(int64(lacks.Seconds()*speaker.Rate+0.5), int64(len(buf)))))
	}
	clear(buf[:shut])
	if shut > 0 {
		a.passed = 0
	}
	for i := shut; i < len(buf); i++ {
		buf[i] *= float32(a.passed) / fade
		switch {
		case ending:
			a.passed = max(0, a.passed-1)
		case a.passed < fade:
			a.passed++
		}
	}
}

// Mute fades out what is played, for good: Off comes next.
func (a *Amp) Mute() { a.ending.Store(true) }

func sounds(buf []float32) bool {
	for _, v := range buf {
		if v != 0 {
			return true
		}
	}
	return false
}

func frames(n int) time.Duration { return time.Duration(n) * time.Second / speaker.Rate }

// Run switches until ctx ends; it leaves the power as it is, for the output is fading out: see Off.
func (a *Amp) Run(ctx context.Context) error {
	a.turn(ctx, false)
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		a.step(ctx, time.Now())
		select {
		case <-ctx.Done():
			return nil
		case <-a.kicks:
		case <-tick.C:
		}
	}
}

func (a *Amp) step(ctx context.Context, now time.Time) {
	a.told.Store(false)
	want := time.Duration(a.wanted.Load()) > now.Sub(a.begun)
	state := a.State()
	switch {
	case state.Fault != "" && now.Sub(a.tried) < again:
		if want && a.open.Load() == closed {
			a.open.Store(int64(now.Sub(a.begun)))
		}
	case want && (!state.On || state.Fault != ""):
		a.turn(ctx, true)
	case !want && (state.On || state.Fault != ""):
		a.turn(ctx, false)
	}
}

// turn switches. Sound passes WarmUp after the switch has said yes, and at once when it said no.
func (a *Amp) turn(ctx context.Context, on bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tried = time.Now()
	from := func(d time.Duration) int64 { return int64(time.Since(a.begun) + d) }
	passes := a.open.Load() != closed
	if !on {
		a.open.Store(closed)
	}
	err := a.opt.Set(ctx, on)
	if ctx.Err() != nil {
		return
	}
	switch {
	case err != nil && on:
		a.open.Store(min(a.open.Load(), from(0)))
	case err == nil && on && !passes:
		a.open.Store(min(a.open.Load(), from(a.opt.WarmUp)))
	}
	a.became(on, err)
}

func (a *Amp) became(on bool, err error) {
	was := a.state
	a.state = State{On: on && err == nil}
	if err != nil {
		a.state = State{On: was.On, Fault: err.Error()}
	}
	if a.state == was {
		return
	}
	now := a.state
	a.shown.Store(&now)
	if err != nil {
		a.opt.Logger.Error("amplifier cannot be switched", "on", on, "err", err)
	} else {
		a.opt.Logger.Info("amplifier", "on", on)
	}
	if a.opt.Kick != nil {
		a.opt.Kick()
	}
}

// Off takes the power away and gives the switch back, when nothing is played any more and Run has ended, or is about to.
func (a *Amp) Off() error {
	a.turn(context.Background(), false)
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.opt.Close()
}

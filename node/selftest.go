package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"loa/node/ear"
	"loa/node/wire"
	"loa/schedule"
)

// A node with a microphone tests its horn by a quiet melody of a second, when the office asks and at an hour of its
// settings: a horn that fails on Monday is known before the storm of Friday, though nothing was planned between.
//
//	asked, or the hour ─▶ wait for quiet ─▶ without power: heard? ─▶ with power: heard? ─▶ told
//	                        ▲                  the amplifier is stuck     how loud, and where
//	                        └── whatever else is played ends it ──┘       the sound ends
//
// Without a switched amplifier the first half is left out. A half in which something else drowned the melody is done
// again, up to three times in all.
const (
	nameSelfTest  = "selftest"       // what came of the last one, on flash
	nameTestOrder = "selftest-order" // the office's last order: it counts once
	testPatience  = 2 * time.Hour    // with a day that is never quiet
	testAgain     = time.Second
	testTries     = 5 // that something interrupts
	testLook      = time.Hour
	testLead      = time.Second
	testEcho      = 2 * time.Second // after the sound, until both ears have it
	testChirps    = 3               // at the most, while something else drowns the melody
)

var errInterrupted = errors.New("something else is on air")

// selfTest tests the horn.
type selfTest struct {
	app      *App
	probe    ear.Probe
	dry      atomic.Bool // its sound leaves without power
	orders   chan struct{}
	learn    chan chan<- Calibrated
	patience time.Duration // of a calibration, for quiet
	site     atomic.Pointer[wire.Calibration]
	last     atomic.Pointer[wire.SelfTest]
	seq      uint64 // of the office's last order; of the link's goroutine
}

func newSelfTest(a *App) *selfTest {
	t := &selfTest{app: a, orders: make(chan struct{}, 1), learn: make(chan chan<- Calibrated), patience: calibrateWait}
	t.loadSite()
	var kept wire.SelfTest
	if raw, err := a.cache.Load(nameSelfTest); err == nil && json.Unmarshal(raw, &kept) == nil && !kept.At.IsZero() {
		t.last.Store(&kept)
	}
	if raw, err := a.cache.Load(nameTestOrder); err == nil && raw != nil {
		if h, err := a.keys.OpenKept(raw, a.testHeader(0), wire.Kept, &struct{}{}); err == nil {
			t.seq = h.Seq
		}
	}
	return t
}

func (a *App) testHeader(last uint64) wire.Header {
	return wire.Header{Kind: wire.KindSelfTest, Target: wire.Target(a.config.Commune, a.config.ID), Seq: last}
}

// receiveSelfTest takes the office's order. It is kept before it counts: a sound that was ordered once is made once.
func (a *App) receiveSelfTest(raw []byte) {
	t := a.test
	if t == nil {
		return // no ear: there is nothing to learn
	}
	ct := a.toldTime()
	if ct.IsZero() {
		return // whether the order still counts cannot be told
	}
	if err := t.order(raw, ct); err != nil && !errors.Is(err, wire.ErrStale) {
		a.refusals.warn(a.logger, "order of a test refused", err)
	}
}

// order takes an order at a controller time.
func (t *selfTest) order(raw []byte, ct time.Time) error {
	t.seq = wire.Binding(t.seq, ct)
	h, err := t.app.keys.Open(raw, t.app.testHeader(t.seq), ct, &struct{}{})
	if err == nil && h.Expires.IsZero() {
		err = wire.ErrNonsense
	}
	if err == nil {
		err = t.app.cache.Save(nameTestOrder, raw)
	}
	if err != nil {
		return err
	}
	t.seq = h.Seq
	select {
	case t.orders <- struct{}{}:
	default: // one is under way
	}
	return nil
}

// run tests when it is asked, and once a day.
func (t *selfTest) run(ctx context.Context) error {
	for {
		due, wait := false, testLook // the time may become known, or be set
		if ct, _, known := t.app.clock.At(time.Now()); known {
			if left, ok := untilHour(t.app.config.EarTest, ct); ok && left < wait {
				due, wait = true, left
			}
		}
		look := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			look.Stop()
			return nil
		case <-t.orders:
			look.Stop()
		case reply := <-t.learn:
			look.Stop()
			reply <- t.calibrate(ctx)
			continue
		case <-look.C:
			if !due {
				continue
			}
		}
		t.perform(ctx)
	}
}

// untilHour is how long it is to an hour of the day in the commune; false: there is no such hour.
func untilHour(hour string, ct time.Time) (time.Duration, bool) {
	of, err := time.Parse("15:04", hour)
	if err != nil {
		return 0, false
	}
	here := ct.In(schedule.Zone())
	at := time.Date(here.Year(), here.Month(), here.Day(), of.Hour(), of.Minute(), 0, 0, here.Location())
	if !at.After(ct) {
		at = at.AddDate(0, 0, 1)
	}
	return at.Sub(ct), true
}

// perform does one test, when there is quiet for it.
func (t *selfTest) perform(ctx context.Context) {
	until := time.Now().Add(testPatience)
	for tries := 0; tries < testTries && time.Now().Before(until); {
		if t.ready() {
			found, err := t.once(ctx)
			if err == nil {
				t.tell(found)
				return
			}
			tries++
		}
		if !pause(ctx, testAgain) {
			return
		}
	}
	t.app.logger.Warn("the horn is not tested: it was never quiet for long enough")
}

// once tests without power and with it.
func (t *selfTest) once(ctx context.Context) (found wire.SelfTest, err error) {
	a := t.app
	lead := testLead
	if a.amp != nil {
		mic, line, _, err := t.chirp(ctx, true, testLead)
		if err != nil {
			return found, err
		}
		found.Off = string(loudest(mic, line))
		lead += a.config.AmpWarmUp
	}
	mic, line, level, err := t.chirp(ctx, false, lead)
	if err != nil {
		return found, err
	}
	found.At, _, _ = a.clock.At(time.Now())
	found.Verdict = string(mic)
	if a.line != nil {
		found.Line = string(line)
	}
	if mic == ear.Heard && a.ear.Site().Known {
		found.DB = &level
	}
	return found, nil
}

// loudest is what is known if either ear knows it.
func loudest(mic, line ear.Verdict) ear.Verdict {
	if mic == ear.Heard || line == ear.Heard {
		return ear.Heard
	}
	return mic
}

// chirp plays the melody and asks what was heard of it; once more where that could not be told: a motorbike has passed.
func (t *selfTest) chirp(ctx context.Context, dry bool, lead time.Duration) (mic, line ear.Verdict, level float64, err error) {
	a := t.app
	for range testChirps {
		from, err := t.play(ctx, dry, lead)
		if err != nil {
			return mic, line, 0, err
		}
		mic, level = a.ear.Probed(from)
		if a.line != nil {
			line, _ = a.line.Probed(from)
		}
		if mic != ear.CannotTell && line != ear.CannotTell {
			break
		}
		a.logger.Info("what came of the melody cannot be told", "without_power", dry, "heard", mic, "line", line, "likeness", t.likeness(from))
	}
	return mic, line, level, nil
}

// likeness is the score of the melody in what each ear heard, and how much later it came.
func (t *selfTest) likeness(from time.Time) (said []string) {
	for _, l := range []*ear.Listener{t.app.ear, t.app.line} {
		if l == nil {
			continue
		}
		m, there := l.ProbedMatch(from)
		if !there {
			said = append(said, "nothing")
			continue
		}
		said = append(said, fmt.Sprintf("%.2f after %v", m.Score, time.Duration(m.Lag)*ear.FrameTime))
	}
	return said
}

// play plays the melody, and returns when it began.
func (t *selfTest) play(ctx context.Context, dry bool, lead time.Duration) (from time.Time, err error) {
	from = time.Now().Add(lead)
	t.dry.Store(dry)
	t.probe.Begin(from)
	ok := pause(ctx, lead+ear.Chirp+testEcho)
	whole := t.probe.End()
	t.dry.Store(false)
	if !ok || !whole || dry && !t.ready() || !t.quiet() {
		return from, errInterrupted
	}
	return from, nil
}

// quiet reports whether nothing is played nor will be within half a minute.
func (t *selfTest) quiet() bool {
	return t.app.quiet()
}

// ready reports whether a test can begin: without power, that is, if it is ours to take.
func (t *selfTest) ready() bool {
	return t.quiet() && (t.app.amp == nil || !t.app.amp.State().On)
}

// past reports whether what sounds now leaves without power: it is called in the audio path.
func (t *selfTest) past() bool { return t.dry.Load() && t.probe.Alone() }

// nextSound is when the amplifier is needed next, zero if not soon.
func (a *App) nextSound() time.Time {
	next := a.player.Next()
	if a.test == nil || a.test.dry.Load() {
		return next
	}
	if from := a.test.probe.From(); !from.IsZero() && (next.IsZero() || from.Before(next)) {
		return from
	}
	return next
}

// tell keeps what was found, and has it told.
func (t *selfTest) tell(found wire.SelfTest) {
	a := t.app
	a.logger.Info("the horn was tested", "heard", found.Verdict, "line", found.Line, "without_power", found.Off)
	t.last.Store(&found)
	raw, err := json.Marshal(found)
	if err == nil {
		err = a.cache.Save(nameSelfTest, raw)
	}
	if err != nil {
		a.logger.Warn("what came of the test is not kept", "err", err)
	}
	a.heard.learn(ear.Verdict(found.Verdict), ear.Verdict(found.Line))
	a.status.kick()
}

// pause waits; false: ctx ended before.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

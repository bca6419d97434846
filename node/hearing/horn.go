package hearing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"loa/node/ear"
	"loa/node/wire"
	"loa/schedule"
)

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

// Options of a Horn.
type Options struct {
	Mic, Line           string        // ALSA capture devices: at the horn, and at the far end of its line; "": none
	MicLevel, LineLevel *float64      // how loud they hear it, dB, by the settings; nil: that is learnt
	At                  string        // hour of the day at which the horn is tested; "": when the office asks
	Switched            bool          // the amplifier's power is the node's to switch
	WarmUp              time.Duration // of the amplifier
	Target              string        // this node, as orders name it
	Powered             func() bool   // the amplifier is on
	Quiet               func() bool   // nothing is on air, nor will be within half a minute
	Kick                func()        // something is to be told
	Clock               func(time.Time) (time.Time, time.Duration, bool)
	Open                func(raw []byte, want wire.Header, now time.Time, v any) (wire.Header, error)
	OpenKept            func(raw []byte, want wire.Header, now time.Time, v any) (wire.Header, error)
	Load                func(name string) ([]byte, error) // from flash
	Save                func(name string, value []byte) error
	Logger              *slog.Logger
}

// Horn is the node's horn as its ears know it.
type Horn struct {
	opt       Options
	mic, line *ear.Listener // line: nil without one
	heard     verdict
	probe     ear.Probe
	dry       atomic.Bool // its sound leaves without power
	orders    chan struct{}
	learn     chan chan<- Calibrated
	patience  time.Duration // of a calibration, for quiet
	site      atomic.Pointer[wire.Calibration]
	last      atomic.Pointer[wire.SelfTest]
	seq       uint64                // of the office's last order; of the link's goroutine
	kept      map[string]wire.Fault // findings, as on flash
}

// New takes up what flash holds; nil without a microphone, and then nothing is known
// of the horn: every method of a nil Horn says so.
func New(o Options) *Horn {
	if o.Mic == "" {
		return nil
	}
	h := &Horn{opt: o, mic: ear.NewListener(siteOf(o.MicLevel)), orders: make(chan struct{}, 1), learn: make(chan chan<- Calibrated),
		patience: calibrateWait}
	if o.Line != "" {
		h.line = ear.NewListener(siteOf(o.LineLevel))
	}
	h.loadSite()
	var kept wire.SelfTest
	if raw, err := o.Load(nameSelfTest); err == nil && json.Unmarshal(raw, &kept) == nil && !kept.At.IsZero() {
		h.last.Store(&kept)
	}
	if raw, err := o.Load(nameTestOrder); err == nil && raw != nil {
		if header, err := o.OpenKept(raw, h.header(0), wire.Kept, &struct{}{}); err == nil {
			h.seq = header.Seq
		}
	}
	return h
}

// Run listens, and tests, until ctx ends.
func (h *Horn) Run(ctx context.Context) error {
	if h == nil {
		return nil
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return h.mic.Run(ctx) })
	g.Go(func() error { ear.Capture(ctx, h.opt.Mic, h.mic.Hear, h.mic.Trouble); return nil })
	g.Go(func() error { return h.run(ctx) })
	if h.line != nil {
		g.Go(func() error { return h.line.Run(ctx) })
		g.Go(func() error { ear.Capture(ctx, h.opt.Line, h.line.Hear, h.line.Trouble); return nil })
	}
	return g.Wait()
}

func (h *Horn) header(last uint64) wire.Header {
	return wire.Header{Kind: wire.KindSelfTest, Target: h.opt.Target, Seq: last}
}

// Receive takes the office's order of a test at a controller time. It is kept before
// it counts: a sound that was ordered once is made once. [wire.ErrStale] is of one
// that is known. Without a microphone there is nothing to learn, and without the time
// whether the order still counts cannot be told: nil, and nothing comes of it.
func (h *Horn) Receive(raw []byte, ct time.Time) error {
	if h == nil || ct.IsZero() {
		return nil
	}
	return h.order(raw, ct)
}

// order takes an order at a controller time.
func (h *Horn) order(raw []byte, ct time.Time) error {
	h.seq = wire.Binding(h.seq, ct)
	header, err := h.opt.Open(raw, h.header(h.seq), ct, &struct{}{})
	if err == nil && header.Expires.IsZero() {
		err = wire.ErrNonsense
	}
	if err == nil {
		err = h.opt.Save(nameTestOrder, raw)
	}
	if err != nil {
		return err
	}
	h.seq = header.Seq
	select {
	case h.orders <- struct{}{}:
	default: // one is under way
	}
	return nil
}

// run tests when it is asked, and once a day.
func (h *Horn) run(ctx context.Context) error {
	for {
		due, wait := false, testLook // the time may become known, or be set
		if ct, _, known := h.opt.Clock(time.Now()); known {
			if left, ok := untilHour(h.opt.At, ct); ok && left < wait {
				due, wait = true, left
			}
		}
		look := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			look.Stop()
			return nil
		case <-h.orders:
			look.Stop()
		case reply := <-h.learn:
			look.Stop()
			reply <- h.calibrate(ctx)
			continue
		case <-look.C:
			if !due {
				continue
			}
		}
		h.perform(ctx)
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
func (h *Horn) perform(ctx context.Context) {
	until := time.Now().Add(testPatience)
	for tries := 0; tries < testTries && time.Now().Before(until); {
		if h.ready() {
			if _, err := h.Test(ctx); err == nil {
				return
			}
			tries++
		}
		if !pause(ctx, testAgain) {
			return
		}
	}
	h.opt.Logger.Warn("the horn is not tested: it was never quiet for long enough")
}

// Test tests now, keeps what was found and has it told; an error says that it was not
// quiet for that long.
func (h *Horn) Test(ctx context.Context) (found wire.SelfTest, err error) {
	if found, err = h.once(ctx); err == nil {
		h.tell(found)
	}
	return found, err
}

// once tests without power and with it.
func (h *Horn) once(ctx context.Context) (found wire.SelfTest, err error) {
	lead := testLead
	if h.opt.Switched {
		mic, line, _, err := h.chirp(ctx, true, testLead)
		if err != nil {
			return found, err
		}
		found.Off = string(loudest(mic, line))
		lead += h.opt.WarmUp
	}
	mic, line, level, err := h.chirp(ctx, false, lead)
	if err != nil {
		return found, err
	}
	found.At, _, _ = h.opt.Clock(time.Now())
	found.Verdict = string(mic)
	if h.line != nil {
		found.Line = string(line)
	}
	if mic == ear.Heard && h.mic.Site().Known {
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
func (h *Horn) chirp(ctx context.Context, dry bool, lead time.Duration) (mic, line ear.Verdict, level float64, err error) {
	for range testChirps {
		from, err := h.play(ctx, dry, lead)
		if err != nil {
			return mic, line, 0, err
		}
		mic, level = h.mic.Probed(from)
		if h.line != nil {
			line, _ = h.line.Probed(from)
		}
		if mic != ear.CannotTell && line != ear.CannotTell {
			break
		}
		h.opt.Logger.Info("what came of the melody cannot be told", "without_power", dry, "heard", mic, "line", line,
			"likeness", h.likeness(from))
	}
	return mic, line, level, nil
}

// likeness is the score of the melody in what each ear heard, and how much later it came.
func (h *Horn) likeness(from time.Time) (said []string) {
	for _, l := range []*ear.Listener{h.mic, h.line} {
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
func (h *Horn) play(ctx context.Context, dry bool, lead time.Duration) (from time.Time, err error) {
	from = time.Now().Add(lead)
	h.dry.Store(dry)
	h.probe.Begin(from)
	ok := pause(ctx, lead+ear.Chirp+testEcho)
	whole := h.probe.End()
	h.dry.Store(false)
	if !ok || !whole || dry && !h.ready() || !h.opt.Quiet() {
		return from, errInterrupted
	}
	return from, nil
}

// ready reports whether a test can begin: without power, that is, if it is ours to take.
func (h *Horn) ready() bool {
	return h.opt.Quiet() && (!h.opt.Switched || !h.opt.Powered())
}

// Past reports whether what sounds now leaves without power: it is called in the audio path.
func (h *Horn) Past() bool { return h != nil && h.dry.Load() && h.probe.Alone() }

// Next is when the amplifier is needed next: for what is to be played, or for a test
// before that; zero if not soon.
func (h *Horn) Next(play time.Time) time.Time {
	if h == nil || h.dry.Load() {
		return play
	}
	if from := h.probe.From(); !from.IsZero() && (play.IsZero() || from.Before(play)) {
		return from
	}
	return play
}

// tell keeps what was found, and has it told.
func (h *Horn) tell(found wire.SelfTest) {
	h.opt.Logger.Info("the horn was tested", "heard", found.Verdict, "line", found.Line, "without_power", found.Off)
	h.last.Store(&found)
	raw, err := json.Marshal(found)
	if err == nil {
		err = h.opt.Save(nameSelfTest, raw)
	}
	if err != nil {
		h.opt.Logger.Warn("what came of the test is not kept", "err", err)
	}
	h.heard.learn(ear.Verdict(found.Verdict), ear.Verdict(found.Line))
	h.opt.Kick()
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

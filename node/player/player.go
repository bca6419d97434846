// Package player is what is audible on a node now, and the proof of it.
//
//	plan ──schedule.NewTimeline──▶ timeline ─▶ score ─────────▶ mixer ──▶ speaker.Sink
//	                                  │          ▲ voices        │ tallies
//	                                  ▼          │               ▼
//	                                ledger    decoders         ledger ──▶ wire.Play
//
// One goroutine, [Player.Run], owns the plan and the ledger. It works the timeline out hours ahead, opens the
// clips of what comes within half a minute, and hands both to the mixer as a score that never changes. The mixer is
// the [speaker.Source]: for each block it turns the instant into controller time, looks up what is audible
// then, and copies it from buffers that the decoders keep two seconds ahead. It takes no lock that is held
// during I/O or decoding, and does not allocate.
//
// # In step
//
// The position in a clip is controller time less the begin of the item, so nodes agree without a word. The
// mixer plays on sample by sample while that position is within 5 ms, and else jumps, once, with a 5 ms
// crossfade. Whatever begins or ends in mid-item fades over 20 ms; an item that begins on time begins with its
// first sample, unchanged. Silence is exactly zero. While controller time is not known nothing is played.
//
// A plan's Delay, up to a second either way, makes all of this later or earlier on this node, to align it with others:
// plan time is controller time less the delay. Began, Ended and LastHeard are in controller time, as really heard.
//
// When controller time is set by more than a second, what the calendar says follows at once. A voice goes on for a
// second by the time before, so that the plan that moves its call with it finds it where it is: nothing is heard of
// that, and no such plan means that the call is over, or not yet begun.
//
// # Calls
//
// An item of kind schedule.Voice or schedule.Stream is played from a [Feed], where its frames arrive while it is
// played: frame n at the item's begin plus n × 20 ms. What must be made up for want of frames counts as heard while it
// sounds, for 100 ms; then it is silence, and lost as [Late], or as wire.NoStream. A voice's feed is asked for by the
// call's id, and its end may move; a stream's by schedule.FeedID, and it has the length that the rundown gives it.
//
// # Volume
//
// A plan's volume in percent is squared to a factor: 100 is the clip as it was levelled, 70 is 6 dB less, 50 is
// 12 dB less, 0 is silence and counts as [Muted]. What begins, by its plan, in soft hours (schedule.Soft) is turned down
// by them to its end. An emergency is always played, and told, as at 100.
//
// # The ledger
//
// For each item of each airing, gaps excepted, one wire.Play is reported when the item is over, whatever became
// of it. What is heard is counted in samples that were given to an output that worked. An item is
//
//	heard      from 95 % of its length
//	not_heard  below half a second, or 5 % of its length if that is less
//	partly     in between
//
// and the reason of the latter two is what took the most from it: a cause of package schedule, a reason of
// package wire, or [Late] or [Muted]. A reason never accompanies heard. Began and Ended are of the first and the last
// sample heard, in controller time, and zero if there was none.
//
// The open entries are saved when an item begins, and every ten seconds while one is on air, in between with
// SaveRunning: that is most of the saves, and less is lost with it than what was heard of an item. After a restart
// the ledger goes on from there: what passed meanwhile counts as wire.NodeOff, and as wire.ClockUnknown until controller
// time is known again; at most ten seconds that were heard before a power cut are not told. Plays are saved before
// they are reported and until Report has returned, so after a cut in between the very same play is reported again.
//
// A call's length is from its start to its end, also when that is moved; what would have followed the new end is
// not told. What was heard after it, because the word of it came late, does not count; Ended says so.
//
// A plan that takes an airing off the air closes its items as wire.Cancelled, also those that had not begun; an
// item that is exchanged for another while on air closes the same way, and its successor at the same place in
// the rundown, having the same name, is played but has no play of its own.
package player

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"loa/node/speaker"
	"loa/node/wire"
	"loa/schedule"
)

// Reasons besides those of packages schedule and wire.
const (
	Late  = "late"  // the sound, or the plan that named it, was not ready in time
	Muted = "muted" // the volume was 0
)

// Options is what a player needs of its node. Every function but Clock and Sound may block.
type Options struct {
	// Clips opens a clip by its sha256, verified, and returns its size; if it is an io.Closer the player closes it.
	Clips func(sha string) (io.ReaderAt, int64, error)
	// Feed returns the frames of a call that is in the plan, by the call's id, or of a stream, by schedule.FeedID; nil
	// if there are none.
	Feed func(id string) (feed *Feed, ok bool)
	// Clock turns an instant of this process into controller time; ok is false while that is not known well enough.
	// It is called in the audio path.
	Clock func(at time.Time) (controller time.Time, bound time.Duration, ok bool)
	// Sound reports whether the output works now. It is called in the audio path.
	Sound func() bool
	// Save keeps the ledger, atomically; Load returns what was kept last, nil if there is nothing.
	Save func(ledger []byte) error
	Load func() ([]byte, error)
	// SaveRunning is like Save, for a ledger that differs from the last one in nothing but how far it is, and may cost
	// less. Should it be lost, what Save kept must be there. nil: Save.
	SaveRunning func(ledger []byte) error
	// Report takes a play for good; one it refuses is offered again.
	Report func(wire.Play) error
	Logger *slog.Logger // nil: discard
}

const (
	busyStep = 200 * time.Millisecond // between two looks while something is or comes on air
	idleStep = 10 * time.Second       // else; less than the horizon by enough to open clips
	justNow  = time.Second            // what sounded within is on air
	horizon  = 30 * time.Second       // clips of what comes within are opened
	window   = 6 * time.Hour          // length of a timeline
	renew    = time.Hour              // a timeline that ends sooner is replaced
	maxBack  = 31 * 24 * time.Hour    // how far back a node that was off accounts
	slept    = 15 * time.Second       // a longer pause between two steps: the process did not run
	stepped  = time.Second            // controller time that moves this far by itself was set
	settled  = 3 * time.Second        // after that, a block that was not asked for never will be
	queued   = 8                      // plans that wait for controller time
)

// Player plays a plan and keeps the ledger.
type Player struct {
	opt   Options
	log   *slog.Logger
	mix   *mixer
	kicks chan struct{}

	mu    sync.Mutex // of what other goroutines see
	soon  atomic.Bool
	next  atomic.Pointer[time.Time] // when something is heard next, in this process's time
	plans []revision                // handed over, not yet taken up
	onAir *wire.OnAir

	// The rest belongs to Run.
	started  time.Time
	running  bool      // controller time has been known since the start
	unknown  time.Time // since when it is not; zero if it is
	stepAt   time.Time // last step with controller time
	stepCT   time.Time // controller time then
	waiting  []revision
	plan     *wire.Plan
	timeline *schedule.Timeline
	gains    map[string]float32 // of its airings
	from, to time.Time          // span of the timeline
	ledger   *ledger
	cast     cast

	probe chan struct{} // see Answers
}

// revision is a plan and when it came.
type revision struct {
	plan wire.Plan
	at   time.Time
}

// New makes a player from what was saved. A ledger that cannot be read is logged and begun anew: a node that does
// not start proves nothing either.
func New(o Options) (*Player, error) {
	if o.Clips == nil || o.Clock == nil || o.Sound == nil || o.Save == nil || o.Load == nil || o.Report == nil {
		return nil, errors.New("player: an option is missing")
	}
	if o.Feed == nil {
		o.Feed = func(string) (*Feed, bool) { return nil, false }
	}
	if o.SaveRunning == nil {
		o.SaveRunning = o.Save
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	p := &Player{opt: o, log: o.Logger, mix: newMixer(o.Clock, o.Sound), kicks: make(chan struct{}, 1), probe: make(chan struct{})}
	saved, err := o.Load()
	if err != nil {
		p.log.Error("ledger not loaded", "err", err)
	}
	volume := func(s *schedule.Slot) int { return volumeOf(p.plan, s) }
	if p.ledger, err = loadLedger(saved, volume); err != nil {
		p.log.Error("ledger is damaged, beginning anew", "err", err)
	}
	return p, nil
}

// SetPlan replaces the plan, from this moment on. The first plan after a start also tells what was missed while
// the node was off, so it should be the one that was kept.
func (p *Player) SetPlan(plan wire.Plan) {
	p.mu.Lock()
	if len(p.plans) == queued { // keep the first, which accounts for the time before
		p.plans = append(p.plans[:1], p.plans[2:]...)
	}
	p.plans = append(p.plans, revision{plan, time.Now()})
	p.mu.Unlock()
	p.kick()
}

func (p *Player) kick() {
	select {
	case p.kicks <- struct{}{}:
	default:
	}
}

// Answers returns nil once Run has come round, and an error if ctx ends before.
func (p *Player) Answers(ctx context.Context) error {
	select {
	case p.probe <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Unasked is how long ago the output asked for sound, or since New if it never did.
func (p *Player) Unasked() time.Duration {
	return time.Since(p.mix.begun) - time.Duration(p.mix.lastAsk.Load())
}

// Source returns the mixer. Only one output may use it.
func (p *Player) Source() speaker.Source { return p.mix.fill }

// OnAir returns what is sounding, or nil.
func (p *Player) OnAir() *wire.OnAir {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.onAir
}

// Soon reports whether something is on air, or will be within half a minute.
func (p *Player) Soon() bool { return p.soon.Load() }

// Next returns when something will next be heard, an instant that has passed if it is now, and zero if nothing will be
// within half a minute. It does not block.
func (p *Player) Next() time.Time {
	if t := p.next.Load(); t != nil {
		return *t
	}
	return time.Time{}
}

// LastHeard returns the controller time of the last sample given to a working output since the start, zero if
// there was none.
func (p *Player) LastHeard() time.Time { return unixNano(p.mix.lastHeard.Load()) }

// Run plays until ctx ends, and saves the ledger then.
func (p *Player) Run(ctx context.Context) error {
	p.started = time.Now()
	p.unknown = p.started
	p.cast = cast{clips: p.opt.Clips, feeds: p.opt.Feed, log: p.log, voices: map[key]*voice{}}
	defer p.cast.dismiss()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			p.step(ctx, time.Now())
			return p.ledger.save(p.opt.Save)
		case <-timer.C:
		case <-p.kicks:
		case <-p.probe:
		}
		timer.Reset(p.step(ctx, time.Now()))
	}
}

// step does what is due at now and returns how long until the next step.
func (p *Player) step(ctx context.Context, now time.Time) time.Duration {
	p.mu.Lock()
	p.waiting = append(p.waiting, p.plans...)
	p.plans = p.plans[:0]
	p.mu.Unlock()

	if p.plan == nil && len(p.waiting) > 0 {
		p.setDelay(&p.waiting[0].plan)
	}
	ct, _, ok := p.mix.planTime(now)
	if ok && p.awaitsPlan(now, ct) {
		return busyStep
	}
	if ok {
		p.settle(now, ct)
		ct, _, _ = p.mix.planTime(now) // a new plan's delay
		p.perform(ctx, now, ct)
		p.stepAt, p.stepCT = now, ct
	} else {
		p.next.Store(nil)
		p.hold(now)
	}
	p.air(ct, ok)
	p.ledger.flush(p.opt, p.log)
	if !ok || len(p.ledger.open) > 0 || len(p.ledger.due) > 0 || len(p.cast.voices) > 0 {
		return busyStep
	}
	return idleStep
}

// hold waits for controller time; the mixer is silent by itself.
func (p *Player) hold(now time.Time) {
	if p.unknown.IsZero() {
		p.unknown = now
		p.log.Warn("controller time is not known: silent")
	}
	if n := len(p.waiting); n > queued {
		p.waiting = append(p.waiting[:1], p.waiting[n-queued+1:]...)
	}
}

// settle brings the ledger up to ct, the controller time of now, and takes up plans on the way, each at the moment
// it came.
func (p *Player) settle(now, ct time.Time) {
	at := func(t time.Time) time.Time { return ct.Add(t.Sub(now)) }
	if p.plan == nil && len(p.waiting) > 0 {
		first := p.waiting[0].plan
		p.plan, p.waiting = &first, p.waiting[1:]
	}
	if !p.running {
		p.running = true
		p.ledger.begin(at(p.started), maxBack)
		p.advance(at(p.started), wire.NodeOff)
	}
	why := p.disturbance(now, ct, at)
	for _, r := range p.waiting {
		when := at(r.at)
		p.advance(when, why)
		p.revise(r.plan, when)
	}
	clear(p.waiting)
	p.waiting = p.waiting[:0]
	if why != "" {
		p.advance(ct, why)
		return
	}
	// What the mixer has not yet been asked for may still be heard; if it never asks, settle without it.
	upTo := ct
	if done := p.mix.rendered(); done.Before(upTo) {
		upTo = later(done, ct.Add(-settled))
	}
	p.advance(upTo, "")
}

// disturbance returns why the time since the last step was not played as planned, and settles the part before.
func (p *Player) disturbance(now, ct time.Time, at func(time.Time) time.Time) (why string) {
	if !p.unknown.IsZero() {
		p.advance(at(p.unknown), "")
		p.unknown = time.Time{}
		return wire.ClockUnknown
	}
	pause := now.Sub(p.stepAt)
	moved := ct.Sub(p.stepCT) - pause
	p.follow(moved)
	switch {
	case moved < -stepped:
		p.log.Warn("controller time was set back", "by", -moved)
		p.ledger.at = earlier(p.ledger.at, ct)
	case moved > stepped:
		p.log.Warn("controller time was set forward", "by", moved)
		return wire.ClockUnknown
	case pause > slept:
		p.log.Warn("the process did not run", "for", pause)
		return wire.NodeOff
	}
	return ""
}

// advance settles the ledger up to a controller time; why is what kept the node silent since, if anything.
func (p *Player) advance(to time.Time, why string) {
	if !to.After(p.ledger.at) {
		return
	}
	if p.plan != nil {
		p.plot(to)
		p.ledger.advance(p.timeline.Slots, to, why)
	}
	p.ledger.at = to
}

// plot makes sure that the timeline reaches from what is settled to well beyond ct.
func (p *Player) plot(ct time.Time) {
	if p.timeline != nil && !p.ledger.at.Before(p.from) && ct.Add(renew).Before(p.to) {
		return
	}
	p.from, p.to = p.ledger.at, ct.Add(window)
	for i := range p.plan.Calls { // one whose end was before the word of it came is yet to be closed
		if c := &p.plan.Calls[i]; !c.End.After(p.from) && p.ledger.knows(c.ID) {
			p.from = c.End.Add(-1)
		}
	}
	p.timeline = schedule.NewTimeline(p.plan.Plan, p.from, p.to)
	p.gains = gains(p.plan, p.timeline)
}

// revise replaces the plan at a controller time.
func (p *Player) revise(plan wire.Plan, ct time.Time) {
	var before []*schedule.Slot
	if p.timeline != nil {
		before = p.timeline.Slots
	}
	p.plan, p.timeline = &plan, nil
	p.setDelay(p.plan)
	p.plot(ct)
	p.ledger.revise(before, p.timeline.Slots, ct)
}

// perform gives the mixer what it needs for the next half minute.
func (p *Player) perform(ctx context.Context, now, ct time.Time) {
	if p.plan == nil {
		return
	}
	p.plot(ct)
	cues := cues(p.timeline, ct)
	p.announce(cues, now, ct)
	p.cast.call(ctx, cues, ct, p.ledger)
	p.soon.Store(len(p.cast.voices) > 0)
	p.mix.perform(p.timeline, p.cast.voices, p.gains)
}

// announce says when something is heard next.
func (p *Player) announce(cues []cue, now, ct time.Time) {
	for _, q := range cues {
		if q.To.After(ct) {
			next := now.Add(q.From.Sub(ct))
			p.next.Store(&next)
			return
		}
	}
	p.next.Store(nil)
}

// air notes what is sounding for OnAir.
func (p *Player) air(ct time.Time, known bool) {
	var on *wire.OnAir
	if known && p.timeline != nil {
		on = p.sounding(ct)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if on == nil && known && p.pausing(ct) {
		return // a gap between two items is part of what is on air
	}
	p.onAir = on
}

// pausing reports whether ct lies in a gap of the airing that was just heard.
func (p *Player) pausing(ct time.Time) bool {
	if p.timeline == nil || p.onAir == nil {
		return false
	}
	d := p.timeline.At(ct)
	return d.Slot != nil && d.Slot.ID == p.onAir.Airing && d.Slot.Programme.Rundown[d.Item].Kind == schedule.Gap
}

func (p *Player) sounding(ct time.Time) *wire.OnAir {
	d := p.timeline.At(ct)
	if d.Slot == nil || !d.Sounds {
		return nil
	}
	v := p.cast.voices[key{d.Slot.ID, d.Item}]
	if v == nil || v.tally.last.Load() < ct.Add(time.Duration(p.mix.delay.Load())-justNow).UnixNano() {
		return nil // planned, but not heard
	}
	return &wire.OnAir{Programme: d.Slot.Programme.ID, Airing: d.Slot.ID, Item: d.Item,
		Title: title(d.Slot.Programme, d.Item), Since: unixNano(v.tally.first.Load())}
}

// title names an item to people: its own title, or its programme's.
func title(p *schedule.Programme, item int) string {
	if t := p.Rundown[item].Title; t != "" {
		return t
	}
	return p.Title
}

func unixNano(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

package calls

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"loa/audio"
	"loa/node/player"
	"loa/node/wire"
	"loa/schedule"
)

// OnFlash is the name by which a node keeps its calls.
const OnFlash = "calls"

const (
	maxCalls   = 64 // known at a time, ended ones included
	maxRundown = 32 // items, and clips, of a recorded emergency

	silence      = 8 * time.Second  // without frames, and a voice has ended
	boardSilence = 15 * time.Second // likewise, by the board's own clock, should controller time not go on
	remember     = time.Hour        // how long an ended call is known, so that it does not begin again
	markAge      = 24 * time.Hour   // how long what began before a stop of everything might still go on
	soon         = 5 * time.Second  // a stop of everything may lie ahead by this, for the clocks' sake
)

// Calls are those of one node. All its methods may be called at once.
type Calls struct {
	opt Options

	saving sync.Mutex // orders what is kept with what is changed
	mu     sync.Mutex
	floor  uint64    // commands about unknown calls must be newer
	halt   uint64    // sequence of the last stop of everything
	mark   time.Time // its instant
	list   []*call
	counts counts
	past   audio.JitterCounters // of calls that are forgotten

	stations map[string]*station // by the id of their frames

	arrivals chan arrival
	relist   chan struct{}
	steps    chan time.Duration
}

// callOptions is what calls need of their node.
type Options struct {
	Commune string
	Open    wire.Opener // by the commune's keys
	Kept    wire.Opener // likewise, for what was accepted before
	Clock   func(time.Time) (controller time.Time, bound time.Duration, ok bool)
	Told    func(time.Time) (controller time.Time, bound time.Duration, ok bool) // see link.Clock: what has expired is judged by it
	Heard   func(issued, at time.Time, length time.Duration)                     // of a bundle: see link.Clock; may be nil
	Plan    func() wire.Plan                                                     // as the controller sent it; says whom the node is
	Save    func([]byte) error
	Load    func() ([]byte, error)
	Changed func()                     // the plan is to be made anew
	SetLive func(calls []string) error // see link.Link
	Logger  *slog.Logger
}

// counts are the commands and bundles that were not acted on.
type counts struct {
	refused  int64 // forged, expired, out of date, nonsense
	foreign  int64 // commands for others
	bundles  int64 // of frames, refused for any reason
	overflow int64 // bundles that came faster than they could be checked
}

// call is one call as this node knows it.
type call struct {
	id      string
	seq     uint64 // of the last command about it
	raw     []byte // the signed CallOn; nil if only its end is known
	on      wire.CallOn
	end     time.Time // as far as is known
	state   state
	expires time.Time    // of the last CallOn
	feed    *player.Feed // of a voice
	word    time.Time    // the office last said that it goes on, in controller time; zero: not known
	kept    time.Time    // that word which flash has
	last    time.Time    // play time up to which frames came, or from when they are expected; zero: not known
	arrived time.Time    // by the board's clock
}

type state int

const (
	onAir state = iota
	silent
	ended // by command
)

func (s state) String() string {
	switch s {
	case onAir:
		return "on air"
	case silent:
		return "silent"
	}
	return "ended"
}

// recorded reports whether the call is played from clips.
func (c *call) recorded() bool { return c.raw != nil && !c.voice() }

// voice reports whether the call needs frames.
func (c *call) voice() bool { return c.raw != nil && len(c.on.Call.Rundown) == 0 }

// New knows of no call: see Load.
func New(opt Options) *Calls {
	return &Calls{opt: opt, arrivals: make(chan arrival, maxArrivals), relist: make(chan struct{}, 1), steps: make(chan time.Duration, 1)}
}

// now returns the instant and the controller's time of it; zero if unknown.
func (c *Calls) now() (now, ct time.Time) {
	now = time.Now()
	if t, _, ok := c.opt.Clock(now); ok {
		ct = t
	}
	return now, ct
}

// told returns the controller's time as the controller told it; zero if it has
// not, yet.
func (c *Calls) told(now time.Time) time.Time {
	ct, _, ok := c.opt.Told(now)
	if !ok {
		return time.Time{}
	}
	return ct
}

// find returns what is known of a call, or nil.
func (c *Calls) find(id string) *call {
	for _, x := range c.list {
		if x.id == id {
			return x
		}
	}
	return nil
}

// ReceiveOn takes a CallOn from the wire.
func (c *Calls) ReceiveOn(raw []byte) {
	now, ct := c.now()
	var on wire.CallOn
	told := c.told(now)
	h, err := c.open(c.opt.Open, wire.KindCall, raw, told, &on)
	if err == nil {
		err = checkCall(on)
	}
	if err != nil {
		c.refuse(err)
		return
	}
	if !c.concerned(on.Targets) {
		c.count(func(n *counts) { n.foreign++ })
		return
	}
	c.mu.Lock()
	c.unbind(told)
	x := c.find(on.Call.ID)
	if x != nil && x.seq == h.Seq {
		again := x.state != ended && h.Expires.After(x.expires)
		if again {
			x.expires, x.word = h.Expires, told
		}
		alone := again && x.recorded() && x.state == silent
		c.mu.Unlock()
		if alone {
			c.resume(x)
		}
		if again {
			c.KickListen()
		}
		return
	}
	stale := x == nil && h.Seq <= c.floor || x != nil && h.Seq < x.seq
	c.mu.Unlock()
	if stale {
		c.refuse(wire.ErrStale)
		return
	}
	c.begin(h, raw, on, now, ct)
}

// begin puts a call on air, or what is new of it.
func (c *Calls) begin(h wire.Header, raw []byte, on wire.CallOn, now, ct time.Time) {
	x := &call{id: on.Call.ID, seq: h.Seq, raw: slices.Clone(raw), on: on, end: on.Call.End, expires: h.Expires, word: ct}
	if err := x.expect(now, ct); err != nil {
		c.opt.Logger.Error("call not begun", "call", x.id, "err", err)
		return
	}
	c.change(func() {
		if old := c.find(x.id); old != nil && old.feed != nil && x.feed != nil {
			x.feed = old.feed // what has come of it stays
			x.feed.SetStart(on.Call.Start)
		}
		c.put(x)
		c.KickListen()
	})
	c.opt.Logger.Info("call begins", "call", x.id, "title", on.Call.Title, "class", on.Call.Class, "start", on.Call.Start)
}

// resume has a recorded emergency go on of which the office speaks again.
func (c *Calls) resume(x *call) {
	c.opt.Logger.Info("call goes on: the office says so again", "call", x.id)
	c.change(func() {
		if x.state == silent {
			x.state, x.end = onAir, x.on.Call.End
		}
	})
}

// expect makes a voice ready for frames, from its start or now on.
func (x *call) expect(now, ct time.Time) error {
	if !x.voice() {
		return nil
	}
	feed, err := player.NewFeed(x.on.Call.Start)
	if err != nil {
		return err
	}
	x.feed = feed
	if !ct.IsZero() {
		x.await(now, ct)
	}
	return nil
}

// await counts the silence of a voice from its start or now on.
func (x *call) await(now, ct time.Time) {
	x.last, x.arrived = ct, now
	if wait := x.on.Call.Start.Sub(ct); wait > 0 {
		x.last, x.arrived = x.on.Call.Start, now.Add(wait)
	}
}

// put adds a call, or replaces what was known of it. When there are too many
// the one that ended, or will end, first is forgotten.
func (c *Calls) put(x *call) {
	c.list = slices.DeleteFunc(c.list, func(old *call) bool { return old.id == x.id })
	if len(c.list) >= maxCalls {
		first := slices.MinFunc(c.list, func(a, b *call) int { return a.end.Compare(b.end) })
		c.forget(first)
	}
	c.list = append(c.list, x)
}

func (c *Calls) forget(x *call) {
	c.floor = max(c.floor, x.seq)
	if x.feed != nil {
		c.past.Add(x.feed.Counters())
	}
	c.list = slices.DeleteFunc(c.list, func(old *call) bool { return old == x })
}

// unbind drops the numbers that turn out to be from the future. They must go
// before their time comes: in its last hour they would bind.
func (c *Calls) unbind(ct time.Time) {
	c.floor, c.halt = wire.Binding(c.floor, ct), wire.Binding(c.halt, ct)
	for _, x := range c.list {
		x.seq = wire.Binding(x.seq, ct)
	}
}

// ReceiveOff takes a CallOff from the wire.
func (c *Calls) ReceiveOff(raw []byte) {
	ct := c.told(time.Now())
	var off wire.CallOff
	h, err := c.open(c.opt.Open, wire.KindStop, raw, ct, &off)
	if err == nil && (off.At.IsZero() || off.Call != "" && !wire.ValidID(off.Call)) {
		err = wire.ErrNonsense
	}
	if err != nil {
		c.refuse(err)
		return
	}
	if !c.concerned(off.Targets) {
		c.count(func(n *counts) { n.foreign++ })
		return
	}
	c.mu.Lock()
	c.unbind(ct)
	c.mu.Unlock()
	if off.Call == "" {
		c.stopAll(h.Seq, off.At, ct)
	} else {
		c.stop(h.Seq, off.Call, off.At)
	}
	c.KickListen()
}

// stop ends one call.
func (c *Calls) stop(seq uint64, id string, at time.Time) {
	c.mu.Lock()
	x := c.find(id)
	known := x != nil && seq <= x.seq || x == nil && seq <= c.floor
	c.mu.Unlock()
	if known {
		return // said again, as it should be
	}
	c.opt.Logger.Info("call is stopped", "call", id, "at", at)
	c.change(func() {
		x := c.find(id)
		if x == nil { // so that its beginning, should it come later, is known to be over
			x = &call{id: id, end: at}
			c.put(x)
		}
		x.seq = seq
		x.stop(at)
	})
}

func (x *call) stop(at time.Time) {
	x.state = ended
	if at.Before(x.end) {
		x.end = at
	}
}

// stopAll ends every call that was ordered before, and what of the calendar
// has begun.
func (c *Calls) stopAll(seq uint64, at, ct time.Time) {
	c.mu.Lock()
	known := seq <= c.halt
	c.mu.Unlock()
	if known {
		return
	}
	c.opt.Logger.Info("everything is stopped", "at", at)
	c.change(func() {
		for _, x := range c.list {
			if x.seq < seq && x.state != ended {
				x.seq = seq
				x.stop(at)
			}
		}
		c.halt, c.floor, c.mark = seq, max(c.floor, seq), at
		if at.After(ct.Add(soon)) {
			c.mark = ct
		}
	})
}

// change makes a change, has the plan made anew, and keeps it on flash.
func (c *Calls) change(do func()) {
	c.saving.Lock()
	defer c.saving.Unlock()
	c.mu.Lock()
	do()
	data, err := c.encode()
	c.mu.Unlock()
	c.opt.Changed()
	if err == nil {
		err = c.opt.Save(data)
	}
	if err != nil {
		c.opt.Logger.Error("calls are not kept; they are acted on all the same", "err", err)
	}
}

// open checks a command to all nodes. One that never expires could be said
// again for ever.
func (c *Calls) open(open wire.Opener, kind string, raw []byte, ct time.Time, v any) (wire.Header, error) {
	if len(raw) > wire.MaxCommand {
		return wire.Header{}, wire.ErrNonsense
	}
	want := wire.Header{Kind: kind, Target: wire.Target(c.opt.Commune, wire.AllNodes)}
	h, err := open(raw, want, ct, v)
	if err == nil && h.Expires.IsZero() {
		err = wire.ErrExpired
	}
	return h, err
}

// checkCall refuses what cannot be played, or only at the price of the rest.
func checkCall(on wire.CallOn) error {
	c := on.Call
	if !wire.ValidID(c.ID) || !c.Class.Valid() || c.Start.IsZero() || !c.End.After(c.Start) ||
		len(c.Rundown) > maxRundown || len(on.Clips) > maxRundown {
		return wire.ErrNonsense
	}
	for _, it := range c.Rundown {
		if it.Length <= 0 || it.Kind != schedule.Clip && it.Kind != schedule.Chime && it.Kind != schedule.Gap {
			return fmt.Errorf("%w: item of kind %q", wire.ErrNonsense, it.Kind)
		}
	}
	return nil
}

func (c *Calls) concerned(t schedule.Targets) bool {
	p := c.opt.Plan()
	return p.Concerned(t)
}

func (c *Calls) refuse(err error) {
	c.count(func(n *counts) { n.refused++ })
	c.opt.Logger.Debug("command refused", "err", err)
}

func (c *Calls) count(add func(*counts)) {
	c.mu.Lock()
	add(&c.counts)
	c.mu.Unlock()
}

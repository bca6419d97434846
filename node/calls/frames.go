package calls

import (
	"context"
	"errors"
	"time"

	"loa/audio"
	"loa/node/link"
	"loa/node/player"
	"loa/node/wire"
)

const (
	maxArrivals = 128 // bundles that wait to be checked; more are dropped and counted
	watchCalls  = 250 * time.Millisecond
	tellCalls   = time.Second // at most so often the log says what was lost
	listenAgain = 5 * time.Second
	listenSoon  = 100 * time.Millisecond // after a refusal, and twice as long after each further one
)

// arrival is a bundle of frames as it came.
type arrival struct {
	call string
	raw  []byte
	at   time.Time
}

// ReceiveFrames takes a bundle from the wire; it never blocks.
func (c *Calls) ReceiveFrames(call string, raw []byte) {
	select {
	case c.arrivals <- arrival{call, raw, time.Now()}:
	default:
		c.count(func(n *counts) { n.overflow++ })
	}
}

// Run checks frames as they come and ends calls that have fallen silent,
// until ctx ends.
func (c *Calls) Run(ctx context.Context) error {
	watch, tune := time.NewTicker(watchCalls), time.NewTicker(tuneEvery)
	defer watch.Stop()
	defer tune.Stop()
	var told teller
	for {
		select {
		case <-ctx.Done():
			return nil
		case by := <-c.steps:
			c.step(by)
		case a := <-c.arrivals:
			c.take(a)
		case now := <-watch.C:
			c.watch(now)
			told.tell(c, now)
		case now := <-tune.C:
			if ct, _, ok := c.opt.Clock(now); ok {
				c.tune(ct)
			}
		}
	}
}

// Stepped is told that the controller's clock was set; it does not block.
func (c *Calls) Stepped(by time.Duration) {
	select {
	case c.steps <- by:
	default: // one is on its way: rather a call that ends than one that is moved twice
	}
}

// step moves the voices on air with the controller's clock, by which their
// frames are numbered: they go on as they are. What a stop of everything cut
// stays cut.
func (c *Calls) step(by time.Duration) {
	c.opt.Logger.Warn("the controller's clock was set", "by", by)
	c.change(func() {
		if !c.mark.IsZero() {
			c.mark = c.mark.Add(by)
		}
		for _, x := range c.list {
			if x.feed == nil || x.state != onAir {
				continue
			}
			x.on.Call.Start, x.on.Call.End = x.on.Call.Start.Add(by), x.on.Call.End.Add(by)
			x.end, x.last, x.expires = x.end.Add(by), x.last.Add(by), x.expires.Add(by)
			x.feed.SetStart(x.on.Call.Start)
		}
	})
}

// take checks one bundle and hands its frames on. Bundles may overtake one
// another and come twice: frames have numbers.
func (c *Calls) take(a arrival) {
	ct, _, ok := c.opt.Clock(a.at)
	c.mu.Lock()
	x, s := c.find(a.call), c.stations[a.call]
	expected := ok && (s != nil && ct.Before(s.to) ||
		x != nil && x.feed != nil && x.state != ended && ct.Before(x.on.Call.End))
	c.mu.Unlock()
	var b wire.Bundle
	if expected {
		want := wire.Header{Kind: wire.KindFrames, Target: wire.Target(c.opt.Commune, a.call)}
		h, err := c.opt.Open(a.raw, want, ct, &b)
		expected = err == nil && h.Seq-1 == b.First && b.Check()
		if expected && c.opt.Heard != nil {
			c.opt.Heard(h.Issued, a.at, time.Duration(len(b.Frames))*wire.FrameLength)
		}
	}
	switch {
	case !expected:
		c.count(func(n *counts) { n.bundles++ })
	case s != nil:
		s.push(b, ct)
	default:
		c.hearCall(x, b, a.at, ct)
	}
}

// hearCall takes frames of a call that came at an instant.
func (c *Calls) hearCall(x *call, b wire.Bundle, at, ct time.Time) {
	if x.feed.Push(b.First, b.Frames, ct) == 0 {
		return
	}
	end := x.on.Call.Start.Add(time.Duration(b.First+uint64(len(b.Frames))) * wire.FrameLength)
	c.mu.Lock()
	x.arrived = at
	if end.After(x.last) {
		x.last = end
	}
	again := x.state == silent
	c.mu.Unlock()
	if again {
		c.opt.Logger.Info("call is heard again", "call", x.id)
		c.change(func() {
			if x.state == silent {
				x.state, x.end = onAir, x.on.Call.End
			}
		})
	}
}

// watch ends voices without frames and forgets what is long over.
func (c *Calls) watch(now time.Time) {
	ct, _, ok := c.opt.Clock(now)
	if !ok {
		return
	}
	c.mu.Lock()
	told := c.told(now)
	c.unbind(told)
	var still, over []*call
	stale := false
	for _, x := range c.list {
		if x.feed != nil && x.last.IsZero() {
			x.await(now, ct)
		}
		switch {
		case x.feed != nil && x.state == onAir && ct.Before(x.end) && x.fellSilent(now, ct):
			still = append(still, x)
		case x.state == onAir && ct.Before(x.end) && x.isAlone(ct):
			still = append(still, x)
		case x.state == onAir && x.recorded() && x.word.Sub(x.kept) >= keepWord:
			stale = true
		case x.over(ct):
			over = append(over, x)
		}
	}
	unmark := !c.mark.IsZero() && (ct.Sub(c.mark) > markAge || wire.FromFuture(uint64(max(c.mark.UnixMilli(), 0)), told))
	c.mu.Unlock()
	if len(still) == 0 && len(over) == 0 && !unmark && !stale {
		return
	}
	c.change(func() {
		for _, x := range still {
			if x.state == onAir {
				x.state, x.end = silent, earlier(x.fades(), ct)
			}
		}
		for _, x := range over {
			c.forget(x)
		}
		if unmark {
			c.mark = time.Time{}
		}
	})
	for _, x := range still {
		c.opt.Logger.Warn("nothing comes of a call any more: it ends here", "call", x.id)
	}
	c.KickListen()
}

// fellSilent reports whether the frames of a voice have stopped.
func (x *call) fellSilent(now, ct time.Time) bool {
	return !ct.Before(x.silentFrom()) || now.Sub(x.arrived) >= boardSilence
}

// silentFrom is when a voice has ended if nothing more comes of it: a whole
// second, so that nodes that lack the last bundle agree with those that have it.
func (x *call) silentFrom() time.Time {
	return x.last.Add(silence + time.Second - 1).Truncate(time.Second)
}

// over reports whether nothing can be heard of a call any more, for an hour.
func (x *call) over(ct time.Time) bool {
	end := x.end
	if x.raw != nil && x.state == silent {
		end = x.on.Call.End // until then it may speak again
	}
	return ct.Sub(end) > remember
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// Listen keeps subscribed to the calls that are on air, until ctx ends. Who is
// refused asks again soon, and then ever more seldom: a broker may say no once
// for a reason of the moment, and all the while a voice is missed.
func (c *Calls) Listen(ctx context.Context) error {
	again := time.NewTimer(listenAgain)
	defer again.Stop()
	refused := listenSoon
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-c.relist:
		case <-again.C:
		}
		err := c.opt.SetLive(c.wanted())
		if err == nil || errors.Is(err, link.ErrDown) {
			refused = listenSoon
			again.Reset(listenAgain)
			continue
		}
		c.opt.Logger.Warn("a call is not heard yet", "err", err)
		again.Reset(refused)
		refused = min(2*refused, listenAgain)
	}
}

// KickListen has what is subscribed looked at again: the link is there anew.
func (c *Calls) KickListen() {
	select {
	case c.relist <- struct{}{}:
	default:
	}
}

// wanted returns the calls whose frames may still come. A silent one counts
// for as long as the controller says that it goes on.
func (c *Calls) wanted() []string {
	_, ct := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	var ids []string
	for _, x := range c.list {
		if x.feed != nil && (x.state == onAir && ct.Before(x.end) || x.state == silent && ct.Before(x.expires) && ct.Before(x.on.Call.End)) {
			ids = append(ids, x.id)
		}
	}
	for id, s := range c.stations {
		if ct.Before(s.to) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Spoken reports whether frames of a voice, or of a station, are coming now.
func (c *Calls) Spoken() bool { return len(c.wanted()) > 0 }

// Feed returns the frames of a call, or of a station, for the player.
func (c *Calls) Feed(id string) (*player.Feed, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.stations[id]; s != nil {
		return s.feed, true
	}
	x := c.find(id)
	if x == nil || x.feed == nil {
		return nil, false
	}
	return x.feed, true
}

// Dropped counts what came and was not acted on, what was for others excepted.
func (c *Calls) Dropped() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counts.refused + c.counts.bundles + c.counts.overflow
}

// Trouble is what was not as it should be with commands and frames since the
// start of a node.
type Trouble struct {
	Frames   audio.JitterCounters
	Commands int64 // refused
	Bundles  int64 // refused
	TooFast  int64 // bundles that found the node busy
}

// Trouble returns what was counted so far of all calls.
func (c *Calls) Trouble() Trouble {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := Trouble{Frames: c.past, Commands: c.counts.refused, Bundles: c.counts.bundles, TooFast: c.counts.overflow}
	for _, x := range c.list {
		if x.feed != nil {
			t.Frames.Add(x.feed.Counters())
		}
	}
	for _, s := range c.stations {
		t.Frames.Add(s.feed.Counters())
	}
	return t
}

// Live describes the voice that frames came of last, if one is on air; else a
// station of the calendar.
func (c *Calls) Live(ct time.Time, need time.Duration) *wire.Live {
	var id string
	var feed *player.Feed
	c.mu.Lock()
	for _, s := range c.stations {
		if !ct.Before(s.from) && ct.Before(s.to) {
			id, feed = s.id, s.feed
		}
	}
	var x *call
	for _, y := range c.list {
		if y.feed != nil && y.state == onAir && ct.Before(y.end) && (x == nil || y.arrived.After(x.arrived)) {
			x, id, feed = y, y.id, y.feed
		}
	}
	c.mu.Unlock()
	if feed == nil {
		return nil
	}
	n := feed.Counters()
	l := &wire.Live{Call: id, Received: n.Received, Late: n.Late, Lost: n.Lost, Recovered: n.Recovered,
		Concealed: n.Concealed, Duplicate: n.Duplicate, Wrong: n.Wrong, Need: need}
	l.Least, l.Margin5, _ = feed.Margins(ct)
	return l
}

// teller says in the log what was lost, once a second at most.
type teller struct {
	at     time.Time
	counts counts
	frames map[string]audio.JitterCounters
}

func (t *teller) tell(c *Calls, now time.Time) {
	if now.Sub(t.at) < tellCalls {
		return
	}
	t.at = now
	feeds := map[string]*player.Feed{}
	c.mu.Lock()
	counts := c.counts
	for _, x := range c.list {
		if x.feed != nil && x.state == onAir {
			feeds[x.id] = x.feed
		}
	}
	for id, s := range c.stations {
		feeds[id] = s.feed
	}
	c.mu.Unlock()
	counts.foreign = 0 // is no trouble
	if counts != t.counts {
		c.opt.Logger.Warn("commands or frames were refused", "commands", counts.refused-t.counts.refused,
			"bundles", counts.bundles-t.counts.bundles, "too_fast", counts.overflow-t.counts.overflow)
		t.counts = counts
	}
	frames := map[string]audio.JitterCounters{}
	for id, feed := range feeds {
		is, was := feed.Counters(), t.frames[id]
		frames[id] = is
		if is.Late > was.Late || is.Lost > was.Lost || is.Wrong > was.Wrong {
			c.opt.Logger.Warn("frames were not there in time", "call", id, "late", is.Late-was.Late,
				"lost", is.Lost-was.Lost, "recovered", is.Recovered-was.Recovered, "wrong", is.Wrong-was.Wrong)
		}
	}
	t.frames = frames
}

package live

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"loa/node/wire"
)

// command is what the nodes are told of a call.
func (l *Live) command(c *Call, now time.Time) ([]byte, error) {
	row := c.Info()
	return wire.Sign(l.opt.Key, wire.Header{Kind: wire.KindCall, Target: wire.Target(l.opt.Commune, wire.AllNodes), Seq: c.seq,
		Issued: now.UTC(), Expires: now.Add(commandFor).UTC()}, wire.CallOn{Call: row.Call, Targets: row.Targets, Clips: c.clips})
}

// say publishes a call's command, or says it again.
func (l *Live) say(ctx context.Context, c *Call, now time.Time) error {
	raw, err := l.command(c, now)
	if err != nil {
		return err
	}
	if err := l.opt.Publish(ctx, l.opt.topics().All(wire.KindCall), 0, false, raw); err != nil {
		return fmt.Errorf("say that a call is on air: %w", err)
	}
	return nil
}

// ends are those that are said again.
type ends struct {
	opt    *Options
	unsaid atomic.Bool // one found no broker

	mu   sync.Mutex
	over []ended
}

// ended is an end that is said again, for a node that was not there to hear it.
type ended struct {
	seq   uint64
	off   wire.CallOff
	until time.Time // the call's own limit: after it every node has ended it
}

// off says that a call, or with "" all that the targets hear, ends at an
// instant, and has it said again until a node could no longer be on air.
func (x *ends) off(ctx context.Context, off wire.CallOff, now, until time.Time) error {
	e := ended{x.opt.Store.NextCommand(now), off, until}
	x.mu.Lock()
	x.over = append(x.over, e)
	x.mu.Unlock()
	return x.say(ctx, e, now)
}

func (x *ends) say(ctx context.Context, e ended, now time.Time) error {
	raw, err := wire.Sign(x.opt.Key, wire.Header{Kind: wire.KindStop, Target: wire.Target(x.opt.Commune, wire.AllNodes), Seq: e.seq,
		Issued: now.UTC(), Expires: now.Add(commandFor).UTC()}, e.off)
	if err != nil {
		return err
	}
	err = x.opt.Publish(ctx, x.opt.topics().All(wire.KindStop), 1, false, raw)
	if x.unsaid.Store(err != nil); err != nil {
		return fmt.Errorf("say stop: %w", err)
	}
	return nil
}

// repeat says again what has ended, and forgets what cannot be on air any more.
func (x *ends) repeat(ctx context.Context, now time.Time) {
	x.mu.Lock()
	x.over = slices.DeleteFunc(x.over, func(e ended) bool { return now.After(e.until) })
	over := slices.Clone(x.over)
	x.mu.Unlock()
	for _, e := range over {
		_ = x.say(ctx, e, now) // what fails is said again in two seconds
	}
}

// says reports whether the end of a call is being said.
func (x *ends) says(id string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.ContainsFunc(x.over, func(e ended) bool { return e.off.Call == id })
}

// until is the earlier of an instant and that after which every node has ended a call
// by itself, as far as its end is being said.
func (x *ends) until(id string, at time.Time) time.Time {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, e := range x.over {
		if e.off.Call == id {
			at = earlier(at, e.until)
		}
	}
	return at
}

package live

import (
	"context"
	"fmt"
	"slices"
	"time"

	"loa/node/wire"
)

// number is the next command's: the order of numbers is the order in which
// commands count.
func (l *Live) number(now time.Time) uint64 { return l.opt.Store.NextCommand(now) }

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
	if err := l.opt.Publish(ctx, l.topics.All(wire.KindCall), 0, false, raw); err != nil {
		return fmt.Errorf("say that a call is on air: %w", err)
	}
	return nil
}

// ended is an end that is said again, for a node that was not there to hear it.
type ended struct {
	seq   uint64
	off   wire.CallOff
	until time.Time // the call's own limit: after it every node has ended it
}

// off says that a call, or with "" all that the targets hear, ends at an
// instant, and has it said again until a node could no longer be on air.
func (l *Live) off(ctx context.Context, off wire.CallOff, now, until time.Time) error {
	e := ended{l.number(now), off, until}
	l.mu.Lock()
	l.over = append(l.over, e)
	l.mu.Unlock()
	return l.sayOff(ctx, e, now)
}

func (l *Live) sayOff(ctx context.Context, e ended, now time.Time) error {
	raw, err := wire.Sign(l.opt.Key, wire.Header{Kind: wire.KindStop, Target: wire.Target(l.opt.Commune, wire.AllNodes), Seq: e.seq,
		Issued: now.UTC(), Expires: now.Add(commandFor).UTC()}, e.off)
	if err != nil {
		return err
	}
	err = l.opt.Publish(ctx, l.topics.All(wire.KindStop), 1, false, raw)
	if l.unsaid.Store(err != nil); err != nil {
		return fmt.Errorf("say stop: %w", err)
	}
	return nil
}

// repeat says again what has ended, and forgets what cannot be on air any more.
func (l *Live) repeat(ctx context.Context, now time.Time) {
	l.mu.Lock()
	l.over = slices.DeleteFunc(l.over, func(e ended) bool { return now.After(e.until) })
	over := slices.Clone(l.over)
	l.mu.Unlock()
	for _, e := range over {
		_ = l.sayOff(ctx, e, now) // what fails is said again in two seconds
	}
}

package player

import (
	"slices"
	"time"

	"loa/node/wire"
	"loa/schedule"
)

// maxDelay bounds how much earlier or later than its neighbours a node plays: 340 m of air.
const maxDelay = time.Second

// setDelay takes up a plan's delay.
func (p *Player) setDelay(plan *wire.Plan) {
	p.mix.delay.Store(int64(min(max(plan.Delay, -maxDelay), maxDelay)))
}

// awaitsPlan reports whether controller time was set, a moment ago, while a voice is on air: calls go on by their
// frames and not by the hour, and the plan that says so is to be taken up first. The mixer's bridge holds as long.
func (p *Player) awaitsPlan(now, ct time.Time) bool {
	pause := now.Sub(p.stepAt)
	moved := ct.Sub(p.stepCT) - pause
	if p.stepAt.IsZero() || !p.unknown.IsZero() || moved.Abs() <= stepped || pause > bridgeFor || len(p.waiting) > 0 || p.timeline == nil {
		return false
	}
	d := p.timeline.At(p.stepCT)
	return d.Slot != nil && live(d.Slot.Programme.Rundown[d.Item])
}

// follow lets what is told of calls go with controller time that was set, if the plan that waits says that they do: a
// call that begins later or earlier by the step is the same call, so what was heard of it stays heard, and counts from
// its new begin. Until the plan is taken up they are out of it.
func (p *Player) follow(moved time.Duration) {
	if moved.Abs() <= stepped || len(p.waiting) == 0 || p.plan == nil {
		return
	}
	plan := *p.plan
	plan.Calls = nil
	for _, c := range p.plan.Calls {
		by := p.movedBy(c)
		if (by - moved).Abs() > stepped {
			plan.Calls = append(plan.Calls, c)
			continue
		}
		p.ledger.shift(c.ID, by)
	}
	if len(plan.Calls) < len(p.plan.Calls) {
		p.plan, p.timeline = &plan, nil
	}
}

// movedBy returns how much later a call begins by the plan that waits.
func (p *Player) movedBy(c schedule.Call) time.Duration {
	next := p.waiting[len(p.waiting)-1].plan.Calls
	if i := slices.IndexFunc(next, func(n schedule.Call) bool { return n.ID == c.ID }); i >= 0 {
		return next[i].Start.Sub(c.Start)
	}
	return 0
}

// shift moves what is known of an airing's items in time.
func (l *ledger) shift(airing string, by time.Duration) {
	for _, e := range l.open {
		if e.airing != airing {
			continue
		}
		e.to = e.to.Add(by)
		if first := e.tally.first.Load(); first != 0 {
			e.tally.first.Store(first + int64(by))
		}
		l.fresh = true
	}
}

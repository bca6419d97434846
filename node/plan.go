package node

import (
	"errors"
	"slices"
	"sync"
	"time"

	"loa/node/cache"
	"loa/node/wire"
	"loa/schedule"
)

// planState is the plan the node acts on.
type planState struct {
	taking sync.Mutex // orders one taking of a plan with the next
	acting sync.Mutex // orders one acting with the next

	mu   sync.Mutex
	sent wire.Plan // as the controller sent it
	plan wire.Plan // with the calls in it
	seq  uint64    // 0: none yet

	coming coming
}

// coming is a plan whose rest is being fetched.
type coming struct {
	raw []byte // as it was signed; nil: there is none
	seq uint64
	ref wire.ClipRef // of the rest
}

func (p *planState) awaits() (c coming) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.coming
}

func (p *planState) await(c coming) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.coming = c
}

func (p *planState) get() (wire.Plan, uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.plan, p.seq
}

// sentPlan is the plan as the controller sent it. A node without one knows
// itself at least, and is as loud as can be.
func (a *App) sentPlan() wire.Plan {
	a.plans.mu.Lock()
	defer a.plans.mu.Unlock()
	p := a.plans.sent
	if a.plans.seq == 0 {
		p.Node, p.Volume = a.config.ID, 100
	}
	return p
}

// loadPlan takes up the plan and the calls on flash at the start. Neither needs
// the other: an emergency goes on without a plan.
func (a *App) loadPlan() {
	if err := a.calls.Load(); err != nil {
		a.logger.Error("the calls on flash cannot be used; waiting for word from the controller", "err", err)
	}
	plan, seq, err := a.keeper.Load()
	if err != nil {
		a.logger.Error("the plan on flash cannot be used; waiting for one from the controller", "err", err)
	}
	if seq > 0 {
		a.act(plan, seq)
	} else if a.calls.Any() {
		a.actAnew()
	}
}

// receivePlan takes a plan from the wire, if the commune signed it for this
// node and it is newer than what the node has.
func (a *App) receivePlan(raw []byte) {
	a.plans.taking.Lock()
	defer a.plans.taking.Unlock()
	a.takePlan(raw)
}

// fetched goes on with a plan whose rest has come.
func (a *App) fetched() {
	a.status.kick()
	a.plans.taking.Lock()
	defer a.plans.taking.Unlock()
	if c := a.plans.awaits(); c.raw != nil && a.cache.Held(c.ref.SHA) {
		a.plans.await(coming{})
		a.takePlan(c.raw)
	}
}

func (a *App) takePlan(raw []byte) {
	_, last := a.plans.get()
	plan, seq, err := a.keeper.Accept(raw, last, a.toldTime())
	switch {
	case errors.Is(err, cache.ErrComing):
		if seq > a.plans.awaits().seq {
			a.logger.Info("a long plan: its rest is fetched", "seq", seq, "bytes", plan.Long.Bytes)
			a.plans.await(coming{raw, seq, *plan.Long})
			a.fetcher.SetClips(a.wantedClips(time.Now()))
		}
		return
	case errors.Is(err, wire.ErrStale):
		a.logger.Debug("plan known already")
		return
	case err != nil:
		a.refusals.warn(a.logger, "plan refused", err)
		return
	}
	if a.plans.awaits().seq <= seq {
		a.plans.await(coming{})
	}
	a.logger.Info("plan accepted", "seq", seq, "programmes", len(plan.Programmes), "clips", len(plan.Clips))
	a.act(plan, seq)
	a.saveClock(a.cache.Save) // so that the plan can be acted on after a restart without a network
	a.status.kick()
}

func (a *App) act(plan wire.Plan, seq uint64) {
	a.plans.mu.Lock()
	a.plans.sent, a.plans.seq = plan, seq
	a.plans.mu.Unlock()
	a.actAnew()
}

// actAnew acts on the plan as it is by now, with the calls in it.
func (a *App) actAnew() {
	a.plans.acting.Lock()
	defer a.plans.acting.Unlock()
	plan := a.calls.Into(a.sentPlan())
	a.plans.mu.Lock()
	a.plans.plan = plan
	a.plans.mu.Unlock()
	a.player.SetPlan(plan)
	a.fetcher.SetClips(a.wantedClips(time.Now()))
}

func (a *App) planClips() []string {
	plan, _ := a.plans.get()
	shas := make([]string, len(plan.Clips))
	for i, c := range plan.Clips {
		shas[i] = c.SHA
	}
	for _, c := range a.program.clips() {
		shas = append(shas, c.SHA)
	}
	if c := a.plans.awaits(); c.raw != nil {
		shas = append(shas, c.ref.SHA)
	}
	return shas
}

// wantedClips is the plan's clips, those of the soonest airings first if
// there is any to be fetched before another: a week of airings is long to work
// out on a board. The rest of a plan that is to come goes before them, a version of
// the program comes after all that is to be heard.
func (a *App) wantedClips(now time.Time) []wire.ClipRef {
	if c := a.plans.awaits(); c.raw != nil {
		return append([]wire.ClipRef{c.ref}, a.plannedClips(now)...)
	}
	return a.plannedClips(now)
}

func (a *App) plannedClips(now time.Time) []wire.ClipRef {
	plan, _ := a.plans.get()
	lacking := 0
	for _, c := range plan.Clips {
		if !a.cache.Held(c.SHA) {
			lacking++
		}
	}
	if lacking < 2 {
		return append(slices.Clone(plan.Clips), a.program.clips()...)
	}
	if controller, _, ok := a.clock.At(now); ok {
		now = controller
	}
	return append(soonest(plan, now), a.program.clips()...)
}

func soonest(plan wire.Plan, now time.Time) []wire.ClipRef {
	place := map[string]int{}
	for _, slot := range schedule.NewTimeline(plan.Plan, now, now.Add(clipHorizon)).Slots {
		for _, it := range slot.Programme.Rundown {
			if _, seen := place[it.Clip]; it.Clip != "" && !seen {
				place[it.Clip] = len(place)
			}
		}
	}
	refs := slices.Clone(plan.Clips)
	rank := func(r wire.ClipRef) int {
		if n, ok := place[r.SHA]; ok {
			return n
		}
		return len(place)
	}
	slices.SortStableFunc(refs, func(x, y wire.ClipRef) int { return rank(x) - rank(y) })
	return refs
}

// missingSoon reports whether a clip of an airing within d is not yet held.
func (a *App) missingSoon(now time.Time, d time.Duration) bool {
	plan, _ := a.plans.get()
	for _, slot := range schedule.NewTimeline(plan.Plan, now, now.Add(d)).Slots {
		for _, it := range slot.Programme.Rundown {
			if it.Clip != "" && !a.cache.Held(it.Clip) {
				return true
			}
		}
	}
	return false
}

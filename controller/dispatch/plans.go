package dispatch

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"loa/controller/store"
	"loa/node/wire"
	"loa/schedule"
)

// keepOver is how long a programme that is over stays in the plans, so that a
// node that was away can still account for it.
const keepOver = 7 * 24 * time.Hour

// calendar is all that plans are made of, read at one moment.
type calendar struct {
	nodes      []store.Node
	tree       schedule.Tree
	programmes []schedule.Programme
	quiet      []schedule.Quiet
	soft       []schedule.Soft
	sizes      map[string]int64 // of the clips, bytes
	alerts     []string         // clips of emergency bulletins: every node holds them
}

func (d *Dispatch) read(ctx context.Context, now time.Time) (calendar, error) {
	var c calendar
	var errs [7]error
	var programmes []store.Programme
	var bulletins []store.Bulletin
	c.tree, errs[0] = d.opt.Store.Tree(ctx)
	c.nodes, errs[1] = d.opt.Store.Nodes(ctx)
	programmes, errs[2] = d.opt.Store.Calendar(ctx)
	c.quiet, errs[3] = d.opt.Store.Quiet(ctx)
	c.soft, errs[6] = d.opt.Store.Soft(ctx)
	c.sizes, errs[4] = d.opt.Store.ClipSizes(ctx)
	bulletins, errs[5] = d.opt.Store.ApprovedBulletins(ctx, string(schedule.Emergency), now)
	if err := errors.Join(errs[:]...); err != nil {
		return c, fmt.Errorf("read calendar: %w", err)
	}
	for _, p := range programmes {
		if !over(p.Programme, now) {
			c.programmes = append(c.programmes, p.Programme)
		}
	}
	c.alerts = alertsOf(bulletins)
	return c, nil
}

// alertsOf returns the clips of approved emergencies, in an order that does not
// change by itself.
func alertsOf(bulletins []store.Bulletin) []string {
	var clips []string
	for _, b := range bulletins {
		clips = slices.AppendSeq(clips, maps.Values(b.Clips))
	}
	slices.Sort(clips)
	return slices.Compact(clips)
}

// over reports whether a programme ended so long ago that no node needs it.
func over(p schedule.Programme, now time.Time) bool {
	last := p.Rule.At
	if len(p.Rule.Cron) > 0 {
		last = p.Rule.Until
	}
	for _, x := range p.Rule.Extra {
		if !last.IsZero() && x.After(last) {
			last = x
		}
	}
	return !last.IsZero() && last.Add(p.StartLate+p.Length()+keepOver).Before(now)
}

// above returns an area and all that it lies in.
func above(tree schedule.Tree, area string) []string {
	var areas []string
	for area != "" && !slices.Contains(areas, area) {
		areas = append(areas, area)
		area = tree[area]
	}
	return areas
}

// plan is one node's.
func (c *calendar) plan(n store.Node) wire.Plan {
	plan := wire.Plan{Node: n.ID, Name: n.Name, Volume: n.Volume, Delay: n.Delay, Areas: above(c.tree, n.Area),
		Plan: schedule.Plan{Quiet: c.quiet, Soft: c.soft}}
	seen := map[string]bool{}
	need := func(sha string) {
		if sha != "" && !seen[sha] {
			seen[sha] = true
			plan.Clips = append(plan.Clips, wire.ClipRef{SHA: sha, Bytes: c.sizes[sha]})
		}
	}
	for _, sha := range c.alerts {
		need(sha)
	}
	for _, p := range c.programmes {
		if !p.Targets.Covers(c.tree, n.ID, n.Area) {
			continue
		}
		p.Targets = schedule.Targets{} // nobody else's business
		p.Rundown = withoutSources(p.Rundown)
		plan.Programmes = append(plan.Programmes, p)
		for _, it := range p.Rundown {
			need(it.Clip)
		}
	}
	return plan
}

// withoutSources leaves out the addresses of streams: they may hold a
// password, and no node needs them.
func withoutSources(rundown []schedule.Item) []schedule.Item {
	isStream := func(it schedule.Item) bool { return it.Source != "" }
	if !slices.ContainsFunc(rundown, isStream) {
		return rundown
	}
	rundown = slices.Clone(rundown)
	for i := range rundown {
		rundown[i].Source = ""
	}
	return rundown
}

// publishPlans makes every node's plan and publishes those that changed, or
// all of them. One that is too long is left out, see TooLong.
func (d *Dispatch) publishPlans(ctx context.Context, all bool) error {
	now := d.opt.Now()
	c, err := d.read(ctx, now)
	if err != nil {
		return err
	}
	allowed := make(map[string]map[string]wire.ClipRef, len(c.nodes))
	hashes := make(map[string]string, len(c.nodes))
	plans := make([]wire.Plan, 0, len(c.nodes))
	key := d.opt.Key.Public()
	long := d.newRound()
	for _, n := range c.nodes {
		whole := c.plan(n)
		allowed[n.ID] = refs(whole)
		plan, ok, err := long.fit(n, whole)
		if err != nil {
			return err
		}
		if !ok {
			continue // it goes on by its last one, and it is told
		}
		if hashes[n.ID], err = contentOf(plan, key); err != nil {
			return err
		}
		if plan.Long != nil {
			allowed[n.ID][plan.Long.SHA] = *plan.Long
		}
		plans = append(plans, plan)
	}
	long.done(&d.long)
	if d.opt.Held {
		d.allowed.Store(&allowed)
		return nil
	}
	numbers, err := d.opt.Store.NextPlans(ctx, hashes, now)
	if err != nil {
		return err
	}
	before := d.allowed.Swap(&allowed) // before the plans go out: their wants follow at once
	d.dismiss(ctx, before, allowed, now)
	var g errgroup.Group // without its context: one plan's failure is no reason to keep the others back
	g.SetLimit(abreast)
	for _, plan := range plans {
		if n := numbers[plan.Node]; n.Changed || all {
			g.Go(func() error { return d.publishPlan(ctx, plan, n.Seq, now) })
		}
	}
	return g.Wait()
}

// dismiss gives an empty plan to nodes that were removed, or they would go on
// by their last one for as long as its rules reach.
func (d *Dispatch) dismiss(ctx context.Context, before *map[string]map[string]wire.ClipRef, now map[string]map[string]wire.ClipRef,
	at time.Time) {
	if before == nil {
		return
	}
	for node := range *before {
		if _, still := now[node]; still {
			continue
		}
		// The store forgot its numbers with the node; they start from the clock.
		if err := d.publishPlan(ctx, wire.Plan{Node: node}, uint64(at.UnixMilli()), at); err != nil {
			d.opt.Logger.Warn("a removed node keeps its plan; disconnect it", "node", node, "err", err)
		}
	}
}

func refs(plan wire.Plan) map[string]wire.ClipRef {
	bySHA := make(map[string]wire.ClipRef, len(plan.Clips))
	for _, ref := range plan.Clips {
		bySHA[ref.SHA] = ref
	}
	return bySHA
}

// contentOf is what makes a plan another one: what stands in it, and whose word
// it is, for one by a key that counts no more must be replaced on the node.
func contentOf(plan wire.Plan, by crypto.PublicKey) (hash string, err error) {
	content, err := wire.Encode(plan)
	if err != nil {
		return "", fmt.Errorf("encode plan of %s: %w", plan.Node, err)
	}
	if key, ok := by.(ed25519.PublicKey); ok {
		content = append(content, wire.KeyID(key)...)
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:]), nil
}

func (d *Dispatch) publishPlan(ctx context.Context, plan wire.Plan, seq uint64, now time.Time) error {
	h := wire.Header{Kind: plan.Kind(), Target: wire.Target(d.opt.Commune, plan.Node), Seq: seq, Issued: now.UTC()}
	raw, err := wire.Sign(d.opt.Key, h, plan)
	if err != nil {
		return err
	}
	if err := d.opt.Publish(ctx, d.topics.Down(plan.Node, wire.KindPlan), 1, true, raw); err != nil {
		d.force.Store(true) // its number is taken; the content must still go out
		return fmt.Errorf("publish plan of %s: %w", plan.Node, err)
	}
	d.count.plans.Add(1)
	return nil
}

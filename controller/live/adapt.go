package live

import (
	"cmp"
	"context"
	"maps"
	"time"

	"loa/controller/store"
	"loa/node/wire"
)

const (
	lookEvery = time.Second            // at what the nodes say of a call
	allowMost = 600 * time.Millisecond // for frames that are repeated
)

// look takes up what the nodes say: who plays the call, and how its frames
// come.
func (c *Call) look(ctx context.Context, now time.Time) {
	statuses := c.live.opt.Statuses()
	if c.hear(statuses) {
		c.note()
		c.live.opt.News()
	}
	switch {
	case c.voice == nil:
		return
	case c.voice.rising():
		c.pace.Raised(now)
		return
	}
	spare := c.voice.Delay() - c.live.delay(c.nodes)
	by, atOnce := c.pace.Judge(c.row.ID, c.nodes, statuses, spare, now)
	if by == 0 {
		return
	}
	if by = c.voice.shift(by, atOnce); by > 0 {
		c.live.opt.Logger.Info("frames come too late: the voice is delayed more", "call", c.row.ID, "by", by, "at_once", atOnce,
			"delay", c.voice.Delay())
	}
}

// hear notes who plays the call and reports whether anybody is new.
func (c *Call) hear(statuses map[string]*wire.Status) (anew bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	heard := c.row.Heard
	for id, s := range statuses {
		if s == nil || s.OnAir == nil || s.OnAir.Airing != c.row.ID || !c.nodes[id] {
			continue
		}
		if _, known := heard[id]; known {
			continue
		}
		if !anew {
			heard = maps.Clone(heard)
			if heard == nil {
				heard = map[string]time.Time{}
			}
		}
		heard[id], anew = s.OnAir.Since.UTC(), true
	}
	c.row.Heard = heard
	return anew
}

// Heard returns the nodes that said that they play the call, and since when.
func (c *Call) Heard() map[string]time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.row.Heard
}

// allowance is how long a frame is allowed to be under way to a node. What TCP
// has to repeat comes late, and what it has to repeat again comes after three
// times as long, for its timer doubles (RFC 6298): so three times the second
// longest way of the last minutes, as far as that is worth the wait.
func allowance(s *wire.Status) time.Duration {
	if s.Clock.Way == 0 {
		return 2 * s.Clock.RTT
	}
	return min(3*s.Clock.Way, max(allowMost, s.Clock.Way*5/4))
}

// heardBy returns the nodes that played any of a call, by what they said
// meanwhile and by the log; with an error, by what they said.
func heardBy(ctx context.Context, log *store.Store, row store.Call) (map[string]bool, error) {
	nodes := map[string]bool{}
	for id := range row.Heard {
		nodes[id] = true
	}
	filter := store.Filter{Programme: row.ID, Limit: 1000}
	for {
		plays, err := log.Plays(ctx, filter)
		if err != nil {
			return nodes, err
		}
		for _, p := range plays {
			if p.Heard > 0 {
				nodes[p.Node] = true
			}
		}
		if len(plays) < filter.Limit {
			return nodes, nil
		}
		filter.Before = plays[len(plays)-1].Cursor()
	}
}

// delay is how long after it is spoken a voice sounds.
func (l *Live) delay(nodes map[string]bool) time.Duration {
	least := minDelay
	statuses := l.opt.Statuses()
	for n := range nodes {
		need := anyNeed
		if s := statuses[n]; s != nil {
			need = cmp.Or(s.Sound.Need, anyNeed) + allowance(s)
			if s.Rate > 0 && s.Rate < wire.ThinRate {
				need = maxDelay // so its bundles are large: see bundleFor
			}
		}
		least = max(least, need+wire.FrameLength) // the cushion is margin too
	}
	filling := time.Duration(bundleFor(len(nodes), least)-bundleFor(1, 0)) * wire.FrameLength // the cushion has room for a small bundle
	return min(least+filling, maxDelay)
}

// crowdOf is how much later a voice begins, and how long its first bundles are
// held, while many nodes subscribe to it at once: a node that is not there yet when a
// bundle leaves has lost it. On two cores that took a thousand nodes and their
// office 0.4 to 0.7 s. The delay shrinks later as any does. What all nodes hold
// needs no subscription.
func crowdOf(r Request, nodes int) time.Duration {
	if len(r.Rundown) > 0 {
		return 0
	}
	return max(0, time.Duration(nodes-manyNodes)) * crowdEach
}

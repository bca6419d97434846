package live

import (
	"context"
	"maps"
	"time"

	"loa/controller/store"
	"loa/node/wire"
)

const (
	lookEvery = time.Second // at what the nodes say of a call

	// marginOver is how far above a node's need its margin shall be; a delay
	// that leaves more than marginMuch everywhere may shrink.
	marginOver = 40 * time.Millisecond
	marginMuch = 200 * time.Millisecond
	marginSpan = 10 * time.Second // that a node's margins are taken over
	raiseLoss  = 100 * time.Millisecond
	raiseCalm  = 2 * time.Second // between two raises: a frame on its way comes as late as before
	shrinkStep = 100 * time.Millisecond
	allowMost  = 600 * time.Millisecond // for frames that are repeated
	concealed  = 60 * time.Millisecond  // in a row, at full level, by a node: see audio.Jitter
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
		c.pace.changed, c.pace.raised = now, now
		return
	}
	spare := c.voice.Delay() - c.live.delay(c.nodes)
	by, atOnce := c.pace.judge(c.row.ID, c.nodes, statuses, spare, now)
	if by == 0 {
		return
	}
	if by = c.voice.shift(by, atOnce); by > 0 {
		c.live.opt.Logger.Info("frames come too late: the voice is delayed more", "call", c.row.ID, "by", by, "at_once", atOnce, "delay", c.voice.Delay())
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
func (l *Live) heardBy(ctx context.Context, row store.Call) (map[string]bool, error) {
	nodes := map[string]bool{}
	for id := range row.Heard {
		nodes[id] = true
	}
	filter := store.Filter{Programme: row.ID, Limit: 1000}
	for {
		plays, err := l.opt.Store.Plays(ctx, filter)
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

// pace decides how late a voice sounds, by what the nodes say. A node counts
// its margins over ten seconds, so after a change they say nothing for as
// long; what it lost since then tells sooner.
type pace struct {
	changed time.Time
	raised  time.Time
	lost    map[string]lost
}

// lost is what a node's counters were.
type lost struct {
	frames int64
	came   int64
	at     time.Time
}

// judge returns by how much the delay shall change, and whether at once: when
// more is missing than can be concealed, one gap is better than many. spare is by how much it is
// more than a call to these nodes would begin with now: ten seconds without a
// frame that was repeated say nothing of the next.
func (p *pace) judge(call string, nodes map[string]bool, statuses map[string]*wire.Status, spare time.Duration, now time.Time) (by time.Duration, atOnce bool) {
	worse, drowned, least, known := false, false, time.Duration(0), false
	for id := range nodes {
		s := statuses[id]
		if s == nil || s.Live == nil || s.Live.Call != call || now.Sub(s.Sent) > marginSpan {
			continue
		}
		late, most := p.loses(id, s)
		worse, drowned = late || worse, most || drowned
		if s.Sent.Sub(p.changed) < marginSpan {
			continue
		}
		if slack := s.Live.Margin5 - s.Live.Need; !known || slack < least {
			least, known = slack, true
		}
	}
	switch {
	case now.Sub(p.changed) < raiseCalm:
	case drowned: // what stands before its link grows: only larger bundles help, and those go with the longest delay
		by, atOnce = maxDelay, true
	case known && least < marginOver:
		by, atOnce = marginOver-least+wire.FrameLength, least < -concealed
	case worse: // again, soon after a raise: it is no time to be gentle
		by, atOnce = raiseLoss, now.Sub(p.raised) < marginSpan
	case known && least > marginMuch && spare >= shrinkStep:
		by = -shrinkStep
	}
	if by != 0 {
		p.changed = now
	}
	if by > 0 {
		p.raised = now
	}
	return by, atOnce
}

// loses reports whether frames came too late since the node's last word, both
// after the last change, and whether most did. Frames that are lost for good are not
// helped by waiting.
func (p *pace) loses(id string, s *wire.Status) (late, most bool) {
	if p.lost == nil {
		p.lost = map[string]lost{}
	}
	was, known := p.lost[id]
	if known && !s.Sent.After(was.at) {
		return false, false
	}
	p.lost[id] = lost{s.Live.Late, s.Live.Received, s.Sent}
	if !known || was.at.Sub(p.changed) <= raiseCalm {
		return false, false
	}
	n, came := s.Live.Late-was.frames, s.Live.Received-was.came
	return n > 0, came > 0 && n > came/2
}

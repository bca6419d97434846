package asrun

import (
	"context"
	"strings"
	"sync"
	"time"

	"loa/controller/fleet"
	"loa/controller/office/access"
	"loa/controller/store"
	"loa/node/wire"
	"loa/schedule"
)

const (
	// stopWithin is how long a node may take to say that it is silent: each
	// speaks every 20 s, and at once when it falls silent.
	stopWithin = 30 * time.Second
	// stopGrace is how long a node that has not heard of the stop may play on
	// without being said to do so.
	stopGrace = 3 * time.Second
	stopLook  = 500 * time.Millisecond
)

// stopLog follows the stops of everything until each node had the time to say
// what became of them.
type stopLog struct {
	mu   sync.Mutex
	open []*openStop
}

type openStop struct {
	id    string
	at    time.Time
	nodes map[string]string // what each last said: silent, sounding
}

// afterStop is what a node's own status says of a stop at an instant: silent,
// sounding, or "", nothing. What it said before, or without knowing the time,
// says nothing; nor does it that something newer is on air there.
func afterStop(at time.Time, s *wire.Status) string {
	switch {
	case s == nil || !s.Sent.After(at) || s.Sent.After(at.Add(stopWithin)):
		return ""
	case s.OnAir == nil:
		return "silent"
	case s.OnAir.Since.After(at) || s.Sent.Before(at.Add(stopGrace)):
		return ""
	}
	return "sounding"
}

// Stopped writes a stop of everything into the broadcast log. It has been given
// when this is called: that it cannot be written must not keep it from anybody.
func (l *Log) Stopped(ctx context.Context, at time.Time, t schedule.Targets, cut []string) {
	b := store.Broadcast{ID: "stop-" + store.NewID(), Kind: store.CallKind, Class: store.Stops, Title: strings.Join(cut, ", "),
		Speaker: access.Of(ctx).Who.Name,
		Targets: t, Planned: at, Began: at, Due: at.Add(stopWithin)}
	said := map[string]string{}
	if a, err := l.opt.Access.View(ctx); err == nil {
		for node, area := range a.AreaOf {
			if t.Covers(a.Tree, node, area) {
				said[node] = ""
			}
		}
	} // else nobody is followed
	l.opt.Store.Keep(context.WithoutCancel(ctx), store.Deed{Broadcast: &b})
	l.stopped.mu.Lock()
	l.stopped.open = append(l.stopped.open, &openStop{b.ID, at, said})
	l.stopped.mu.Unlock()
}

// keepStops listens to the nodes after each stop, until ctx ends.
func (l *Log) keepStops(ctx context.Context) {
	tick := time.NewTicker(stopLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			l.followStops(l.opt.Now())
		}
	}
}

func (l *Log) followStops(now time.Time) {
	l.stopped.mu.Lock()
	open := l.stopped.open
	l.stopped.open = nil
	l.stopped.mu.Unlock()
	if len(open) == 0 {
		return
	}
	states := l.opt.Fleet.Snapshot()
	var left []*openStop
	for _, o := range open {
		l.followStop(o, states)
		if now.Before(o.at.Add(stopWithin)) {
			left = append(left, o)
		}
	}
	l.stopped.mu.Lock()
	l.stopped.open = append(left, l.stopped.open...)
	l.stopped.mu.Unlock()
}

func (l *Log) followStop(o *openStop, states []fleet.NodeState) {
	for _, n := range states {
		was, concerned := o.nodes[n.Node]
		word := afterStop(o.at, n.Status)
		if !concerned || was == "silent" || word == "" || word == was {
			continue // the first silence is what was asked for
		}
		l.opt.Store.Note(store.Deed{Said: &store.StopWord{Stop: o.id, Node: n.Node, Silent: word == "silent", At: n.Status.Sent}})
		o.nodes[n.Node] = word
	}
}

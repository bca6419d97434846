package web

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

// logStop writes a stop of everything into the broadcast log. It has been given
// when this is called: that it cannot be written must not keep it from anybody.
func (s *Server) logStop(ctx context.Context, at time.Time, t schedule.Targets, cut []string) {
	b := store.Broadcast{ID: "stop-" + store.NewID(), Kind: store.CallKind, Class: store.Stops, Title: strings.Join(cut, ", "), Speaker: access.Of(ctx).Who.Name,
		Targets: t, Planned: at, Began: at, Due: at.Add(stopWithin)}
	said := map[string]string{}
	if a, err := s.access.View(ctx); err == nil {
		for node, area := range a.AreaOf {
			if t.Covers(a.Tree, node, area) {
				said[node] = ""
			}
		}
	} // else nobody is followed
	s.opt.Store.Keep(context.WithoutCancel(ctx), store.Deed{Broadcast: &b})
	s.stopped.mu.Lock()
	s.stopped.open = append(s.stopped.open, &openStop{b.ID, at, said})
	s.stopped.mu.Unlock()
}

// keepStops listens to the nodes after each stop, until ctx ends.
func (s *Server) keepStops(ctx context.Context) {
	tick := time.NewTicker(stopLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.followStops(s.opt.Now())
		}
	}
}

func (s *Server) followStops(now time.Time) {
	s.stopped.mu.Lock()
	open := s.stopped.open
	s.stopped.open = nil
	s.stopped.mu.Unlock()
	if len(open) == 0 {
		return
	}
	states := s.opt.Fleet.Snapshot()
	var left []*openStop
	for _, o := range open {
		s.followStop(o, states)
		if now.Before(o.at.Add(stopWithin)) {
			left = append(left, o)
		}
	}
	s.stopped.mu.Lock()
	s.stopped.open = append(left, s.stopped.open...)
	s.stopped.mu.Unlock()
}

func (s *Server) followStop(o *openStop, states []fleet.NodeState) {
	for _, n := range states {
		was, concerned := o.nodes[n.Node]
		word := afterStop(o.at, n.Status)
		if !concerned || was == "silent" || word == "" || word == was {
			continue // the first silence is what was asked for
		}
		s.opt.Store.Note(store.Deed{Said: &store.StopWord{Stop: o.id, Node: n.Node, Silent: word == "silent", At: n.Status.Sent}})
		o.nodes[n.Node] = word
	}
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

// asStop words a line of the log as a stop: nothing of it was to be heard.
func (l *logLine) asStop() {
	l.Kind = "stop"
	l.State = map[string]string{"heard": "silenced", "partly": "silenced_partly", "not_heard": "sounding", "under_way": "awaited", "planned": "told", "unknown": "unknown"}[l.State]
	for i, m := range l.Missing {
		if m.Outcome == "not_heard" {
			l.Missing[i].Outcome = "sounding"
		}
	}
}

// IsStop reports whether the line is a stop of everything.
func (l LogView) IsStop() bool { return l.Kind == "stop" }

// HeardWord is the key of how many nodes did what was to be.
func (l LogView) HeardWord() string {
	if l.IsStop() {
		return "silent_of"
	}
	return "heard_of"
}

// PersonWord is the key of what Speaker did.
func (l LogView) PersonWord() string {
	if l.IsStop() {
		return "log_stopper"
	}
	return "log_speaker"
}

// MuteWord is the key of what is known of nodes without a return path.
func (l LogView) MuteWord() string {
	if l.IsStop() {
		return "told_there"
	}
	return "planned_there"
}

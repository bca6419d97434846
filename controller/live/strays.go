package live

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"loa/controller/store"
	"loa/node/wire"
	"loa/schedule"
)

// lagging is how long after a call has ended a node's word that it plays it is no
// word of before.
const lagging = 3 * time.Second

// strays are the calls that nodes say they play and that are not on air here: an
// office that was started anew has forgotten whom it told of an end, and one that
// runs on a stand-in, or on a backup, has not heard of the call. Who plays each,
// sorted.
func (l *Live) strays(now time.Time) map[string][]string {
	var all map[string][]string
	for node, s := range l.opt.Statuses() {
		if s == nil || s.OnAir == nil || !strings.HasPrefix(s.OnAir.Airing, callPrefix) || !wire.ValidID(s.OnAir.Airing) ||
			l.Call(s.OnAir.Airing) != nil {
			continue
		}
		if all == nil {
			all = map[string][]string{}
		}
		all[s.OnAir.Airing] = append(all[s.OnAir.Airing], node)
	}
	for _, nodes := range all {
		slices.Sort(nodes)
	}
	return all
}

// endStrays says again that a call has ended which the log says has, and nodes play
// on.
func (l *Live) endStrays(ctx context.Context, now time.Time) {
	for id, nodes := range l.strays(now) {
		row, err := l.opt.Store.Call(ctx, id)
		if err != nil || row.Ended.IsZero() || l.ends.says(id) || !playedSince(l.opt.Statuses(), id, nodes, row.Ended.Add(lagging)) {
			continue
		}
		l.opt.Logger.Warn("nodes play a call that has ended: they are told again", "call", id, "nodes", nodes)
		if err := l.ends.off(ctx, wire.CallOff{Call: id, Targets: row.Targets, At: now.UTC()}, now, now.Add(offFor)); err != nil {
			l.opt.Logger.Warn("the end is said again in two seconds", "call", id, "err", err)
		}
	}
}

// playedSince reports whether one of the nodes said after an instant that it plays
// a call.
func playedSince(statuses map[string]*wire.Status, id string, nodes []string, at time.Time) bool {
	return slices.ContainsFunc(nodes, func(n string) bool {
		s := statuses[n]
		return s != nil && s.OnAir != nil && s.OnAir.Airing == id && s.Sent.After(at)
	})
}

// Stray returns whom the nodes say plays a call that this office does not know;
// no targets: nobody does, or it is known.
func (l *Live) Stray(ctx context.Context, id string) schedule.Targets {
	nodes := l.strays(l.opt.Now())[id]
	if len(nodes) == 0 {
		return schedule.Targets{}
	}
	if _, err := l.opt.Store.Call(ctx, id); !errors.Is(err, store.ErrNotFound) {
		return schedule.Targets{}
	}
	return schedule.Targets{Nodes: nodes}
}

// EndStray ends a call that this office does not know, where targets say. An error says
// that the broker was not reached; it is said again in any case, for as long as a node that does not hear it could play on.
func (l *Live) EndStray(ctx context.Context, id string, targets schedule.Targets) error {
	now := l.opt.Now()
	return l.ends.off(ctx, wire.CallOff{Call: id, Targets: targets, At: now.UTC()}, now, now.Add(wire.AloneFor))
}

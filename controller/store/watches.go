package store

import (
	"context"
	"time"
)

// maxChanges bounds what StatesSince reads: that many changes are some 260 for
// each of 150 nodes, read in a fifth of a second.
const maxChanges = 40_000

// Watch is a time during which a controller was there to hear the nodes.
type Watch struct{ Began, Until time.Time }

// KeepWatch notes that the watch that began then still goes on.
func (s *Store) KeepWatch(ctx context.Context, w Watch) error {
	_, err := s.exec(ctx, "keep watch", `
		INSERT INTO watches (began, until) VALUES ($1, $2) ON CONFLICT (began) DO UPDATE SET until = excluded.until`,
		millis(w.Began), millis(w.Until))
	return err
}

// Watches returns those that reach beyond an instant, oldest first. None is an empty
// list, and no error.
func (s *Store) Watches(ctx context.Context, from time.Time) ([]Watch, error) {
	return list(ctx, s.read, "watches", func(row scanner) (w Watch, err error) {
		return w, row.Scan(at{&w.Began}, at{&w.Until})
	}, `SELECT began, until FROM watches WHERE until > $1 ORDER BY began`, millis(from))
}

// StatesSince returns how the state of a node, or "" of every one, changed from
// an instant on, and the state that it had then, newest first. Of more than it can hold the
// oldest are left out: before whole nothing is known.
func (s *Store) StatesSince(ctx context.Context, node string, from time.Time) (changes []StateChange, whole time.Time, err error) {
	changes, err = list(ctx, s.read, "states since", func(row scanner) (c StateChange, err error) {
		return c, row.Scan(&c.Node, at{&c.Since}, &c.State)
	}, `
		SELECT h.node, h.since, h.state FROM nodes n JOIN state_history h ON h.node = n.id
			AND h.since >= COALESCE((SELECT max(b.since) FROM state_history b WHERE b.node = n.id AND b.since <= $1), 0)
		WHERE $2 = '' OR n.id = $2 ORDER BY h.since DESC, h.node LIMIT $3`, millis(from), node, maxChanges)
	if len(changes) == maxChanges {
		return changes, changes[maxChanges-1].Since, err
	}
	return changes, from, err
}

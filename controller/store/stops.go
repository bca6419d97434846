package store

import (
	"context"
	"database/sql"
	"time"

	"loa/schedule"
)

// Stops, as the class of a Broadcast, is a stop of everything (dừng tất cả). It
// stands in the log among what it silenced, as a call without a sound: who
// stopped is its Speaker, what was cut its Title. A node's outcome heard says of
// it that the node fell silent, not_heard that it played on. As the class of a
// BroadcastFilter it chooses them.
const Stops schedule.Class = "stop"

// IsStop reports whether a line of the log is a stop of everything.
func (b Broadcast) IsStop() bool { return b.Class == Stops }

// StopSaid notes what a node itself said after a stop of everything: that it
// was silent at an instant, or that it still played.
func (s *Store) StopSaid(ctx context.Context, id, node string, silent bool, said time.Time) error {
	outcome := "not_heard"
	if silent {
		outcome = "heard"
	}
	return s.tx(ctx, "write down what followed a stop", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE broadcast_nodes SET outcome = $3, began = $4 WHERE broadcast = $1 AND node = $2`,
			id, node, outcome, millis(said))
		if err != nil {
			return err
		}
		return sumUp(ctx, tx, id)
	})
}

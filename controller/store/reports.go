package store

import (
	"cmp"
	"context"
	"database/sql"
	"time"
)

// Report (báo hỏng) is what somebody who stands below a loudspeaker says is
// wrong with it.
type Report struct {
	ID     string    `json:"id"`
	Node   string    `json:"node"`
	At     time.Time `json:"at"`
	Heard  time.Time `json:"heard,omitzero"` // when it was heard, if that was said
	Who    string    `json:"who"`            // id
	Name   string    `json:"name"`
	Kind   string    `json:"kind"`
	Words  string    `json:"words,omitempty"`
	Done   time.Time `json:"done,omitzero"` // zero: still open
	DoneBy string    `json:"done_by,omitempty"`
	Remark string    `json:"remark,omitempty"` // what was done
	// Message is a villager's, that it was made of; "": none, or it is forgotten.
	Message string `json:"message,omitempty"`
}

const reportColumns = `id, node, at, heard, who, name, kind, words, done, done_by, remark, message`

func scanReport(row scanner) (r Report, err error) {
	return r, row.Scan(&r.ID, &r.Node, at{&r.At}, at{&r.Heard}, &r.Who, &r.Name, &r.Kind, &r.Words, at{&r.Done}, &r.DoneBy, &r.Remark,
		&r.Message)
}

// AddReport keeps a new report.
func (s *Store) AddReport(ctx context.Context, r Report) error {
	return s.tx(ctx, "add report", func(tx *sql.Tx) error { return addReport(ctx, tx, r) })
}

func addReport(ctx context.Context, tx *sql.Tx, r Report) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO reports (`+reportColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		r.ID, r.Node, millis(r.At), millis(r.Heard), r.Who, r.Name, r.Kind, r.Words, millis(r.Done), r.DoneBy, r.Remark, r.Message)
	return err
}

// ForwardMessage keeps a report that is made of a villager's message, and what becomes of
// that. ErrConflict where one was made of it already.
func (s *Store) ForwardMessage(ctx context.Context, r Report, m Message) error {
	return s.tx(ctx, "forward message "+m.ID, func(tx *sql.Tx) error {
		var made int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM reports WHERE message = $1`, m.ID).Scan(&made); err != nil {
			return err
		}
		if made > 0 {
			return ErrConflict
		}
		if err := addReport(ctx, tx, r); err != nil {
			return err
		}
		return changeMessage(ctx, tx, m)
	})
}

// Report returns one. ErrNotFound where there is none.
func (s *Store) Report(ctx context.Context, id string) (Report, error) {
	r, err := scanReport(s.read.QueryRowContext(ctx, `SELECT `+reportColumns+` FROM reports WHERE id = $1`, id))
	return r, wrap("report "+id, err)
}

// OpenReports returns what has not been seen to, oldest first. None is an empty list,
// and no error.
func (s *Store) OpenReports(ctx context.Context) ([]Report, error) {
	return list(ctx, s.read, "open reports", scanReport, `SELECT `+reportColumns+` FROM reports WHERE done = 0 ORDER BY at, id`)
}

// Reports returns up to limit reports from before some time, newest first; zero:
// from now.
func (s *Store) Reports(ctx context.Context, before time.Time, limit int) ([]Report, error) {
	return list(ctx, s.read, "reports", scanReport,
		`SELECT `+reportColumns+` FROM reports WHERE $1 = 0 OR at < $1 ORDER BY at DESC, id LIMIT $2`, millis(before), bound(limit))
}

// EndReport says that an open report was seen to, by whom and how; a message that it was made
// of is done by that. One that is not open is ErrNotFound.
func (s *Store) EndReport(ctx context.Context, id string, done time.Time, by, remark string) error {
	return s.tx(ctx, "end report "+id, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE reports SET done = $2, done_by = $3, remark = $4 WHERE id = $1 AND done = 0`, id,
			millis(done), by, remark)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return cmp.Or(err, ErrNotFound)
		}
		_, err = tx.ExecContext(ctx, `UPDATE messages SET state = 'done', finished = $2, changed = $2,
			taken = CASE taken WHEN 0 THEN $2 ELSE taken END
			WHERE state <> 'done' AND id = (SELECT message FROM reports WHERE id = $1 AND message <> '')`, id, millis(done))
		return err
	})
}

// CodeOffline is the code of a stretch without a node in the history of faults.
const CodeOffline = "offline"

// endedFaults are the faults that ended, and the stretches in which a node was offline.
const endedFaults = `SELECT ` + faultColumns + ` FROM (
		SELECT ` + faultColumns + ` FROM faults WHERE until > 0
		UNION ALL
		SELECT node, '` + CodeOffline + `', since, until, cause FROM (
			SELECT node, since, state, cause, lead(since) OVER (PARTITION BY node ORDER BY since) AS until FROM state_history) AS h
		WHERE state = 'offline' AND until IS NOT NULL) AS ended`

// EndedFaults returns up to limit faults of all nodes that ended before some
// time, the last first, and among them the stretches in which a node was
// offline; zero: before now.
func (s *Store) EndedFaults(ctx context.Context, before time.Time, limit int) ([]Fault, error) {
	return list(ctx, s.read, "ended faults", scanFault, endedFaults+`
		WHERE $1 = 0 OR until < $1 ORDER BY until DESC, node, code LIMIT $2`, millis(before), bound(limit))
}

// MostEnded bounds what EndedSince returns: a commune has some hundred a month.
const MostEnded = 20_000

// EndedSince returns the faults of all nodes that ended at or after some time, and the
// stretches in which a node was offline, the last first, [MostEnded] at most. None is an
// empty list, and no error.
func (s *Store) EndedSince(ctx context.Context, from time.Time) ([]Fault, error) {
	return list(ctx, s.read, "ended faults since", scanFault, endedFaults+`
		WHERE until >= $1 ORDER BY until DESC, node, code LIMIT $2`, millis(from), MostEnded)
}

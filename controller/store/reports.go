package store

import (
	"context"
	"time"
)

// Report (báo hỏng) is what somebody who stands below a loudspeaker says is
// wrong with it.
type Report struct {
	ID     string    `json:"id"`
	Node   string    `json:"node"`
	At     time.Time `json:"at"`
	Who    string    `json:"who"` // id
	Name   string    `json:"name"`
	Kind   string    `json:"kind"`
	Words  string    `json:"words,omitempty"`
	Done   time.Time `json:"done,omitzero"` // zero: still open
	DoneBy string    `json:"done_by,omitempty"`
	Remark string    `json:"remark,omitempty"` // what was done
}

const reportColumns = `id, node, at, who, name, kind, words, done, done_by, remark`

func scanReport(row scanner) (r Report, err error) {
	return r, row.Scan(&r.ID, &r.Node, at{&r.At}, &r.Who, &r.Name, &r.Kind, &r.Words, at{&r.Done}, &r.DoneBy, &r.Remark)
}

// AddReport keeps a new report.
func (s *Store) AddReport(ctx context.Context, r Report) error {
	_, err := s.exec(ctx, "add report", `INSERT INTO reports (`+reportColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		r.ID, r.Node, millis(r.At), r.Who, r.Name, r.Kind, r.Words, millis(r.Done), r.DoneBy, r.Remark)
	return err
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

// EndReport says that an open report was seen to, by whom and how. One that is
// not open is ErrNotFound.
func (s *Store) EndReport(ctx context.Context, id string, done time.Time, by, remark string) error {
	return s.must(ctx, "end report "+id, `UPDATE reports SET done = $2, done_by = $3, remark = $4 WHERE id = $1 AND done = 0`, id,
		millis(done), by, remark)
}

// SetCare says who looks after what is wrong with a node; an empty name:
// nobody.
func (s *Store) SetCare(ctx context.Context, node, who string, now time.Time) error {
	if who == "" {
		_, err := s.exec(ctx, "end care of "+node, `DELETE FROM care WHERE node = $1`, node)
		return err
	}
	_, err := s.exec(ctx, "care of "+node, `INSERT INTO care (node, who, at) VALUES ($1, $2, $3) ON CONFLICT (node) DO UPDATE SET who = excluded.who, at = excluded.at`, node, who, millis(now))
	return err
}

// Care is who took on what was wrong with a node at a time.
type Care struct {
	Who string    `json:"who"`
	At  time.Time `json:"at"`
}

// Of is who looks after what is wrong since a time. What began after they said
// so is another fault: next month's is not theirs by itself.
func (c Care) Of(since time.Time) string {
	if c.At.Before(since.Truncate(time.Millisecond)) { // as the store keeps times
		return ""
	}
	return c.Who
}

// Care returns who took on each node that somebody did. None is an empty map, and no
// error.
func (s *Store) Care(ctx context.Context) (map[string]Care, error) {
	type pair struct {
		node string
		Care
	}
	pairs, err := list(ctx, s.read, "care", func(row scanner) (p pair, err error) {
		return p, row.Scan(&p.node, &p.Who, at{&p.At})
	}, `SELECT node, who, at FROM care`)
	all := make(map[string]Care, len(pairs))
	for _, p := range pairs {
		all[p.node] = p.Care
	}
	return all, err
}

// CodeOffline is the code of a stretch without a node in the history of faults.
const CodeOffline = "offline"

// EndedFaults returns up to limit faults of all nodes that ended before some
// time, the last first, and among them the stretches in which a node was
// offline; zero: before now.
func (s *Store) EndedFaults(ctx context.Context, before time.Time, limit int) ([]Fault, error) {
	return list(ctx, s.read, "ended faults", scanFault, `SELECT `+faultColumns+` FROM (
		SELECT `+faultColumns+` FROM faults WHERE until > 0
		UNION ALL
		SELECT node, '`+CodeOffline+`', since, until, cause FROM (
			SELECT node, since, state, cause, lead(since) OVER (PARTITION BY node ORDER BY since) AS until FROM state_history) AS h
		WHERE state = 'offline' AND until IS NOT NULL) AS ended
		WHERE $1 = 0 OR until < $1 ORDER BY until DESC, node, code LIMIT $2`, millis(before), bound(limit))
}

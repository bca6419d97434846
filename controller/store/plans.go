package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// PlanSeq is the number under which a node's plan goes out.
type PlanSeq struct {
	Seq     uint64
	Changed bool // the content is not what was numbered last
}

// NextPlans numbers the plans of many nodes at once, given the hash of each
// one's content. A plan with new content gets a number above all earlier ones
// of its node; an unchanged one keeps its number. The numbers start from
// the clock, so that they rise even if this database is lost or restored from
// a backup: nodes in the field refuse a lower number for ever. Of no nodes an empty
// map.
func (s *Store) NextPlans(ctx context.Context, hashes map[string]string, now time.Time) (map[string]PlanSeq, error) {
	out := make(map[string]PlanSeq, len(hashes))
	err := s.tx(ctx, "number plans", func(tx *sql.Tx) error {
		for node, hash := range hashes {
			seq, err := nextPlan(ctx, tx, node, hash, now)
			if err != nil {
				return err
			}
			out[node] = seq
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// PlanSeqs returns the number of each node's latest plan. None is an empty map, and no
// error.
func (s *Store) PlanSeqs(ctx context.Context) (map[string]uint64, error) {
	type numbered struct {
		node string
		seq  int64
	}
	rows, err := list(ctx, s.read, "plan numbers", func(row scanner) (n numbered, err error) {
		return n, row.Scan(&n.node, &n.seq)
	}, `SELECT node, seq FROM plans`)
	seqs := make(map[string]uint64, len(rows))
	for _, n := range rows {
		seqs[n.node] = uint64(n.seq)
	}
	return seqs, err
}

// futureSeq is how far ahead of now a number counts as one that this PC gave
// while its clock was wrong: nodes take no such number (wire.FromFuture, after
// an hour), and are not bound by it.
const futureSeq = 61 * time.Minute

// above is the number after last: at least the time, in Unix milliseconds.
func above(last uint64, now time.Time) uint64 {
	if last > uint64(max(now.Add(futureSeq).UnixMilli(), 0)) {
		last = 0
	}
	return max(last+1, uint64(max(now.UnixMilli(), 1)))
}

func nextPlan(ctx context.Context, tx *sql.Tx, node, hash string, now time.Time) (PlanSeq, error) {
	var p PlanSeq
	var last string
	err := tx.QueryRowContext(ctx, `SELECT seq, hash FROM plans WHERE node = $1`, node).Scan(&p.Seq, &last)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return p, err
	}
	seq := above(p.Seq, now)
	if last == hash && p.Seq > 0 && seq > p.Seq {
		return p, nil
	}
	p = PlanSeq{Seq: seq, Changed: true}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO plans (node, seq, hash) VALUES ($1, $2, $3)
		ON CONFLICT (node) DO UPDATE SET seq = excluded.seq, hash = excluded.hash`, node, int64(p.Seq), hash)
	return p, err
}

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
// a backup: nodes in the field refuse a lower number for ever.
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

func nextPlan(ctx context.Context, tx *sql.Tx, node, hash string, now time.Time) (PlanSeq, error) {
	var p PlanSeq
	var last string
	err := tx.QueryRowContext(ctx, `SELECT seq, hash FROM plans WHERE node = $1`, node).Scan(&p.Seq, &last)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return p, err
	}
	if last == hash && p.Seq > 0 {
		return p, nil
	}
	p = PlanSeq{Seq: max(p.Seq+1, uint64(max(now.UnixMilli(), 1))), Changed: true}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO plans (node, seq, hash) VALUES ($1, $2, $3)
		ON CONFLICT (node) DO UPDATE SET seq = excluded.seq, hash = excluded.hash`, node, int64(p.Seq), hash)
	return p, err
}

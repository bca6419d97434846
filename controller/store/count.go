package store

import (
	"context"
	"database/sql"
	"sync/atomic"
)

// tally is a database whose questions are tally: what a page asks must not grow with
// the commune.
type tally struct {
	*sql.DB
	asked atomic.Int64
}

func (s *Store) readers() (*tally, error) {
	db, err := s.pool(readers)
	if err != nil {
		return nil, err
	}
	return &tally{DB: db}, nil
}

// QueryContext is of sql.DB.
func (t *tally) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	t.asked.Add(1)
	return t.DB.QueryContext(ctx, query, args...)
}

// QueryRowContext is of sql.DB.
func (t *tally) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	t.asked.Add(1)
	return t.DB.QueryRowContext(ctx, query, args...)
}

// Queries is how many questions were asked since the store was opened, without those
// within a change.
func (s *Store) Queries() int64 { return s.read.asked.Load() }

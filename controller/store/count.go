package store

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"
)

// tally is a database whose questions are counted: what a page asks must not grow with
// the commune. What was asked before is not read again by the database: that takes
// longer than most answers.
type tally struct {
	*sql.DB
	asked atomic.Int64

	mu    sync.Mutex
	known map[string]*sql.Stmt // by its text
}

// mostKnown bounds what is kept of questions, a few kB each; they are about 200, but some
// are put together.
const mostKnown = 300

func (s *Store) readers() (*tally, error) {
	db, err := s.pool(readers)
	if err != nil {
		return nil, err
	}
	return &tally{DB: db, known: map[string]*sql.Stmt{}}, nil
}

// statement is a question as the database has read it; nil: it is asked as it stands, and
// the error is heard then.
func (t *tally) statement(ctx context.Context, query string) *sql.Stmt {
	t.mu.Lock()
	known, n := t.known[query], len(t.known)
	t.mu.Unlock()
	if known != nil || n >= mostKnown {
		return known
	}
	read, err := t.DB.PrepareContext(ctx, query)
	if err != nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if known := t.known[query]; known != nil { // somebody else was quicker
		_ = read.Close()
		return known
	}
	t.known[query] = read
	return read
}

// QueryContext is of sql.DB.
func (t *tally) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	t.asked.Add(1)
	if known := t.statement(ctx, query); known != nil {
		return known.QueryContext(ctx, args...)
	}
	return t.DB.QueryContext(ctx, query, args...)
}

// QueryRowContext is of sql.DB.
func (t *tally) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	t.asked.Add(1)
	if known := t.statement(ctx, query); known != nil {
		return known.QueryRowContext(ctx, args...)
	}
	return t.DB.QueryRowContext(ctx, query, args...)
}

// Queries is how many questions were asked since the store was opened, without those
// within a change.
func (s *Store) Queries() int64 { return s.read.asked.Load() }

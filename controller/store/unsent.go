package store

import (
	"context"
	"database/sql"
	"time"
)

// Unsent is something that is to leave the house one way, and has not yet.
type Unsent struct {
	ID   string
	Way  string
	At   time.Time
	Body string // JSON
}

// keepUnsent bounds what waits for one way; the newest stay.
const keepUnsent = 100

// PutUnsent keeps what is to be sent until DropUnsent.
func (s *Store) PutUnsent(ctx context.Context, all ...Unsent) error {
	return s.tx(ctx, "put unsent", func(tx *sql.Tx) error {
		for _, u := range all {
			if _, err := tx.ExecContext(ctx, `INSERT INTO unsent (id, way, at, body) VALUES ($1, $2, $3, $4)
				ON CONFLICT (id, way) DO UPDATE SET at = excluded.at, body = excluded.body`, u.ID, u.Way, millis(u.At), u.Body); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM unsent WHERE way = $1 AND id NOT IN
				(SELECT id FROM unsent WHERE way = $1 ORDER BY at DESC, id LIMIT $2)`, u.Way, keepUnsent); err != nil {
				return err
			}
		}
		return nil
	})
}

// DropUnsent forgets what was sent, or given up. Where there is none that is no error.
func (s *Store) DropUnsent(ctx context.Context, id, way string) error {
	_, err := s.exec(ctx, "drop unsent "+id, `DELETE FROM unsent WHERE id = $1 AND way = $2`, id, way)
	return err
}

// Unsent returns all that has not been sent, oldest first. None is an empty list, and
// no error.
func (s *Store) Unsent(ctx context.Context) ([]Unsent, error) {
	return list(ctx, s.read, "unsent", func(row scanner) (u Unsent, err error) {
		return u, row.Scan(&u.ID, &u.Way, at{&u.At}, &u.Body)
	}, `SELECT id, way, at, body FROM unsent ORDER BY at, id, way`)
}

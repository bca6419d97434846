package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"loa/schedule"
)

// Programme (buổi phát) is a programme with its place in the store.
type Programme struct {
	schedule.Programme
	Revision  int       `json:"revision"` // 1, and one more with each change
	Cancelled time.Time `json:"cancelled,omitzero"`
	Created   time.Time `json:"created"`
	Updated   time.Time `json:"updated"`
}

// PutProgramme adds or changes a programme and returns its new revision. One
// that was cancelled cannot be changed: ErrConflict.
func (s *Store) PutProgramme(ctx context.Context, p schedule.Programme, now time.Time) (revision int, err error) {
	return putProgramme(ctx, s.write, p, now)
}

// putter is the writing connection, or a transaction on it.
type putter interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

func putProgramme(ctx context.Context, db putter, p schedule.Programme, now time.Time) (revision int, err error) {
	doc, err := json.Marshal(p)
	if err != nil {
		return 0, fmt.Errorf("put programme %s: %w", p.ID, err)
	}
	err = db.QueryRowContext(ctx, `
		INSERT INTO programmes (id, title, class, revision, cancelled_at, created, updated, document)
		VALUES ($1, $2, $3, 1, 0, $4, $4, $5)
		ON CONFLICT (id) DO UPDATE SET title = excluded.title, class = excluded.class,
			revision = programmes.revision + 1, updated = excluded.updated, document = excluded.document
			WHERE programmes.cancelled_at = 0
		RETURNING revision`, p.ID, p.Title, string(p.Class), millis(now), string(doc)).Scan(&revision)
	err = wrap("put programme "+p.ID, err)
	if errors.Is(err, ErrNotFound) { // no row was returned: the WHERE forbade it
		err = fmt.Errorf("put programme %s: %w (it is cancelled)", p.ID, ErrConflict)
	}
	return revision, err
}

const programmeColumns = `document, revision, cancelled_at, created, updated`

func scanProgramme(row scanner) (p Programme, err error) {
	var doc string
	if err := row.Scan(&doc, &p.Revision, at{&p.Cancelled}, at{&p.Created}, at{&p.Updated}); err != nil {
		return p, err
	}
	return p, json.Unmarshal([]byte(doc), &p.Programme)
}

// Programme returns one programme, cancelled or not.
func (s *Store) Programme(ctx context.Context, id string) (Programme, error) {
	p, err := scanProgramme(s.read.QueryRowContext(ctx, `SELECT `+programmeColumns+` FROM programmes WHERE id = $1`, id))
	return p, wrap("programme "+id, err)
}

// Programmes returns the programmes in the order they were made, with or
// without the cancelled ones.
func (s *Store) Programmes(ctx context.Context, cancelled bool) ([]Programme, error) {
	query := `SELECT ` + programmeColumns + ` FROM programmes WHERE cancelled_at = 0 ORDER BY created, id`
	if cancelled {
		query = `SELECT ` + programmeColumns + ` FROM programmes ORDER BY created, id`
	}
	return list(ctx, s.read, "programmes", scanProgramme, query)
}

// CancelProgramme takes a programme off the calendar for good. One that is
// cancelled already stays as it is.
func (s *Store) CancelProgramme(ctx context.Context, id string, now time.Time) error {
	return s.must(ctx, "cancel programme "+id, `
		UPDATE programmes SET updated = CASE cancelled_at WHEN 0 THEN $2 ELSE updated END,
			cancelled_at = CASE cancelled_at WHEN 0 THEN $2 ELSE cancelled_at END
		WHERE id = $1`, id, millis(now))
}

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
	Approval  Approval  `json:"-"`

	openedSince time.Time // when its opening was chosen, if it was opened
}

// PutProgramme adds or changes a programme, together with what was decided of
// it, and returns its new revision. Without that it is a draft. One that was
// cancelled cannot be changed: ErrConflict.
func (s *Store) PutProgramme(ctx context.Context, p schedule.Programme, now time.Time, approvals ...Approval) (revision int, err error) {
	err = s.tx(ctx, "put programme "+p.ID, func(tx *sql.Tx) error {
		if revision, err = putProgramme(ctx, tx, p, now); err != nil {
			return err
		}
		return putApprovals(ctx, tx, approvals)
	})
	return revision, err
}

func putProgramme(ctx context.Context, db *sql.Tx, p schedule.Programme, now time.Time) (revision int, err error) {
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

// PutProgrammes adds or changes programmes with what was decided of them, all
// of it or nothing.
func (s *Store) PutProgrammes(ctx context.Context, now time.Time, all ...Programme) error {
	return s.tx(ctx, "put programmes", func(tx *sql.Tx) error { return putWhole(ctx, tx, now, all...) })
}

func putWhole(ctx context.Context, tx *sql.Tx, now time.Time, all ...Programme) error {
	for _, p := range all {
		if _, err := putProgramme(ctx, tx, p.Programme, now); err != nil {
			return err
		}
		if p.Approval.State == "" {
			continue // nothing was decided of it yet
		}
		if err := putApproval(ctx, tx, p.Approval); err != nil {
			return err
		}
	}
	return nil
}

// RestoreProgramme makes a programme what it was, also one that was cancelled
// since, and cancels what was split off from it, if anything was.
func (s *Store) RestoreProgramme(ctx context.Context, p Programme, split string, now time.Time) error {
	return s.tx(ctx, "restore programme "+p.ID, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE programmes SET cancelled_at = 0 WHERE id = $1`, p.ID); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE programmes SET cancelled_at = $2, updated = $2 WHERE id = $1 AND cancelled_at = 0`, split,
			millis(now)); err != nil {
			return err
		}
		return putWhole(ctx, tx, now, p)
	})
}

// programmes is the start of every query for programmes.
var programmes = `SELECT p.document, p.revision, p.cancelled_at, p.created, p.updated` + approvalOf("a") + `
	FROM programmes p LEFT JOIN approvals a ON a.kind = 'programme' AND a.id = p.id `

func scanProgramme(row scanner) (p Programme, err error) {
	var doc string
	into := append([]any{&doc, &p.Revision, at{&p.Cancelled}, at{&p.Created}, at{&p.Updated}}, p.Approval.into()...)
	if err := row.Scan(into...); err != nil {
		return p, err
	}
	err = json.Unmarshal([]byte(doc), &p.Programme)
	p.Approval.Kind, p.Approval.ID = OfProgramme, p.ID
	return p, err
}

// Programme returns one programme, cancelled or not. ErrNotFound where there is none.
func (s *Store) Programme(ctx context.Context, id string) (Programme, error) {
	p, err := scanProgramme(s.read.QueryRowContext(ctx, programmes+`WHERE p.id = $1`, id))
	return p, wrap("programme "+id, err)
}

// Programmes returns the programmes in the order they were made, with or
// without the cancelled ones. None is an empty list, and no error.
func (s *Store) Programmes(ctx context.Context, cancelled bool) ([]Programme, error) {
	query := programmes + `WHERE p.cancelled_at = 0 ORDER BY p.created, p.id`
	if cancelled {
		query = programmes + `ORDER BY p.created, p.id`
	}
	return list(ctx, s.read, "programmes", scanProgramme, query)
}

// ProgrammesNaming returns the programmes that are not cancelled and name a clip
// or a bulletin by its id. None is an empty list, and no error.
func (s *Store) ProgrammesNaming(ctx context.Context, id string) ([]Programme, error) {
	return list(ctx, s.read, "programmes naming "+id, scanProgramme,
		programmes+`WHERE p.cancelled_at = 0 AND p.document LIKE $1 ESCAPE '\' ORDER BY p.created, p.id`, `%"`+likeEscape.Replace(id)+`"%`)
}

// CancelProgramme takes a programme off the calendar for good. One that is
// cancelled already stays as it is. ErrNotFound where there is none.
func (s *Store) CancelProgramme(ctx context.Context, id string, now time.Time) error {
	return s.must(ctx, "cancel programme "+id, `
		UPDATE programmes SET updated = CASE cancelled_at WHEN 0 THEN $2 ELSE updated END,
			cancelled_at = CASE cancelled_at WHEN 0 THEN $2 ELSE cancelled_at END
		WHERE id = $1`, id, millis(now))
}

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// keepApproved keeps a bulletin as it is approved, for triggers to air whatever
// is written of it since; one that is returned is not aired any more. What is
// approved again in the same words keeps the place that it was approved for,
// unless somebody decided anew.
func keepApproved(ctx context.Context, tx *sql.Tx, a Approval) error {
	switch {
	case a.Kind != OfBulletin:
		return nil
	case a.State == Returned:
		_, err := tx.ExecContext(ctx, `DELETE FROM approved_bulletins WHERE bulletin = $1 AND digest = $2`, a.ID, a.Digest)
		return err
	case a.State != Approved:
		return nil
	}
	b, err := bulletin(ctx, tx, a.ID)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil || b.Digest() != a.Digest {
		return err // it was approved as it was before
	}
	doc, err := json.Marshal(b)
	if err != nil {
		return err
	}
	approval, err := json.Marshal(a)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO approved_bulletins (bulletin, digest, class, decided, document, approval) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (bulletin) DO UPDATE SET digest = excluded.digest, class = excluded.class, decided = excluded.decided,
			document = excluded.document, approval = excluded.approval
			WHERE approved_bulletins.digest <> excluded.digest OR approved_bulletins.decided <> excluded.decided`,
		b.ID, a.Digest, b.Class, millis(a.Decided), string(doc), string(approval))
	return err
}

// keepOldApproved keeps the bulletins that were approved before their approved
// versions were kept.
func (s *Store) keepOldApproved(ctx context.Context) error {
	old, err := list(ctx, s.write, "approved bulletins", func(row scanner) (a Approval, err error) {
		return a, row.Scan(append([]any{&a.Kind, &a.ID}, a.into()...)...)
	}, `SELECT kind, id, `+approvalColumns+` FROM approvals WHERE kind = $1 AND state = $2
		AND NOT EXISTS (SELECT 1 FROM approved_bulletins b WHERE b.bulletin = approvals.id)`, OfBulletin, Approved)
	if err != nil || len(old) == 0 {
		return err
	}
	return s.PutApprovals(ctx, old...)
}

func scanApproved(row scanner) (b Bulletin, err error) {
	var doc, approval string
	if err := row.Scan(&doc, &approval); err != nil {
		return b, err
	}
	return b, errors.Join(json.Unmarshal([]byte(doc), &b), json.Unmarshal([]byte(approval), &b.Approval))
}

// ApprovedBulletin returns a bulletin as it was approved last, with that
// approval. ErrNotFound if it never was, or was returned since.
func (s *Store) ApprovedBulletin(ctx context.Context, id string) (Bulletin, error) {
	return recall(ctx, s, keyApproved+id, copyBulletin, func(ctx context.Context) (Bulletin, error) {
		b, err := scanApproved(s.read.QueryRowContext(ctx, `SELECT document, approval FROM approved_bulletins WHERE bulletin = $1`, id))
		return b, wrap("approved bulletin "+id, err)
	})
}

// ApprovedBulletins returns the bulletins of a class that are approved and have
// not expired at an instant, each as it was approved last. None is an empty list, and
// no error.
func (s *Store) ApprovedBulletins(ctx context.Context, class string, now time.Time) ([]Bulletin, error) {
	all, err := recall(ctx, s, keyApproved+"of "+class, slices.Clone[[]Bulletin], func(ctx context.Context) ([]Bulletin, error) {
		return list(ctx, s.read, "approved bulletins", scanApproved,
			`SELECT document, approval FROM approved_bulletins WHERE class = $1 ORDER BY bulletin`, class)
	})
	return standing(all, now), err
}

// ApprovedWith returns the approved versions of bulletins that have a clip. None is an
// empty list, and no error.
func (s *Store) ApprovedWith(ctx context.Context, clip string) ([]Bulletin, error) {
	return list(ctx, s.read, "approved bulletins with clip "+clip, scanApproved,
		`SELECT document, approval FROM approved_bulletins WHERE document LIKE $1 ESCAPE '\' ORDER BY bulletin`, `%"`+likeEscape.Replace(clip)+`"%`)
}

func standing(all []Bulletin, now time.Time) (left []Bulletin) {
	for _, b := range all {
		if b.Expires.IsZero() || b.Expires.After(now) {
			left = append(left, b)
		}
	}
	return left
}

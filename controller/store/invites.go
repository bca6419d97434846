package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Invite lets one board enrol as a node, once.
type Invite struct {
	ID      string    `json:"id"`
	Node    string    `json:"node"`
	Code    string    `json:"-"` // sealed: not to be read with this database alone
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Used    time.Time `json:"used,omitzero"`
	Tries   int       `json:"tries"` // that were begun
}

// PutInvite adds an invitation; earlier ones for the node count no more.
func (s *Store) PutInvite(ctx context.Context, i Invite) error {
	return s.tx(ctx, "put invitation", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM invites WHERE node = $1 OR expires < $2`, i.Node, millis(i.Created)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO invites (id, node, code, created, expires, used, tries) VALUES ($1, $2, $3, $4, $5, 0, 0)`,
			i.ID, i.Node, i.Code, millis(i.Created), millis(i.Expires))
		return err
	})
}

// TryInvite counts a try of an invitation that still counts, and returns it.
// ErrNotFound: there is none, or it was used, has expired, or was tried so many
// times. It is counted before anybody looks at what is given, so that many tries
// at once are no more than that.
func (s *Store) TryInvite(ctx context.Context, id string, now time.Time, most int) (i Invite, err error) {
	err = s.write.QueryRowContext(ctx, `UPDATE invites SET tries = tries + 1 WHERE id = $1 AND used = 0 AND expires > $2 AND tries < $3
		RETURNING id, node, code, created, expires, used, tries`, id, millis(now), most).
		Scan(&i.ID, &i.Node, &i.Code, at{&i.Created}, at{&i.Expires}, at{&i.Used}, &i.Tries)
	return i, wrap("invitation", err)
}

// UseInvite uses an invitation up and revokes the node's certificates that were
// made before from; ErrConflict if it was used already. Of two boards with one
// code only one gets in.
func (s *Store) UseInvite(ctx context.Context, id string, now, from time.Time) error {
	return s.tx(ctx, "use invitation", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE invites SET used = $2 WHERE id = $1 AND used = 0`, id, millis(now))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("%w: used already (%v)", ErrConflict, err)
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO revoked (node, certs_from) SELECT node, $2 FROM invites WHERE id = $1
			ON CONFLICT (node) DO UPDATE SET certs_from = excluded.certs_from`, id, millis(from))
		return err
	})
}

// Revoke makes all certificates of a node void that were made before from. ErrNotFound
// where there is none.
func (s *Store) Revoke(ctx context.Context, node string, from time.Time) error {
	return s.must(ctx, "revoke node "+node, `
		INSERT INTO revoked (node, certs_from) SELECT id, $2 FROM nodes WHERE id = $1
		ON CONFLICT (node) DO UPDATE SET certs_from = excluded.certs_from`, node, millis(from))
}

// Revoked returns since when the certificates of nodes count of which earlier
// ones do not. None is an empty map, and no error.
func (s *Store) Revoked(ctx context.Context) (map[string]time.Time, error) {
	type entry struct {
		node string
		from time.Time
	}
	all, err := list(ctx, s.read, "revoked nodes", func(row scanner) (e entry, err error) {
		return e, row.Scan(&e.node, at{&e.from})
	}, `SELECT node, certs_from FROM revoked`)
	from := make(map[string]time.Time, len(all))
	for _, e := range all {
		from[e.node] = e.from
	}
	return from, err
}

// CertsFrom returns since when a node's certificates count; zero: all do.
func (s *Store) CertsFrom(ctx context.Context, node string) (from time.Time, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT certs_from FROM revoked WHERE node = $1`, node).Scan(at{&from})
	if errors.Is(err, sql.ErrNoRows) {
		return from, nil
	}
	return from, wrap("node "+node, err)
}

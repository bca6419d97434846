package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Audit is one record of who did what. Records are numbered from 1 without a
// gap and chained: each hash covers the one before, so that nothing in the
// middle can be altered, removed or moved without all that follows being made
// anew. That the end was not cut off, the seal of package trust tells.
type Audit struct {
	Seq    int64           `json:"seq"`
	At     time.Time       `json:"at"`
	Who    string          `json:"who"`            // id of a person, token or part of the system
	Name   string          `json:"name,omitempty"` // as people knew it then
	From   string          `json:"from,omitempty"` // address
	Action string          `json:"action"`         // what was done, as "programme.put"
	Object string          `json:"object,omitempty"`
	Where  []string        `json:"where,omitempty"`  // areas and nodes that it concerned
	Before json.RawMessage `json:"before,omitempty"` // what the object was
	After  json.RawMessage `json:"after,omitempty"`  // and is
	Note   string          `json:"note,omitempty"`
}

// Link is a place in the chain: a record's number, and its hash in hex.
type Link struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

func chain(before, document string) string {
	sum := sha256.Sum256([]byte(before + "\n" + document))
	return hex.EncodeToString(sum[:])
}

// AddAudit appends a record; its Seq is given here. What is too long in it is
// shortened, see fit.
func (s *Store) AddAudit(ctx context.Context, a Audit) (link Link, err error) {
	const what = "write the audit log"
	a = a.fit()
	err = s.tx(ctx, what, func(tx *sql.Tx) error {
		last, err := lastLink(ctx, tx)
		if err != nil {
			return err
		}
		a.Seq, a.At = last.Seq+1, a.At.UTC()
		doc, err := json.Marshal(a)
		if err != nil {
			return err
		}
		link = Link{a.Seq, chain(last.Hash, string(doc))}
		_, err = tx.ExecContext(ctx, `INSERT INTO audit (seq, at, who, action, object, document, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			a.Seq, millis(a.At), a.Who, a.Action, a.Object, string(doc), link.Hash)
		return err
	})
	if err == nil {
		s.audited.Store(link.Seq)
	}
	return link, err
}

// Audited returns the number of the last record that this store wrote; 0: none
// since it was opened.
func (s *Store) Audited() int64 { return s.audited.Load() }

// hasAudit reports whether a record is in the log already.
func (s *Store) hasAudit(ctx context.Context, a Audit) (bool, error) {
	a = a.fit()
	var n int
	err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM audit WHERE at = $1 AND who = $2 AND action = $3 AND object = $4`,
		millis(a.At), a.Who, a.Action, a.Object).Scan(&n)
	return n > 0, wrap("read the audit log", err)
}

// querier is a transaction or a database.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func lastLink(ctx context.Context, q querier) (l Link, err error) {
	err = q.QueryRowContext(ctx, `SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1`).Scan(&l.Seq, &l.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		return Link{}, nil
	}
	return l, err
}

// LastAudit returns the end of the chain; zero if there is no record.
func (s *Store) LastAudit(ctx context.Context) (Link, error) {
	l, err := lastLink(ctx, s.read)
	return l, wrap("read the audit log", err)
}

// AuditLink returns the place of a record in the chain; ErrNotFound if there is
// none of that number.
func (s *Store) AuditLink(ctx context.Context, seq int64) (l Link, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT seq, hash FROM audit WHERE seq = $1`, seq).Scan(&l.Seq, &l.Hash)
	return l, wrap("read the audit log", err)
}

// AuditFilter chooses records, newest first. Zero fields do not restrict.
type AuditFilter struct {
	Before   int64 // a Seq: those older than it
	From, To time.Time
	Who      string
	Action   string // or its beginning: "programme" is all of programmes
	Limit    int    // 1 to 1000; 0 means 100
}

// Audits returns records of the log. None is an empty list, and no error.
func (s *Store) Audits(ctx context.Context, f AuditFilter) ([]Audit, error) {
	return list(ctx, s.read, "audit log", scanAudit, `
		SELECT document FROM audit
		WHERE ($1 = 0 OR seq < $1) AND ($2 = 0 OR at >= $2) AND ($3 = 0 OR at < $3)
			AND ($4 = '' OR who = $4) AND ($5 = '' OR action = $5 OR substr(action, 1, length($5) + 1) = $5 || '.')
		ORDER BY seq DESC LIMIT $6`, f.Before, millis(f.From), millis(f.To), f.Who, f.Action, bound(cmp.Or(f.Limit, 100)))
}

func scanAudit(row scanner) (a Audit, err error) {
	var doc string
	if err := row.Scan(&doc); err != nil {
		return a, err
	}
	return a, json.Unmarshal([]byte(doc), &a)
}

// EachAudit gives every record to visit, oldest first. Nothing is given of an empty
// log; an error of visit ends it, and is returned.
func (s *Store) EachAudit(ctx context.Context, visit func(Audit) error) (err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT document FROM audit ORDER BY seq`)
	if err != nil {
		return wrap("read the audit log", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		a, err := scanAudit(rows)
		if err != nil {
			return wrap("read the audit log", err)
		}
		if err := visit(a); err != nil {
			return err
		}
	}
	return wrap("read the audit log", rows.Err())
}

// AuditFault is the first place at which the log is not what was written.
type AuditFault struct {
	Seq int64
	Why string
}

// Error says what is wrong where.
func (f *AuditFault) Error() string { return fmt.Sprintf("audit record %d: %s", f.Seq, f.Why) }

// CheckAudit goes through the whole chain and gives each link to visit, which
// may be nil. It returns an *AuditFault at the first record that was altered,
// removed, added or moved.
func (s *Store) CheckAudit(ctx context.Context, visit func(Link) error) (err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT seq, at, who, action, object, document, hash FROM audit ORDER BY seq`)
	if err != nil {
		return wrap("check the audit log", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	last := Link{}
	for rows.Next() {
		var row, said Audit
		var doc, hash string
		if err := rows.Scan(&row.Seq, at{&row.At}, &row.Who, &row.Action, &row.Object, &doc, &hash); err != nil {
			return wrap("check the audit log", err)
		}
		switch {
		case row.Seq != last.Seq+1:
			return &AuditFault{last.Seq + 1, "it is missing"}
		case hash != chain(last.Hash, doc):
			return &AuditFault{row.Seq, "it does not follow from the one before: it was altered or moved"}
		case json.Unmarshal([]byte(doc), &said) != nil || said.Seq != row.Seq || millis(said.At) != millis(row.At) ||
			said.Who != row.Who || said.Action != row.Action || said.Object != row.Object:
			return &AuditFault{row.Seq, "its columns were altered"}
		}
		last = Link{row.Seq, hash}
		if visit != nil {
			if err := visit(last); err != nil {
				return err
			}
		}
	}
	return wrap("check the audit log", rows.Err())
}

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// WarningState is what became of a warning.
type WarningState string

// The states. Only WarningProposed waits for a person.
const (
	WarningProposed  WarningState = "proposed"
	WarningAired     WarningState = "aired"
	WarningDismissed WarningState = "dismissed"
	WarningShown     WarningState = "shown"     // it is not for loudspeakers here; Why says the reason
	WarningReplaced  WarningState = "replaced"  // by an update
	WarningCancelled WarningState = "cancelled" // by its sender
	WarningExpired   WarningState = "expired"
)

// Warning is one message of another office (CAP).
type Warning struct {
	ID       string       `json:"id"`
	Message  string       `json:"message" doc:"sender, identifier, instant: its identity"`
	Sender   string       `json:"sender"`
	Kind     string       `json:"kind" enum:"Alert,Update,Cancel,Ack,Error"`
	Source   string       `json:"source" doc:"id of the source that it came by"`
	Received time.Time    `json:"received"`
	Sent     time.Time    `json:"sent"`
	Expires  time.Time    `json:"expires"`
	State    WarningState `json:"state" enum:"proposed,aired,dismissed,shown,replaced,cancelled,expired"`
	Why      string       `json:"why,omitempty" doc:"why it does not sound by itself"`
	Urgent   bool         `json:"urgent"`
	Drill    bool         `json:"drill,omitempty" doc:"of status Exercise: it may be aired as a drill and as nothing else"`
	Severity string       `json:"severity"`
	Title    string       `json:"title"`
	Words    string       `json:"words"`
	Areas    []string     `json:"areas" doc:"that it is about"`
	Refers   []string     `json:"refers,omitempty" doc:"messages that it replaces or ends"`
	Signer   string       `json:"signer,omitempty" doc:"who signed it, verified; left out: nobody"`
	Call     string       `json:"call,omitempty" doc:"by which it was aired"`
	Who      string       `json:"who,omitempty" doc:"decided"`
	Decided  *time.Time   `json:"decided,omitempty"`
}

// WarningSource is where warnings come from.
type WarningSource struct {
	ID          string
	Name        string
	Kind        string // "feed", "folder", "program"
	Address     string // of a feed
	Sender      string // "": any
	Certificate string // PEM, pinned; "": none
	Automatic   string // "", "extreme", "severe"
	Account     string // of the person that switched that on
	Silent      time.Duration
	Created     time.Time
}

const warningColumns = `id, message, sender, kind, source, received, sent, expires, state, why, urgent, drill, severity, title, words,
	areas, refers, signer, call, who, decided`

func scanWarning(row scanner) (w Warning, err error) {
	var areas, refers string
	var decided time.Time
	err = row.Scan(&w.ID, &w.Message, &w.Sender, &w.Kind, &w.Source, at{&w.Received}, at{&w.Sent}, at{&w.Expires}, &w.State,
		&w.Why, &w.Urgent, &w.Drill,
		&w.Severity, &w.Title, &w.Words, &areas, &refers, &w.Signer, &w.Call, &w.Who, at{&decided})
	w.Decided = Optional(decided)
	if err == nil {
		err = json.Unmarshal([]byte(areas), &w.Areas)
	}
	if err == nil {
		err = json.Unmarshal([]byte(refers), &w.Refers)
	}
	return w, err
}

// AddWarning keeps a new one, and what becomes of others by it: replaced, cancelled.
// ErrConflict: that message is known; nothing is changed then.
func (s *Store) AddWarning(ctx context.Context, w Warning, others ...Warning) error {
	areas, err := json.Marshal(append([]string{}, w.Areas...))
	if err != nil {
		return err
	}
	refers, err := json.Marshal(append([]string{}, w.Refers...))
	if err != nil {
		return err
	}
	var decided time.Time
	if w.Decided != nil {
		decided = *w.Decided
	}
	return s.tx(ctx, "add warning", func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `INSERT INTO warnings (`+warningColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21) ON CONFLICT DO NOTHING`,
			w.ID, w.Message, w.Sender, w.Kind, w.Source, millis(w.Received), millis(w.Sent), millis(w.Expires), w.State,
			w.Why, w.Urgent, w.Drill, w.Severity, w.Title, w.Words, string(areas), string(refers), w.Signer, w.Call, w.Who, millis(decided))
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("a message that is known: %w", ErrConflict)
		}
		for _, o := range others {
			if _, err := tx.ExecContext(ctx, `UPDATE warnings SET state = $2, why = $3 WHERE id = $1`, o.ID, o.State, o.Why); err != nil {
				return err
			}
		}
		return nil
	})
}

// DecideWarning keeps what somebody decided of one that is in a state; ErrNotFound where
// there is none, or another was quicker.
func (s *Store) DecideWarning(ctx context.Context, id string, was, becomes WarningState, why, call, who string, now time.Time) error {
	return s.must(ctx, "decide warning "+id, `UPDATE warnings SET state = $3, why = $4, call = $5, who = $6, decided = $7
		WHERE id = $1 AND state = $2`, id, was, becomes, why, call, who, millis(now))
}

// Warning returns one. ErrNotFound where there is none.
func (s *Store) Warning(ctx context.Context, id string) (Warning, error) {
	w, err := scanWarning(s.read.QueryRowContext(ctx, `SELECT `+warningColumns+` FROM warnings WHERE id = $1`, id))
	return w, wrap("warning "+id, err)
}

// WarningOf returns the one of a message, by its identity. ErrNotFound where there is none.
func (s *Store) WarningOf(ctx context.Context, message string) (Warning, error) {
	w, err := scanWarning(s.read.QueryRowContext(ctx, `SELECT `+warningColumns+` FROM warnings WHERE message = $1`, message))
	return w, wrap("warning", err)
}

// Warnings returns the latest that were received before an instant (zero: up to now), newest
// first. None is an empty list, and no error.
func (s *Store) Warnings(ctx context.Context, before time.Time, limit int) ([]Warning, error) {
	return list(ctx, s.read, "warnings", scanWarning, `SELECT `+warningColumns+` FROM warnings WHERE $1 = 0 OR received < $1
		ORDER BY received DESC, id LIMIT $2`, millis(before), bound(limit))
}

// ExpireWarnings ends the waiting of those that hold no longer, and returns how many.
func (s *Store) ExpireWarnings(ctx context.Context, now time.Time) (int64, error) {
	return s.exec(ctx, "expire warnings", `UPDATE warnings SET state = 'expired' WHERE state = 'proposed' AND expires <= $1`, millis(now))
}

const sourceColumns = `id, name, kind, address, sender, certificate, automatic, account, silent, created`

func scanWarningSource(row scanner) (w WarningSource, err error) {
	var silent int64
	err = row.Scan(&w.ID, &w.Name, &w.Kind, &w.Address, &w.Sender, &w.Certificate, &w.Automatic, &w.Account, &silent, at{&w.Created})
	w.Silent = time.Duration(silent) * time.Millisecond
	return w, err
}

// WarningSources returns all, the eldest first. None is an empty list, and no error.
func (s *Store) WarningSources(ctx context.Context) ([]WarningSource, error) {
	return list(ctx, s.read, "warning sources", scanWarningSource, `SELECT `+sourceColumns+` FROM warning_sources ORDER BY created, id`)
}

// PutWarningSource adds or changes one.
func (s *Store) PutWarningSource(ctx context.Context, w WarningSource) error {
	_, err := s.exec(ctx, "put warning source", `INSERT INTO warning_sources (`+sourceColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, address = excluded.address, sender = excluded.sender,
			certificate = excluded.certificate, automatic = excluded.automatic, account = excluded.account, silent = excluded.silent`,
		w.ID, w.Name, w.Kind, w.Address, w.Sender, w.Certificate, w.Automatic, w.Account, w.Silent.Milliseconds(), millis(w.Created))
	return err
}

// DeleteWarningSource removes one; its warnings stay. ErrNotFound where there is none.
func (s *Store) DeleteWarningSource(ctx context.Context, id string) error {
	return s.must(ctx, "delete warning source", `DELETE FROM warning_sources WHERE id = $1`, id)
}

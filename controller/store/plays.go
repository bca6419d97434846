package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Play (nhật ký phát) is the proof of one item of one airing on one node.
type Play struct {
	Node      string        `json:"node"`
	Programme string        `json:"programme"`
	Airing    string        `json:"airing"`
	Item      int           `json:"item"`
	Title     string        `json:"title,omitempty"`
	Clip      string        `json:"clip,omitempty"`
	At        time.Time     `json:"at"`             // began, or was due: the order of the log
	Began     time.Time     `json:"began,omitzero"` // zero: never
	Ended     time.Time     `json:"ended,omitzero"`
	Heard     time.Duration `json:"heard"`
	Length    time.Duration `json:"length"`
	Volume    int           `json:"volume"`  // percent
	Outcome   string        `json:"outcome"` // heard, partly, not_heard
	Reason    string        `json:"reason,omitempty"`
	Received  time.Time     `json:"received"`
}

// ErrCursor means a cursor that was not given out by Plays.
var ErrCursor = errors.New("not a cursor of the play log")

// Filter chooses plays. Zero fields do not restrict.
type Filter struct {
	Programme, Node string
	From, To        time.Time // From ≤ At < To
	Before          string    // a cursor: continue after the play it was made of
	Limit           int       // 1 to 1000; 0 means 100
}

// Cursor marks the play's place in the log, for Filter.Before.
func (p Play) Cursor() string {
	b, _ := json.Marshal(mark{p.At.UnixMilli(), p.Node, p.Airing, p.Item}) // numbers and strings always encode
	return base64.RawURLEncoding.EncodeToString(b)
}

type mark struct {
	At     int64  `json:"t"`
	Node   string `json:"n"`
	Airing string `json:"a"`
	Item   int    `json:"i"`
}

func parseCursor(s string) (m mark, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	if err != nil {
		return m, fmt.Errorf("%w: %w", ErrCursor, err)
	}
	return m, nil
}

// AddPlays puts plays into the log in one transaction and returns how many
// were new. One that is there already (same node, airing and item) stays as
// it was first told.
func (s *Store) AddPlays(ctx context.Context, plays []Play) (added int, err error) {
	err = s.tx(ctx, "add plays", func(tx *sql.Tx) error {
		insert, err := tx.PrepareContext(ctx, `
			INSERT INTO plays (node, airing, item, programme, title, clip, at, began, ended, heard, length, volume, outcome, reason, received)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
			ON CONFLICT (node, airing, item) DO NOTHING`)
		if err != nil {
			return err
		}
		defer insert.Close()
		for _, p := range plays {
			res, err := insert.ExecContext(ctx, p.Node, p.Airing, p.Item, p.Programme, p.Title, p.Clip, millis(p.sortTime()),
				millis(p.Began), millis(p.Ended), p.Heard.Milliseconds(), p.Length.Milliseconds(), p.Volume, p.Outcome, p.Reason, millis(p.Received))
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			added += int(n)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// sortTime is At if the caller gave it, else the best that is known.
func (p Play) sortTime() time.Time {
	for _, t := range []time.Time{p.At, p.Began, p.Ended} {
		if !t.IsZero() {
			return t
		}
	}
	return p.Received
}

const playColumns = `node, airing, item, programme, title, clip, at, began, ended, heard, length, volume, outcome, reason, received`

func scanPlay(row scanner) (p Play, err error) {
	err = row.Scan(&p.Node, &p.Airing, &p.Item, &p.Programme, &p.Title, &p.Clip, at{&p.At}, at{&p.Began}, at{&p.Ended},
		&p.Heard, &p.Length, &p.Volume, &p.Outcome, &p.Reason, at{&p.Received})
	p.Heard, p.Length = p.Heard*time.Millisecond, p.Length*time.Millisecond
	return p, err
}

// Plays reads the log, newest first, one page at a time.
func (s *Store) Plays(ctx context.Context, f Filter) ([]Play, error) {
	if f.Limit == 0 {
		f.Limit = 100
	}
	var where []string
	var args []any
	add := func(cond string, vals ...any) {
		for _, v := range vals {
			args = append(args, v)
			cond = strings.Replace(cond, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where = append(where, cond)
	}
	add("1 = 1")
	if f.Programme != "" {
		add("programme = ?", f.Programme)
	}
	if f.Node != "" {
		add("node = ?", f.Node)
	}
	if !f.From.IsZero() {
		add("at >= ?", millis(f.From))
	}
	if !f.To.IsZero() {
		add("at < ?", millis(f.To))
	}
	if f.Before != "" {
		m, err := parseCursor(f.Before)
		if err != nil {
			return nil, err
		}
		add("(at, node, airing, item) < (?, ?, ?, ?)", m.At, m.Node, m.Airing, m.Item)
	}
	args = append(args, bound(f.Limit))
	query := `SELECT ` + playColumns + ` FROM plays WHERE ` + strings.Join(where, " AND ") +
		fmt.Sprintf(` ORDER BY at DESC, node DESC, airing DESC, item DESC LIMIT $%d`, len(args))
	return list(ctx, s.read, "plays", scanPlay, query, args...)
}

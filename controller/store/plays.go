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
	Ear       string        `json:"ear,omitempty"`    // by the node's microphone: heard, not_heard, cannot_tell; "": it has none
	EarDB     *float64      `json:"ear_db,omitempty"` // how much louder than calibrated, if heard
}

// SilentHorn is why a play counts as not heard though the node gave it out: its
// microphone heard no horn.
const SilentHorn = "silent_horn"

// WrongTime is why a play counts as not heard whose times cannot be.
const WrongTime = "time_wrong"

// Judged is what became of the item with the microphone's word: it outweighs
// the node's own, which only knows what it gave to its sound device.
func (p Play) Judged() (outcome, reason string) {
	if p.Ear == "not_heard" && p.Outcome != "not_heard" {
		return "not_heard", SilentHorn
	}
	return p.Outcome, p.Reason
}

// ErrCursor means a cursor that was not given out here.
var ErrCursor = errors.New("not a cursor of this log")

// Filter chooses plays. Zero fields do not restrict.
type Filter struct {
	Programme, Node string
	From, To        time.Time // From ≤ At < To
	Before          string    // a cursor: continue after the play it was made of
	Limit           int       // 1 to 1000; 0 means 100
}

// Cursor marks the play's place in the log, for Filter.Before.
func (p Play) Cursor() string {
	return mark{p.At.UnixMilli(), p.Node, p.Airing, p.Item}.String()
}

type mark struct {
	At     int64  `json:"t"`
	Node   string `json:"n,omitempty"`
	Airing string `json:"a"`
	Item   int    `json:"i,omitempty"`
}

// String is the mark as a cursor.
func (m mark) String() string {
	b, _ := json.Marshal(m) // numbers and strings always encode
	return base64.RawURLEncoding.EncodeToString(b)
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
// it was first told. Of none it adds none.
func (s *Store) AddPlays(ctx context.Context, plays []Play) (added int, err error) {
	err = s.tx(ctx, "add plays", func(tx *sql.Tx) error {
		insert, err := tx.PrepareContext(ctx, `
			INSERT INTO plays (node, airing, item, programme, title, clip, at, began, ended, heard, length, volume, outcome,
				reason, received, ear, ear_db)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
			ON CONFLICT (node, airing, item) DO NOTHING`)
		if err != nil {
			return err
		}
		defer insert.Close()
		fresh := map[[2]string]Play{} // by node and airing
		for _, p := range plays {
			res, err := insert.ExecContext(ctx, p.Node, p.Airing, p.Item, p.Programme, p.Title, p.Clip, millis(p.sortTime()),
				millis(p.Began), millis(p.Ended), p.Heard.Milliseconds(), p.Length.Milliseconds(), p.Volume, p.Outcome, p.Reason, millis(p.Received),
				p.Ear, p.EarDB)
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			added += int(n)
			if n > 0 {
				fresh[[2]string{p.Node, p.Airing}] = p
			}
		}
		return rollUp(ctx, tx, fresh)
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// rollUp brings the broadcast log up to date with new plays, by node and
// airing.
func rollUp(ctx context.Context, tx *sql.Tx, fresh map[[2]string]Play) error {
	airings := map[string][]Play{}
	for _, p := range fresh {
		airings[p.Airing] = append(airings[p.Airing], p)
	}
	for id, plays := range airings {
		known, err := isLogged(ctx, tx, plays[0])
		if err != nil {
			return err
		}
		if !known {
			continue
		}
		for _, p := range plays {
			if err := told(ctx, tx, p.Airing, p.Node); err != nil {
				return err
			}
		}
		if err := sumUp(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
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

const playColumns = `node, airing, item, programme, title, clip, at, began, ended, heard, length, volume, outcome, reason, received, ear, ear_db`

func scanPlay(row scanner) (p Play, err error) {
	return p, row.Scan(&p.Node, &p.Airing, counted{&p.Item}, &p.Programme, &p.Title, &p.Clip, at{&p.At}, at{&p.Began}, at{&p.Ended},
		lasting{&p.Heard}, lasting{&p.Length}, counted{&p.Volume}, &p.Outcome, &p.Reason, at{&p.Received}, &p.Ear, decibels{&p.EarDB})
}

// Plays reads the log, newest first, one page at a time. None is an empty list, and no
// error.
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

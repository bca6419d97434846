package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Message is what a villager told the office.
type Message struct {
	ID      string
	Area    string
	Kind    string
	Words   string
	Point   *Point // nil: none was given
	Phone   string // "": none was given, or it was removed
	Photo   bool   // there is one
	At      time.Time
	Receipt string // sha256 of the sender's code
	State   MessageState
	Who     string // looks after it
	Reply   string
	Changed time.Time
	// Taken is when somebody first worked on it, Finished since when it is done; zero: it is not.
	Taken, Finished time.Time
	Report          string // that was made of it; "": none
}

// Point is a place on the map.
type Point struct {
	Latitude  float64 `json:"latitude" minimum:"-90" maximum:"90"`
	Longitude float64 `json:"longitude" minimum:"-180" maximum:"180"`
}

// MessageState is how far a message has come.
type MessageState string

// The states, in their order: mới, đã nhận, đang xử lý, xong.
const (
	MessageNew   MessageState = "new"
	MessageSeen  MessageState = "seen"
	MessageDoing MessageState = "doing"
	MessageDone  MessageState = "done"
)

// Valid reports whether there is such a state.
func (m MessageState) Valid() bool {
	return m == MessageNew || m == MessageSeen || m == MessageDoing || m == MessageDone
}

const messageColumns = `m.id, m.area, m.kind, m.words, m.latitude, m.longitude, m.phone, m.at, m.receipt, m.state, m.who, m.reply, m.changed,
	m.taken, m.finished, COALESCE((SELECT r.id FROM reports r WHERE r.message = m.id), ''), EXISTS (SELECT 1 FROM message_photos p WHERE p.message = m.id)`

func scanMessage(row scanner) (m Message, err error) {
	var latitude, longitude sql.NullFloat64
	err = row.Scan(&m.ID, &m.Area, &m.Kind, &m.Words, &latitude, &longitude, &m.Phone, at{&m.At}, &m.Receipt, &m.State, &m.Who, &m.Reply,
		at{&m.Changed}, at{&m.Taken}, at{&m.Finished}, &m.Report, &m.Photo)
	if latitude.Valid && longitude.Valid {
		m.Point = &Point{latitude.Float64, longitude.Float64}
	}
	return m, err
}

// AddMessage keeps a new message with its photo; nil: there is none.
func (s *Store) AddMessage(ctx context.Context, m Message, photo []byte) error {
	return s.tx(ctx, "add message", func(tx *sql.Tx) error {
		var latitude, longitude sql.NullFloat64
		if m.Point != nil {
			latitude, longitude = sql.NullFloat64{Float64: m.Point.Latitude, Valid: true}, sql.NullFloat64{Float64: m.Point.Longitude, Valid: true}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO messages (id, area, kind, words, latitude, longitude, phone, at, receipt, state, who, reply, changed)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`, m.ID, m.Area, m.Kind, m.Words, latitude, longitude, m.Phone,
			millis(m.At), m.Receipt, m.State, m.Who, m.Reply, millis(m.Changed))
		if err == nil && photo != nil {
			_, err = tx.ExecContext(ctx, `INSERT INTO message_photos (message, jpeg) VALUES ($1, $2)`, m.ID, photo)
		}
		return err
	})
}

// Message returns one. ErrNotFound where there is none.
func (s *Store) Message(ctx context.Context, id string) (Message, error) {
	m, err := scanMessage(s.read.QueryRowContext(ctx, `SELECT `+messageColumns+` FROM messages m WHERE m.id = $1`, id))
	return m, wrap("message "+id, err)
}

// MessageOf returns the one whose sender has a code, by its sha256. ErrNotFound where there
// is none.
func (s *Store) MessageOf(ctx context.Context, receipt string) (Message, error) {
	m, err := scanMessage(s.read.QueryRowContext(ctx, `SELECT `+messageColumns+` FROM messages m WHERE m.receipt = $1`, receipt))
	return m, wrap("message of a code", err)
}

// Messages returns up to limit messages of some areas, those that are not done first, and of
// both the newest first; nil: of all areas. None is an empty list, and no error.
func (s *Store) Messages(ctx context.Context, areas []string, limit int) ([]Message, error) {
	query, args := `SELECT `+messageColumns+` FROM messages m `, []any(nil)
	switch {
	case areas == nil:
	case len(areas) == 0:
		return []Message{}, nil
	default:
		var c clauses
		c.add("m.area IN "+in(len(areas)), anys(areas)...)
		query, args = query+"WHERE "+c.where[0], c.args
	}
	return list(ctx, s.read, "messages", scanMessage, query+fmt.Sprintf(` ORDER BY CASE m.state WHEN 'done' THEN 1 ELSE 0 END, m.at DESC, m.id
		LIMIT %d`, bound(limit)), args...)
}

// MostMessages bounds what MessagesBetween returns: no more are stored.
const MostMessages = 5000

// MessagesBetween returns the messages that came from one instant on and before another, the
// newest first. None is an empty list, and no error.
func (s *Store) MessagesBetween(ctx context.Context, from, to time.Time) ([]Message, error) {
	return list(ctx, s.read, "messages of a time", scanMessage, `SELECT `+messageColumns+` FROM messages m
		WHERE m.at >= $1 AND m.at < $2 ORDER BY m.at DESC, m.id LIMIT $3`, millis(from), millis(to), MostMessages)
}

// ChangeMessage keeps what the office did with a message, and when that began and ended.
// ErrNotFound where there is none.
func (s *Store) ChangeMessage(ctx context.Context, m Message) error {
	return s.tx(ctx, "change message "+m.ID, func(tx *sql.Tx) error { return changeMessage(ctx, tx, m) })
}

func changeMessage(ctx context.Context, tx *sql.Tx, m Message) error {
	res, err := tx.ExecContext(ctx, `UPDATE messages SET state = $2, who = $3, reply = $4, changed = $5,
		taken = CASE WHEN taken = 0 AND $2 <> 'new' THEN $5 ELSE taken END,
		finished = CASE WHEN $2 <> 'done' THEN 0 WHEN finished = 0 THEN $5 ELSE finished END WHERE id = $1`, m.ID, m.State,
		m.Who, m.Reply, millis(m.Changed))
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return cmp.Or(err, ErrNotFound)
	}
	return nil
}

// forgetMessages has reports name no message that is gone.
const forgetMessages = `UPDATE reports SET message = '' WHERE message <> '' AND message NOT IN (SELECT id FROM messages)`

// DeleteMessage removes one and its photo; a report that was made of it stays. ErrNotFound
// where there is none.
func (s *Store) DeleteMessage(ctx context.Context, id string) error {
	return s.tx(ctx, "delete message "+id, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM messages WHERE id = $1`, id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return cmp.Or(err, ErrNotFound)
		}
		_, err = tx.ExecContext(ctx, forgetMessages)
		return err
	})
}

// Photo returns a message's photo. ErrNotFound where there is none.
func (s *Store) Photo(ctx context.Context, message string) (jpeg []byte, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT jpeg FROM message_photos WHERE message = $1`, message).Scan(&jpeg)
	return jpeg, wrap("photo of message "+message, err)
}

// Stored is how much of what villagers sent is kept.
type Stored struct {
	Messages int
	Here     int // of one village
	Photos   int
}

// Stored counts it.
func (s *Store) Stored(ctx context.Context, area string) (n Stored, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM messages WHERE area = $1),
		(SELECT count(*) FROM message_photos)`, area).Scan(&n.Messages, &n.Here, &n.Photos)
	return n, wrap("what villagers sent", err)
}

// ForgetAnswers removes what is older than it may become: all that came before an instant,
// and telephone numbers and photos of before another.
func (s *Store) ForgetAnswers(ctx context.Context, before, personal time.Time) error {
	return s.tx(ctx, "forget answers", func(tx *sql.Tx) (err error) {
		run := func(query string, t time.Time) {
			_, e := tx.ExecContext(ctx, query, millis(t))
			err = errors.Join(err, e)
		}
		run(`UPDATE messages SET phone = '' WHERE at < $1 AND phone <> ''`, personal)
		run(`DELETE FROM message_photos WHERE message IN (SELECT id FROM messages WHERE at < $1)`, personal)
		run(`DELETE FROM messages WHERE at < $1`, before)
		run(`DELETE FROM head_photos WHERE report IN (SELECT id FROM head_reports WHERE arrived < $1)`, personal)
		run(`DELETE FROM head_reports WHERE arrived < $1`, before)
		_, e := tx.ExecContext(ctx, forgetMessages)
		err = errors.Join(err, e)
		run(`DELETE FROM tallies WHERE changed < $1`, before)
		run(`DELETE FROM questions WHERE until < $1 AND made < $1`, before)
		return err
	})
}

// AnswerRule is what the commune does with what villagers answer.
type AnswerRule struct {
	Closed       bool `json:"closed,omitempty" doc:"nobody can answer or send a message"`
	Days         int  `json:"days" minimum:"7" maximum:"366" doc:"after which everything is removed; 90 of a commune that has set nothing"`
	PersonalDays int  `json:"personal_days" minimum:"1" maximum:"366" doc:"after which telephone numbers and photos are removed; 30"`
}

const keyAnswers = "answers"

// AnswerRule returns it.
func (s *Store) AnswerRule(ctx context.Context) (AnswerRule, error) {
	r := AnswerRule{Days: 90, PersonalDays: 30}
	err := s.SettingOr(ctx, keyAnswers, &r)
	return r, err
}

// PutAnswerRule sets it.
func (s *Store) PutAnswerRule(ctx context.Context, r AnswerRule) error {
	return s.PutSetting(ctx, keyAnswers, r)
}

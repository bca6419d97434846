package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// AnswerCode is the code by which the people of a village answer; it stands on their own
// notice board.
type AnswerCode struct {
	Code    string
	Area    string
	Retired time.Time // since when another stands in its place; zero: it counts
}

// AnswerCodeLength is how many characters of CodeAlphabet it has: who tries a thousand of
// them a minute needs a year for one.
const AnswerCodeLength = 7

// keepRetired is for how long an old code is known as such.
const keepRetired = 400 * 24 * time.Hour

// AnswerCodes returns all codes, those that count and those that did. An area that has none
// gets one, by chance; where nothing can be written it is left out.
func (s *Store) AnswerCodes(ctx context.Context, now time.Time) ([]AnswerCode, error) {
	missing, err := list(ctx, s.read, "areas without a code", func(row scanner) (area string, err error) { return area, row.Scan(&area) },
		`SELECT a.id FROM areas a WHERE NOT EXISTS (SELECT 1 FROM answer_codes c WHERE c.area = a.id AND c.retired = 0)`)
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 {
		err = s.tx(ctx, "give areas their codes for answers", func(tx *sql.Tx) error {
			for _, area := range missing {
				if err := giveAnswerCode(ctx, tx, area, now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil && s.Refused(err) == nil {
			return nil, err
		} // else they wait for a disk that takes it
	}
	return list(ctx, s.read, "codes for answers", func(row scanner) (c AnswerCode, err error) {
		return c, row.Scan(&c.Code, &c.Area, at{&c.Retired})
	}, `SELECT code, area, retired FROM answer_codes`)
}

// RenewAnswerCode gives an area another code; the one before is known as an old one.
func (s *Store) RenewAnswerCode(ctx context.Context, area string, now time.Time) error {
	return s.tx(ctx, "renew the code of "+area, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM answer_codes WHERE retired > 0 AND retired < $1`, millis(now.Add(-keepRetired)))
		if err == nil {
			_, err = tx.ExecContext(ctx, `UPDATE answer_codes SET retired = $1 WHERE area = $2 AND retired = 0`, millis(now), area)
		}
		if err != nil {
			return err
		}
		return giveAnswerCode(ctx, tx, area, now)
	})
}

// giveAnswerCode draws one that nobody has, nor had.
func giveAnswerCode(ctx context.Context, tx *sql.Tx, area string, now time.Time) error {
	const tries = 20
	for range tries {
		res, err := tx.ExecContext(ctx, `INSERT INTO answer_codes (code, area, made) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
			DrawCode(AnswerCodeLength), area, millis(now))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n > 0 {
			return err
		}
	}
	return fmt.Errorf("no code for answers for area %s: %w", area, ErrConflict)
}

// Tally is how many in a village answered one thing with one word.
type Tally struct {
	Subject string // what the people heard, or a question
	Area    string
	Word    string
	Of      string // the broadcast, or the bulletin
	Number  int
}

// Count adds to a tally, and takes the former word of the same answer back from another; "":
// there was none.
func (s *Store) Count(ctx context.Context, t Tally, former string, now time.Time) error {
	return s.tx(ctx, "count an answer", func(tx *sql.Tx) error {
		if former != "" {
			if _, err := tx.ExecContext(ctx, `UPDATE tallies SET number = number - 1, changed = $4
				WHERE subject = $1 AND area = $2 AND word = $3 AND number > 0`, t.Subject, t.Area, former, millis(now)); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO tallies (subject, area, word, of, number, changed) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (subject, area, word) DO UPDATE SET number = tallies.number + excluded.number, changed = excluded.changed`,
			t.Subject, t.Area, t.Word, t.Of, t.Number, millis(now))
		return err
	})
}

// Tallies are those of some broadcasts or bulletins. None is an empty list, and no error.
func (s *Store) Tallies(ctx context.Context, of []string) ([]Tally, error) {
	return many(ctx, s.read, "tallies", func(row scanner) (t Tally, err error) {
		return t, row.Scan(&t.Subject, &t.Area, &t.Word, &t.Of, &t.Number)
	}, `SELECT subject, area, word, of, number FROM tallies WHERE of IN {ids}`, of)
}

// TalliedSince are the broadcasts and bulletins to which somebody answered at an instant or
// later, the last first. None is an empty list, and no error.
func (s *Store) TalliedSince(ctx context.Context, since time.Time, limit int) ([]string, error) {
	return list(ctx, s.read, "what was answered", func(row scanner) (of string, err error) { return of, row.Scan(&of) },
		`SELECT of FROM tallies GROUP BY of HAVING max(changed) >= $1 ORDER BY max(changed) DESC, of LIMIT $2`, millis(since), bound(limit))
}

// Question is what the office asks with a bulletin.
type Question struct {
	ID       string
	Bulletin string
	Words    string
	Answers  []string
	Until    time.Time
	Made     time.Time
	Author   string    // id of the account that wrote it
	Approved string    // name of who lets it be asked; "": it waits
	Closed   time.Time // since when it is the bulletin's no more; zero: it is
}

const questionColumns = `id, bulletin, words, answers, until, made, author, approved, closed`

func scanQuestion(row scanner) (q Question, err error) {
	var answers string
	if err = row.Scan(&q.ID, &q.Bulletin, &q.Words, &answers, at{&q.Until}, at{&q.Made}, &q.Author, &q.Approved, at{&q.Closed}); err == nil {
		err = json.Unmarshal([]byte(answers), &q.Answers)
	}
	return q, err
}

// PutQuestion keeps a question. Another that its bulletin has is closed by that.
func (s *Store) PutQuestion(ctx context.Context, q Question) error {
	answers, err := json.Marshal(q.Answers)
	if err != nil {
		return err
	}
	return s.tx(ctx, "put question", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE questions SET closed = $1 WHERE bulletin = $2 AND closed = 0 AND id <> $3`, millis(q.Made),
			q.Bulletin, q.ID); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO questions (`+questionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (id) DO UPDATE SET until = excluded.until, author = excluded.author, approved = excluded.approved, closed = excluded.closed`,
			q.ID, q.Bulletin, q.Words, string(answers), millis(q.Until), millis(q.Made), q.Author, q.Approved, millis(q.Closed))
		return err
	})
}

// QuestionsOf are the questions of some bulletins, closed ones too, the newest first. None
// is an empty list, and no error.
func (s *Store) QuestionsOf(ctx context.Context, bulletins []string) ([]Question, error) {
	return many(ctx, s.read, "questions", scanQuestion,
		`SELECT `+questionColumns+` FROM questions WHERE bulletin IN {ids} ORDER BY made DESC, id`, bulletins)
}

// WaitingQuestions are those that wait at an instant for somebody to let them be asked, the
// oldest first. None is an empty list, and no error.
func (s *Store) WaitingQuestions(ctx context.Context, now time.Time, limit int) ([]Question, error) {
	return list(ctx, s.read, "questions waiting", scanQuestion, `SELECT `+questionColumns+` FROM questions
		WHERE closed = 0 AND approved = '' AND until > $1 ORDER BY made, id LIMIT $2`, millis(now), bound(limit))
}

// AskedAt are the approved questions that are asked at an instant, by bulletin. None is an empty map,
// and no error.
func (s *Store) AskedAt(ctx context.Context, now time.Time) (map[string]Question, error) {
	found, err := list(ctx, s.read, "questions asked", scanQuestion,
		`SELECT `+questionColumns+` FROM questions WHERE closed = 0 AND approved <> '' AND until > $1`, millis(now))
	all := make(map[string]Question, len(found))
	for _, q := range found {
		all[q.Bulletin] = q
	}
	return all, err
}

package store

import (
	"context"
	"database/sql"
	"time"
)

// The kinds of a notice; "" is that of an emergency.
const (
	NoticeOfMessage  = "message"  // a villager sent something urgent
	NoticeOfExercise = "exercise" // a test or a drill is overdue
	NoticeOfWarning  = "warning"  // another office warns, and it waits for somebody
	NoticeOfSummary  = "summary"  // what is new since yesterday
)

// Notice tells people what concerns them: an emergency that is on air, what a villager
// sent, a drill that is overdue.
type Notice struct {
	Kind   string    `json:"kind,omitempty"` // "": an emergency
	ID     string    `json:"id"`
	At     time.Time `json:"at"`
	Call   string    `json:"call"`
	Title  string    `json:"title"`
	Who    string    `json:"who"`
	Places string    `json:"places"` // names
	// Approver approved beforehand what is said; "": nobody did.
	Approver string `json:"approver,omitempty"`
}

// keepUnread bounds how many notices a page shows; the log has them all.
const keepUnread = 20

// AddNotice keeps a notice for some people; one that is there stays as it is.
func (s *Store) AddNotice(ctx context.Context, n Notice, people []string) error {
	return s.tx(ctx, "add notice", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO notices (id, at, call, title, who, places, approver, kind) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
			n.ID, millis(n.At), n.Call, n.Title, n.Who, n.Places, n.Approver, n.Kind)
		if err != nil {
			return err
		}
		for _, p := range people {
			// A person may have been removed this moment.
			_, err := tx.ExecContext(ctx, `INSERT INTO notice_people (notice, person, read) SELECT $1, id, 0 FROM people WHERE id = $2 ON CONFLICT DO NOTHING`, n.ID, p)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Unread returns the latest notices that a person has not read, newest first. None is
// an empty list, and no error.
func (s *Store) Unread(ctx context.Context, person string) ([]Notice, error) {
	return list(ctx, s.read, "notices", func(row scanner) (n Notice, err error) {
		return n, row.Scan(&n.ID, at{&n.At}, &n.Call, &n.Title, &n.Who, &n.Places, &n.Approver, &n.Kind)
	}, `SELECT n.id, n.at, n.call, n.title, n.who, n.places, n.approver, n.kind FROM notice_people p JOIN notices n ON n.id = p.notice
		WHERE p.person = $1 AND p.read = 0 ORDER BY n.at DESC, n.id LIMIT $2`, person, keepUnread)
}

// ReadNotice notes that a person has read a notice. ErrNotFound where there is none.
func (s *Store) ReadNotice(ctx context.Context, person, id string, now time.Time) error {
	return s.must(ctx, "read notice", `UPDATE notice_people SET read = CASE read WHEN 0 THEN $3 ELSE read END WHERE person = $1 AND notice = $2`,
		person, id, millis(now))
}

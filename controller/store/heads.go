package store

import (
	"context"
	"database/sql"
	"time"
)

// HeadReport is what a village head reports by three taps.
type HeadReport struct {
	ID         string
	Area       string
	Level      string // normal, attention or urgent
	Kind       string // "": of what is normal
	Households int
	Words      string
	Person     string // id
	Name, Role string
	Tapped     time.Time
	Arrived    time.Time
	Unsure     bool // the telephone could not say when it was tapped
	Photo      bool // there is one
}

const headColumns = `id, area, level, kind, households, words, person, name, role, tapped, arrived, unsure`

func scanHeadReport(row scanner) (h HeadReport, err error) {
	return h, row.Scan(&h.ID, &h.Area, &h.Level, &h.Kind, &h.Households, &h.Words, &h.Person, &h.Name, &h.Role, at{&h.Tapped},
		at{&h.Arrived}, &h.Unsure, &h.Photo)
}

const selectHeads = `SELECT ` + headColumns + `, EXISTS (SELECT 1 FROM head_photos p WHERE p.report = head_reports.id) FROM head_reports `

// AddHeadReport keeps a new one with its photo; nil: there is none. ErrConflict where it was
// kept already.
func (s *Store) AddHeadReport(ctx context.Context, h HeadReport, photo []byte) error {
	return s.tx(ctx, "add a head's report", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO head_reports (`+headColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING`, h.ID, h.Area, h.Level, h.Kind, h.Households,
			h.Words, h.Person, h.Name, h.Role, millis(h.Tapped), millis(h.Arrived), h.Unsure)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			if err == nil {
				err = ErrConflict
			}
			return err
		}
		if photo != nil {
			_, err = tx.ExecContext(ctx, `INSERT INTO head_photos (report, jpeg) VALUES ($1, $2)`, h.ID, photo)
		}
		return err
	})
}

// MostHeadReports bounds what HeadReports returns.
const MostHeadReports = 2000

// HeadReports returns those that arrived from one instant on and before another, the newest
// first. None is an empty list, and no error.
func (s *Store) HeadReports(ctx context.Context, from, to time.Time) ([]HeadReport, error) {
	return list(ctx, s.read, "heads' reports", scanHeadReport, selectHeads+`WHERE arrived >= $1 AND arrived < $2
		ORDER BY arrived DESC, id LIMIT $3`, millis(from), millis(to), MostHeadReports)
}

// HeadReport returns one. ErrNotFound where there is none.
func (s *Store) HeadReport(ctx context.Context, id string) (HeadReport, error) {
	h, err := scanHeadReport(s.read.QueryRowContext(ctx, selectHeads+`WHERE id = $1`, id))
	return h, wrap("head's report "+id, err)
}

// HeadPhoto returns the photo of one. ErrNotFound where there is none.
func (s *Store) HeadPhoto(ctx context.Context, report string) (jpeg []byte, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT jpeg FROM head_photos WHERE report = $1`, report).Scan(&jpeg)
	return jpeg, wrap("photo of head's report "+report, err)
}

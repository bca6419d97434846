package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"loa/schedule"
)

// Bulletin (bản tin) is a text with its recordings, one for each language.
type Bulletin struct {
	ID       string            `json:"id"`
	Title    string            `json:"title"`
	Field    string            `json:"field,omitempty"` // lĩnh vực
	Class    string            `json:"class"`
	Language string            `json:"language"` // of title and summary
	Source   string            `json:"source,omitempty"`
	Author   string            `json:"author,omitempty"` // name
	Summary  string            `json:"summary,omitempty"`
	Clips    map[string]string `json:"clips"`            // language → clip id
	Expires  time.Time         `json:"expires,omitzero"` // silent from then on
	Created  time.Time         `json:"created"`
	Area     string            `json:"area,omitempty"` // where it belongs; "": the whole commune
	Approval Approval          `json:"-"`
}

// PutBulletin adds or replaces a bulletin with its clips, together with what
// was decided of it; Created stays what it was. An unknown clip is ErrConflict.
func (s *Store) PutBulletin(ctx context.Context, b Bulletin, approvals ...Approval) error {
	return s.ChangeBulletin(ctx, b, nil, time.Time{}, approvals...)
}

// ChangeBulletin is PutBulletin together with the programmes that hold the
// bulletin: all of it or nothing. One that is cancelled is ErrConflict.
func (s *Store) ChangeBulletin(ctx context.Context, b Bulletin, programmes []schedule.Programme, now time.Time,
	approvals ...Approval) error {
	return s.tx(ctx, "put bulletin "+b.ID, func(tx *sql.Tx) error {
		for _, p := range programmes {
			if _, err := putProgramme(ctx, tx, p, now); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO bulletins (id, title, field, class, language, source, author, summary, expires, created, area)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
			ON CONFLICT (id) DO UPDATE SET title = excluded.title, field = excluded.field, class = excluded.class,
				language = excluded.language, source = excluded.source, author = excluded.author,
				summary = excluded.summary, expires = excluded.expires, area = excluded.area`,
			b.ID, b.Title, b.Field, b.Class, b.Language, b.Source, b.Author, b.Summary, millis(b.Expires), millis(b.Created), b.Area)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM bulletin_clips WHERE bulletin = $1`, b.ID); err != nil {
			return err
		}
		for language, clip := range b.Clips {
			if _, err := tx.ExecContext(ctx, `INSERT INTO bulletin_clips (bulletin, language, clip) VALUES ($1, $2, $3)`,
				b.ID, language, clip); err != nil {
				return err
			}
		}
		return putApprovals(ctx, tx, approvals)
	})
}

// bulletins is the start of every query for bulletins.
var bulletins = `SELECT b.id, b.title, b.field, b.class, b.language, b.source, b.author, b.summary, b.expires, b.created, b.area` + approvalOf("a") + `
	FROM bulletins b LEFT JOIN approvals a ON a.kind = 'bulletin' AND a.id = b.id `

func scanBulletin(row scanner) (b Bulletin, err error) {
	b.Clips = map[string]string{}
	into := []any{&b.ID, &b.Title, &b.Field, &b.Class, &b.Language, &b.Source, &b.Author, &b.Summary, at{&b.Expires}, at{&b.Created}, &b.Area}
	err = row.Scan(append(into, b.Approval.into()...)...)
	b.Approval.Kind, b.Approval.ID = OfBulletin, b.ID
	return b, err
}

// Bulletin returns one bulletin with its clips.
func (s *Store) Bulletin(ctx context.Context, id string) (Bulletin, error) {
	return recall(ctx, s, keyBulletin+id, copyBulletin, func(ctx context.Context) (Bulletin, error) { return bulletin(ctx, s.read, id) })
}

func bulletin(ctx context.Context, db reader, id string) (Bulletin, error) {
	b, err := scanBulletin(db.QueryRowContext(ctx, bulletins+`WHERE b.id = $1`, id))
	if err != nil {
		return b, wrap("bulletin "+id, err)
	}
	return b, addClips(ctx, db, []Bulletin{b})
}

// Bulletins returns up to limit bulletins, newest first, older than before if
// that is not zero.
func (s *Store) Bulletins(ctx context.Context, before time.Time, limit int) ([]Bulletin, error) {
	all, err := list(ctx, s.read, "bulletins", scanBulletin,
		bulletins+`WHERE $1 = 0 OR b.created < $1 ORDER BY b.created DESC, b.id LIMIT $2`, millis(before), bound(limit))
	if err != nil {
		return nil, err
	}
	return all, addClips(ctx, s.read, all)
}

// BulletinsWith returns the bulletins that have a clip, as they are now. None is an
// empty list, and no error.
func (s *Store) BulletinsWith(ctx context.Context, clip string) ([]Bulletin, error) {
	all, err := list(ctx, s.read, "bulletins with clip "+clip, scanBulletin,
		bulletins+`WHERE b.id IN (SELECT bulletin FROM bulletin_clips WHERE clip = $1) ORDER BY b.id`, clip)
	if err != nil {
		return nil, err
	}
	return all, addClips(ctx, s.read, all)
}

// Alerts returns the latest bulletins of class emergency, newest first. None is an
// empty list, and no error.
func (s *Store) Alerts(ctx context.Context) ([]Bulletin, error) {
	const most = 200
	return recall(ctx, s, keyAlerts, slices.Clone[[]Bulletin], func(ctx context.Context) ([]Bulletin, error) {
		all, err := list(ctx, s.read, "alerts", scanBulletin,
			bulletins+`WHERE b.class = $1 ORDER BY b.created DESC, b.id LIMIT $2`, string(schedule.Emergency), most)
		if err != nil {
			return nil, err
		}
		return all, addClips(ctx, s.read, all)
	})
}

// addClips fills the clip maps of the bulletins.
func addClips(ctx context.Context, db reader, all []Bulletin) error {
	type row struct{ bulletin, language, clip string }
	ids, of := make([]string, len(all)), map[string]Bulletin{}
	for i, b := range all {
		ids[i], of[b.ID] = b.ID, b
	}
	rows, err := many(ctx, db, "clips of bulletins", func(sc scanner) (r row, err error) {
		return r, sc.Scan(&r.bulletin, &r.language, &r.clip)
	}, `SELECT bulletin, language, clip FROM bulletin_clips WHERE bulletin IN {ids}`, ids)
	for _, r := range rows {
		of[r.bulletin].Clips[r.language] = r.clip
	}
	return err
}

// DeleteBulletin removes a bulletin, also as it was approved, and what was
// decided of it; its clips remain. ErrNotFound where there is none.
func (s *Store) DeleteBulletin(ctx context.Context, id string) error {
	err := s.must(ctx, "delete bulletin "+id, `DELETE FROM bulletins WHERE id = $1`, id)
	if err != nil {
		return err
	}
	_, err = s.exec(ctx, "delete approval of "+id, `DELETE FROM approvals WHERE kind = $1 AND id = $2`, OfBulletin, id)
	return err
}

package store

import (
	"context"
	"database/sql"
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
	Author   string            `json:"author,omitempty"`
	Summary  string            `json:"summary,omitempty"`
	Clips    map[string]string `json:"clips"`            // language → clip id
	Expires  time.Time         `json:"expires,omitzero"` // silent from then on
	Created  time.Time         `json:"created"`
}

// PutBulletin adds or replaces a bulletin with its clips; Created stays what
// it was. An unknown clip is ErrConflict.
func (s *Store) PutBulletin(ctx context.Context, b Bulletin) error {
	return s.ChangeBulletin(ctx, b, nil, time.Time{})
}

// ChangeBulletin is PutBulletin together with the programmes that hold the
// bulletin: all of it or nothing. One that is cancelled is ErrConflict.
func (s *Store) ChangeBulletin(ctx context.Context, b Bulletin, programmes []schedule.Programme, now time.Time) error {
	return s.tx(ctx, "put bulletin "+b.ID, func(tx *sql.Tx) error {
		for _, p := range programmes {
			if _, err := putProgramme(ctx, tx, p, now); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO bulletins (id, title, field, class, language, source, author, summary, expires, created)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			ON CONFLICT (id) DO UPDATE SET title = excluded.title, field = excluded.field, class = excluded.class,
				language = excluded.language, source = excluded.source, author = excluded.author,
				summary = excluded.summary, expires = excluded.expires`,
			b.ID, b.Title, b.Field, b.Class, b.Language, b.Source, b.Author, b.Summary, millis(b.Expires), millis(b.Created))
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
		return nil
	})
}

const bulletinColumns = `id, title, field, class, language, source, author, summary, expires, created`

func scanBulletin(row scanner) (b Bulletin, err error) {
	b.Clips = map[string]string{}
	return b, row.Scan(&b.ID, &b.Title, &b.Field, &b.Class, &b.Language, &b.Source, &b.Author, &b.Summary, at{&b.Expires}, at{&b.Created})
}

// Bulletin returns one bulletin with its clips.
func (s *Store) Bulletin(ctx context.Context, id string) (Bulletin, error) {
	b, err := scanBulletin(s.read.QueryRowContext(ctx, `SELECT `+bulletinColumns+` FROM bulletins WHERE id = $1`, id))
	if err != nil {
		return b, wrap("bulletin "+id, err)
	}
	return b, s.addClips(ctx, []Bulletin{b})
}

// Bulletins returns up to limit bulletins, newest first, older than before if
// that is not zero.
func (s *Store) Bulletins(ctx context.Context, before time.Time, limit int) ([]Bulletin, error) {
	all, err := list(ctx, s.read, "bulletins", scanBulletin, `
		SELECT `+bulletinColumns+` FROM bulletins WHERE $1 = 0 OR created < $1
		ORDER BY created DESC, id LIMIT $2`, millis(before), bound(limit))
	if err != nil {
		return nil, err
	}
	return all, s.addClips(ctx, all)
}

// addClips fills the clip maps of the bulletins.
func (s *Store) addClips(ctx context.Context, all []Bulletin) error {
	type row struct{ language, clip string }
	for _, b := range all {
		rows, err := list(ctx, s.read, "clips of bulletin "+b.ID, func(sc scanner) (r row, err error) {
			return r, sc.Scan(&r.language, &r.clip)
		}, `SELECT language, clip FROM bulletin_clips WHERE bulletin = $1`, b.ID)
		if err != nil {
			return err
		}
		for _, r := range rows {
			b.Clips[r.language] = r.clip
		}
	}
	return nil
}

// DeleteBulletin removes a bulletin; its clips remain.
func (s *Store) DeleteBulletin(ctx context.Context, id string) error {
	return s.must(ctx, "delete bulletin "+id, `DELETE FROM bulletins WHERE id = $1`, id)
}

package store

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"loa/node/wire"
)

// ClipKind says where a clip came from.
type ClipKind string

// The kinds of clip.
const (
	Recording ClipKind = "recording"
	Speech    ClipKind = "speech"
)

// Clip (tệp âm thanh) is levelled mono Ogg Opus, named by its sha256.
type Clip struct {
	ID          string     `json:"id"` // sha256 of the file, hex
	Seconds     float64    `json:"seconds"`
	LUFS        float64    `json:"lufs"`      // integrated loudness
	PeakDBTP    float64    `json:"peak_dbtp"` // true peak
	Bytes       int64      `json:"bytes"`
	Name        string     `json:"name"` // of the uploaded file, or the first words of the text
	Kind        ClipKind   `json:"kind"`
	Text        string     `json:"text,omitempty"`         // what was to be spoken, as it was written
	Said        string     `json:"said,omitempty"`         // how it was read; "": as it stands
	Style       string     `json:"style,omitempty"`        // of speech: speech.Style; "": as the voice said it by itself, before there were styles
	OriginalSHA string     `json:"original_sha,omitempty"` // of what was uploaded
	Created     time.Time  `json:"created"`
	Notes       []ClipNote `json:"notes,omitempty"` // what was mended in the recording, or could not be
}

// Length is how long it sounds.
func (c Clip) Length() time.Duration { return time.Duration(c.Seconds * float64(time.Second)) }

// ClipNote is one of them. Package library has the words.
type ClipNote struct {
	Code    string  `json:"code"`
	Channel string  `json:"channel,omitempty"` // "left" or "right": that was taken
	Seconds float64 `json:"seconds,omitempty"`
	DB      float64 `json:"db,omitempty"`
	Places  int     `json:"places,omitempty"`
	Voice   string  `json:"voice,omitempty"` // the engine that did not speak
}

// ClipPath is where the clip's file is now, or belongs.
func (s *Store) ClipPath(id string) string {
	if c := s.heldClip(func(c *ClipOf) bool { return c.Clip.ID == id }); c != nil {
		if _, err := os.Stat(c.File); err == nil {
			return c.File
		}
	}
	return s.shaPath("clips", id) + ".opus"
}

// OriginalPath is where an uploaded file is kept under its own sha256.
func (s *Store) OriginalPath(sha string) string { return s.shaPath("originals", sha) }

// shaPath spreads files over 256 folders. Whatever sha is, the result stays
// inside the store.
func (s *Store) shaPath(folder, sha string) string {
	if !wire.ValidSHA(sha) {
		sha = "invalid"
	}
	return filepath.Join(s.dir, folder, sha[:2], sha)
}

// TempDir is where files are made that Install will put in place: on the same
// disk, and emptied when the store is next opened.
func (s *Store) TempDir() string { return filepath.Join(s.dir, "tmp") }

// Install puts a finished file from TempDir in its place, ClipPath or
// OriginalPath, whole or not at all. What is there already is the same file,
// for the name tells the content.
func (s *Store) Install(tmp, path string) error {
	err := install(tmp, path)
	return s.wrapWrite("install "+filepath.Base(path), err)
}

func install(tmp, path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := syncFile(tmp); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	return errors.Join(syncFile(dir), syncFile(filepath.Dir(dir)))
}

// syncFile makes a file's bytes, or a folder's names, survive a power cut.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// AddClip notes a clip whose file is in place. One that is there already
// stays as it is.
func (s *Store) AddClip(ctx context.Context, c Clip) error {
	notes, err := json.Marshal(append([]ClipNote{}, c.Notes...))
	if err != nil {
		return wrap("add clip "+c.ID, err)
	}
	_, err = s.exec(ctx, "add clip "+c.ID, `
		INSERT INTO clips (id, seconds, lufs, peak_dbtp, bytes, name, kind, text, original_sha, created, notes, said, style)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (id) DO NOTHING`,
		c.ID, c.Seconds, c.LUFS, c.PeakDBTP, c.Bytes, c.Name, c.Kind, c.Text, c.OriginalSHA, millis(c.Created), string(notes), c.Said, c.Style)
	return err
}

// PlaceClip notes that a clip belongs to areas, besides those that it has: who
// made the same sound elsewhere has it too.
func (s *Store) PlaceClip(ctx context.Context, id string, areas ...string) error {
	for _, area := range areas {
		_, err := s.exec(ctx, "place clip "+id, `INSERT INTO clip_places (clip, area) VALUES ($1, $2) ON CONFLICT DO NOTHING`, id, area)
		if err != nil {
			return err
		}
	}
	return nil
}

// ClipPlaces returns the areas that a clip belongs to; none: it is the whole
// commune's.
func (s *Store) ClipPlaces(ctx context.Context, id string) ([]string, error) {
	return list(ctx, s.read, "places of clip "+id, func(row scanner) (area string, err error) {
		return area, row.Scan(&area)
	}, `SELECT area FROM clip_places WHERE clip = $1 ORDER BY area`, id)
}

const clipColumns = `id, seconds, lufs, peak_dbtp, bytes, name, kind, text, original_sha, created, notes, said, style`

func scanClip(row scanner) (c Clip, err error) {
	var notes string
	err = row.Scan(&c.ID, &c.Seconds, &c.LUFS, &c.PeakDBTP, &c.Bytes, &c.Name, &c.Kind, &c.Text, &c.OriginalSHA, at{&c.Created}, &notes,
		&c.Said, &c.Style)
	if err == nil && notes != "" {
		err = json.Unmarshal([]byte(notes), &c.Notes)
	}
	if len(c.Notes) == 0 {
		c.Notes = nil
	}
	return c, err
}

// GetClip returns one clip. ErrNotFound where there is none.
func (s *Store) GetClip(ctx context.Context, id string) (Clip, error) {
	if c := s.heldClip(func(c *ClipOf) bool { return c.Clip.ID == id }); c != nil {
		return c.Clip, nil
	}
	return recall(ctx, s, keyClip+id, same, func(ctx context.Context) (Clip, error) {
		c, err := scanClip(s.read.QueryRowContext(ctx, `SELECT `+clipColumns+` FROM clips WHERE id = $1`, id))
		return c, wrap("clip "+id, err)
	})
}

// ListClips returns up to limit clips, newest first, older than before if
// that is not zero.
func (s *Store) ListClips(ctx context.Context, before time.Time, limit int) ([]Clip, error) {
	return list(ctx, s.read, "clips", scanClip, `
		SELECT `+clipColumns+` FROM clips WHERE $1 = 0 OR created < $1
		ORDER BY created DESC, id LIMIT $2`, millis(before), bound(limit))
}

// bound keeps a page between 1 and 1000 rows.
func bound(limit int) int { return min(max(limit, 1), 1000) }

// ClipSizes returns the length in bytes of every clip, for plans. None is an empty map,
// and no error.
func (s *Store) ClipSizes(ctx context.Context) (map[string]int64, error) {
	type row struct {
		id    string
		bytes int64
	}
	all, err := list(ctx, s.read, "sizes of clips", func(sc scanner) (r row, err error) {
		return r, sc.Scan(&r.id, &r.bytes)
	}, `SELECT id, bytes FROM clips`)
	sizes := make(map[string]int64, len(all))
	for _, r := range all {
		sizes[r.id] = r.bytes
	}
	return sizes, err
}

// CachedSpeech returns the clip made earlier from the same text, voice and
// rate, by a key that the caller computes. ErrNotFound if there is none.
func (s *Store) CachedSpeech(ctx context.Context, key string) (Clip, error) {
	if c := s.heldClip(func(c *ClipOf) bool { return c.Key == key }); c != nil {
		return c.Clip, nil
	}
	c, err := scanClip(s.read.QueryRowContext(ctx, `
		SELECT `+clipColumns+` FROM clips WHERE id = (SELECT clip FROM speech_cache WHERE key = $1)`, key))
	return c, wrap("cached speech", err)
}

// CacheSpeech notes which clip a key made.
func (s *Store) CacheSpeech(ctx context.Context, key, clip string) error {
	_, err := s.exec(ctx, "cache speech", `
		INSERT INTO speech_cache (key, clip) VALUES ($1, $2)
		ON CONFLICT (key) DO UPDATE SET clip = excluded.clip`, key, clip)
	return err
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"loa/controller/problem"
)

// Database is the name of the database in the store's folder, and Media those
// of the folders beside it that hold files by their sha256.
const Database = "loa.db"

// Media are the folders of sound; see Database.
var Media = []string{"clips", "originals", "recordings"}

// ErrNewer means a database that a later version of Loa made.
var ErrNewer error = problem.New(problem.Conflict, "database_newer",
	"Dữ liệu này do bản Loa mới hơn ghi: hãy cài bản Loa đó rồi thử lại.",
	"A newer version of Loa wrote this data: install that version and try again.")

// Snapshot writes the database as it is at this instant to path, a new file,
// while others go on reading and writing. What must not come back to life with
// it is left out: sessions, so that a backup opens no door; the ends that calls
// on air have yet to come to, so that a restored controller takes none up again;
// and what the plans' numbers stood for, so that it gives every plan a number
// above those that nodes have seen since.
func (s *Store) Snapshot(ctx context.Context, path string, now time.Time) error {
	const what = "copy the database"
	// A connection of its own: the reading ones may not write a file, and the
	// writing one is needed.
	db, err := s.pool(1)
	if err != nil {
		return wrap(what, err)
	}
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, path)
	if err = errors.Join(err, db.Close()); err != nil {
		return wrap(what, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return wrap(what, err)
	}
	return wrap(what, settle(ctx, path, now))
}

func settle(ctx context.Context, path string, now time.Time) (err error) {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, `DELETE FROM sessions; DELETE FROM machine_sessions`); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, `UPDATE plans SET hash = ''`); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `UPDATE calls SET ended = $1, reason = 'cut' WHERE ended = 0`, millis(now))
	return err
}

// Examine returns nil if the database in dir is whole and one that this program
// understands. Nothing in it is changed.
func Examine(ctx context.Context, dir string) error {
	s, err := OpenReadOnly(ctx, dir)
	if err != nil {
		return err
	}
	defer s.read.Close()
	var said string
	if err := s.read.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&said); err != nil {
		return wrap("examine the database", err)
	}
	if said != "ok" {
		return fmt.Errorf("examine the database: %s", said)
	}
	f, err := s.Facts(ctx)
	if err == nil && f.Version > f.Known {
		return fmt.Errorf("its version is %d, ours %d: %w", f.Version, f.Known, ErrNewer)
	}
	return err
}

// Facts tell what is in the store, without what it says.
type Facts struct {
	Version int64            `json:"version"` // last migration that was done
	Known   int64            `json:"known"`   // last that this program has
	Bytes   int64            `json:"bytes"`   // of the database with its log
	Rows    map[string]int64 `json:"rows"`    // by table
}

// Facts counts. What cannot be counted is an error.
func (s *Store) Facts(ctx context.Context) (Facts, error) {
	f := Facts{Rows: map[string]int64{}}
	var err error
	if f.Known, err = known(); err != nil {
		return f, err
	}
	for _, path := range []string{s.path, s.path + "-wal"} {
		if info, err := os.Stat(path); err == nil {
			f.Bytes += info.Size()
		}
	}
	if err := s.read.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version`).Scan(&f.Version); err != nil {
		return f, wrap("count", err)
	}
	tables, err := list(ctx, s.read, "tables", func(sc scanner) (name string, err error) { return name, sc.Scan(&name) },
		`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`)
	for _, name := range tables {
		var n int64
		if err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM "`+strings.ReplaceAll(name, `"`, `""`)+`"`).Scan(&n); err != nil {
			return f, wrap("count", err)
		}
		f.Rows[name] = n
	}
	return f, err
}

// Disk tells how many bytes the disk of the store has, and how many are free. An error
// says that the system does not tell.
func (s *Store) Disk() (size, free int64, err error) {
	var f syscall.Statfs_t
	if err := syscall.Statfs(s.dir, &f); err != nil {
		return 0, 0, wrap("look at the disk", err)
	}
	return int64(f.Blocks) * int64(f.Bsize), int64(f.Bavail) * int64(f.Bsize), nil
}

// known is the number of the last migration that this program has.
func known() (int64, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil || len(names) == 0 {
		return 0, fmt.Errorf("no migrations: %w", err)
	}
	number, _, _ := strings.Cut(filepath.Base(slices.Max(names)), "_")
	return strconv.ParseInt(number, 10, 64)
}

// Probe writes a little, to the database and to a file beside it, as far as the
// disk, and takes it back: whether that is possible no number tells. The error
// says why it is not; ErrFull, ErrUnwritable, or one of the file system's.
func (s *Store) Probe(ctx context.Context, now time.Time) error {
	defer func() { // the caller hears it from the error
		select {
		case <-s.refused:
		default:
		}
	}()
	file, err := os.CreateTemp(s.TempDir(), "probe-*")
	if err != nil {
		return s.wrapWrite("write to the disk", err)
	}
	_, err = file.Write(make([]byte, probeBytes))
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close(), os.Remove(file.Name()))
	if err != nil {
		return s.wrapWrite("write to the disk", err)
	}
	return s.PutSetting(ctx, keyProbe, now.UTC())
}

const (
	keyProbe   = "probe"
	probeBytes = 16 << 10 // what a call and its records need
)

// IsReadOnly reports whether an error says that there is no right to write, or
// that the disk takes no write at all.
func IsReadOnly(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN:
			return true
		}
	}
	return errors.Is(err, syscall.EROFS) || errors.Is(err, fs.ErrPermission)
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
)

// ErrNone means that there is no database, or an empty file in its place.
var ErrNone = errors.New("there is no database")

// history are the tables that only grow. A stand-in is without them: it is to be
// small, so that it can be made anew after each change, and nobody needs them to
// speak to the villages. Sessions are left out as of a backup: it opens no door.
var history = []string{"audit", "plays", "state_history", "node_states", "faults", "broadcasts", "broadcast_nodes", "broadcast_areas",
	"calls", "notices", "notice_people", "reports", "care", "maintenance", "tallies", "messages", "message_photos",
	"exercises", "exercise_nodes", "unsent", "watches", "sessions", "machine_sessions", "speech_cache"}

// WriteStandIn writes to path, a new file, what an office needs to go on by if
// this database is lost: areas, nodes, people with their rights, bulletins, the
// calendar, settings, as they are at one instant. It is a database as [OpenStandIn]
// opens it.
func (s *Store) WriteStandIn(ctx context.Context, path string) (err error) {
	const what = "write a stand-in"
	things, err := list(ctx, s.read.DB, what, func(sc scanner) (t thing, err error) { return t, sc.Scan(&t.kind, &t.name, &t.sql) },
		`SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY type DESC, name`) // tables first
	if err != nil {
		return err
	}
	if err := writeBlank(ctx, path, things); err != nil {
		return wrap(what, err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return wrap(what, err)
	}
	defer func() { err = errors.Join(err, wrap(what, db.Close())) }()
	db.SetMaxOpenConns(1) // what is attached belongs to a connection
	from := (&url.URL{Scheme: "file", Path: s.path, RawQuery: "mode=ro"}).String()
	if _, err := db.ExecContext(ctx, `ATTACH ? AS office`, from); err != nil {
		return wrap(what, err)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return wrap(what, err)
	}
	for _, t := range things {
		if t.kind != "table" || slices.Contains(history, t.name) {
			continue
		}
		table := `"` + strings.ReplaceAll(t.name, `"`, `""`) + `"`
		if _, err := tx.ExecContext(ctx, `INSERT INTO main.`+table+` SELECT * FROM office.`+table); err != nil {
			return errors.Join(wrap(what+": "+t.name, err), ignoreDone(tx.Rollback()))
		}
	}
	return wrap(what, tx.Commit())
}

// thing is a table, an index or a trigger, and the statement that makes it.
type thing struct{ kind, name, sql string }

// blank is the file of a database that has certain things and nothing in them.
type blank struct {
	of   []thing
	file []byte
}

// lastBlank is the blank that was made last: those of all stores are the same, until one is
// brought up to date. To make sixty tables takes longer than to copy what is in them.
var lastBlank atomic.Pointer[blank]

// writeBlank writes an empty database of these things.
func writeBlank(ctx context.Context, path string, things []thing) error {
	b := lastBlank.Load()
	if b == nil || !slices.Equal(b.of, things) {
		file, err := makeBlank(ctx, path, things)
		if err == nil {
			lastBlank.Store(&blank{things, file})
		}
		return err
	}
	return os.WriteFile(path, b.file, 0o600)
}

func makeBlank(ctx context.Context, path string, things []thing) (file []byte, err error) {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	for _, t := range things {
		if _, err := tx.ExecContext(ctx, t.sql); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", t.name, err), ignoreDone(tx.Rollback()), db.Close())
		}
	}
	if err := errors.Join(tx.Commit(), db.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// Fingerprint is what a database is held against that may be damaged.
type Fingerprint struct {
	Audit      Link              `json:"audit"`      // the last record; zero of a stand-in
	Programmes map[string]string `json:"programmes"` // sha256 of each, in hex, by its id
	Nodes      int               `json:"nodes"`      // that there are
}

func fingerprint(ctx context.Context, db *sql.DB) (f Fingerprint, err error) {
	var audited bool // older databases had no log
	err = db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'audit'`).Scan(&audited)
	if err == nil && audited {
		f.Audit, err = lastLink(ctx, db)
	}
	if err != nil {
		return f, wrap("look at the database", err)
	}
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM nodes`).Scan(&f.Nodes); err != nil {
		return f, wrap("look at the nodes", err)
	}
	type row struct{ id, doc string }
	all, err := list(ctx, db, "look at the calendar", func(sc scanner) (r row, err error) { return r, sc.Scan(&r.id, &r.doc) },
		`SELECT id, document FROM programmes`)
	f.Programmes = make(map[string]string, len(all))
	for _, r := range all {
		f.Programmes[r.id] = chain(r.id, r.doc)
	}
	return f, err
}

// Fingerprint tells what the database holds now. An error says that it cannot be read.
func (s *Store) Fingerprint(ctx context.Context) (Fingerprint, error) {
	return fingerprint(ctx, s.read.DB)
}

// Look examines the database in dir before anything is opened to be changed:
// nothing of it is, not even what a crash left to be done. It returns
// ErrNone, ErrNewer, or what is damaged. The time for that is ctx's: a check
// that does not end in it is not an error, and whole is false.
func Look(ctx context.Context, dir string) (f Fingerprint, whole bool, err error) {
	path, err := filepath.Abs(filepath.Join(dir, Database))
	if err != nil {
		return f, false, err
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return f, false, ErrNone
	}
	if err != nil {
		return f, false, wrap("look at the database", err)
	}
	q := url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(10000)", "query_only(1)"}}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String())
	if err != nil {
		return f, false, wrap("look at the database", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	var version int64
	if err := db.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version`).Scan(&version); err != nil {
		return f, false, wrap("look at the database", err)
	}
	ours, err := known()
	if err == nil && version > ours {
		err = fmt.Errorf("its version is %d, ours %d: %w", version, ours, ErrNewer)
	}
	if err != nil {
		return f, false, err
	}
	whole, err = quickCheck(ctx, db)
	if err != nil {
		return f, whole, err
	}
	f, err = fingerprint(context.WithoutCancel(ctx), db)
	return f, whole, err
}

// quickCheck reports whether the check came to its end.
func quickCheck(ctx context.Context, db *sql.DB) (whole bool, err error) {
	var said string
	err = db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&said)
	switch {
	case err != nil && ctx.Err() != nil:
		return false, nil
	case err != nil:
		return false, wrap("check the database", err)
	case said != "ok":
		return false, fmt.Errorf("check the database: %s", said)
	}
	return true, nil
}

// CheckWhole goes through the whole database while others use it, and returns what is
// damaged; nil also when ctx ended before.
func (s *Store) CheckWhole(ctx context.Context) error {
	_, err := quickCheck(ctx, s.read.DB)
	return err
}

package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"loa/controller/problem"
)

// The errors that a caller can act on. They are problems, so that they read
// well even where nobody says something more exact.
var (
	ErrNotFound error = problem.New(problem.NotFound, "not_found",
		"Không tìm thấy. Có thể đã bị xóa: hãy tải lại trang.", "Not found. It may have been deleted: reload the page.")
	ErrConflict error = problem.New(problem.Conflict, "conflict",
		"Không thực hiện được vì mục này đang được dùng, hoặc tham chiếu tới mục không tồn tại.",
		"Not done: this is in use elsewhere, or refers to something that does not exist.")
	ErrFull error = problem.New(problem.Full, "disk_full",
		"Ổ đĩa của máy chủ đã đầy. Hãy xóa bớt dữ liệu rồi thử lại.", "The controller's disk is full. Free some space and try again.")
	ErrUnwritable error = problem.New(problem.Full, "disk_unwritable",
		"Máy chủ không ghi được vào ổ đĩa dữ liệu (chỉ đọc, sai quyền thư mục hoặc ổ hỏng) nên không lưu được gì. Hãy gọi kỹ thuật viên.",
		"The controller cannot write to its data disk (it is read-only, the folder's rights are wrong, "+
			"or it is broken) and nothing was stored. Call the technician.")
)

// readers is how many reads run at once; each connection costs about 2 MB.
const readers = 4

//go:embed migrations/*.sql
var migrations embed.FS

// Store is the opened database with its files. It is safe for concurrent use.
type Store struct {
	dir    string  // of the sound
	path   string  // of the database
	write  *sql.DB // one connection
	read   *tally
	logger *slog.Logger
	deeds  *deeds
	memory memory

	commands sync.Mutex
	command  uint64 // number of the last one

	refused chan struct{} // see Refusals

	audited atomic.Int64 // number of the last audit record that was written here
}

// Open opens the store in dir, making it or bringing it up to date if needed.
func Open(ctx context.Context, dir string, logger *slog.Logger) (*Store, error) {
	return openAt(ctx, dir, dir, logger)
}

// OpenStandIn opens the database in the folder at in the place of the one in dir,
// which is damaged; the sound is in dir as ever. See [Store.WriteStandIn].
func OpenStandIn(ctx context.Context, dir, at string, logger *slog.Logger) (*Store, error) {
	return openAt(ctx, dir, at, logger)
}

func openAt(ctx context.Context, dir, at string, logger *slog.Logger) (*Store, error) {
	s, err := newStore(dir, at)
	if err == nil {
		s.logger = logger
		err = s.prepare()
	}
	if err != nil {
		return nil, wrap("open store", err)
	}
	if s.write, err = s.pool(1); err != nil {
		return nil, wrap("open store", err)
	}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(wrap("bring the database up to date", err), s.write.Close())
	}
	if s.read, err = s.readers(); err != nil {
		return nil, errors.Join(wrap("open store", err), s.write.Close())
	}
	if err := errors.Join(s.approveOld(ctx), s.keepOldApproved(ctx), s.endOldTokens(ctx, time.Now())); err != nil {
		return nil, errors.Join(wrap("bring the database up to date", err), s.Close())
	}
	s.ready(ctx)
	return s, nil
}

func newStore(dir, at string) (*Store, error) {
	path, err := filepath.Abs(filepath.Join(at, Database))
	return &Store{dir: dir, path: path, logger: slog.New(slog.DiscardHandler), deeds: newDeeds(nil), refused: make(chan struct{}, 1)}, err
}

// Folder is where the database lies.
func (s *Store) Folder() string { return filepath.Dir(s.path) }

// ready takes up what is needed when nothing can be read or written any more.
// None of it keeps the store from opening.
func (s *Store) ready(ctx context.Context) {
	if err := s.SettingOr(ctx, keyCommand, &s.command); err != nil {
		s.logger.Error("the number of the last command is not known: the clock tells the next", "err", err)
	}
	reserve, left, err := openReserve(filepath.Dir(s.path))
	if err != nil {
		s.logger.Warn("no reserve: what cannot be written on a full disk would be lost by a restart", "err", err)
	}
	for _, d := range left {
		s.command = max(s.command, d.Command)
	}
	s.tidyAlerts(left)
	s.deeds.reserve = reserve
	s.deeds.restore(s, left)
	if err := s.Remember(ctx); err != nil {
		s.logger.Error("not all that an alert needs could be read", "err", err)
	}
}

// OpenReadOnly opens the store in dir beside a controller that may be running:
// nothing in it is changed.
func OpenReadOnly(ctx context.Context, dir string) (*Store, error) {
	s, err := newStore(dir, dir)
	if err == nil {
		s.read, err = s.readers()
	}
	if err == nil {
		s.write = s.read.DB // a statement that writes is refused by the database
		err = s.Check(ctx)
	}
	if err != nil {
		return nil, wrap("open store", err)
	}
	return s, nil
}

// OpenBeside opens the store in dir to change something beside a controller
// that may be running: the database is taken as it is, and files that the
// controller is still writing are left alone.
func OpenBeside(ctx context.Context, dir string) (*Store, error) {
	s, err := OpenReadOnly(ctx, dir)
	if err != nil {
		return nil, err
	}
	if s.write, err = s.pool(1); err != nil {
		return nil, errors.Join(wrap("open store", err), s.read.Close())
	}
	return s, nil
}

// prepare makes the folders and throws away files that were never finished. A disk
// that takes no write is no reason not to open: what is there is read.
func (s *Store) prepare() error {
	err := s.makeFolders()
	if err != nil && IsReadOnly(err) {
		s.logger.Error("the data folder takes no write", "err", err)
		return nil
	}
	return err
}

func (s *Store) makeFolders() error {
	tmp := filepath.Join(s.dir, "tmp")
	if err := os.RemoveAll(tmp); err != nil {
		return err
	}
	for _, d := range []string{tmp, filepath.Join(s.dir, "clips"), filepath.Join(s.dir, "originals")} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) pool(conns int) (*sql.DB, error) {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "cache_size(-2000)",
	}}
	if conns > 1 {
		q = url.Values{"_pragma": {"busy_timeout(10000)", "query_only(1)", "cache_size(-2000)"}}
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: s.path, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, s.write, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	done, err := p.Up(ctx)
	for _, m := range done {
		s.logger.Info("database brought up to date", "step", m.Source.Path, "took", m.Duration)
	}
	return err
}

// Close closes the database, when what can be written is. An error says what was not.
func (s *Store) Close() error {
	s.deeds.close()
	return errors.Join(s.read.Close(), s.write.Close())
}

// Check reads one row, for the readiness probe. An error says that the database does
// not answer.
func (s *Store) Check(ctx context.Context) error {
	var n int
	return wrap("check database", s.read.QueryRowContext(ctx, `SELECT count(*) FROM areas`).Scan(&n))
}

// tx runs f in one transaction of the writing connection.
func (s *Store) tx(ctx context.Context, what string, f func(*sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return s.wrapWrite(what, err)
	}
	if err := f(tx); err != nil {
		return errors.Join(s.wrapWrite(what, err), ignoreDone(tx.Rollback()))
	}
	return s.wrapWrite(what, tx.Commit())
}

// ignoreDone drops the error of rolling back what the context has already
// rolled back.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// exec runs one writing statement and returns how many rows it changed.
func (s *Store) exec(ctx context.Context, what, query string, args ...any) (int64, error) {
	res, err := s.write.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, s.wrapWrite(what, err)
	}
	n, err := res.RowsAffected()
	return n, wrap(what, err)
}

// must is exec for a statement that must change something.
func (s *Store) must(ctx context.Context, what, query string, args ...any) error {
	n, err := s.exec(ctx, what, query, args...)
	if err == nil && n == 0 {
		err = fmt.Errorf("%s: %w", what, ErrNotFound)
	}
	return err
}

// scanner is a row, single or of many.
type scanner interface{ Scan(...any) error }

// reader is a database, or a transaction on it.
type reader interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

// list collects all rows of a query.
func list[T any](ctx context.Context, db reader, what string, scan func(scanner) (T, error), query string, args ...any) (_ []T, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, wrap(what, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	all := []T{}
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, wrap(what, err)
		}
		all = append(all, v)
	}
	return all, wrap(what, rows.Err())
}

// wrap says what was being done, and turns what the database or the disk
// reports into the errors that callers know.
func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	var lite *sqlite.Error
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrConflict), errors.Is(err, ErrFull):
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%s: %w", what, ErrNotFound)
	case errors.Is(DiskError(err), ErrFull):
		return fmt.Errorf("%s: %w (%v)", what, ErrFull, err)
	case errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_CONSTRAINT:
		return fmt.Errorf("%s: %w (%v)", what, ErrConflict, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// wrapWrite is wrap for what was to be written.
func (s *Store) wrapWrite(what string, err error) error {
	known := s.Refused(err)
	if _, already := problem.Of(err); already || !errors.Is(known, ErrUnwritable) {
		return wrap(what, err)
	}
	return fmt.Errorf("%s: %w (%w)", what, known, err)
}

// Refused is DiskError, and tells the watch of the disk.
func (s *Store) Refused(err error) error {
	known := DiskError(err)
	if known != nil {
		select {
		case s.refused <- struct{}{}:
		default:
		}
	}
	return known
}

// Refusals tells that the disk did not take a write; once for all that came meanwhile.
func (s *Store) Refusals() <-chan struct{} { return s.refused }

// DiskError returns what a person is told when a disk did not take a write: ErrFull
// or ErrUnwritable; nil: err is about something else.
func DiskError(err error) error {
	var lite *sqlite.Error
	var code int
	if errors.As(err, &lite) {
		code = lite.Code() & 0xff
	}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), code == sqlite3.SQLITE_FULL:
		return ErrFull
	case IsReadOnly(err), errors.Is(err, syscall.EIO), code == sqlite3.SQLITE_IOERR:
		return ErrUnwritable
	}
	return nil
}

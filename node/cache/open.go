package cache

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
	"golang.org/x/sys/unix"
)

const (
	checkFor   = 5 * time.Second // at the most, of a start: a store is a few megabytes, which take milliseconds
	checkWhole = 32 << 20        // bytes of a store whose free pages are checked too: all must be in memory for that
	maxCopy    = 64 << 20        // bytes of a store that is copied into memory
	condemning = ".damaged"      // ends the name of the note about it
	keptBroken = 3               // stores that were set aside: the first ones, and the last
)

// ErrDamaged says that the store is not what it was. One that turns out so while
// it is used is set aside at the next start.
var ErrDamaged = errors.New("the store is damaged")

type opener func(name string, flag int, perm os.FileMode) (*os.File, error)

var openFile opener = os.OpenFile // tests have flash fail

// Open opens or makes the store in dir; see the package's comment for what it
// does when it cannot. aside is the new name of a file that was damaged.
func Open(dir string) (c *Cache, aside string, err error) {
	c = &Cache{dir: dir, running: map[string]*runningFile{}, verified: map[string]bool{}, failed: map[string]error{}}
	path := filepath.Join(dir, fileName)
	made := os.MkdirAll(filepath.Join(dir, "clips"), 0o700)
	if err = condemned(path); err == nil {
		c.db, err = openDB(path, openFile)
	}
	if damage(err) {
		if aside, err = setAside(path); err == nil {
			c.db, err = openDB(path, openFile)
		}
	}
	if err == nil {
		err = made
		if err != nil {
			_ = c.db.Close() // nothing was written
		}
	}
	if err != nil {
		if err = c.openMemory(path, err); err != nil {
			return nil, "", fmt.Errorf("open node store: %w", err)
		}
	}
	name, err := c.Load(keyOutbox)
	if err != nil {
		return nil, "", errors.Join(err, c.Close())
	}
	c.outbox = string(name)
	return c, aside, nil
}

// condemn notes that a store that was found whole turned out to be damaged: not
// all that bbolt panics at can be found by reading.
func condemn(path string, why error) {
	_ = os.WriteFile(path+condemning, []byte(why.Error()), 0o600) // else it is found again
}

// condemned takes the note of an earlier run.
func condemned(path string) error {
	why, err := os.ReadFile(path + condemning)
	if err == nil {
		err = os.Remove(path + condemning)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("%w: an earlier run found: %s", ErrDamaged, why)
}

// damage reports whether an error of openDB is about what the file holds. What
// the system says, and a lock, are not.
func damage(err error) bool {
	var system syscall.Errno
	return err != nil && !errors.Is(err, berrors.ErrTimeout) && !errors.As(err, &system)
}

// setAside renames a damaged file. Those that were set aside before stay, but
// the last one: flash that fails does so again and again.
func setAside(path string) (aside string, err error) {
	for n := 1; n <= keptBroken; n++ {
		aside = fmt.Sprintf("%s.broken-%d", path, n)
		if _, err := os.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	if err := os.Rename(path, aside); err != nil {
		return "", fmt.Errorf("set broken node store aside: %w", err)
	}
	return aside, nil
}

// openMemory opens a copy of the store in memory, since it cannot be used where
// it is.
func (c *Cache) openMemory(path string, why error) error {
	if errors.Is(why, berrors.ErrTimeout) || errors.Is(why, unix.EMFILE) || errors.Is(why, unix.ENFILE) {
		return why // another has it; or there is nothing that a copy would help
	}
	data, err := readSome(path)
	if errors.Is(err, fs.ErrPermission) {
		return why // somebody's mistake, and not the flash's
	}
	c.partial = err != nil || len(data) == 0
	if c.db, err = openCopy(data); damage(err) {
		c.partial = true
		c.db, err = openCopy(nil)
	}
	if err != nil {
		return errors.Join(why, err)
	}
	c.memory = inMemory(why)
	c.clipsAway(c.memory)
	return nil
}

// readSome reads a store as far as that is possible; what cannot be read at all
// is empty.
func readSome(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxCopy {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return data, nil
}

// openCopy opens a store in memory. Its outbox has another name: the ids that
// it gives, flash gives again after the next start.
func openCopy(data []byte) (*bbolt.DB, error) {
	db, err := openDB(fileName, func(name string, _ int, _ os.FileMode) (*os.File, error) {
		fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC)
		if err != nil {
			return nil, fmt.Errorf("make a file in memory: %w", err)
		}
		f := os.NewFile(uintptr(fd), name)
		if _, err := f.Write(data); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return f, nil
	})
	if err != nil {
		return nil, err
	}
	err = guard(func() error {
		return db.Update(func(tx *bbolt.Tx) error { return errors.Join(emptied(tx, bucketParts), renameOutbox(tx)) })
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// openDB opens a file, reads every page of it, and makes what is missing. It
// writes to no file that is whole: flash may be full.
func openDB(path string, openFile opener) (db *bbolt.DB, err error) {
	err = guard(func() (err error) {
		db, err = bbolt.Open(path, 0o600, &bbolt.Options{Timeout: 2 * time.Second, FreelistType: bbolt.FreelistMapType, OpenFile: openFile})
		return err
	})
	if err != nil {
		return nil, err
	}
	whole := false
	err = guard(func() error {
		return db.View(func(tx *bbolt.Tx) (err error) { whole, err = check(tx); return err })
	})
	if err != nil {
		return nil, errors.Join(err, guard(db.Close))
	}
	if whole {
		return db, nil
	}
	err = guard(func() error { return db.Update(complete) })
	if err != nil && !errors.Is(err, ErrDamaged) { // else a panic left it locked
		err = errors.Join(err, db.Close())
	}
	return db, err
}

// guard does something with bbolt, with its panic on a damaged page, or the
// kernel's on one that cannot be read, as an error.
func guard(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, r)
		}
	}()
	return do()
}

// complete makes the parts of a store that are missing.
func complete(tx *bbolt.Tx) error {
	for _, b := range buckets {
		if _, err := tx.CreateBucketIfNotExists(b); err != nil {
			return err
		}
	}
	return nameOutbox(tx)
}

// check reads every page, for at most some seconds, so that damage is found
// before the store is relied on, and reports whether no part is missing.
func check(tx *bbolt.Tx) (whole bool, err error) {
	until := time.Now().Add(checkFor)
	err = tx.ForEach(func(_ []byte, b *bbolt.Bucket) error { return walk(b, until) })
	if err != nil {
		return false, err
	}
	if tx.Size() <= checkWhole {
		for problem := range tx.Check() {
			if err == nil && !strings.Contains(problem.Error(), "unreachable unfreed") { // which only wastes a page
				err = fmt.Errorf("%w: %w", ErrDamaged, problem)
			}
		}
	}
	whole = true
	for _, b := range buckets {
		whole = whole && tx.Bucket(b) != nil
	}
	return whole && tx.Bucket(bucketNode).Get([]byte(keyOutbox)) != nil, err
}

// walk reads a bucket. That its keys rise is what bbolt finds them by.
func walk(b *bbolt.Bucket, until time.Time) error {
	var last []byte
	cursor := b.Cursor()
	for k, v := cursor.First(); k != nil && time.Now().Before(until); k, v = cursor.Next() {
		if last != nil && bytes.Compare(last, k) >= 0 {
			return fmt.Errorf("%w: its keys are not in order", ErrDamaged)
		}
		last = append(last[:0], k...)
		_ = bytes.Count(v, last) // reads it
	}
	return nil
}

package cache

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"loa/node/wire"
)

const (
	enoughRoom = 32 << 20      // bytes free: from there on clips come to flash again
	anyAge     = math.MinInt64 // of a clip, also of one from the future: the board's clock may be wrong
)

// gone are the system's words for flash that takes no more.
var gone = []error{syscall.EROFS, syscall.EIO, syscall.ENOSPC, syscall.EDQUOT, syscall.ENODEV, syscall.ENXIO,
	syscall.EUCLEAN, syscall.EBADF, syscall.EACCES, syscall.EPERM}

func flashGone(err error) bool {
	return slices.ContainsFunc(gone, func(g error) bool { return errors.Is(err, g) })
}

func inMemory(why error) error {
	return fmt.Errorf("flash cannot be used, all is in memory only: %w", why)
}

// memoryDir is where files are in memory, if there is such a place.
func memoryDir() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return os.TempDir()
}

// leave goes on in memory after an error that means that flash takes no more,
// and reports whether it did. The caller holds writing.
func (c *Cache) leave(why error) bool {
	damaged := errors.Is(why, ErrDamaged)
	c.mu.Lock()
	old, left := c.db, c.memory != nil
	c.mu.Unlock()
	if left || !damaged && !flashGone(why) || old.IsReadOnly() {
		return false
	}
	db, whole, err := c.copied(old, damaged)
	if err != nil {
		return false // neither flash nor memory: the first error is the one to tell
	}
	c.clipsAway(inMemory(why))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.db, c.memory, c.partial, c.dead = db, inMemory(why), !whole, nil
	if !damaged { // else it has left its locks held
		c.flash = old
	}
	clear(c.failed)
	c.outbox = nameOf(db)
	return true
}

// copied is a store's copy in memory, as far as it can be read. One that is
// damaged is not asked, but read.
func (c *Cache) copied(old *bbolt.DB, damaged bool) (db *bbolt.DB, whole bool, err error) {
	if damaged {
		data, _ := readSome(filepath.Join(c.dir, fileName)) // as far as that is possible
		if db, err = openCopy(data); damage(err) {
			db, err = openCopy(nil)
		}
		return db, false, err
	}
	if db, err = openCopy(nil); err != nil {
		return nil, false, err
	}
	if guard(func() error { return copyStore(db, old) }) == nil {
		return db, true, guard(func() error { return db.Update(renameOutbox) })
	}
	return db, false, nil
}

// copyStore makes a store what another is, but for the clips that are on their
// way: those are where they are.
func copyStore(to, from *bbolt.DB) error {
	return from.View(func(src *bbolt.Tx) error {
		return to.Update(func(dst *bbolt.Tx) error {
			for _, name := range buckets {
				if err := emptied(dst, name); err != nil {
					return err
				}
				b, into := src.Bucket(name), dst.Bucket(name)
				if b == nil || string(name) == string(bucketParts) {
					continue
				}
				if err := errors.Join(into.SetSequence(b.Sequence()), b.ForEach(into.Put)); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func emptied(tx *bbolt.Tx, bucket []byte) error {
	if tx.Bucket(bucket) != nil {
		if err := tx.DeleteBucket(bucket); err != nil {
			return err
		}
	}
	_, err := tx.CreateBucket(bucket)
	return err
}

func nameOf(db *bbolt.DB) (name string) {
	_ = db.View(func(tx *bbolt.Tx) error { name = string(tx.Bucket(bucketNode).Get([]byte(keyOutbox))); return nil }) // it is in memory
	return name
}

// Look looks whether flash is still there, and when it was not, whether it is
// again. It is to be called every half minute or so, because a node that plays nothing writes
// nothing for a while. It writes only to flash that has failed.
func (c *Cache) Look() {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.mu.Lock()
	memory, away := c.memory, c.away
	c.mu.Unlock()
	if memory == nil && c.readOnly() {
		c.leave(fmt.Errorf("look at flash: %w", syscall.EROFS))
		return
	}
	if memory == nil {
		if gone := c.look(); gone != nil {
			c.leave(fmt.Errorf("look at flash: %w", gone))
			return
		}
	}
	if memory != nil {
		if c.back() != nil {
			return
		}
	}
	c.lookRunning()
	if away != nil && (!errors.Is(away, syscall.ENOSPC) || c.room() >= enoughRoom) && tryWrite(filepath.Join(c.dir, "clips")) == nil {
		c.mu.Lock()
		c.away = nil
		c.mu.Unlock()
	}
}

// back takes all that is in memory to flash again.
func (c *Cache) back() error {
	c.mu.Lock()
	db, flash, why, partial := c.db, c.flash, c.memory, c.partial
	c.mu.Unlock()
	if partial || c.readOnly() || readThrough(filepath.Join(c.dir, fileName), 0) != nil {
		return why // flash may have what memory does not know: the next start tells
	}
	var err error
	if flash == nil {
		if flash, err = openDB(filepath.Join(c.dir, fileName), openFile); err != nil {
			return err
		}
		c.mu.Lock()
		c.flash = flash
		c.mu.Unlock()
	}
	if err := guard(func() error { return copyStore(flash, db) }); err != nil {
		return err
	}
	c.mu.Lock()
	c.db, c.flash, c.memory = flash, nil, nil
	c.mu.Unlock()
	return db.Close() // waits for its readers
}

var statfs = unix.Statfs // tests have flash turn read-only

func (c *Cache) readOnly() bool {
	var st unix.Statfs_t
	return statfs(c.dir, &st) == nil && st.Flags&unix.ST_RDONLY != 0
}

func (c *Cache) room() int64 {
	var st unix.Statfs_t
	if statfs(c.dir, &st) != nil {
		return 0
	}
	return int64(st.Bavail) * int64(st.Bsize)
}

// tryWrite writes a file and removes it.
func tryWrite(dir string) error {
	f, err := os.CreateTemp(dir, ".look-*.part") // evicted, should power go
	if err != nil {
		return err
	}
	_, err = f.WriteString("loa")
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
}

// makeRoom does what can be done after a clip could not be put on flash, and
// reports whether it is worth to try again.
func (c *Cache) makeRoom(why error, list []wire.ClipRef) bool {
	if !flashGone(why) {
		return false
	}
	c.mu.Lock()
	left := c.away != nil
	c.mu.Unlock()
	if left {
		return false
	}
	if errors.Is(why, syscall.ENOSPC) {
		keep := make([]string, len(list))
		for i, r := range list {
			keep[i] = r.SHA
		}
		before := c.room()
		if err := c.Evict(keep, anyAge, time.Now()); err == nil && c.room() > before {
			return true
		}
	}
	return c.clipsAway(fmt.Errorf("clips come to memory only: %w", why))
}

// clipsAway has clips come to memory from now on.
func (c *Cache) clipsAway(why error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.spare == "" {
		dir, err := os.MkdirTemp(memoryDir(), "loa-clips-")
		if err != nil {
			return false // clips that are here can be heard all the same
		}
		c.spare = dir
	}
	c.away = why
	return true
}

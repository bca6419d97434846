// Package cache is what a node keeps on its flash: its plan, its clips, the
// plays it has not yet reported, the player's open ledger and the last known
// time. All of it survives a cut of power at any instant.
//
// Small things live in one bbolt file, whose commits are atomic. Clips are
// files named by their sha256, written beside their place, checked, and
// renamed into it; a clip is checked again the first time it is opened after
// a start, since flash wears and forgets.
//
// # What runs on
//
// Each commit of bbolt writes some pages, and how far an item was heard is saved
// every ten seconds while it plays: that was most of what a node wrote. It goes
// to a small file beside the store instead ([Cache.SaveRunning]), of two slots
// that are written in turn, in place, and in full length from the beginning, so
// that a save is one page and none of the file system's. A slot names by hash what
// it runs on from in the store:
//
//	what is found at the start             which ledger counts
//	a good slot that runs on from the      the slot's, of two the newer; the other
//	store's ledger                         may be torn, by the cut
//	none: torn both, or no file            the store's
//	slots of another ledger: the store's   the store's
//	was saved since, also by an older
//	program that knows no slots, or is
//	another store
//
// So what Save keeps, and with it what was told, is one commit as ever, and makes
// the slots void by itself; at no instant do the two contradict each other. A
// program that knows no slots finds what Save kept last, and has each item told
// once too; it only cannot know what was heard since.
//
// The clock is kept likewise, in a file of its own, every minute and a half: a
// board without a clock chip begins by it, and it is the write that finds out
// flash which takes none, within the 100 s of EN 54-16.
//
// What a slot does not hold, or the file does not take, is saved in the store;
// if that takes it, Trouble tells of the file alone, unless it is room that lacks.
//
// # When flash fails
//
// A node that does not start plays no emergency, so it starts whatever becomes
// of its flash:
//
//	the file            what is done
//	damaged             set aside, and a new one begun; plan and clips come again
//	cannot be written   copied into memory: plan and keys serve until the next
//	                    start, new clips are kept in memory too
//	cannot be read      likewise, with nothing in it
//	held by another     an error: two nodes must not share a store
//
// The same is done when flash fails while a node runs: by the first write that
// it does not take, and when its file system turns read-only or its pages cannot
// be read, which is looked at ([Cache.Look]): one page of the store each time,
// past what the kernel has in memory. A single page that cannot be read is told
// until it can. Flash that can be read and takes no write only a write finds out:
// the running clock's, at the latest. From then on flash is tried every half
// minute; when it takes all that is in memory, that is where all is again. Clips
// alone come to memory when there is no room for them, after those that no plan
// needs were removed.
//
// Damage is what bbolt says of the file, or panics at, when every page of it is
// read at the start; what the system says (read-only, full, no more files) is
// none, and leaves a sound store where it is. Damage that shows later is an
// error and no panic. Trouble tells of all that, until it is over.
//
// # How a clip arrives
//
//	missing --want--> fetching --last chunk, sha256 holds--> held
//	                     |  ^
//	                     |  '-- nothing for stall: want what is still missing
//	                     '-- sha256 does not hold --> missing, all over again
//
// One clip is fetched at a time, that of the soonest airing first. The chunks
// come on the clip's own topic, where every node that lacks them listens.
package cache

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"

	"go.etcd.io/bbolt"
)

const (
	fileName   = "node.db"
	nameLedger = "ledger"
)

var (
	bucketNode   = []byte("node")   // single values by name
	bucketOutbox = []byte("outbox") // play id, big endian → wire.Play
	bucketParts  = []byte("parts")  // sha → chunks safely on flash, a bit each
	bucketSpoilt = []byte("spoilt") // what stood in the outbox and cannot be read
	bucketOften  = []byte("often")  // values that are small and saved all day long

	buckets = [][]byte{bucketNode, bucketOutbox, bucketParts, bucketSpoilt, bucketOften}
)

// ErrNotHeld says that a clip is not here, or was found broken.
var ErrNotHeld = errors.New("clip is not held")

// often names the values of bucketOften: bbolt writes whole pages, and beside a
// plan, which has twenty of them, each save of the ledger wrote the plan too.
var often = map[string]bool{nameLedger: true, "clock": true}

// Cache is a node's store. Its methods may be called from any goroutine.
type Cache struct {
	dir string

	writing sync.Mutex              // held while something is written, or the store moves
	running map[string]*runningFile // where what runs on is written, by its name, once it was; guarded by writing
	looks   int64                   // how often the store was read from flash; likewise

	mu       sync.Mutex
	db       *bbolt.DB        // where all is now
	flash    *bbolt.DB        // what it was before flash failed, to be tried again; nil: nothing to try
	memory   error            // why all is in memory only; nil: it is on flash
	partial  bool             // memory has not all that flash may still have
	away     error            // why clips come to memory; nil: they come to flash
	spare    string           // folder in memory for those; "": none yet
	outbox   string           // its name: see wire.Ack
	verified map[string]bool  // clips whose hash held since this start
	failed   map[string]error // what was tried last, and failed, by what it is
	dead     error            // bbolt panicked, and may have left its locks held: it is not touched again
}

// Close closes the store.
func (c *Cache) Close() error {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	var err error
	if c.dead == nil {
		err = c.db.Close()
	}
	if c.flash != nil {
		err = errors.Join(err, c.flash.Close())
	}
	for _, f := range c.running {
		err = errors.Join(err, f.Close())
	}
	if c.spare != "" {
		err = errors.Join(err, os.RemoveAll(c.spare))
	}
	return err
}

// Trouble is what is wrong with flash: that all is in memory only, or what the
// store tried last in vain. nil: all is well.
func (c *Cache) Trouble() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, err := range []error{c.memory, c.dead, c.away} {
		if err != nil {
			return err
		}
	}
	for _, what := range slices.Sorted(maps.Keys(c.failed)) {
		return c.failed[what]
	}
	return nil
}

// update writes. What flash does not take is written to a copy in memory, from then on.
func (c *Cache) update(what string, f func(*bbolt.Tx) error) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	err := c.try(what, func(db *bbolt.DB) error { return db.Update(f) })
	if c.leave(err) {
		err = c.try(what, func(db *bbolt.DB) error { return db.Update(f) })
	}
	return err
}

func (c *Cache) view(what string, f func(*bbolt.Tx) error) error {
	err := c.try(what, func(db *bbolt.DB) error { return db.View(f) })
	if errors.Is(err, errElsewhere) {
		err = c.try(what, func(db *bbolt.DB) error { return db.View(f) })
	}
	return err
}

// errElsewhere says that the store moved to or from memory while it was asked.
var errElsewhere = errors.New("the store has moved")

// try does something with the store, and remembers if it failed until it has
// succeeded.
func (c *Cache) try(what string, do func(*bbolt.DB) error) error {
	c.mu.Lock()
	db, err := c.db, c.dead
	c.mu.Unlock()
	if err == nil {
		err = guard(func() error { return do(db) })
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", what, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case db != c.db && err != nil:
		return errors.Join(err, errElsewhere)
	case errors.Is(err, ErrDamaged):
		if c.dead == nil {
			c.dead = err
			condemn(filepath.Join(c.dir, fileName), err)
		}
	case err != nil:
		c.failed[what] = err
	default:
		delete(c.failed, what)
	}
	return err
}

// noted remembers what failed until it has succeeded. A disk that is full is
// told by the watch of its room: what was to be written is in the store then.
func (c *Cache) noted(what string, err error) error {
	if err != nil {
		err = fmt.Errorf("%s: %w", what, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil:
		delete(c.failed, what)
	case !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT):
		c.failed[what] = err
	}
	return err
}

// Save keeps a small value under a name, once it is safely on flash.
func (c *Cache) Save(name string, value []byte) error {
	return c.update("save "+name, func(tx *bbolt.Tx) error {
		if !often[name] {
			return tx.Bucket(bucketNode).Put([]byte(name), value)
		}
		if tx.Bucket(bucketNode).Get([]byte(name)) != nil {
			if err := tx.Bucket(bucketNode).Delete([]byte(name)); err != nil {
				return err
			}
		}
		b := tx.Bucket(bucketOften)
		if name == nameLedger { // what ran on from the one before counts no more
			if _, err := b.NextSequence(); err != nil {
				return err
			}
		}
		return b.Put([]byte(name), value)
	})
}

// Load returns the value kept under a name; nil if there is none.
func (c *Cache) Load(name string) (kept []byte, err error) {
	if often[name] {
		return c.loadRunning(name)
	}
	err = c.view("load "+name, func(tx *bbolt.Tx) error { kept = bytes.Clone(value(tx, name)); return nil })
	return kept, err
}

// value is the one that the store has under a name, for as long as tx.
func value(tx *bbolt.Tx, name string) []byte {
	if v := tx.Bucket(bucketNode).Get([]byte(name)); v != nil {
		return v // a program that knows only this bucket was the last to write
	}
	if b := tx.Bucket(bucketOften); b != nil { // else it is the only one that ever did
		return b.Get([]byte(name))
	}
	return nil
}

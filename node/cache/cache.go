// Package cache is what a node keeps on its flash: its plan, its clips, the
// plays it has not yet reported, the player's open ledger and the last known
// time. All of it survives a cut of power at any instant.
//
// Small things live in one bbolt file, whose commits are atomic. Clips are
// files named by their sha256, written beside their place, checked, and
// renamed into it; a clip is checked again the first time it is opened after
// a start, since flash wears and forgets.
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
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

var (
	bucketNode   = []byte("node")   // single values by name
	bucketOutbox = []byte("outbox") // play id, big endian → wire.Play
	bucketParts  = []byte("parts")  // sha → chunks safely on flash, a bit each
	bucketSpoilt = []byte("spoilt") // what stood in the outbox and cannot be read
)

// ErrNotHeld says that a clip is not here, or was found broken.
var ErrNotHeld = errors.New("clip is not held")

// Cache is a node's store. Its methods may be called from any goroutine.
type Cache struct {
	dir string
	db  *bbolt.DB

	outbox   string // its name: see wire.Ack
	mu       sync.Mutex
	verified map[string]bool // clips whose hash held since this start
}

// Open opens or makes the store in dir. A bbolt file that cannot be read is
// set aside and a new one begun: a node without memory still takes a plan and
// plays, one that does not start never does. aside is then its new name.
func Open(dir string) (c *Cache, aside string, err error) {
	if err := os.MkdirAll(filepath.Join(dir, "clips"), 0o700); err != nil {
		return nil, "", fmt.Errorf("make node store: %w", err)
	}
	path := filepath.Join(dir, "node.db")
	db, err := openDB(path)
	if err != nil && !errors.Is(err, berrors.ErrTimeout) && !errors.Is(err, fs.ErrPermission) {
		aside = path + ".broken"
		if err := os.Rename(path, aside); err != nil {
			return nil, "", fmt.Errorf("set broken node store aside: %w", err)
		}
		db, err = openDB(path)
	}
	if err != nil {
		return nil, "", fmt.Errorf("open node store: %w", err)
	}
	c = &Cache{dir: dir, db: db, verified: map[string]bool{}}
	name, err := c.Load(keyOutbox)
	if err != nil {
		return nil, "", errors.Join(err, db.Close())
	}
	c.outbox = string(name)
	return c, aside, nil
}

// openDB opens the file, with bbolt's panic on a damaged page as an error.
func openDB(path string) (db *bbolt.DB, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("damaged: %v", r)
		}
	}()
	db, err = bbolt.Open(path, 0o600, &bbolt.Options{Timeout: 2 * time.Second, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, b := range [][]byte{bucketNode, bucketOutbox, bucketParts, bucketSpoilt} {
			if _, err := tx.CreateBucketIfNotExists(b); err != nil {
				return err
			}
		}
		return nameOutbox(tx)
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Close closes the store.
func (c *Cache) Close() error { return c.db.Close() }

// Save keeps a small value under a name, once it is safely on flash.
func (c *Cache) Save(name string, value []byte) error {
	err := c.db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketNode).Put([]byte(name), value)
	})
	if err != nil {
		return fmt.Errorf("save %s: %w", name, err)
	}
	return nil
}

// Load returns the value kept under a name; nil if there is none.
func (c *Cache) Load(name string) ([]byte, error) {
	var value []byte
	err := c.db.View(func(tx *bbolt.Tx) error {
		if v := tx.Bucket(bucketNode).Get([]byte(name)); v != nil {
			value = append([]byte{}, v...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", name, err)
	}
	return value, nil
}

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
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"loa/node/wire"
)

var (
	bucketNode   = []byte("node")   // single values by name
	bucketOutbox = []byte("outbox") // play id, big endian → wire.Play
	bucketParts  = []byte("parts")  // sha → chunks safely on flash, a bit each
)

// ErrNotHeld says that a clip is not here, or was found broken.
var ErrNotHeld = errors.New("clip is not held")

// Cache is a node's store. Its methods may be called from any goroutine.
type Cache struct {
	dir string
	db  *bbolt.DB

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
	return &Cache{dir: dir, db: db, verified: map[string]bool{}}, aside, nil
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
		for _, b := range [][]byte{bucketNode, bucketOutbox, bucketParts} {
			if _, err := tx.CreateBucketIfNotExists(b); err != nil {
				return err
			}
		}
		return nil
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

// AddPlay puts a play into the outbox and gives it its id, which rises for as
// long as the store lives.
func (c *Cache) AddPlay(p wire.Play) error {
	err := c.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketOutbox)
		id, err := b.NextSequence()
		if err != nil {
			return err
		}
		p.ID = id
		data, err := wire.Encode(p)
		if err != nil {
			return err
		}
		return b.Put(playKey(id), data)
	})
	if err != nil {
		return fmt.Errorf("keep play of %s: %w", p.Airing, err)
	}
	return nil
}

// Unsent returns the oldest plays not yet acknowledged, at most limit, and how
// many there are in all.
func (c *Cache) Unsent(limit int) (plays []wire.Play, total int, err error) {
	err = c.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketOutbox)
		total = b.Stats().KeyN
		cursor := b.Cursor()
		for k, v := cursor.First(); k != nil && len(plays) < limit; k, v = cursor.Next() {
			var p wire.Play
			if err := wire.Decode(v, &p); err != nil {
				return fmt.Errorf("play %x: %w", k, err)
			}
			plays = append(plays, p)
		}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read outbox: %w", err)
	}
	return plays, total, nil
}

// Acked forgets plays that the controller has.
func (c *Cache) Acked(ids []uint64) error {
	err := c.db.Update(func(tx *bbolt.Tx) error {
		for _, id := range ids {
			if err := tx.Bucket(bucketOutbox).Delete(playKey(id)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("forget acknowledged plays: %w", err)
	}
	return nil
}

func playKey(id uint64) []byte { return binary.BigEndian.AppendUint64(nil, id) }

package cache

import (
	"crypto/rand"
	"encoding/binary"

	"go.etcd.io/bbolt"

	"loa/node/wire"
)

const keyOutbox = "outbox"

// nameOutbox gives a new store's outbox its name.
func nameOutbox(tx *bbolt.Tx) error {
	if tx.Bucket(bucketNode).Get([]byte(keyOutbox)) != nil {
		return nil
	}
	return renameOutbox(tx)
}

func renameOutbox(tx *bbolt.Tx) error {
	return tx.Bucket(bucketNode).Put([]byte(keyOutbox), []byte(rand.Text()))
}

// Outbox names the outbox in reports. The ids of plays begin anew with each
// store, and so does the name: an acknowledgement of another store's plays is
// told by it. It changes when flash fails or is well again.
func (c *Cache) Outbox() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.outbox
}

// AddPlay puts a play into the outbox and gives it its id, which rises for as
// long as the store lives.
func (c *Cache) AddPlay(p wire.Play) error {
	return c.update("keep a play", func(tx *bbolt.Tx) error {
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
}

// Unsent returns the oldest plays not yet acknowledged, at most limit, and how
// many there are in all. What cannot be read is set aside: it would be in the
// way of all that follow.
func (c *Cache) Unsent(limit int) (plays []wire.Play, total int, err error) {
	var spoilt [][]byte
	err = c.view("read outbox", func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketOutbox)
		total = b.Stats().KeyN
		cursor := b.Cursor()
		for k, v := cursor.First(); k != nil && len(plays) < limit; k, v = cursor.Next() {
			var p wire.Play
			if wire.Decode(v, &p) != nil {
				spoilt = append(spoilt, append([]byte{}, k...))
				continue
			}
			plays = append(plays, p)
		}
		return nil
	})
	if err == nil && len(spoilt) > 0 {
		total -= len(spoilt)
		err = c.spoil(spoilt)
	}
	return plays, total, err
}

// spoil sets aside what cannot be read of the outbox, for an inquiry later.
func (c *Cache) spoil(keys [][]byte) error {
	return c.update("set spoilt plays aside", func(tx *bbolt.Tx) error {
		from, to := tx.Bucket(bucketOutbox), tx.Bucket(bucketSpoilt)
		for _, k := range keys {
			if err := to.Put(k, append([]byte{}, from.Get(k)...)); err != nil {
				return err
			}
			if err := from.Delete(k); err != nil {
				return err
			}
		}
		return nil
	})
}

// Spoilt counts the plays that were set aside.
func (c *Cache) Spoilt() (n int, err error) {
	err = c.view("count spoilt plays", func(tx *bbolt.Tx) error { n = tx.Bucket(bucketSpoilt).Stats().KeyN; return nil })
	return n, err
}

// Acked forgets plays that the controller has.
func (c *Cache) Acked(ids []uint64) error {
	return c.update("forget acknowledged plays", func(tx *bbolt.Tx) error {
		for _, id := range ids {
			if err := tx.Bucket(bucketOutbox).Delete(playKey(id)); err != nil {
				return err
			}
		}
		return nil
	})
}

func playKey(id uint64) []byte { return binary.BigEndian.AppendUint64(nil, id) }

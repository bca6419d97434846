package cache

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"loa/node/wire"
)

const keyOutbox = "outbox"

// nameOutbox gives a new store's outbox its name.
func nameOutbox(tx *bbolt.Tx) error {
	b := tx.Bucket(bucketNode)
	if b.Get([]byte(keyOutbox)) != nil {
		return nil
	}
	return b.Put([]byte(keyOutbox), []byte(rand.Text()))
}

// Outbox names the outbox in reports. The ids of plays begin anew with each
// store, and so does the name: an acknowledgement of another store's plays is
// told by it.
func (c *Cache) Outbox() string { return c.outbox }

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
// many there are in all. What cannot be read is set aside: it would be in the
// way of all that follow.
func (c *Cache) Unsent(limit int) (plays []wire.Play, total int, err error) {
	var spoilt [][]byte
	err = c.db.View(func(tx *bbolt.Tx) error {
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
	if err != nil {
		return plays, total, fmt.Errorf("read outbox: %w", err)
	}
	return plays, total, nil
}

// spoil sets aside what cannot be read of the outbox, for who wants to know.
func (c *Cache) spoil(keys [][]byte) error {
	err := c.db.Update(func(tx *bbolt.Tx) error {
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
	if err != nil {
		return fmt.Errorf("set %d spoilt plays aside: %w", len(keys), err)
	}
	return nil
}

// Spoilt counts the plays that were set aside.
func (c *Cache) Spoilt() (n int, err error) {
	err = c.db.View(func(tx *bbolt.Tx) error { n = tx.Bucket(bucketSpoilt).Stats().KeyN; return nil })
	if err != nil {
		return 0, fmt.Errorf("count spoilt plays: %w", err)
	}
	return n, nil
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

package cache

import (
	"io/fs"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
)

// SpoilPlay has flash spoil a play of the outbox.
func (c *Cache) SpoilPlay(t *testing.T, id uint64) {
	require.NoError(t, c.db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketOutbox).Put(playKey(id), []byte("worn"))
	}))
}

// SaveAsBefore saves as programs did that knew one bucket of values.
func (c *Cache) SaveAsBefore(t *testing.T, name string, value []byte) {
	require.NoError(t, c.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucketNode).Put([]byte(name), value) }))
}

// Full has flash be full for what grows the store, or no longer.
func (c *Cache) Full(full bool) {
	c.db.MaxSize = 0
	if full {
		c.db.MaxSize = 1
	}
}

// FlashFails has the system answer so when a store is opened.
func FlashFails(t *testing.T, with syscall.Errno) {
	openFile = func(name string, _ int, _ os.FileMode) (*os.File, error) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: with}
	}
	t.Cleanup(func() { FlashWorks() })
}

func FlashWorks() { openFile = os.OpenFile }

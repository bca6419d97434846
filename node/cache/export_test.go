package cache

import (
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

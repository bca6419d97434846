// Package storetest makes empty stores for tests. A new database is brought up
// to date by all migrations, which under the race detector takes longer than
// most tests that want one: they are run once for all tests of a process, and
// what came of it is copied.
package storetest

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
)

// Fill puts an empty store that is up to date into a folder that has none.
func Fill(t testing.TB, dir string) {
	t.Helper()
	path := filepath.Join(dir, store.Database)
	if _, err := os.Stat(path); err == nil {
		return
	}
	data, err := empty()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, data, 0o600))
}

var empty = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "loa-empty-store-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(context.Background(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, store.Database))
})

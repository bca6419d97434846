package store

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What waits to be sent is there after the store was closed, the newest of
// each way.
func TestUnsent(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	s, err := Open(ctx, dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	at := time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)
	for i := range keepUnsent + 5 {
		require.NoError(t, s.PutUnsent(ctx, Unsent{ID: fmt.Sprint("n", i), Way: "mail", At: at.Add(time.Duration(i) * time.Second), Body: "{}"}))
	}
	require.NoError(t, s.PutUnsent(ctx, Unsent{ID: "n1", Way: "webhook", At: at, Body: `{"a":1}`}))
	require.NoError(t, s.Close())
	s, err = Open(ctx, dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	all, err := s.Unsent(ctx)
	require.NoError(t, err)
	require.Len(t, all, keepUnsent+1)
	require.Equal(t, Unsent{"n1", "webhook", at, `{"a":1}`}, all[0])
	require.Equal(t, "n5", all[1].ID, "the oldest made room")
	require.NoError(t, s.DropUnsent(ctx, "n1", "webhook"))
	require.NoError(t, s.DropUnsent(ctx, "n1", "webhook"), "once more is no harm")
	all, err = s.Unsent(ctx)
	require.NoError(t, err)
	require.Len(t, all, keepUnsent)
}

package store

import (
	"crypto/sha256"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// held makes a clip of an alert, as the library does.
func held(t *testing.T, s *Store, sound string) Clip {
	t.Helper()
	dir, err := s.AlertDir()
	require.NoError(t, err)
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "clip.opus")
	require.NoError(t, os.WriteFile(file, []byte(sound), 0o600))
	c, err := s.HoldClip(file,
		Clip{ID: fmt.Sprintf("%x", sha256.Sum256([]byte(sound))), Kind: Speech, Bytes: int64(len(sound)), Text: sound, Created: time.Now()},
		"key of "+sound)
	require.NoError(t, err)
	return c
}

// A clip of an alert is there at once, and over a kill, while the database takes
// nothing; then it is where all clips are, and memory is left.
func TestAClipIsHeldUntilItIsWritten(t *testing.T) {
	s := seeded(t)
	require.NoError(t, s.PutArea(ctx, Area{"thon-9", "", "Thôn 9", Village}))
	_, err := s.write.ExecContext(ctx, `PRAGMA query_only = 1`)
	require.NoError(t, err)
	c := held(t, s, "Nước lên.")
	s.Note(Deed{Places: &PlacesOf{c.ID, []string{"thon-9"}}})
	require.Eventually(t, func() bool { return s.Backlog().Err != nil && s.Backlog().Kept }, time.Minute, time.Millisecond)
	got, err := s.GetClip(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, c, got)
	got, err = s.CachedSpeech(ctx, "key of Nước lên.")
	require.NoError(t, err)
	require.Equal(t, c, got)
	inMemory := s.ClipPath(c.ID)
	require.NotContains(t, inMemory, s.dir)
	require.FileExists(t, inMemory)

	left := []Deed{{Clip: &ClipOf{Clip: c, File: inMemory}}}
	orphan, err := s.AlertDir() // of one that was killed
	require.NoError(t, err)
	s.tidyAlerts(left)
	require.NoDirExists(t, orphan)
	require.FileExists(t, inMemory, "it is needed")

	_, err = s.write.ExecContext(ctx, `PRAGMA query_only = 0`)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return s.Backlog().Count == 0 }, time.Minute, time.Millisecond)
	require.Equal(t, filepath.Join(s.dir, "clips", c.ID[:2], c.ID+".opus"), s.ClipPath(c.ID))
	sound, err := os.ReadFile(s.ClipPath(c.ID))
	require.NoError(t, err)
	require.Equal(t, "Nước lên.", string(sound))
	require.NoDirExists(t, filepath.Dir(inMemory))
	places, err := s.ClipPlaces(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, []string{"thon-9"}, places)
	got, err = s.CachedSpeech(ctx, "key of Nước lên.")
	require.NoError(t, err)
	require.Equal(t, c, got)
}

// A killed office takes up what it held; what a power cut took from memory is
// told in the log, and holds up nobody.
func TestAClipThatWasHeldOverAKill(t *testing.T) {
	s := seeded(t)
	_, err := s.write.ExecContext(ctx, `PRAGMA query_only = 1`)
	require.NoError(t, err)
	kept, lost := held(t, s, "Lũ về."), held(t, s, "Bão về.")
	s.Keep(ctx, Deed{Audit: &Audit{At: t0, Who: "p1", Action: "call.begin"}})
	require.True(t, s.Backlog().Kept)
	require.NoError(t, os.RemoveAll(filepath.Dir(s.ClipPath(lost.ID))))
	copied := killed(t, s.dir)
	require.NoError(t, s.Close())
	again, err := Open(ctx, copied, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { _ = again.Close() })
	require.Eventually(t, func() bool { return again.Backlog().Count == 0 }, time.Minute, time.Millisecond)
	sound, err := os.ReadFile(again.ClipPath(kept.ID))
	require.NoError(t, err)
	require.Equal(t, "Lũ về.", string(sound))
	_, err = again.GetClip(ctx, lost.ID)
	require.ErrorIs(t, err, ErrNotFound)
	audits, err := again.Audits(ctx, AuditFilter{})
	require.NoError(t, err)
	require.Len(t, audits, 1)
}

// Whatever the reason for which a disk takes nothing, it is no reason to give up
// what was done.
func TestNoDiskErrorIsHopeless(t *testing.T) {
	s := seeded(t)
	for reason, becomes := range map[error]error{syscall.ENOSPC: ErrFull, syscall.EDQUOT: ErrFull, syscall.EROFS: ErrUnwritable,
		syscall.EACCES: ErrUnwritable, syscall.EIO: ErrUnwritable} {
		err := s.wrapWrite("write", &os.PathError{Op: "open", Err: reason})
		require.ErrorIs(t, err, becomes)
		require.False(t, hopeless(err), "%v", reason)
	}
	_, err := s.write.ExecContext(ctx, `PRAGMA query_only = 1`)
	require.NoError(t, err)
	err = s.AddClip(ctx, Clip{ID: sha(9), Kind: Speech})
	require.ErrorIs(t, err, ErrUnwritable)
	require.True(t, IsReadOnly(err))
}

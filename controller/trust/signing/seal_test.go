package signing

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/node/wire"
)

// logOf opens an audit log with a record for each word.
func logOf(t *testing.T, words ...string) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), t.TempDir(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	write(t, st, words...)
	return st
}

func write(t *testing.T, st *store.Store, words ...string) (end store.Link) {
	t.Helper()
	for _, w := range words {
		var err error
		end, err = st.AddAudit(t.Context(), store.Audit{At: time.UnixMilli(1795392000000), Who: "p1", Action: w})
		require.NoError(t, err)
	}
	return end
}

func sealOf(t *testing.T, keys *Keys) store.Link {
	t.Helper()
	s, err := keys.AuditSeal()
	require.NoError(t, err)
	return store.Link{Seq: s.Seq, Hash: s.Hash}
}

func TestSealOfTheAuditLog(t *testing.T) {
	dir := t.TempDir()
	keys := open(t, dir)
	require.Zero(t, sealOf(t, keys))
	log := logOf(t)
	require.NoError(t, keys.SealAudit(t.Context(), log))
	require.Zero(t, sealOf(t, keys), "there is nothing to seal")
	write(t, log, "a", "b")
	require.NoError(t, keys.SealAudit(t.Context(), log))
	end := write(t, log, "c")
	require.NoError(t, keys.SealAudit(t.Context(), log))
	require.Equal(t, end, sealOf(t, open(t, dir)))

	path := filepath.Join(dir, SealFile)
	good, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, bad := range [][]byte{bytes.Replace(good, []byte(`"seq":3`), []byte(`"seq":2`), 1),
		bytes.Replace(good, []byte(end.Hash), []byte("abe"), 1), []byte("{"), nil} {
		require.NoError(t, os.WriteFile(path, bad, 0o600))
		_, err = keys.AuditSeal()
		require.ErrorIs(t, err, ErrSeal)
	}
	require.ErrorIs(t, keys.SealAudit(t.Context(), log), ErrSeal, "a spoilt seal is not made anew")
	require.NoError(t, os.Remove(path))
	err = keys.SealAudit(t.Context(), log)
	require.ErrorIs(t, err, ErrUnsealed, "nor one that is gone")
	require.True(t, Tampered(err))
	require.NoError(t, os.WriteFile(path, good, 0o600))
	require.NoError(t, keys.SealAudit(t.Context(), log))
}

// A node keeps what it was told; one who puts an older log back, with its seal, has
// not put it back there. A restore stands in the log, and says why.
func TestNodesKeepTheHeadOfTheLog(t *testing.T) {
	log := logOf(t, "a", "b", "c")
	at := time.UnixMilli(1795392000000)
	head := func(l store.Link, when time.Time) wire.Head { return wire.Head{Seq: l.Seq, Hash: l.Hash, At: when} }
	second, err := log.AuditLink(t.Context(), 2)
	require.NoError(t, err)
	third, err := log.AuditLink(t.Context(), 3)
	require.NoError(t, err)

	var kept wire.Heads
	require.False(t, kept.Take(head(second, at)))
	require.False(t, kept.Take(head(third, at.Add(time.Minute))))
	missed, err := Judge(t.Context(), log, "n1", kept)
	require.NoError(t, err)
	require.Empty(t, missed)

	old := logOf(t, "a", "b") // with the seal of then
	oldEnd, err := old.LastAudit(t.Context())
	require.NoError(t, err)
	missed, err = Judge(t.Context(), old, "n1", kept)
	require.NoError(t, err)
	require.Equal(t, []Missed{{"n1", head(third, at.Add(time.Minute))}}, missed)
	require.True(t, kept.Take(head(oldEnd, at.Add(2*time.Minute))), "the office tells of the older log")
	require.False(t, kept.Take(head(third, at.Add(time.Minute))), "an older word, said again, hides nothing")
	end := write(t, old, "x", "y") // and it grows past what was cut
	require.False(t, kept.Take(head(end, at.Add(3*time.Minute))))
	missed, err = Judge(t.Context(), old, "n1", kept)
	require.NoError(t, err)
	require.Equal(t, []Missed{{"n1", head(third, at.Add(time.Minute))}}, missed, "it is found out for ever")

	restored := logOf(t, "a", "b")
	_, err = restored.AddAudit(t.Context(), store.Audit{At: at.Add(2 * time.Minute), Who: "p1", Action: RestoreAct})
	require.NoError(t, err)
	missed, err = Judge(t.Context(), restored, "n1", wire.Heads{Last: head(third, at.Add(time.Minute))})
	require.NoError(t, err)
	require.Empty(t, missed, "a backup was restored after that")
	missed, err = Judge(t.Context(), restored, "n1", wire.Heads{Last: wire.Head{Seq: 9, Hash: third.Hash, At: at.Add(3 * time.Minute)}})
	require.NoError(t, err)
	require.Len(t, missed, 1, "that does not say why a later one is missing")
}

// One who cuts the end off and goes on writing must not get a new seal: not
// while the log is shorter, nor once it has grown past what was cut, nor as it is
// made anew altogether.
func TestACutLogIsNotSealedAnew(t *testing.T) {
	keys := open(t, t.TempDir())
	whole := logOf(t, "a", "b", "stolen", "d")
	require.NoError(t, keys.SealAudit(t.Context(), whole))
	sealed := sealOf(t, keys)

	for _, words := range [][]string{{}, {"a", "b"}, {"a", "b", "x", "y"}, {"a", "b", "x", "y", "z", "and", "on"}} {
		cut := logOf(t, words...)
		require.ErrorIs(t, keys.SealAudit(t.Context(), cut), ErrCut, words)
		require.Equal(t, sealed, sealOf(t, keys), "it stays as evidence")
	}
	end := write(t, whole, "e")
	require.NoError(t, keys.SealAudit(t.Context(), whole), "the true log goes on")
	require.Equal(t, end, sealOf(t, keys))
}

// The controller seals within a second of what it wrote, and somebody at the
// machine writes and seals meanwhile.
func TestTwoWhoSeal(t *testing.T) {
	dir := t.TempDir()
	controller, console := open(t, dir), open(t, dir)
	log := logOf(t)
	for round := range 20 {
		var both sync.WaitGroup
		for n, by := range []*Keys{console, controller} {
			both.Go(func() {
				_, err := log.AddAudit(t.Context(), store.Audit{At: time.UnixMilli(1795392000000), Who: "p1", Action: fmt.Sprint(round, n)})
				if err == nil {
					err = by.SealAudit(t.Context(), log)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		end, err := log.LastAudit(t.Context())
		require.NoError(t, err)
		require.Equal(t, end, sealOf(t, console), "of the one who was the last to write")
	}
}

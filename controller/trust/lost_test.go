package trust

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/controller/trust/keyfile"
	"loa/controller/trust/signing"
)

// logOf opens an audit log with so many records.
func logOf(t *testing.T, records int) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), t.TempDir(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	for range records {
		_, err := st.AddAudit(t.Context(), store.Audit{At: time.UnixMilli(1795392000000), Who: "p1", Action: "a"})
		require.NoError(t, err)
	}
	return st
}

// lose makes a commune that has a node, and a copy of its keys for a backup.
func lose(t *testing.T) (dir string, spare func(string) ([]byte, error)) {
	t.Helper()
	dir = t.TempDir()
	_, _, err := open(t, dir).IssueNode("n1")
	require.NoError(t, err)
	saved, err := keyfile.ReadAll(dir)
	require.NoError(t, err)
	return dir, func(name string) ([]byte, error) {
		if data, ok := saved[name]; ok {
			return data, nil
		}
		return nil, errors.New("none")
	}
}

func ruin(t *testing.T, path, how string) {
	t.Helper()
	if how == "gone" {
		require.NoError(t, os.Remove(path))
		return
	}
	require.NoError(t, os.WriteFile(path, map[string][]byte{"empty": nil, "noise": []byte("\x00\xff noise")}[how], 0o600))
}

// What only the controller needs is made anew; what nodes know comes from the
// newest backup; and if that has it not the controller comes up, and says that
// nobody believes it. A command stops.
func TestLostKeys(t *testing.T) {
	for _, how := range []string{"gone", "empty", "noise"} {
		for _, name := range []string{caFile, signing.File, brokerFile, controllerFile, tokenFile} {
			t.Run(name+" "+how, func(t *testing.T) {
				dir, spare := lose(t)
				path := filepath.Join(dir, name)
				before, err := keyfile.ReadAll(dir)
				require.NoError(t, err)
				ruin(t, path, how)
				nodesKnow := name == caFile || name == signing.File

				if nodesKnow || how != "gone" {
					_, err := Open(dir, Options{Commune: "la-da"})
					require.Error(t, err, "a command goes no further")
				}
				deaf, err := Open(dir, Options{Commune: "la-da", GoOn: true})
				require.NoError(t, err)
				switch {
				case nodesKnow:
					require.Len(t, deaf.Lost(), 1)
					require.Equal(t, Deaf, deaf.Lost()[0].Remedy)
					after, err := os.ReadFile(path)
					require.True(t, how == "gone" && errors.Is(err, os.ErrNotExist) || len(after) < 20,
						"nothing is put in the place of what a backup may hold")
					for _, other := range []string{brokerFile, controllerFile} {
						data, err := os.ReadFile(filepath.Join(dir, other))
						require.NoError(t, err)
						require.Equal(t, before[other], data, "it will count again")
					}
				case how == "gone":
					require.Empty(t, deaf.Lost(), "it was never there, for all that is known")
				default:
					require.Equal(t, Remade, deaf.Lost()[0].Remedy)
					aside, err := filepath.Glob(path + ".broken-*")
					require.NoError(t, err)
					require.Len(t, aside, 1)
				}

				if nodesKnow {
					good, err := Open(dir, Options{Commune: "la-da", GoOn: true, Spare: spare})
					require.NoError(t, err)
					require.Equal(t, FromBackup, good.Lost()[0].Remedy)
					data, err := os.ReadFile(path)
					require.NoError(t, err)
					require.Equal(t, before[name], data)
				}
				again, err := Open(dir, Options{Commune: "la-da"})
				require.NoError(t, err, "it is mended")
				require.Empty(t, again.Lost())
			})
		}
	}
}

// The key of a backup from before a rotation is one that nodes will soon obey no
// more: it is not taken for the one that was lost.
func TestAnOlderKeyIsNotTheLostOne(t *testing.T) {
	dir, spare := lose(t)
	keys := open(t, dir)
	log := logOf(t, 1)
	require.NoError(t, keys.Rotate(time.Hour))
	require.NoError(t, keys.SealAudit(t.Context(), log))
	ruin(t, filepath.Join(dir, signing.File), "gone")
	lost, err := Open(dir, Options{Commune: "la-da", GoOn: true, Spare: spare})
	require.NoError(t, err)
	require.Equal(t, Deaf, lost.Lost()[0].Remedy)
	require.ErrorContains(t, lost.Lost()[0], "rotation")
}

// A new commune has lost nothing, and one that has no nodes yet begins anew.
func TestANewCommuneHasLostNothing(t *testing.T) {
	dir := t.TempDir()
	keys, err := Open(dir, Options{Commune: "la-da", GoOn: true})
	require.NoError(t, err)
	require.Empty(t, keys.Lost())
	require.False(t, keys.Used())
	ruin(t, filepath.Join(dir, signing.File), "gone")
	keys, err = Open(dir, Options{Commune: "la-da"})
	require.NoError(t, err)
	require.Empty(t, keys.Lost())
	require.NoError(t, keys.SealAudit(t.Context(), logOf(t, 0)), "and its log")
}

// The whole folder is gone: that nodes know the keys is known from elsewhere.
func TestAllKeysAreGone(t *testing.T) {
	_, spare := lose(t)
	deaf, err := Open(t.TempDir(), Options{Commune: "la-da", GoOn: true, Known: true})
	require.NoError(t, err)
	require.True(t, deaf.Deaf())
	good, err := Open(t.TempDir(), Options{Commune: "la-da", GoOn: true, Known: true, Spare: spare})
	require.NoError(t, err)
	require.False(t, good.Deaf())
	require.Len(t, good.Lost(), 2)
}

// Nobody is certified by keys that nobody knows.
func TestNobodyIsCertifiedByLostKeys(t *testing.T) {
	dir, _ := lose(t)
	ruin(t, filepath.Join(dir, caFile), "gone")
	keys, err := Open(dir, Options{Commune: "la-da", GoOn: true})
	require.NoError(t, err)
	_, _, err = keys.IssueNode("n2")
	require.ErrorIs(t, err, ErrDeaf)
	nodes, err := keys.Nodes()
	require.NoError(t, err)
	require.Equal(t, []string{"n1"}, nodes)
}

package keyfile

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A secret is whole, and nobody else's to read; what a crash left half written goes,
// what another process is writing stays.
func TestASecretIsWholeAndClosed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, Prepare(dir))
	old, young := filepath.Join(dir, ".new-1"), filepath.Join(dir, ".new-2")
	path := filepath.Join(dir, "token")
	require.NoError(t, Write(path, []byte("bí mật")))
	for _, half := range []string{old, young} {
		require.NoError(t, os.WriteFile(half, []byte("bí"), 0o600))
	}
	require.NoError(t, os.Chtimes(old, time.Time{}, time.Now().Add(-2*sweepAfter)))
	require.NoError(t, os.Chmod(dir, 0o755))
	require.NoError(t, os.Chmod(path, 0o644))
	require.NoError(t, Prepare(dir))
	require.NoFileExists(t, old)
	require.FileExists(t, young)
	data, err := Read(path)
	require.NoError(t, err)
	require.Equal(t, "bí mật", string(data))
	for name, want := range map[string]os.FileMode{dir: 0o700, path: 0o600} {
		info, err := os.Stat(name)
		require.NoError(t, err)
		require.Equal(t, want, info.Mode().Perm(), name)
	}
	all, err := ReadAll(dir)
	require.NoError(t, err)
	require.Equal(t, map[string][]byte{"token": data}, all, "and not what is being written")
	require.NoError(t, os.WriteFile(path, make([]byte, maxFile+1), 0o600))
	_, err = Read(path)
	require.ErrorContains(t, err, "no key file")
}

// Of two that change what they have read one waits.
func TestOneWaitsForTheOther(t *testing.T) {
	dir := t.TempDir()
	unlock, err := Lock(dir)
	require.NoError(t, err)
	second := make(chan error, 1)
	go func() {
		unlock, err := Lock(dir)
		if err == nil {
			err = unlock()
		}
		second <- err
	}()
	select {
	case <-second:
		t.Fatal("it did not wait")
	default:
	}
	require.NoError(t, unlock())
	require.NoError(t, <-second)
}

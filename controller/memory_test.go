package controller

import (
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
)

// An office whose data disk takes no write when it starts, read-only or without a byte
// to spare, comes up all the same, knows its loudspeakers, and says what to do: it is
// the disk that is to be mended, and nothing needs restoring.
func TestAnOfficeComesUpOnADiskThatTakesNothing(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, dir string) error{
		"read-only": func(t *testing.T, dir string) error {
			return syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, "")
		},
		"full": func(t *testing.T, dir string) error {
			f, err := os.Create(filepath.Join(dir, "ballast"))
			for err == nil {
				_, err = f.Write(make([]byte, 4096))
			}
			require.ErrorIs(t, err, syscall.ENOSPC)
			return f.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir()) // where what stands in goes then
			config := DefaultConfig()
			config.Data, config.HTTP, config.MQTT = t.TempDir(), "127.0.0.1:0", "127.0.0.1:0"
			if err := syscall.Mount("tmpfs", config.Data, "tmpfs", 0, "size=16m"); err != nil {
				t.Skipf("a disk of its own needs root: %v", err)
			}
			t.Cleanup(func() { _ = syscall.Unmount(config.Data, syscall.MNT_DETACH) })
			t.Run("before", func(t *testing.T) {
				a, err := New(t.Context(), config, "test", slog.New(slog.DiscardHandler))
				require.NoError(t, err)
				inBackground(t, a.Run)
				require.NoError(t, a.store.PutArea(t.Context(), store.Area{ID: "la-da", Name: "Xã La Dạ", Kind: store.Commune}))
				require.NoError(t, a.store.PutNode(t.Context(), store.Node{ID: "n1", Name: "Chợ", Area: "la-da", Volume: 80, Created: time.Now()}))
				require.Eventually(t, func() bool {
					_, err := os.Stat(filepath.Join(config.Data, "standby", "standby.json"))
					return err == nil
				}, time.Minute, 10*time.Millisecond, "what stands in is kept")
			})
			require.NoError(t, spoil(t, config.Data))

			a, err := New(t.Context(), config, "test", slog.New(slog.DiscardHandler))
			require.NoError(t, err)
			inBackground(t, a.Run)
			codes := map[string]string{}
			for _, tr := range a.troubles() {
				codes[tr.Problem.Code] = tr.Problem.VI
			}
			require.Contains(t, codes["database_closed"], "không cần khôi phục gì")
			require.NotContains(t, codes, "database_damaged")
			res, err := http.Get(a.URL() + "/readyz")
			require.NoError(t, err)
			said, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
			require.Contains(t, string(said), "database_closed")
			_, err = a.store.Nodes(t.Context())
			require.NoError(t, err)
		})
	}
}

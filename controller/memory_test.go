package controller

import (
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/live"
	"loa/controller/store"
	"loa/schedule"
)

// An office whose data disk takes no write when it starts, read-only or without a byte
// to spare, comes up all the same, knows its loudspeakers, and says what to do: it is
// the disk that is to be mended, and nothing needs restoring.
func TestAnOfficeComesUpOnADiskThatTakesNothing(t *testing.T) {
	for name, disk := range map[string]struct {
		spoil func(t *testing.T, dir string) error
		mend  func(dir string) error
	}{
		"read-only": {
			func(t *testing.T, dir string) error { // and what stood in at an earlier time is not carried over yet
				require.NoError(t, os.CopyFS(filepath.Join(dir, "emergency"), os.DirFS(filepath.Join(dir, "standby"))))
				return syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, "")
			},
			func(dir string) error { return syscall.Mount("", dir, "", syscall.MS_REMOUNT, "") },
		},
		"full": {
			func(t *testing.T, dir string) error {
				f, err := os.Create(filepath.Join(dir, "ballast"))
				for err == nil {
					_, err = f.Write(make([]byte, 4096))
				}
				require.ErrorIs(t, err, syscall.ENOSPC)
				return f.Close()
			},
			func(dir string) error { return os.Remove(filepath.Join(dir, "ballast")) },
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
			require.NoError(t, disk.spoil(t, config.Data))

			a, err := New(t.Context(), config, "test", slog.New(slog.DiscardHandler))
			require.NoError(t, err)
			over := make(chan error, 1)
			go func() { over <- a.Run(t.Context()) }()
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
			_, err = a.store.AddAudit(t.Context(), store.Audit{At: time.Now(), Who: "lan", Action: "call.begin", Object: "c1"})
			require.NoError(t, err)
			require.NoError(t, a.store.PutCall(t.Context(),
				store.Call{Call: schedule.Call{ID: "c1", Class: schedule.Emergency, Start: time.Now(), End: time.Now().Add(time.Hour)}}))

			require.NoError(t, disk.mend(config.Data))
			select {
			case err := <-over:
				require.ErrorIs(t, err, ErrRestart)
			case <-time.After(time.Minute):
				require.Fail(t, "it stays on the stand-in though the disk takes writes again")
			}
			again, err := New(t.Context(), config, "test", slog.New(slog.DiscardHandler))
			require.NoError(t, err)
			inBackground(t, again.Run)
			require.Nil(t, again.memory.trouble)
			nodes, err := again.store.Nodes(t.Context())
			require.NoError(t, err)
			require.Len(t, nodes, 1)
			call, err := again.store.Call(t.Context(), "c1")
			require.NoError(t, err)
			require.Equal(t, "cut", call.Reason)
			carried := ""
			require.NoError(t, again.store.EachAudit(t.Context(), func(a store.Audit) error {
				if a.Object == "c1" {
					carried = a.Note
				}
				return nil
			}))
			require.Contains(t, carried, "while the database was damaged")
			left, err := filepath.Glob(filepath.Join(os.Getenv("TMPDIR"), "loa-emergency-*"))
			require.NoError(t, err)
			require.Empty(t, left, "nothing of the office stays in a folder for temporary files")
		})
	}
}

// An alert that is on air when the database breaks is known to the office that comes up
// on its stand-in: a node that has not heard of it hears of it, and it can be stopped. One that
// has ended does not begin again.
func TestAnAlertOutlivesTheDatabase(t *testing.T) {
	config := DefaultConfig()
	config.Data, config.HTTP, config.MQTT = t.TempDir(), "127.0.0.1:0", "127.0.0.1:0"
	a, err := New(t.Context(), config, "test", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	inBackground(t, a.Run)
	require.NoError(t, a.store.PutArea(t.Context(), store.Area{ID: "la-da", Name: "Xã La Dạ", Kind: store.Commune}))
	require.NoError(t, a.store.PutNode(t.Context(), store.Node{ID: "n1", Name: "Chợ", Area: "la-da", Volume: 80, Created: time.Now()}))
	begin := func() *live.Call {
		token, _ := a.live.Arm("lan", a.clock.Now())
		c, err := a.live.Begin(t.Context(),
			live.Request{Class: schedule.Emergency, Title: "Lũ", Targets: schedule.Targets{Areas: []string{"la-da"}}, Armed: token,
				Rundown: []schedule.Item{{Kind: schedule.Chime, Length: 3 * time.Second}}})
		require.NoError(t, err)
		return c
	}
	over, on := begin(), begin()
	over.Stop()
	<-over.Done()
	require.Eventually(t, func() bool {
		noted, err := os.ReadFile(filepath.Join(config.Data, "onair.json"))
		return err == nil && strings.Contains(string(noted), on.Info().ID) && !strings.Contains(string(noted), over.Info().ID)
	}, time.Minute, time.Millisecond)

	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(config.Data, "standby", "standby.json"))
		return err == nil
	}, time.Minute, 10*time.Millisecond, "what stands in is kept")
	broken := config // as it would lie there after a power cut
	broken.Data = filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.CopyFS(broken.Data, os.DirFS(config.Data)))
	require.NoError(t, os.Truncate(filepath.Join(broken.Data, store.Database), 0))
	require.NoError(t, os.RemoveAll(filepath.Join(broken.Data, store.Database+"-wal")))
	again, err := New(t.Context(), broken, "test", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	inBackground(t, again.Run)
	require.NotNil(t, again.memory.trouble)
	require.Eventually(t, func() bool { return len(again.live.Calls()) > 0 }, time.Minute, time.Millisecond)
	require.Len(t, again.live.Calls(), 1)
	require.Equal(t, on.Info().ID, again.live.Calls()[0].Info().ID)
	again.live.Calls()[0].Stop()
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(broken.Data, "onair.json"))
		return os.IsNotExist(err)
	}, time.Minute, time.Millisecond, "what has ended is not noted")
}

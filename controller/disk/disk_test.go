package disk

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/controller/store/storetest"
)

func TestBounds(t *testing.T) {
	const gb, mb = 1 << 30, 1 << 20
	for _, c := range []struct{ size, warn, alarm int64 }{
		{1 << 40, 10 * gb, 200 * mb},
		{100 * gb, 10 * gb, 200 * mb},
		{20 * gb, 2 * gb, 200 * mb},
		{8 * gb, 1 * gb, 200 * mb},
		{100 * mb, 10 * mb, 2 * mb},
	} {
		warn, alarm := Bounds{}.of(c.size)
		require.Equal(t, []int64{c.warn, c.alarm}, []int64{warn, alarm}, "%d", c.size)
	}
	warn, alarm := Bounds{Warn: 50 * gb, Alarm: 5 * gb}.of(100 * gb)
	require.Equal(t, []int64{50 * gb, 5 * gb}, []int64{warn, alarm}, "the commune's own")
}

func watch(t *testing.T, dir string, bounds Bounds) (*Watch, *atomic.Int64) {
	t.Helper()
	storetest.Fill(t, dir)
	s, err := store.Open(t.Context(), dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	news := new(atomic.Int64)
	return New(Options{Store: s, Bounds: bounds, News: func() { news.Add(1) }, Logger: slog.New(slog.DiscardHandler)}), news
}

func codes(w *Watch) (all []string) {
	for _, tr := range w.Troubles() {
		all = append(all, tr.Code)
	}
	return all
}

// A warning comes before the alarm; each is told once, and keeps its beginning.
func TestRoom(t *testing.T) {
	w, news := watch(t, t.TempDir(), Bounds{Warn: 1, Alarm: 1})
	_, free, err := w.opt.Store.Disk()
	require.NoError(t, err)
	now := time.Now()
	w.opt.Bounds = Bounds{Warn: 2 * free, Alarm: 1}
	w.look(now)
	require.Equal(t, []string{Low}, codes(w))
	require.False(t, w.Troubles()[0].Alarm)
	told := news.Load()
	w.look(now.Add(time.Minute))
	require.Equal(t, told, news.Load())
	require.Equal(t, now, w.Troubles()[0].Since)
	w.opt.Bounds = Bounds{Warn: 4 * free, Alarm: 2 * free}
	w.look(now.Add(2 * time.Minute))
	require.Equal(t, []string{AlmostOut}, codes(w))
	require.True(t, w.Troubles()[0].Alarm)
	require.Greater(t, news.Load(), told)
}

// A real write tells what no number does: a folder that is gone, a database that
// cannot be written.
func TestAProbeIsARealWrite(t *testing.T) {
	dir := t.TempDir()
	w, _ := watch(t, dir, Bounds{Warn: 1, Alarm: 1})
	probe := func() []string { w.probe(t.Context(), time.Now()); w.look(time.Now()); return codes(w) }
	quiet := len(probe())
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "tmp")))
	require.Contains(t, probe(), Failing)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "tmp"), 0o700))
	require.Len(t, probe(), quiet, "and is over by itself")
	if os.Getuid() != 0 { // whom no mode keeps out
		require.NoError(t, os.Chmod(filepath.Join(dir, "tmp"), 0o500))
		require.Contains(t, probe(), ReadOnly)
		require.NoError(t, os.Chmod(filepath.Join(dir, "tmp"), 0o700))
	}
	require.NoError(t, w.opt.Store.Close())
	require.Contains(t, probe(), Failing)
}

// What cannot be read any more is found out, though nobody asks for it.
func TestADatabaseThatCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, news := watch(t, t.TempDir(), Bounds{Warn: 1, Alarm: 1})
		quiet := len(codes(w))
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan error)
		go func() { over <- w.Run(ctx) }()
		time.Sleep(2 * time.Minute)
		require.Len(t, codes(w), quiet)
		require.NoError(t, w.opt.Store.Close())
		told := news.Load()
		time.Sleep(rememberEach + roomEvery)
		require.Error(t, w.opt.Store.ReadFault())
		require.Contains(t, codes(w), Failing)
		require.Greater(t, news.Load(), told)
		cancel()
		require.NoError(t, <-over)
	})
}

// A write that is refused is told at once, not with the next look.
func TestARefusalWakesTheWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w, news := watch(t, dir, Bounds{Warn: 1, Alarm: 1})
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan error)
		go func() { over <- w.Run(ctx) }()
		time.Sleep(probeEvery + probeEvery/2)
		require.Empty(t, codes(w))
		told := news.Load()
		tmp := filepath.Join(dir, "tmp")
		require.NoError(t, os.Remove(tmp))
		require.NoError(t, os.Symlink("/proc/self", tmp)) // nobody writes there, not even root
		require.NotNil(t, w.opt.Store.Refused(syscall.EROFS))
		synctest.Wait()
		require.Equal(t, []string{Failing}, codes(w))
		require.Greater(t, news.Load(), told)
		require.NoError(t, os.Remove(tmp))
		require.NoError(t, os.Mkdir(tmp, 0o700))
		time.Sleep(troubleEvery + time.Second)
		synctest.Wait()
		require.Empty(t, codes(w), "%v", w.failed)
		time.Sleep(probeEvery / 3)

		// one that comes right after a look is looked at with the next tick
		w.opt.Store.Refused(syscall.ENOSPC)
		synctest.Wait()
		require.NoError(t, os.Remove(tmp))
		w.opt.Store.Refused(syscall.ENOSPC)
		time.Sleep(time.Second + time.Nanosecond)
		synctest.Wait()
		require.Equal(t, []string{Failing}, codes(w))
		cancel()
		require.NoError(t, <-over)
	})
}

func TestCodes(t *testing.T) {
	require.Equal(t, Full, codeOf(store.ErrFull))
	require.Equal(t, ReadOnly, codeOf(&os.PathError{Op: "open", Err: syscall.EROFS}))
	require.Equal(t, ReadOnly, codeOf(&os.PathError{Op: "open", Err: syscall.EACCES}))
	require.Equal(t, Failing, codeOf(errors.New("disk I/O error")))
	require.Equal(t, Failing, codeOf(context.DeadlineExceeded))
}

// A disk that is full, and is not any more, on a small disk of its own.
func TestFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("a small disk to fill needs root: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, 0) })
	w, _ := watch(t, dir, Bounds{})
	probe := func() []string { w.probe(t.Context(), time.Now()); w.look(time.Now()); return codes(w) }
	require.Empty(t, probe())
	ballast := filepath.Join(dir, "ballast")
	require.ErrorIs(t, os.WriteFile(ballast, make([]byte, 8<<20), 0o600), syscall.ENOSPC)
	require.Equal(t, []string{Full}, probe())
	require.NoError(t, os.Remove(ballast))
	require.Empty(t, probe())
}

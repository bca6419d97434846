package cache_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"loa/node/cache"
	"loa/node/wire"
)

func plays(t *testing.T, c *cache.Cache) (titles []string) {
	t.Helper()
	all, _, err := c.Unsent(100)
	require.NoError(t, err)
	for _, p := range all {
		titles = append(titles, p.Title)
	}
	return titles
}

// Flash that begins to fail while a node runs: nothing that is said from then on
// fails, all goes on in memory, and to flash again when that takes it.
func TestFlashThatBeginsToFail(t *testing.T) {
	for _, with := range []syscall.Errno{syscall.ENOSPC, syscall.EIO, syscall.EBADF} {
		dir := t.TempDir()
		flash := cache.WatchFlash(t)
		c := open(t, dir)
		cache.FlashWorks()
		require.NoError(t, c.Save("plan", []byte("of yesterday")))
		require.NoError(t, c.AddPlay(wire.Play{Title: "before"}))
		name := c.Outbox()

		flash.Fails(with)
		require.NoError(t, c.AddPlay(wire.Play{Title: "meanwhile"}), "%v", with)
		require.ErrorIs(t, c.Trouble(), with)
		require.Equal(t, []string{"before", "meanwhile"}, plays(t, c))
		require.NotEqual(t, name, c.Outbox(), "flash will give the same ids again")
		require.NoError(t, c.Save("calls", []byte("an emergency")))
		require.NoError(t, c.Save("plan", []byte("of today")))
		require.NoError(t, c.Acked([]uint64{1}))
		c.Look()
		require.ErrorIs(t, c.Trouble(), with, "it still fails")
		require.Equal(t, "of yesterday", cache.PlanIn(t, filepath.Join(dir, "node.db")), "flash is as it was")

		flash.Works()
		c.Look()
		require.NoError(t, c.Trouble())
		require.Equal(t, []string{"meanwhile"}, plays(t, c))
		require.NoError(t, c.AddPlay(wire.Play{Title: "after"}))
		name = c.Outbox()
		require.NoError(t, c.Close())
		c = open(t, dir)
		require.Equal(t, []string{"meanwhile", "after"}, plays(t, c))
		require.Equal(t, name, c.Outbox())
		plan, err := c.Load("plan")
		require.NoError(t, err)
		require.Equal(t, "of today", string(plan))
		all, _, err := c.Unsent(9)
		require.NoError(t, err)
		require.Equal(t, []uint64{2, 3}, []uint64{all[0].ID, all[1].ID}, "ids rise")
		require.NoError(t, c.Close())
	}
}

// A power cut while all is in memory loses what came since, and no more.
func TestPowerCutWhileFlashFails(t *testing.T) {
	dir := t.TempDir()
	flash := cache.WatchFlash(t)
	c := open(t, dir)
	cache.FlashWorks()
	require.NoError(t, c.AddPlay(wire.Play{Title: "before"}))
	name := c.Outbox()
	flash.Fails(syscall.EIO)
	require.NoError(t, c.AddPlay(wire.Play{Title: "meanwhile"}))
	data := read(t, filepath.Join(dir, "node.db"))
	after := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(after, "node.db"), data, 0o600))
	c = open(t, after)
	require.Equal(t, []string{"before"}, plays(t, c))
	require.Equal(t, name, c.Outbox())
}

// A file system that turned read-only is noticed by looking, for a node that plays
// nothing writes nothing; clips come to memory, and those of before are heard.
func TestFileSystemTurnsReadOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		c := open(t, dir)
		old, oldRef := clip(t, 1000)
		data, ref := clip(t, wire.ChunkSize+1)
		third, thirdRef := clip(t, 3000)
		o := &office{clips: map[string][]byte{oldRef.SHA: old, ref.SHA: data, thirdRef.SHA: third}}
		f, stop := fetching(t, c, o)
		defer stop()
		f.SetClips([]wire.ClipRef{oldRef})
		synctest.Wait()
		c.Look()
		require.NoError(t, c.Trouble())

		cache.ReadOnly(t, true)
		c.Look()
		require.ErrorIs(t, c.Trouble(), syscall.EROFS)
		f.SetClips([]wire.ClipRef{oldRef, ref})
		synctest.Wait()
		for _, r := range []wire.ClipRef{oldRef, ref} {
			file, size, err := c.Clip(r.SHA)
			require.NoError(t, err)
			require.Equal(t, r.Bytes, size)
			require.NoError(t, file.Close())
		}
		require.NoFileExists(t, filepath.Join(dir, "clips", ref.SHA))
		c.Look()
		require.ErrorIs(t, c.Trouble(), syscall.EROFS)

		cache.ReadOnly(t, false)
		c.Look()
		require.NoError(t, c.Trouble())
		require.True(t, c.Held(ref.SHA), "what came meanwhile stays till the next start")
		f.SetClips([]wire.ClipRef{oldRef, ref, thirdRef})
		synctest.Wait()
		require.FileExists(t, filepath.Join(dir, "clips", thirdRef.SHA))
	})
}

// A store whose flash could not be written at the start goes back to it, too.
func TestFlashIsWellAfterTheStart(t *testing.T) {
	dir := t.TempDir()
	filled(t, dir, 2)
	cache.FlashFails(t, syscall.EROFS)
	c := open(t, dir)
	require.NoError(t, c.Save("calls", []byte("an emergency")))
	c.Look()
	require.ErrorIs(t, c.Trouble(), syscall.EROFS)
	cache.FlashWorks()
	c.Look()
	require.NoError(t, c.Trouble())
	require.NoError(t, c.Close())
	c = open(t, dir)
	calls, err := c.Load("calls")
	require.NoError(t, err)
	require.Equal(t, "an emergency", string(calls))
	require.Len(t, plays(t, c), 2)
}

// What could not be read at the start is not written over.
func TestFlashThatCouldNotBeReadIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	path := filled(t, dir, 2)
	before := read(t, path)
	cache.FlashFails(t, syscall.EIO)
	require.NoError(t, os.Rename(path, path+".away"))
	c := open(t, dir)
	require.NoError(t, os.Rename(path+".away", path))
	cache.FlashWorks()
	c.Look()
	require.ErrorIs(t, c.Trouble(), syscall.EIO)
	require.NoError(t, c.Close())
	require.Equal(t, before, read(t, path))
}

// A disk that is full gives the room of clips that no plan needs first; then new
// ones come to memory, until there is room.
func TestFullDiskTakesClipsToMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		c := open(t, dir)
		unused, unusedRef := clip(t, 1000)
		data, ref := clip(t, wire.ChunkSize+1)
		o := &office{clips: map[string][]byte{unusedRef.SHA: unused, ref.SHA: data}}
		f, stop := fetching(t, c, o)
		f.SetClips([]wire.ClipRef{unusedRef})
		synctest.Wait()
		stop()
		room := cache.Room(t, 4096)
		full := &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
		room.Add(-4096)
		require.True(t, c.MakeRoom(full, []wire.ClipRef{ref}), "evicted or away: tried again")
		require.False(t, c.Held(unusedRef.SHA))
		require.ErrorIs(t, c.Trouble(), syscall.ENOSPC)
		require.False(t, c.MakeRoom(full, nil), "it is away already")
		require.False(t, c.MakeRoom(cache.ErrSpoilt, nil))
		f, stop = fetching(t, c, o)
		defer stop()
		f.SetClips([]wire.ClipRef{ref})
		synctest.Wait()
		require.True(t, c.Held(ref.SHA))
		require.NoFileExists(t, filepath.Join(dir, "clips", ref.SHA))
		c.Look()
		require.ErrorIs(t, c.Trouble(), syscall.ENOSPC)
		room.Add(1 << 30)
		c.Look()
		require.NoError(t, c.Trouble())
	})
}

package cache_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/node/cache"
	"loa/node/wire"
)

// Flash that is no longer there is found out by reading, though nothing is
// written and the kernel has all in memory: the node goes on with that, and is
// back on flash when it can be read.
func TestFlashThatCannotBeReadAnyMore(t *testing.T) {
	for _, with := range []syscall.Errno{syscall.EIO, syscall.ENXIO, syscall.ENODEV} {
		dir := t.TempDir()
		c := open(t, dir)
		require.NoError(t, c.Save("plan", []byte("of today")))
		saveLedger(t, c, "saved")
		var bad error
		cache.Reads(t, func(int64) error { return bad })
		c.Look()
		require.NoError(t, c.Trouble())
		before := flashIn(t, dir)

		bad = with
		c.Look()
		require.ErrorIs(t, c.Trouble(), with)
		require.NoError(t, c.AddPlay(wire.Play{Title: "meanwhile"}))
		saveRunning(t, c, "on")
		c.Look()
		require.ErrorIs(t, c.Trouble(), with)
		plan, err := c.Load("plan")
		require.NoError(t, err)
		require.Equal(t, "of today", string(plan))
		require.Equal(t, before, flashIn(t, dir), "nothing is written to it")

		bad = nil
		c.Look()
		require.NoError(t, c.Trouble())
		require.Equal(t, found{"on", 1}, find(t, flashIn(t, dir)))
		require.NoError(t, c.Close())
	}
}

// One page that cannot be read is told until it can; the store stays where it is.
func TestPageThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	name := c.Outbox()
	pages := int64(len(read(t, filepath.Join(dir, storeName))) / 4096)
	require.Greater(t, pages, int64(3))
	bad, seen := int64(3), map[int64]int{}
	cache.Reads(t, func(page int64) error {
		seen[page]++
		if page == bad {
			return syscall.EIO
		}
		return nil
	})
	for range bad {
		c.Look()
		require.NoError(t, c.Trouble())
	}
	for range 3 {
		c.Look()
		require.ErrorIs(t, c.Trouble(), syscall.EIO)
		require.Equal(t, name, c.Outbox(), "it is where it was")
	}
	bad = -1
	c.Look()
	require.NoError(t, c.Trouble())
	clear(seen)
	before := flashIn(t, dir)
	for range pages {
		c.Look()
	}
	require.Len(t, seen, int(pages), "each page has its turn")
	require.Equal(t, before, flashIn(t, dir))
	require.NoFileExists(t, filepath.Join(dir, runningName), "a look writes nothing")
}

// Where a file cannot be read past the kernel's memory, nothing is made of that.
func TestFlashThatIsOnlyReadThroughTheKernel(t *testing.T) {
	c := open(t, t.TempDir())
	cache.Reads(t, func(int64) error { return syscall.EINVAL })
	c.Look()
	require.NoError(t, c.Trouble())
}

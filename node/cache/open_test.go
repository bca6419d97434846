package cache_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"loa/node/cache"
	"loa/node/wire"
)

// filled makes a store of many pages, and returns its file.
func filled(t testing.TB, dir string, plays int) (path string) {
	c, _, err := cache.Open(dir)
	require.NoError(t, err)
	require.NoError(t, c.Save("plan", bytes.Repeat([]byte("plan"), 3000)))
	for i := range plays {
		require.NoError(t, c.AddPlay(wire.Play{Airing: "a", Item: i, Title: string(bytes.Repeat([]byte("x"), 200))}))
	}
	require.NoError(t, c.Close())
	return filepath.Join(dir, "node.db")
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

// A flash that only the system says no to leaves a sound store where it is: the
// node goes on in memory, and says so.
func TestFlashThatCannotBeWritten(t *testing.T) {
	for _, with := range []syscall.Errno{syscall.EROFS, syscall.EIO, syscall.ENOSPC} {
		synctest.Test(t, func(t *testing.T) {
			dir := t.TempDir()
			path := filled(t, dir, 5)
			before := read(t, path)
			named := open(t, dir)
			name := named.Outbox()
			require.NoError(t, named.Close())
			require.Equal(t, before, read(t, path), "nothing is written to open it")
			cache.FlashFails(t, with)
			c, aside, err := cache.Open(dir)
			require.NoError(t, err)
			require.Empty(t, aside)
			require.ErrorIs(t, c.Trouble(), with)
			plan, err := c.Load("plan")
			require.NoError(t, err)
			require.Len(t, plan, 12000)
			require.NoError(t, c.Save("calls", []byte("an emergency")))
			require.NotEqual(t, name, c.Outbox(), "flash will give the same ids again")

			data, ref := clip(t, wire.ChunkSize+1)
			f, stop := fetching(t, c, &office{clips: map[string][]byte{ref.SHA: data}})
			f.SetClips([]wire.ClipRef{ref})
			synctest.Wait()
			stop()
			file, _, err := c.Clip(ref.SHA)
			require.NoError(t, err, "new clips too")
			require.NoError(t, file.Close())
			entries, err := os.ReadDir(filepath.Join(dir, "clips"))
			require.NoError(t, err)
			require.Empty(t, entries)
			require.NoError(t, c.Close())

			require.Equal(t, before, read(t, path))
			cache.FlashWorks()
			c = open(t, dir)
			require.NoError(t, c.Trouble())
			require.Equal(t, name, c.Outbox())
			require.NoError(t, c.Close())
		})
	}
}

// What a copy would not help, or a person must mend, is an error.
func TestStoreThatIsNotForUs(t *testing.T) {
	dir := t.TempDir()
	path := filled(t, dir, 5)
	before := read(t, path)
	cache.FlashFails(t, syscall.EMFILE)
	_, _, err := cache.Open(dir)
	require.ErrorIs(t, err, syscall.EMFILE)
	cache.FlashWorks()
	held := open(t, dir)
	_, _, err = cache.Open(dir)
	require.Error(t, err, "another node has it")
	require.NoError(t, held.Close())
	require.Equal(t, before, read(t, path))
}

// Whatever page is worn, a node starts: with the store, or with it set aside.
func TestWornPages(t *testing.T) {
	whole := read(t, filled(t, t.TempDir(), 300))
	size := os.Getpagesize()
	asides, late := 0, 0
	for page := range len(whole) / size {
		for what, wear := range map[string]func([]byte){
			"erased":  func(p []byte) { clear(p) },
			"set":     func(p []byte) { copy(p, bytes.Repeat([]byte{0xff}, len(p))) },
			"shifted": func(p []byte) { copy(p[8:], p[:40]) },
			"a bit":   func(p []byte) { p[17] ^= 0x40 },
		} {
			dir := t.TempDir()
			worn := bytes.Clone(whole)
			wear(worn[page*size : (page+1)*size])
			require.NoError(t, os.WriteFile(filepath.Join(dir, "node.db"), worn, 0o600))
			c, aside, err := cache.Open(dir)
			require.NoError(t, err, "page %d %s", page, what)
			if aside != "" {
				asides++
			}
			_, _, err = c.Unsent(1000)
			require.NoError(t, err, "page %d %s", page, what)
			if c.AddPlay(wire.Play{Airing: "b"}) != nil { // the list of free pages: found by the next write
				late++
				require.FileExists(t, filepath.Join(dir, "node.db.damaged"))
				require.NoError(t, os.Remove(filepath.Join(dir, "node.db"))) // which the process would let go of
				require.NoError(t, os.WriteFile(filepath.Join(dir, "node.db"), worn, 0o600))
				c, aside, err = cache.Open(dir)
				require.NoError(t, err)
				require.NotEmpty(t, aside)
				require.NoFileExists(t, filepath.Join(dir, "node.db.damaged"))
				require.NoError(t, c.AddPlay(wire.Play{Airing: "b"}))
			}
			require.NoError(t, c.Close())
		}
	}
	t.Logf("%d pages, %d stores set aside, %d of them late", len(whole)/size, asides+late, late)
	require.Greater(t, asides, len(whole)/size)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "node.db"), whole[:len(whole)/2], 0o600))
	_, aside, err := cache.Open(dir)
	require.NoError(t, err)
	require.NotEmpty(t, aside, "cut short")
}

// Damage that comes while a node runs is an error, and found at its next start.
func TestPageIsWornMeanwhile(t *testing.T) {
	dir := t.TempDir()
	path := filled(t, dir, 300)
	c := open(t, dir)
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	info, err := file.Stat()
	require.NoError(t, err)
	_, err = file.WriteAt(make([]byte, info.Size()-4*int64(os.Getpagesize())), 4*int64(os.Getpagesize()))
	require.NoError(t, err)
	require.NoError(t, file.Close())
	_, _, err = c.Unsent(1000)
	require.ErrorContains(t, err, "damaged")
	require.Equal(t, err, c.Trouble())
	require.NoError(t, c.AddPlay(wire.Play{Airing: "b"}), "in memory, and waits for no lock")
	require.ErrorIs(t, c.Trouble(), cache.ErrDamaged, "till the next start")
	c.Look()
	require.ErrorIs(t, c.Trouble(), cache.ErrDamaged)
	require.NoError(t, c.Close())
	next := t.TempDir() // the next process, to which this one has left the file
	require.NoError(t, os.WriteFile(filepath.Join(next, "node.db"), read(t, path), 0o600))
	_, aside, err := cache.Open(next)
	require.NoError(t, err)
	require.NotEmpty(t, aside)
}

// The first stores that were set aside stay, and the last: their number is bounded.
func TestBrokenStoresDoNotFillFlash(t *testing.T) {
	dir := t.TempDir()
	for i := range 6 {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "node.db"), fmt.Appendf(nil, "worn %d", i), 0o600))
		c, aside, err := cache.Open(dir)
		require.NoError(t, err)
		require.FileExists(t, aside)
		require.NoError(t, c.Close())
	}
	all, err := filepath.Glob(filepath.Join(dir, "node.db.broken*"))
	require.NoError(t, err)
	require.Len(t, all, 3)
	require.Equal(t, "worn 0", string(read(t, all[0])))
	require.Equal(t, "worn 5", string(read(t, all[2])))
}

// What could not be kept is told until it can.
func TestTroubleIsOverWhenItIs(t *testing.T) {
	c := open(t, t.TempDir())
	require.NoError(t, c.Save("clock", []byte("small")))
	c.Full(true)
	big := make([]byte, 1<<20)
	require.Error(t, c.Save("ledger", big))
	require.ErrorContains(t, c.Trouble(), "save ledger")
	require.NoError(t, c.Save("clock", []byte("small")))
	require.ErrorContains(t, c.Trouble(), "save ledger", "the ledger is not kept for that")
	c.Full(false)
	require.NoError(t, c.Save("ledger", big))
	require.NoError(t, c.Trouble())
}

// BenchmarkOpen is what reading every page costs a start, of a store with a
// month of plays that nobody fetched.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	info, err := os.Stat(filled(b, dir, 2000))
	require.NoError(b, err)
	for b.Loop() {
		c, _, err := cache.Open(dir)
		require.NoError(b, err)
		require.NoError(b, c.Close())
	}
	b.ReportMetric(float64(info.Size())/1e6, "MB")
}

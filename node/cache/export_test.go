package cache

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"loa/node/wire"
)

// SpoilPlay has flash spoil a play of the outbox.
func (c *Cache) SpoilPlay(t *testing.T, id uint64) {
	require.NoError(t, c.db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketOutbox).Put(playKey(id), []byte("worn"))
	}))
}

// SaveAsBefore saves as programs did that knew one bucket of values.
func (c *Cache) SaveAsBefore(t *testing.T, name string, value []byte) {
	require.NoError(t, c.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucketNode).Put([]byte(name), value) }))
}

// SaveAsLast saves the ledger as the last program did that knew no slots.
func (c *Cache) SaveAsLast(t *testing.T, ledger string) {
	require.NoError(t, c.db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketOften).Put([]byte(nameLedger), []byte(ledger))
	}))
}

// SeenByLast is the ledger that such a program finds.
func (c *Cache) SeenByLast(t *testing.T) string {
	_, ledger, err := c.saved(nameLedger)
	require.NoError(t, err)
	return string(ledger)
}

// LedgerMost is the longest ledger that a slot holds.
const LedgerMost = slotSize - slotHead

// Full has flash be full for what grows the store, or no longer.
func (c *Cache) Full(full bool) {
	c.db.MaxSize = 0
	if full {
		c.db.MaxSize = 1
	}
}

// Flash is the files of a store as the process has them, which can begin to fail
// while they are used.
type Flash struct {
	t     *testing.T
	files map[string]watched // by name
}

type watched struct {
	*os.File
	sane int // a second number of it
}

// WatchFlash is the flash of the store that is opened next.
func WatchFlash(t *testing.T) *Flash {
	f := &Flash{t: t, files: map[string]watched{}}
	openFile = func(name string, flag int, perm os.FileMode) (file *os.File, err error) {
		file, err = os.OpenFile(name, flag, perm)
		if _, is := f.files[filepath.Base(name)]; !is && err == nil {
			sane, err := syscall.Dup(int(file.Fd()))
			require.NoError(t, err)
			f.files[filepath.Base(name)] = watched{file, sane}
		}
		return file, err
	}
	t.Cleanup(func() {
		FlashWorks()
		for _, file := range f.files {
			_ = syscall.Close(file.sane)
		}
	})
	return f
}

// Fails has every write fail from now on, with what the kernel says itself; to
// the named files, if any are.
func (f *Flash) Fails(with syscall.Errno, names ...string) {
	path, flag := map[syscall.Errno]string{syscall.ENOSPC: "/dev/full", syscall.EIO: "/proc/self/mem", syscall.EBADF: "/dev/null"}[with],
		syscall.O_RDWR
	if with == syscall.EBADF { // a file that is open for reading only
		flag = syscall.O_RDONLY
	}
	for name, file := range f.files {
		if len(names) > 0 && !slices.Contains(names, name) {
			continue
		}
		fd, err := syscall.Open(path, flag|syscall.O_CLOEXEC, 0)
		require.NoError(f.t, err)
		require.NoError(f.t, syscall.Dup3(fd, int(file.Fd()), syscall.O_CLOEXEC))
		require.NoError(f.t, syscall.Close(fd))
	}
}

// Works has it work again.
func (f *Flash) Works() {
	for _, file := range f.files {
		require.NoError(f.t, syscall.Dup3(file.sane, int(file.Fd()), syscall.O_CLOEXEC))
	}
}

// ReadOnly has the file system turn read-only, or be written again.
func ReadOnly(t *testing.T, is bool) {
	statfs = func(path string, st *unix.Statfs_t) error {
		err := unix.Statfs(path, st)
		if is {
			st.Flags |= unix.ST_RDONLY
		}
		return err
	}
	t.Cleanup(func() { statfs = unix.Statfs })
}

// Reads has the system answer so when a page of the store is read from flash.
func Reads(t *testing.T, answer func(page int64) error) {
	pread = func(fd int, b []byte, at int64) (int, error) {
		n, err := unix.Pread(fd, b, at)
		require.NoError(t, err)
		require.Equal(t, page, n, "for real")
		return n, answer(at / page)
	}
	t.Cleanup(func() { pread = unix.Pread })
}

// FlashFails has the system answer so when a store is opened.
func FlashFails(t *testing.T, with syscall.Errno) {
	openFile = func(name string, _ int, _ os.FileMode) (*os.File, error) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: with}
	}
	t.Cleanup(func() { FlashWorks() })
}

// FlashReadOnly has the system open nothing to be written.
func FlashReadOnly(t *testing.T) {
	openFile = func(name string, flag int, perm os.FileMode) (*os.File, error) {
		if flag != os.O_RDONLY {
			return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EROFS}
		}
		return os.OpenFile(name, flag, perm)
	}
	t.Cleanup(func() { FlashWorks() })
}

func FlashWorks() { openFile = os.OpenFile }

// Room has the disk have so many bytes free.
func Room(t *testing.T, free int64) *atomic.Int64 {
	var room atomic.Int64
	room.Store(free)
	statfs = func(path string, st *unix.Statfs_t) error {
		err := unix.Statfs(path, st)
		st.Bsize, st.Bavail = 1, uint64(room.Load())
		return err
	}
	t.Cleanup(func() { statfs = unix.Statfs })
	return &room
}

// MakeRoom is what a fetch does after it failed.
func (c *Cache) MakeRoom(why error, list []wire.ClipRef) bool { return c.makeRoom(why, list) }

// PlanIn is the plan that a store's file has, also while a node holds it.
func PlanIn(t *testing.T, path string) string {
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	db, err := openCopy(data)
	require.NoError(t, err)
	defer db.Close()
	var plan string
	require.NoError(t, db.View(func(tx *bbolt.Tx) error { plan = string(tx.Bucket(bucketNode).Get([]byte("plan"))); return nil }))
	return plan
}

package cache

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

const whatRead = "read the store from flash"

// unreadable are the system's words for flash that is not there, or not whole.
var unreadable = []error{syscall.EIO, syscall.ENXIO, syscall.ENODEV, syscall.EUCLEAN, syscall.EBADMSG, syscall.EREMOTEIO, syscall.ETIMEDOUT}

var pread = unix.Pread // tests have flash be unreadable

// look reads one page of the store from flash, another each time; it writes
// nothing. One page that cannot be read is told until it can; gone is why flash is
// no longer there at all.
func (c *Cache) look() (gone error) {
	path := filepath.Join(c.dir, fileName)
	if c.noted(whatRead, readThrough(path, c.looks)) == nil {
		c.looks++
		return nil
	}
	return readThrough(path, 0)
}

// readThrough reads page n of a file, of as many as there are, past what the
// kernel has of it in memory. Where that cannot be done nothing is known, and
// nothing said.
func readThrough(path string, n int64) error {
	f, err := openFile(path, os.O_RDONLY|unix.O_DIRECT, 0)
	if err == nil {
		err = errors.Join(readPage(f, n), f.Close())
	}
	if slices.ContainsFunc(unreadable, func(u error) bool { return errors.Is(err, u) }) {
		return err
	}
	return nil
}

func readPage(f *os.File, n int64) error {
	info, err := f.Stat()
	if err != nil || info.Size() < page {
		return err
	}
	buf, err := unix.Mmap(-1, 0, page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE) // aligned, as the device wants it
	if err != nil {
		return err
	}
	defer func() { _ = unix.Munmap(buf) }()
	at := n % (info.Size() / page) * page
	if _, err := pread(int(f.Fd()), buf, at); err != nil {
		return fmt.Errorf("read at %d: %w", at, err)
	}
	return nil
}

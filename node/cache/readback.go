package cache

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"loa/node/wire"
)

// readBackRest is between two reads of 32 KiB: what is on air has the flash.
const readBackRest = 10 * time.Millisecond

// ReadBack reads a clip from flash, whole, past what the kernel has of it in memory, and
// holds it against its name. ErrNotHeld: it is not there, or not to be read; ErrSpoilt: it
// is another, and is removed, so that it is fetched anew.
func (c *Cache) ReadBack(ref wire.ClipRef) (err error) {
	if !wire.ValidSHA(ref.SHA) {
		return ErrNotHeld
	}
	path := c.clipPath(ref.SHA)
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotHeld, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) // else what is in memory is read, which is something too
	ok, err := hashHolds(rested{f}, ref.SHA)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotHeld, err)
	}
	if ok {
		return nil
	}
	c.mu.Lock()
	delete(c.verified, ref.SHA)
	c.mu.Unlock()
	return errors.Join(ErrSpoilt, os.Remove(path))
}

// rested is a reader that leaves the flash to others now and then.
type rested struct{ io.Reader }

// Read is io.Reader's.
func (r rested) Read(p []byte) (int, error) {
	time.Sleep(readBackRest)
	return r.Reader.Read(p)
}

package cache

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

const (
	slotSize = 16 << 10 // begins where flash and file systems begin a page: one slot is written, the other not touched
	page     = 4096
	slotHead = sha256.Size + 8 + sha256.Size + 4
	slotKind = "loa: a slot of the running ledger, 1" // of the clock's, too; another arrangement has another kind, and its sums do not hold
)

// runningName is the file of what runs on from what is saved under a name.
func runningName(name string) string { return name + ".running" }

func whatRunning(name string) string { return "save the running " + name }

// base names a saved value: which one in the store's life it is, and what it says.
type base [sha256.Size]byte

func baseOf(count uint64, saved []byte) base {
	return sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, count), saved...))
}

// slot is one of the two in the file of what runs on:
//
//	sum 32 | number 8 | base 32 | length 4 | value
//
// The sum is of all that follows it up to the value's end.
type slot struct {
	number uint64 // rises by one with each; odd ones are in the second slot
	base   base
	value  []byte
}

func (s slot) encode() []byte {
	b := make([]byte, sha256.Size, slotHead+len(s.value))
	b = binary.BigEndian.AppendUint64(b, s.number)
	b = append(b, s.base[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(s.value)))
	b = append(b, s.value...)
	sum := sumOf(b)
	copy(b, sum[:])
	return b
}

func sumOf(slot []byte) [sha256.Size]byte {
	return sha256.Sum256(append([]byte(slotKind), slot[sha256.Size:]...))
}

// decodeSlot reads a slot; ok is false for what is torn, worn or none at all.
func decodeSlot(b []byte) (s slot, ok bool) {
	if len(b) < slotHead {
		return s, false
	}
	n := binary.BigEndian.Uint32(b[slotHead-4:])
	if int64(n) > int64(len(b)-slotHead) {
		return s, false
	}
	b = b[:slotHead+int(n)]
	if sum := sumOf(b); !bytes.Equal(sum[:], b[:sha256.Size]) {
		return s, false
	}
	s.number = binary.BigEndian.Uint64(b[sha256.Size:])
	copy(s.base[:], b[sha256.Size+8:])
	s.value = bytes.Clone(b[slotHead:])
	return s, true
}

// runningFile is where what runs on is kept, for as long as it is written.
type runningFile struct {
	*os.File
	number uint64 // of its newest good slot
}

// openRunning opens such a file, or makes it, in its whole length: what is written
// to it later changes nothing of where it is.
func openRunning(path string) (*runningFile, error) {
	f, err := openFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lengthen(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	good, _ := readSlots(f) // what cannot be read is what is written next
	r := &runningFile{File: f}
	if len(good) > 0 {
		r.number = good[0].number
	}
	return r, nil
}

// lengthen writes the pages that a file of slots lacks. One by one: what is written
// at once the kernel keeps as one piece, and counts it whole each time a part of
// it is written.
func lengthen(f *os.File) error {
	info, err := f.Stat()
	if err != nil || info.Size() >= 2*slotSize {
		return err
	}
	for at := info.Size(); at < 2*slotSize; at += page - at%page {
		if _, err := f.WriteAt(make([]byte, page-at%page), at); err != nil {
			return err
		}
	}
	return errors.Join(f.Sync(), syncDir(filepath.Dir(f.Name())))
}

// write writes the slot that is not the newest. Whatever is cut, that one stays.
func (r *runningFile) write(b base, value []byte) error {
	s := slot{number: r.number + 1, base: b, value: value}
	if _, err := r.WriteAt(s.encode(), int64(s.number%2)*slotSize); err != nil {
		return err
	}
	if err := unix.Fdatasync(int(r.Fd())); err != nil {
		return &fs.PathError{Op: "sync", Path: r.Name(), Err: err}
	}
	r.number = s.number
	return nil
}

// readSlots returns the good slots of a file, the newest first.
func readSlots(f io.ReaderAt) (good []slot, err error) {
	for i := range uint64(2) {
		b := make([]byte, slotSize)
		n, failed := f.ReadAt(b, int64(i*slotSize))
		if !errors.Is(failed, io.EOF) {
			err = errors.Join(err, failed)
		}
		if s, ok := decodeSlot(b[:n]); ok && s.number%2 == i {
			good = append(good, s)
		}
	}
	slices.SortFunc(good, func(a, b slot) int { return cmp.Compare(b.number, a.number) })
	return good, err
}

// SaveRunning keeps how the ledger or the clock runs on from what Save kept of it.
// It is like Save, but that a program which does not know it finds what Save had
// kept before, so that is to be called for what must not be told twice.
func (c *Cache) SaveRunning(name string, value []byte) error {
	kept, err := c.saveRunning(name, value)
	if err == nil && kept {
		return nil
	}
	return c.Save(name, value) // which tells whether it is flash that fails, or this file
}

// saveRunning writes to the file beside the store, and reports whether it could.
func (c *Cache) saveRunning(name string, value []byte) (kept bool, err error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.mu.Lock()
	away := c.memory != nil || c.db.IsReadOnly() || c.failed["save "+name] != nil // what failed last is to be tried again
	c.mu.Unlock()
	if away || len(value) > slotSize-slotHead {
		return false, nil
	}
	b, saved, err := c.saved(name)
	if err != nil || saved == nil {
		return false, err
	}
	return true, c.noted(whatRunning(name), c.writeRunning(name, b, value))
}

func (c *Cache) writeRunning(name string, b base, value []byte) error {
	f := c.running[name]
	if f == nil {
		var err error
		if f, err = openRunning(filepath.Join(c.dir, runningName(name))); err != nil {
			return err
		}
		c.running[name] = f
	}
	return f.write(b, value)
}

// lookRunning tries the files of what runs on again after they failed: what it
// writes runs on from nothing, and what is in them is older than the store's by now.
func (c *Cache) lookRunning() {
	for name := range often {
		c.mu.Lock()
		failed := c.failed[whatRunning(name)]
		c.mu.Unlock()
		if failed != nil {
			_ = c.noted(whatRunning(name), c.writeRunning(name, base{}, nil)) // Trouble tells
		}
	}
}

// saved is what Save kept under a name, nil if it did not yet, and what names that.
func (c *Cache) saved(name string) (b base, saved []byte, err error) {
	err = c.view("load "+name, func(tx *bbolt.Tx) error {
		saved = bytes.Clone(value(tx, name))
		if kept := tx.Bucket(bucketOften); kept != nil { // else an older program's
			var count uint64 // no two clocks are alike
			if name == nameLedger {
				count = kept.Sequence()
			}
			b = baseOf(count, saved)
		}
		return nil
	})
	return b, saved, err
}

// loadRunning returns what was kept last under a name, by Save or SaveRunning.
func (c *Cache) loadRunning(name string) ([]byte, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	b, saved, err := c.saved(name)
	if err != nil || saved == nil {
		return nil, err
	}
	f, err := openFile(filepath.Join(c.dir, runningName(name)), os.O_RDONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return saved, nil
	}
	var good []slot
	if err == nil {
		good, err = readSlots(f)
		err = errors.Join(err, f.Close())
	}
	_ = c.noted(whatRunning(name), err) // Trouble tells: what Save kept is better than nothing
	for _, s := range good {
		if s.base == b {
			return s.value, nil
		}
	}
	return saved, nil
}

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
	runningName = "ledger.running"
	slotSize    = 16 << 10 // begins where flash and file systems begin a page: one slot is written, the other not touched
	page        = 4096
	slotHead    = sha256.Size + 8 + sha256.Size + 4
	slotKind    = "loa: a slot of the running ledger, 1" // another arrangement of a slot has another kind, and its sums do not hold
	whatRunning = "save the running ledger"
)

// base names a saved ledger: which one in the store's life it is, and what it says.
type base [sha256.Size]byte

func baseOf(count uint64, ledger []byte) base {
	return sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, count), ledger...))
}

// slot is one of the two in the file of the running ledger:
//
//	sum 32 | number 8 | base 32 | length 4 | ledger
//
// The sum is of all that follows it up to the ledger's end.
type slot struct {
	number uint64 // rises by one with each; odd ones are in the second slot
	base   base
	ledger []byte
}

func (s slot) encode() []byte {
	b := make([]byte, sha256.Size, slotHead+len(s.ledger))
	b = binary.BigEndian.AppendUint64(b, s.number)
	b = append(b, s.base[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(s.ledger)))
	b = append(b, s.ledger...)
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
	s.ledger = bytes.Clone(b[slotHead:])
	return s, true
}

// runningFile is where the running ledger is kept, for as long as it is written.
type runningFile struct {
	*os.File
	number uint64 // of its newest good slot
}

// openRunning opens the file of the running ledger in dir, or makes it, in its
// whole length: what is written to it later changes nothing of where it is.
func openRunning(dir string) (*runningFile, error) {
	f, err := openFile(filepath.Join(dir, runningName), os.O_RDWR|os.O_CREATE, 0o600)
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
func (r *runningFile) write(b base, ledger []byte) error {
	s := slot{number: r.number + 1, base: b, ledger: ledger}
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

// SaveRunning keeps how far the ledger is while something plays. It is like Save
// of the ledger, but that a program which does not know it finds what Save had
// kept before, so that is to be called for what must not be told twice.
func (c *Cache) SaveRunning(ledger []byte) error {
	kept, err := c.saveRunning(ledger)
	if err == nil && kept {
		return nil
	}
	return c.Save(nameLedger, ledger) // which tells whether it is flash that fails, or this file
}

// saveRunning writes to the file beside the store, and reports whether it could.
func (c *Cache) saveRunning(ledger []byte) (kept bool, err error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.mu.Lock()
	away := c.memory != nil || c.db.IsReadOnly()
	c.mu.Unlock()
	if away || len(ledger) > slotSize-slotHead {
		return false, nil
	}
	b, saved, err := c.savedLedger()
	if err != nil || saved == nil {
		return false, err
	}
	return true, c.noted(whatRunning, c.writeRunning(b, ledger))
}

func (c *Cache) writeRunning(b base, ledger []byte) (err error) {
	if c.running == nil {
		if c.running, err = openRunning(c.dir); err != nil {
			return err
		}
	}
	return c.running.write(b, ledger)
}

// lookRunning tries the file of the running ledger again after it failed: what
// it writes is of no ledger, and those in it are older than the store's by now.
func (c *Cache) lookRunning() {
	c.mu.Lock()
	failed := c.failed[whatRunning]
	c.mu.Unlock()
	if failed != nil {
		_ = c.noted(whatRunning, c.writeRunning(base{}, nil)) // Trouble tells
	}
}

// savedLedger is what Save kept of the ledger, nil if it did not yet, and its name.
func (c *Cache) savedLedger() (b base, ledger []byte, err error) {
	err = c.view("load "+nameLedger, func(tx *bbolt.Tx) error {
		ledger = bytes.Clone(value(tx, nameLedger))
		if often := tx.Bucket(bucketOften); often != nil { // else an older program's
			b = baseOf(often.Sequence(), ledger)
		}
		return nil
	})
	return b, ledger, err
}

// loadLedger returns what was kept last of the ledger.
func (c *Cache) loadLedger() ([]byte, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	b, ledger, err := c.savedLedger()
	if err != nil || ledger == nil {
		return nil, err
	}
	f, err := openFile(filepath.Join(c.dir, runningName), os.O_RDONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return ledger, nil
	}
	var good []slot
	if err == nil {
		good, err = readSlots(f)
		err = errors.Join(err, f.Close())
	}
	_ = c.noted(whatRunning, err) // Trouble tells: what Save kept is better than nothing
	for _, s := range good {
		if s.base == b {
			return s.ledger, nil
		}
	}
	return ledger, nil
}

package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"loa/node/wire"
)

// clipDirs are where clips come to, and where else some are.
func (c *Cache) clipDirs() (dir, other string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	flash := filepath.Join(c.dir, "clips")
	if c.away != nil && c.spare != "" {
		return c.spare, flash
	}
	return flash, c.spare
}

func (c *Cache) clipDir() string {
	dir, _ := c.clipDirs()
	return dir
}

// clipPath is where a clip is, or comes to.
func (c *Cache) clipPath(sha string) string {
	dir, other := c.clipDirs()
	path := filepath.Join(dir, sha)
	if other != "" {
		if _, err := os.Lstat(path); err != nil {
			if _, err := os.Lstat(filepath.Join(other, sha)); err == nil {
				return filepath.Join(other, sha)
			}
		}
	}
	return path
}

func partPath(dir, sha string) string { return filepath.Join(dir, sha+".part") }

// Held reports whether the clip is here, by its name alone.
func (c *Cache) Held(sha string) bool {
	_, err := os.Stat(c.clipPath(sha))
	return err == nil
}

// Clip opens a clip for reading. Its hash is checked the first time after a
// start; one that does not hold is removed, and ErrNotHeld returned. The
// caller closes it.
func (c *Cache) Clip(sha string) (*os.File, int64, error) {
	if !wire.ValidSHA(sha) {
		return nil, 0, ErrNotHeld
	}
	f, err := os.Open(c.clipPath(sha))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, ErrNotHeld
	}
	if err != nil {
		return nil, 0, fmt.Errorf("open clip: %w", err)
	}
	info, err := f.Stat()
	if err == nil {
		err = c.verify(f, sha)
	}
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

func (c *Cache) verify(f *os.File, sha string) error {
	c.mu.Lock()
	known := c.verified[sha]
	c.mu.Unlock()
	if known {
		return nil
	}
	ok, err := hashHolds(io.NewSectionReader(f, 0, 1<<62), sha)
	if err != nil {
		return fmt.Errorf("check clip %.12s: %w", sha, err)
	}
	if !ok {
		if err := os.Remove(f.Name()); err != nil {
			return fmt.Errorf("remove broken clip: %w", err)
		}
		return ErrNotHeld
	}
	c.mu.Lock()
	c.verified[sha] = true
	c.mu.Unlock()
	return nil
}

func hashHolds(r io.Reader, sha string) (bool, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return false, err
	}
	want, err := hex.DecodeString(sha)
	return err == nil && bytes.Equal(h.Sum(nil), want), nil
}

// Evict removes clips that are not in keep and were not touched for age, and
// the leavings of fetches that are no longer wanted.
func (c *Cache) Evict(keep []string, age time.Duration, now time.Time) error {
	dir := c.clipDir()
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("list clips: %w", err)
	}
	var errs []error
	for _, e := range entries {
		sha, isPart := strings.CutSuffix(e.Name(), ".part")
		info, err := e.Info()
		if err != nil || slices.Contains(keep, sha) || !isPart && now.Sub(info.ModTime()) < age {
			continue
		}
		errs = append(errs, os.Remove(filepath.Join(dir, e.Name())))
		if isPart {
			errs = append(errs, c.savePart(sha, nil))
		} else {
			c.mu.Lock()
			delete(c.verified, sha)
			c.mu.Unlock()
		}
	}
	return errors.Join(errs...)
}

// part is a clip on its way: a sparse file and the chunks it already holds.
type part struct {
	dir    string // it is in
	ref    wire.ClipRef
	file   *os.File
	have   []bool // chunks
	got    []bool // pieces of those that are not whole; not kept over a restart
	left   int
	unsafe int // chunks written since the last sync
}

// openPart begins a clip, or goes on with one that an earlier run began.
func (c *Cache) openPart(ref wire.ClipRef) (*part, error) {
	dir := c.clipDir()
	f, err := os.OpenFile(partPath(dir, ref.SHA), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("begin clip: %w", err)
	}
	p := &part{dir: dir, ref: ref, file: f, have: make([]bool, ref.Chunks()), got: make([]bool, ref.Pieces()), left: ref.Chunks()}
	err = c.view("read chunks", func(tx *bbolt.Tx) error {
		bits := tx.Bucket(bucketParts).Get([]byte(ref.SHA))
		if len(bits) != (len(p.have)+7)/8 {
			return nil
		}
		for i := range p.have {
			if bits[i/8]&(1<<(i%8)) != 0 {
				p.have[i] = true
				p.left--
			}
		}
		return nil
	})
	if err == nil {
		err = f.Truncate(ref.Bytes) // as long as it will be: a full disk shows at once on most
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("begin clip: %w", err), f.Close())
	}
	return p, nil
}

// write stores one chunk, if it is one that is lacking and of the right size.
func (p *part) write(ch wire.Chunk) (fresh bool, err error) {
	if ch.Index < 0 || ch.Index >= len(p.have) || p.have[ch.Index] {
		return false, nil
	}
	size := min(int64(wire.ChunkSize), p.ref.Bytes-int64(ch.Index)*wire.ChunkSize)
	if int64(len(ch.Data)) != size {
		return false, nil
	}
	if _, err := p.file.WriteAt(ch.Data, int64(ch.Index)*wire.ChunkSize); err != nil {
		return false, fmt.Errorf("write chunk: %w", err)
	}
	p.whole(ch.Index)
	return true, nil
}

// whole notes that a chunk is here.
func (p *part) whole(chunk int) {
	p.have[chunk] = true
	p.left--
	p.unsafe++
}

const piecesPerChunk = wire.ChunkSize / wire.PieceSize

// writePiece stores one piece likewise. fresh: it is one that was lacking.
func (p *part) writePiece(pc wire.Piece) (fresh bool, err error) {
	if pc.Index < 0 || pc.Index >= len(p.got) || p.has(pc.Index) {
		return false, nil
	}
	size := min(int64(wire.PieceSize), p.ref.Bytes-int64(pc.Index)*wire.PieceSize)
	if int64(len(pc.Data)) != size {
		return false, nil
	}
	if _, err := p.file.WriteAt(pc.Data, int64(pc.Index)*wire.PieceSize); err != nil {
		return false, fmt.Errorf("write piece: %w", err)
	}
	p.got[pc.Index] = true
	chunk := pc.Index / piecesPerChunk
	first := chunk * piecesPerChunk
	if !slices.Contains(p.got[first:min(first+piecesPerChunk, len(p.got))], false) {
		p.whole(chunk)
	}
	return true, nil
}

// has reports whether a piece is here, by itself or with its chunk.
func (p *part) has(piece int) bool { return p.got[piece] || p.have[piece/piecesPerChunk] }

// missingPieces returns the first n pieces that are lacking, in order.
func (p *part) missingPieces(n int) (pieces []int) {
	for i := 0; i < len(p.got) && len(pieces) < n; i++ {
		if !p.has(i) {
			pieces = append(pieces, i)
		}
	}
	return pieces
}

// missing returns what to ask for, as ranges.
func (p *part) missing() []wire.Range {
	var ranges []wire.Range
	for i := 0; i < len(p.have) && len(ranges) < wire.MaxRanges; i++ {
		if p.have[i] {
			continue
		}
		first := i
		for i+1 < len(p.have) && !p.have[i+1] {
			i++
		}
		ranges = append(ranges, wire.Range{First: first, Last: i})
	}
	return ranges
}

// syncPart makes what has arrived safe, and only then notes it down.
func (c *Cache) syncPart(p *part) error {
	if p.unsafe == 0 {
		return nil
	}
	if err := p.file.Sync(); err != nil {
		return fmt.Errorf("sync clip: %w", err)
	}
	bits := make([]byte, (len(p.have)+7)/8)
	for i, have := range p.have {
		if have {
			bits[i/8] |= 1 << (i % 8)
		}
	}
	p.unsafe = 0
	return c.savePart(p.ref.SHA, bits)
}

func (c *Cache) savePart(sha string, bits []byte) error {
	return c.update("note chunks", func(tx *bbolt.Tx) error {
		if bits == nil {
			return tx.Bucket(bucketParts).Delete([]byte(sha))
		}
		return tx.Bucket(bucketParts).Put([]byte(sha), bits)
	})
}

// finish checks a clip that has all its chunks and puts it in place. A clip
// whose hash does not hold is thrown away whole: which chunk was wrong cannot
// be told.
func (c *Cache) finish(p *part) (held bool, err error) {
	ok, err := hashHolds(io.NewSectionReader(p.file, 0, p.ref.Bytes), p.ref.SHA)
	if err == nil {
		err = p.file.Sync()
	}
	if err = errors.Join(err, p.file.Close()); err != nil {
		return false, fmt.Errorf("finish clip: %w", err)
	}
	if !ok {
		return false, errors.Join(os.Remove(partPath(p.dir, p.ref.SHA)), c.savePart(p.ref.SHA, nil))
	}
	if err := os.Rename(partPath(p.dir, p.ref.SHA), filepath.Join(p.dir, p.ref.SHA)); err != nil {
		return false, fmt.Errorf("put clip in place: %w", err)
	}
	if err := syncDir(p.dir); err != nil {
		return false, err
	}
	c.mu.Lock()
	c.verified[p.ref.SHA] = true
	c.mu.Unlock()
	return true, c.savePart(p.ref.SHA, nil)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	return nil
}

package backup

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"loa/node/wire"
)

// Unpack reads a backup into dir, an empty folder, and verifies it whole. It
// writes no more than most bytes, and nothing outside of dir. After an error, which
// is ErrDamaged, ErrFormat or ErrRoom where the file is to blame, what is in dir
// is of no use.
func Unpack(ctx context.Context, from io.Reader, dir string, most int64) (h Header, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return h, fmt.Errorf("backup: %w", err)
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	zip, err := gzip.NewReader(from)
	if err != nil {
		return h, damaged(err)
	}
	u := unpacker{in: tar.NewReader(zip), root: root, made: map[string]Entry{}}
	if h, err = u.header(); err != nil {
		return h, err
	}
	if h.Bytes > most {
		return h, fmt.Errorf("%d MiB are needed, %d free: %w", h.Bytes>>20, max(most, 0)>>20, ErrRoom)
	}
	for {
		done, err := u.next(h)
		if err != nil {
			return h, err
		}
		if done {
			break
		}
		if err := ctx.Err(); err != nil {
			return h, err
		}
	}
	// gzip's own sum stands behind the end of the tar.
	if n, err := io.Copy(io.Discard, io.LimitReader(zip, maxSmall)); err != nil || n == maxSmall {
		return h, damaged(err)
	}
	return h, nil
}

func damaged(err error) error { return fmt.Errorf("%w (%v)", ErrDamaged, err) }

type unpacker struct {
	in    *tar.Reader
	root  *os.Root
	made  map[string]Entry
	bytes int64
}

func (u *unpacker) header() (h Header, err error) {
	t, err := u.in.Next()
	if err != nil {
		return h, damaged(err)
	}
	if t.Name != headerName || t.Size > maxHeader {
		return h, damaged(errors.New("it does not begin with its header"))
	}
	if err := json.NewDecoder(u.in).Decode(&h); err != nil {
		return h, damaged(err)
	}
	switch {
	case h.Format > Format:
		return h, fmt.Errorf("format %d: %w", h.Format, ErrFormat)
	case h.Format < 1 || h.Files < 0 || h.Files > maxFiles || h.Bytes < 0 || !wire.ValidID(h.Commune):
		return h, damaged(errors.New("its header makes no sense"))
	}
	return h, nil
}

// next unpacks one file; done: it was the manifest, and agrees.
func (u *unpacker) next(h Header) (done bool, err error) {
	t, err := u.in.Next()
	if err != nil {
		return false, damaged(err)
	}
	if t.Name == manifestName {
		return true, u.compare(h, t.Size)
	}
	_, twice := u.made[t.Name]
	switch {
	case t.Typeflag != tar.TypeReg || !fits(t.Name, t.Size):
		return false, damaged(fmt.Errorf("%q has no place in it", t.Name))
	case twice || len(u.made) == h.Files:
		return false, damaged(fmt.Errorf("%q is one too many", t.Name))
	case t.Size > h.Bytes-u.bytes:
		return false, damaged(fmt.Errorf("%q is too long", t.Name))
	}
	e, err := u.file(t)
	u.bytes += e.Size
	u.made[t.Name] = e
	return false, err
}

func (u *unpacker) file(t *tar.Header) (e Entry, err error) {
	if err := u.root.MkdirAll(path.Dir(t.Name), 0o700); err != nil {
		return e, room(err)
	}
	f, err := u.root.OpenFile(t.Name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return e, room(err)
	}
	hash := sha256.New()
	in := &source{Reader: u.in}
	n, err := io.Copy(io.MultiWriter(f, hash), in)
	if err = errors.Join(err, f.Close()); err != nil {
		if in.err != nil {
			return e, damaged(in.err)
		}
		return e, room(err)
	}
	return Entry{t.Name, n, hex.EncodeToString(hash.Sum(nil))}, nil
}

// source tells an error of the file from one of the disk.
type source struct {
	io.Reader
	err error
}

// Read is io.Reader's.
func (s *source) Read(b []byte) (int, error) {
	n, err := s.Reader.Read(b)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// compare holds what was unpacked against the manifest.
func (u *unpacker) compare(h Header, size int64) error {
	var m manifest
	if size > maxManifest {
		return damaged(errors.New("its manifest is too long"))
	}
	if err := json.NewDecoder(u.in).Decode(&m); err != nil {
		return damaged(err)
	}
	if len(m.Files) != h.Files || len(u.made) != h.Files || u.bytes != h.Bytes {
		return damaged(errors.New("something is missing"))
	}
	for _, e := range m.Files {
		if u.made[e.Name] != e {
			return damaged(fmt.Errorf("%q is not what it was", e.Name))
		}
	}
	return nil
}

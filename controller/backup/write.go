package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"loa/controller/store"
	"loa/controller/trust/keyfile"
)

// Source is a controller, running or not.
type Source struct {
	Data     string // its folder
	Trust    string // of its keys
	Commune  string
	Version  string
	Settings []byte // YAML
	Store    *store.Store
	Told     Told // how far it is; nil: nobody asks
}

// piece is one file to come: its bytes, or where they are.
type piece struct {
	name string
	data []byte
	path string
	size int64
}

// spare is how much room a backup leaves on its disk.
const spare = 256 << 20

// Create makes a backup at path, whole or not at all.
func Create(ctx context.Context, path string, from Source, now time.Time) (h Header, err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, unfinished+"*") // 0600 by definition
	if err != nil {
		return h, fmt.Errorf("backup: %w", err)
	}
	defer func() {
		if err != nil {
			_ = f.Close() // closed already, perhaps
			_ = os.Remove(f.Name())
		}
	}()
	if h, err = Write(ctx, f, dir, from, now); err != nil {
		return h, err
	}
	if err = errors.Join(f.Sync(), f.Close()); err != nil {
		return h, room(err)
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return h, fmt.Errorf("backup: %w", err)
	}
	return h, syncDir(dir)
}

// Write writes a backup to w. scratch is a folder with room for a copy of the
// database.
func Write(ctx context.Context, w io.Writer, scratch string, from Source, now time.Time) (h Header, err error) {
	tmp, err := os.MkdirTemp(scratch, unfinished+"*")
	if err != nil {
		return h, fmt.Errorf("backup: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	pieces, err := gather(ctx, tmp, from, now)
	if err != nil {
		return h, room(err)
	}
	h = Header{Format: Format, Commune: from.Commune, Version: from.Version, At: now.UTC().Truncate(time.Second), Files: len(pieces)}
	for _, p := range pieces {
		h.Bytes += p.size
	}
	if free, err := freeBytes(scratch); err == nil && free < h.Bytes+spare {
		return h, fmt.Errorf("%d MiB are needed, %d free: %w", (h.Bytes+spare)>>20, free>>20, ErrRoom)
	}
	return h, room(pack(ctx, w, h, pieces, from.Told))
}

// gather lists what is to be packed, the keys before the database.
func gather(ctx context.Context, tmp string, from Source, now time.Time) (pieces []piece, err error) {
	small := func(name string, data []byte) {
		pieces = append(pieces, piece{name: name, data: data, size: int64(len(data))})
	}
	keys, err := keyfile.ReadAll(from.Trust)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		full := trustFolder + "/" + name
		if !fits(full, int64(len(keys[name]))) { // what is packed can be unpacked
			return nil, fmt.Errorf("backup: %s among the keys cannot be packed: rename or remove it", name)
		}
		small(full, keys[name])
	}
	db := filepath.Join(tmp, store.Database)
	if err := from.Store.Snapshot(ctx, db, now); err != nil {
		return nil, err
	}
	info, err := os.Stat(db)
	if err != nil {
		return nil, err
	}
	pieces = append(pieces, piece{name: store.Database, path: db, size: info.Size()})
	for _, folder := range store.Media {
		sound, err := sounds(from.Data, folder)
		if err != nil {
			return nil, err
		}
		pieces = append(pieces, sound...)
	}
	if small(settingsName, from.Settings); len(pieces) > maxFiles {
		return nil, fmt.Errorf("backup: %d files are more than one can hold", len(pieces))
	}
	return pieces, nil
}

// sounds lists the files of one folder; what is none of ours is left out.
func sounds(data, folder string) (pieces []piece, err error) {
	err = filepath.WalkDir(filepath.Join(data, folder), func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(data, path)
		if err != nil || !allowed.MatchString(filepath.ToSlash(name)) {
			return err
		}
		info, err := d.Info()
		if err == nil {
			pieces = append(pieces, piece{name: filepath.ToSlash(name), path: path, size: info.Size()})
		}
		return err
	})
	return pieces, err
}

func pack(ctx context.Context, w io.Writer, h Header, pieces []piece, told Told) error {
	read := &meter{of: h.Bytes, told: told}
	zip, err := gzip.NewWriterLevel(w, gzip.BestSpeed) // sound is packed already
	if err != nil {
		return err
	}
	out := tar.NewWriter(zip)
	if err := addJSON(out, headerName, h, h.At); err != nil {
		return err
	}
	var m manifest
	for _, p := range pieces {
		if err := ctx.Err(); err != nil {
			return err
		}
		sum, err := add(out, p, h.At, read)
		if err != nil {
			return fmt.Errorf("backup: %s: %w", p.name, err)
		}
		m.Files = append(m.Files, Entry{p.name, p.size, sum})
	}
	if err := addJSON(out, manifestName, m, h.At); err != nil {
		return err
	}
	return errors.Join(out.Close(), zip.Close())
}

func addJSON(out *tar.Writer, name string, v any, at time.Time) error {
	data, err := json.Marshal(v)
	if err == nil {
		_, err = add(out, piece{name: name, data: data, size: int64(len(data))}, at, &meter{})
	}
	return err
}

func add(out *tar.Writer, p piece, at time.Time, read *meter) (sum string, err error) {
	var from io.Reader = bytes.NewReader(p.data)
	if p.path != "" {
		f, err := os.Open(p.path)
		if err != nil {
			return "", err
		}
		defer f.Close()
		from = f
	}
	if err := out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: p.name, Size: p.size, Mode: 0o600, ModTime: at,
		Format: tar.FormatPAX}); err != nil {
		return "", err
	}
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, hash, read), from)
	if err == nil && n != p.size {
		err = fmt.Errorf("%d bytes, not %d", n, p.size)
	}
	return hex.EncodeToString(hash.Sum(nil)), err
}

// room makes of a full disk the error that says what to do.
func room(err error) error {
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) || errors.Is(err, store.ErrFull) {
		return fmt.Errorf("%w (%v)", ErrRoom, err)
	}
	return err
}

func freeBytes(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

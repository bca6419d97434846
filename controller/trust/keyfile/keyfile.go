package keyfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// maxFile bounds what is read of a key file: ours are under 2 KiB, but for the
// signing key's with its history.
const maxFile = 256 << 10

// sweepAfter is how long no file is being written.
const sweepAfter = time.Minute

// Prepare makes dir if needed, closes it to others, and sweeps away what a
// crash left half written.
func Prepare(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("trust: %w", err)
	}
	info, err := os.Stat(dir)
	if err == nil && info.Mode().Perm() != 0o700 { // a disk that has turned read-only keeps nobody from starting
		err = os.Chmod(dir, 0o700)
	}
	if err != nil {
		return fmt.Errorf("trust: %w", err)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".new-*"))
	if err != nil {
		return fmt.Errorf("trust: %w", err)
	}
	for _, name := range left {
		info, err := os.Stat(name)
		if err != nil || time.Since(info.ModTime()) < sweepAfter {
			continue // another process, a console beside the controller, is writing it
		}
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("trust: %w", err)
		}
	}
	return nil
}

// Lock waits until no other process, and nobody else in this one, changes what it has
// read of the folder. unlock ends that; so does the end of the process.
func Lock(path string) (unlock func() error, err error) {
	dir, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("trust: %w", err)
	}
	if err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("trust: lock %s: %w", path, err), dir.Close())
	}
	return dir.Close, nil
}

// Write puts data at path whole or not at all, mode 0600. The directory
// is synced too: without that a power cut may undo the rename.
func Write(path string, data []byte) error { return WriteMode(path, data, 0o600) }

// WriteMode likewise, for a file that others may read.
func WriteMode(path string, data []byte, mode fs.FileMode) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".new-*") // 0600 by definition
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = f.Write(data)
	if mode != 0o600 {
		err = errors.Join(err, f.Chmod(mode))
	}
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Read reads a key file, and closes one that others may read.
func Read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%d bytes is no key file", info.Size())
	}
	if info.Mode().Perm() != 0o600 {
		if err := os.Chmod(path, 0o600); err != nil {
			return nil, err
		}
	}
	return os.ReadFile(path)
}

// ReadAll returns every file in a folder of keys, by its path in it, as all of
// them were at one instant. Files that are being written are left out.
func ReadAll(dir string) (files map[string][]byte, err error) {
	unlock, err := Lock(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	files = map[string][]byte{}
	return files, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !d.Type().IsRegular() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err == nil {
			files[filepath.ToSlash(name)], err = os.ReadFile(path)
		}
		return err
	})
}

package update

import (
	"compress/gzip"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// unpack writes a gzipped program under its sha256, which it returns. It
// refuses one that this board's processor cannot run.
func (s *Store) unpack(packed io.Reader) (sha string, err error) {
	zr, err := gzip.NewReader(packed)
	if err != nil {
		return "", fmt.Errorf("unpack the program: %w", err)
	}
	const name = "unpacked"
	h := sha256.New()
	err = s.replace(name, 0o700, func(f *os.File) error {
		n, err := io.Copy(io.MultiWriter(f, h), io.LimitReader(zr, maxPrograms+1))
		switch {
		case err != nil:
			return fmt.Errorf("unpack the program: %w", err)
		case n > maxPrograms:
			return errors.New("unpack the program: it is too big")
		}
		return runsHere(f)
	})
	if err != nil {
		return "", err
	}
	sha = hex.EncodeToString(h.Sum(nil))
	if err := os.Rename(filepath.Join(s.dir, name), filepath.Join(s.dir, sha)); err != nil {
		return "", fmt.Errorf("install the program: %w", err)
	}
	return sha, syncDir(s.dir)
}

// machines are the processors of the builds, by Go's name.
var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64, "arm": elf.EM_ARM}

func runsHere(f io.ReaderAt) error {
	arch, err := Arch(f)
	if err == nil && arch != runtime.GOARCH {
		err = fmt.Errorf("it is for %s, and this board is %s", arch, runtime.GOARCH)
	}
	return err
}

// Arch returns the processor that a program is for, by Go's name.
func Arch(f io.ReaderAt) (string, error) {
	file, err := elf.NewFile(f)
	if err != nil {
		return "", fmt.Errorf("it is no program for Linux: %w", err)
	}
	for arch, machine := range machines {
		if file.Machine == machine {
			return arch, nil
		}
	}
	return "", fmt.Errorf("it is for a processor that Loa has no build for: %v", file.Machine)
}

package trust

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
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

// prepareDir makes dir if needed, closes it to others, and sweeps away what a
// crash left half written.
func prepareDir(dir string) error {
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

// lock waits until no other process, and nobody else in this one, changes what
// it has read of the folder. unlock ends that; so does the end of the process.
func (t *Trust) lock() (unlock func() error, err error) { return lockDir(t.dir) }

func lockDir(path string) (unlock func() error, err error) {
	dir, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("trust: %w", err)
	}
	if err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("trust: lock %s: %w", path, err), dir.Close())
	}
	return dir.Close, nil
}

// writeFile puts data at path whole or not at all, mode 0600. The directory
// is synced too: without that a power cut may undo the rename.
func writeFile(path string, data []byte) error { return writeFileMode(path, data, 0o600) }

func writeFileMode(path string, data []byte, mode fs.FileMode) (err error) {
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

// readPair reads a certificate and its key from one file; ok is false when
// there is no such file. The file's mode is put right if someone widened it.
func readPair(path string) (p pair, ok bool, err error) {
	b, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return pair{}, false, nil
	}
	if err == nil {
		p, err = parsePair(b)
	}
	if err != nil {
		return pair{}, false, fmt.Errorf("%s: %w", path, err)
	}
	return p, true, nil
}

func readFile(path string) ([]byte, error) {
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

// parsePair decodes a file of one certificate and one private key, and checks
// that they belong together.
func parsePair(b []byte) (pair, error) {
	var p pair
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		var err error
		switch block.Type {
		case "CERTIFICATE":
			p.cert, err = x509.ParseCertificate(block.Bytes)
		case "PRIVATE KEY":
			p.key, err = parseKey(block.Bytes)
		}
		if err != nil {
			return pair{}, err
		}
	}
	if p.cert == nil || p.key == nil {
		return pair{}, errors.New("damaged: it must hold a certificate and its key; restore it from a backup")
	}
	pub, ok := p.key.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !pub.Equal(p.cert.PublicKey) {
		return pair{}, errors.New("damaged: the key does not belong to the certificate; restore it from a backup")
	}
	return p, nil
}

func parseKey(der []byte) (crypto.Signer, error) {
	k, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	s, ok := k.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a %T cannot sign", k)
	}
	return s, nil
}

// ReadAll returns every file in a folder of keys, by its path in it, as all of
// them were at one instant. Files that are being written are left out.
func ReadAll(dir string) (files map[string][]byte, err error) {
	unlock, err := lockDir(dir)
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

// Look opens the signing key in dir and nothing else, for a caller that only reads:
// no file is made or renewed.
func Look(dir, commune string) (*Trust, error) {
	t := &Trust{dir: dir, commune: commune, now: time.Now}
	s, err := t.readSigning()
	if err != nil {
		return nil, fmt.Errorf("trust: %w", err)
	}
	t.Adopt(s)
	return t, nil
}

// Check returns nil if dir holds a commune's keys, whole and belonging together.
// Nothing in it is changed.
func Check(dir, commune string) error {
	t := &Trust{dir: dir, commune: commune}
	ca, ok, err := readPair(filepath.Join(dir, "ca.pem"))
	if err != nil || !ok {
		return fmt.Errorf("trust: no authority in the keys: %w", errors.Join(err, fs.ErrNotExist))
	}
	for _, name := range []string{"broker.pem", "controller.pem"} {
		p, ok, err := readPair(filepath.Join(dir, name))
		if err == nil && ok {
			err = p.cert.CheckSignatureFrom(ca.cert)
		}
		if err != nil {
			return fmt.Errorf("trust: %s: %w", name, err)
		}
	}
	if _, err := t.readSigning(); err != nil {
		return fmt.Errorf("trust: %w", err)
	}
	return nil
}

// Package update puts a new version of the program on a board, beside the one
// that its package brought, and goes back by itself if that does no good.
//
// What to run is the office's signed word ([wire.Software]); the program comes
// like a clip, named by its sha256, and is at hand before anything is touched.
// It is tried only while nothing is on air nor will be soon, and kept only if it
// reports that all is well within a time.
//
//	packaged, or kept ──install──▶ to be tried ──start──▶ on trial ──well──▶ kept
//	       ▲                                                 │
//	       └──────── at the next start: it did not say ──────┘   failed: not tried again,
//	                 that it was well                           unless the office asks anew
//
// # At a start
//
// The service always starts the packaged program, the launcher, which asks
// [Store.Choose] and becomes the one to run (execve: the same process to its
// service manager). A program on trial is started once: if it crashes, hangs
// until a watchdog ends it, or loses power, the launcher finds it unsaid that it
// was well and goes back. A kept one whose file no longer has its hash is left
// aside. A program that was installed and not started before the board itself
// started anew is not tried then: power may be back seconds before an airing. It
// is installed again when there is quiet. A package that a technician installs
// wins over all that came before, the office's earlier word too.
//
// The state is one small file, replaced in one step; a cut of power at any
// instant leaves the old state or the new one, each of which starts.
package update

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"loa/node/wire"
)

const (
	stateFile   = "state.json"
	maxPrograms = 256 << 20 // bytes of a program, unpacked
	keepFailed  = 16        // failures that are remembered
)

// Store is the folder of updates. It belongs to one process at a time.
type Store struct {
	// WellFor is how long a program on trial must be well without a break before it
	// is kept; [Open] sets it to half a minute.
	WellFor time.Duration

	dir  string
	base string // the packaged program's version
	boot string // the kernel's name for this start of the board; "": not known
}

// state is what the folder holds; its zero value is the packaged program.
type state struct {
	Base    string   `json:"base"`              // version of the packaged program that it was made under
	Kept    program  `json:"kept,omitzero"`     // zero: the packaged one
	Trial   program  `json:"trial,omitzero"`    // zero: none
	Started bool     `json:"started,omitempty"` // the trial was
	Boot    string   `json:"boot,omitempty"`    // of the board, in which the trial was installed
	Failed  []string `json:"failed,omitempty"`  // keys of what was tried in vain, the latest last
}

// program is one version on flash.
type program struct {
	Key    string `json:"key"`    // of the office's word: see wire.Software.Key
	SHA256 string `json:"sha256"` // of the file itself, unpacked
}

// Open returns the store in a folder, which need not exist. base is the version
// of the packaged program.
func Open(dir, base string) *Store {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		boot = nil // then nothing is made of it
	}
	return &Store{WellFor: wellFor, dir: dir, base: base, boot: strings.TrimSpace(string(boot))}
}

// Base is the version of the packaged program.
func (s *Store) Base() string { return s.base }

// Under is the version of the packaged program under which something was
// installed last; "" if nothing ever was.
func (s *Store) Under() string {
	var st state
	data, err := os.ReadFile(filepath.Join(s.dir, stateFile))
	if err != nil || json.Unmarshal(data, &st) != nil {
		return ""
	}
	return st.Base
}

func (s *Store) path(p program) string { return filepath.Join(s.dir, p.SHA256) }

// load reads the state. One that cannot be read, or was made under another
// package, is the packaged program.
func (s *Store) load() state {
	empty := state{Base: s.base}
	data, err := os.ReadFile(filepath.Join(s.dir, stateFile))
	if err != nil {
		return empty
	}
	var st state
	if json.Unmarshal(data, &st) != nil || st.Base != s.base || !st.Kept.valid() || !st.Trial.valid() {
		return empty
	}
	return st
}

func (p program) valid() bool { return p == program{} || wire.ValidSHA(p.SHA256) }

func (s *Store) save(st state) error {
	data, err := json.Marshal(st)
	if err != nil {
		return fmt.Errorf("encode state of updates: %w", err)
	}
	return s.replace(stateFile, 0o600, func(f *os.File) error { _, err := f.Write(data); return err })
}

// replace writes a file of the folder in one step, safely on flash.
func (s *Store) replace(name string, mode fs.FileMode, write func(*os.File) error) error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("make folder of updates: %w", err)
	}
	f, err := os.CreateTemp(s.dir, ".new-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	err = errors.Join(write(f), f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(s.dir, name))
	}
	if err == nil {
		err = syncDir(s.dir)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error is the one to tell
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Choose returns the program to become, "" for the packaged one, and the key of
// the office's word for it. It is the launcher's, once at each start: a program
// on trial is given out once.
func (s *Store) Choose() (path, key string, err error) {
	st := s.load()
	if st.Trial != (program{}) && !st.Started && st.Boot != "" && st.Boot != s.boot {
		st.Trial = program{}
		if err := s.save(st); err != nil {
			return s.kept(st), st.Kept.Key, err
		}
	}
	if st.Trial != (program{}) {
		if !st.Started && s.holds(st.Trial) {
			st.Started = true
			if err := s.save(st); err != nil {
				return s.kept(st), st.Kept.Key, err // better the old one than one that could be started for ever
			}
			return s.path(st.Trial), st.Trial.Key, nil
		}
		st = st.failed()
		if err := s.save(st); err != nil {
			return s.kept(st), st.Kept.Key, err
		}
	}
	path = s.kept(st)
	if path == "" {
		return "", "", nil
	}
	return path, st.Kept.Key, nil
}

// failed is the state after a trial in vain.
func (st state) failed() state {
	st.Failed = append(st.Failed, st.Trial.Key)
	st.Failed = st.Failed[max(0, len(st.Failed)-keepFailed):]
	st.Trial, st.Started = program{}, false
	return st
}

// kept is the path of the kept program, if it is as it was.
func (s *Store) kept(st state) string {
	if st.Kept == (program{}) || !s.holds(st.Kept) {
		return ""
	}
	return s.path(st.Kept)
}

// holds reports whether a program's file has its hash.
func (s *Store) holds(p program) bool {
	f, err := os.Open(s.path(p))
	if err != nil {
		return false
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return err == nil && hex.EncodeToString(h.Sum(nil)) == p.SHA256
}

// Install writes a program, gzipped as it came, to be tried at the next start.
func (s *Store) Install(key string, packed io.Reader) error {
	p := program{Key: key}
	var err error
	if p.SHA256, err = s.unpack(packed); err != nil {
		return err
	}
	st := s.load()
	st.Trial, st.Started, st.Boot = p, false, s.boot
	return s.save(st)
}

// Keep keeps the program that runs on trial, and removes what is of no more use.
func (s *Store) Keep() error {
	st := s.load()
	if st.Trial == (program{}) || !st.Started {
		return errors.New("no program is on trial")
	}
	st.Kept, st.Trial, st.Started = st.Trial, program{}, false
	if err := s.save(st); err != nil {
		return err
	}
	return s.tidy(st)
}

// Leave returns to the packaged program at the next start.
func (s *Store) Leave() error {
	st := s.load()
	st.Kept, st.Trial, st.Started = program{}, program{}, false
	return s.save(st)
}

// Standing tells how things stand with a key: kept, on trial, or tried in vain.
func (s *Store) Standing(key string) (kept, trial, failed bool) {
	st := s.load()
	return key != "" && st.Kept.Key == key, st.Started && st.Trial.Key == key, slices.Contains(st.Failed, key)
}

// tidy removes the files that no state names.
func (s *Store) tidy(st state) error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("list updates: %w", err)
	}
	var errs []error
	for _, e := range entries {
		if name := e.Name(); name != stateFile && name != st.Kept.SHA256 && name != st.Trial.SHA256 {
			errs = append(errs, os.Remove(filepath.Join(s.dir, name)))
		}
	}
	return errors.Join(errs...)
}

package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// What an alert says on the spot is made and kept in memory, and goes to the disk
// afterwards, as a [Deed]: a disk that takes nothing keeps nobody from hearing it.

// ClipOf is a clip of an alert, and the file in memory that holds it.
type ClipOf struct {
	Clip Clip   `json:"clip"`
	Key  string `json:"key"` // see CacheSpeech
	File string `json:"file"`
}

// PlacesOf is a clip with the areas that it belongs to, see PlaceClip.
type PlacesOf struct {
	Clip  string   `json:"clip"`
	Areas []string `json:"areas"`
}

// memoryRoot is a folder that needs no disk, on any Linux.
const memoryRoot = "/dev/shm"

// errLost is of a clip whose file in memory is gone, by a power cut.
var errLost = errors.New("its sound was in memory and is lost")

// AlertDir makes a folder for what an alert is made of: in memory, else on the disk.
// Its owner removes it; what a kill leaves is removed when the store is next opened.
// ErrFull or ErrUnwritable where neither takes one.
func (s *Store) AlertDir() (dir string, err error) {
	for _, root := range []string{memoryRoot, os.TempDir(), s.TempDir()} {
		if dir, err = os.MkdirTemp(root, s.alertPrefix()+"*"); err == nil {
			return dir, nil
		}
	}
	return "", s.wrapWrite("make a folder for an alert", err)
}

// alertPrefix is how the names of this store's folders in memory begin.
func (s *Store) alertPrefix() string {
	sum := sha256.Sum256([]byte(s.path))
	return "loa-" + hex.EncodeToString(sum[:6]) + "-"
}

// HoldClip takes the finished file of an alert's clip, from a folder of AlertDir. It
// can be aired at once, from memory, whatever the disk does, and is written down
// after. key is as of CacheSpeech.
func (s *Store) HoldClip(file string, c Clip, key string) (Clip, error) {
	dir, err := s.AlertDir()
	if err != nil {
		return c, err
	}
	c.Created = instant(millis(c.Created))
	held := filepath.Join(dir, c.ID+".opus")
	if err := os.Rename(file, held); err != nil {
		return c, errors.Join(s.wrapWrite("hold clip "+c.ID, err), os.RemoveAll(dir))
	}
	s.Note(Deed{Clip: &ClipOf{c, key, held}})
	return c, nil
}

// heldClip finds a clip that is not written down yet; nil: the database has it.
func (s *Store) heldClip(is func(*ClipOf) bool) *ClipOf {
	s.deeds.mu.Lock()
	defer s.deeds.mu.Unlock()
	for _, p := range slices.Backward(s.deeds.queue) {
		if p.Clip != nil && is(p.Clip) {
			c := *p.Clip
			return &c
		}
	}
	return nil
}

// writeClip puts a clip that was held in memory where all clips are.
func (s *Store) writeClip(ctx context.Context, c ClipOf) error {
	path := s.shaPath("clips", c.Clip.ID) + ".opus"
	if _, err := os.Stat(path); err != nil {
		tmp, err := s.fromMemory(c.File)
		if err == nil {
			err = s.Install(tmp, path)
		}
		if err != nil {
			return errors.Join(s.wrapWrite("write down clip "+c.Clip.ID, err), removed(tmp))
		}
	}
	if err := s.AddClip(ctx, c.Clip); err != nil {
		return err
	}
	if err := s.CacheSpeech(ctx, c.Key, c.Clip.ID); err != nil {
		return err
	}
	return os.RemoveAll(filepath.Dir(c.File))
}

// fromMemory copies a file to TempDir.
func (s *Store) fromMemory(file string) (tmp string, err error) {
	src, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		err = fmt.Errorf("%w: %w", errLost, err)
	}
	if err != nil {
		return "", err
	}
	defer src.Close()
	dst, err := os.CreateTemp(s.TempDir(), "alert-*")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(dst, src)
	return dst.Name(), errors.Join(err, dst.Close())
}

// removed takes a file away that was not finished; "": there is none.
func removed(file string) error {
	if file == "" {
		return nil
	}
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// tidyAlerts removes what a kill left in memory, but for what is still to be
// written down.
func (s *Store) tidyAlerts(left []Deed) {
	for _, root := range []string{memoryRoot, os.TempDir()} {
		entries, _ := os.ReadDir(root) // without such a folder nothing is in it
		for _, e := range entries {
			dir := filepath.Join(root, e.Name())
			needed := func(d Deed) bool { return d.Clip != nil && filepath.Dir(d.Clip.File) == dir }
			if !strings.HasPrefix(e.Name(), s.alertPrefix()) || slices.ContainsFunc(left, needed) {
				continue
			}
			if err := os.RemoveAll(dir); err != nil {
				s.logger.Warn("an alert's files stay in memory", "folder", dir, "err", err)
			}
		}
	}
}

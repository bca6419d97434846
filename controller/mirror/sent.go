package mirror

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// sent is what is known to lie at the place, and whose it is.
type sent struct {
	Owner   string            `json:"owner"`   // whose it is: the mark says it
	Address string            `json:"address"` // of the place that this is of
	Files   map[string]string `json:"files"`   // sha256 by path
	Listed  time.Time         `json:"-"`       // when it was last compared with the place; not since the start

	file string
	sums map[string]summed // by name: a file that did not change is not read again
}

type summed struct {
	size int64
	at   time.Time
	sum  string
}

// openSent reads what was kept; nothing, or of another place, is a place that is new.
func openSent(name, address, owner string) (sent, error) {
	s := sent{file: name, sums: map[string]summed{}}
	data, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s, fmt.Errorf("read what was published: %w", err)
	}
	if err == nil {
		_ = json.Unmarshal(data, &s) // cut short by a power cut: then all is put again
	}
	if s.Address != address || s.Owner != owner || s.Files == nil {
		s.Address, s.Owner, s.Files = address, owner, map[string]string{}
	}
	return s, s.save()
}

func (s *sent) mark() string { return "Loa " + s.Owner + "\n" }

// differ says what lies there and should not, and what should be put, in order.
func (s *sent) differ(here map[string]file) (gone, due []string) {
	for path := range s.Files {
		if _, still := here[path]; !still {
			gone = append(gone, path)
		}
	}
	for path, f := range here {
		if s.Files[path] != f.sum {
			due = append(due, path)
		}
	}
	inOrder(due)
	return gone, due
}

// found takes over what a list of the place says: what is not there was removed by somebody, what is
// not known may be anything, but for sounds, whose names tell what they are.
func (s *sent) found(there map[string]int64, here map[string]file) {
	for path := range s.Files {
		if _, still := there[path]; !still {
			delete(s.Files, path)
		}
	}
	for at, size := range there {
		f, wanted := here[at]
		switch {
		case path.Base(at) == mark, halfOf(at, here):
		case !wanted, s.Files[at] != "" && size != f.size:
			s.Files[at] = "?"
		case s.Files[at] == "" && size == f.size && strings.HasPrefix(at, "s/"):
			s.Files[at] = f.sum
		case s.Files[at] == "":
			s.Files[at] = "?"
		}
	}
}

// halfOf reports whether a path is of what was broken off, and is still to come.
func halfOf(at string, here map[string]file) bool {
	sum, half := strings.CutPrefix(path.Base(at), unfinished)
	if half {
		for _, f := range here {
			if f.sum == sum {
				return true
			}
		}
	}
	return false
}

// sum is the sha256 of a file.
func (s *sent) sum(name string, info fs.FileInfo) (string, error) {
	if was := s.sums[name]; was.size == info.Size() && was.at.Equal(info.ModTime()) {
		return was.sum, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	sum := hex.EncodeToString(h.Sum(nil))
	s.sums[name] = summed{info.Size(), info.ModTime(), sum}
	return sum, nil
}

// save keeps it, whole.
func (s *sent) save() error {
	data, err := json.Marshal(s)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(s.file), 0o700)
	}
	if err == nil {
		err = os.WriteFile(s.file+".part", data, 0o600)
	}
	if err == nil {
		err = os.Rename(s.file+".part", s.file)
	}
	if err != nil {
		return fmt.Errorf("keep what was published: %w", err)
	}
	return nil
}

// Package hold lets one program at a time work on a data folder: a second one
// is refused before it removes, makes or changes anything in there, with a
// sentence that says who has the folder.
//
// What is locked, by flock(2), is the folder itself, not a file in it. The kernel
// ends that with the process, however it ends; nothing of it can be left
// behind, be deleted by somebody who thinks that it was, or belong to root where the
// service may not open it; and it can be had of a folder that takes no writes.
// Programs that are started (ffmpeg, the amplifier's) do not inherit it, and
// what the process becomes by exec has to take it anew.
//
// A file beside, held-by.json, only tells who it is. Without it, or when it is not
// believed, a program is refused all the same, and told less.
//
//	Take    controller, node, dev, swarm    nobody else takes the folder; commands that
//	                                        are made for it work on beside: [Beside]
//	Alone   restore                         nobody works on it beside, either
//
// A restore puts another folder in the place of the one that is held: it
// holds both by then, see [Hold.Add], and the one that comes to hold what was set aside
// finds that it is not the folder of that name any more, and tries again.
package hold

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Who may hold a folder.
const (
	Controller = "loa controller"
	Node       = "loa node"
	Dev        = "loa dev"
	Swarm      = "loa swarm"
	Restore    = "loa restore"
)

// patience is how long a folder is tried for: what was just killed may still be
// ending, and a program that is just being started has its parent's lock until it
// is the other program.
const (
	patience = 500 * time.Millisecond
	again    = 25 * time.Millisecond
)

// Hold is what one program holds: one folder or more. A nil one holds nothing.
type Hold struct {
	who     who
	folders []folder
}

type folder struct {
	path string
	dir  *os.File // its lock is ours for as long as it is open
}

// Take holds folders, which it makes if they are not there, all or none. A
// [*Held] says who has one of them; any other error, that it could not be locked.
func Take(role string, dirs ...string) (*Hold, error) { return take(role, false, dirs) }

// Alone is Take for a caller that lets nobody work beside it.
func Alone(role string, dirs ...string) (*Hold, error) { return take(role, true, dirs) }

func take(role string, alone bool, dirs []string) (*Hold, error) {
	h := &Hold{who: self(role, alone)}
	for _, dir := range dirs {
		if err := h.Add(dir); err != nil {
			h.Release()
			return nil, err
		}
	}
	return h, nil
}

// Add holds one more folder.
func (h *Hold) Add(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	for until := time.Now().Add(patience); ; time.Sleep(again) {
		f, err := lock(dir, h.who)
		if err == nil {
			h.folders = append(h.folders, folder{dir, f})
			return nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return fmt.Errorf("lock data folder %s: %w", dir, err)
		}
		if !time.Now().Before(until) {
			return &Held{Dir: dir, by: read(dir).living()}
		}
	}
}

// Has reports whether this folder is held.
func (h *Hold) Has(dir string) bool {
	return slices.ContainsFunc(h.all(), func(f folder) bool { return f.path == dir })
}

// Release gives all of it back.
func (h *Hold) Release() {
	for _, f := range h.all() {
		_ = unix.Unlinkat(int(f.dir.Fd()), fileName, 0) // wherever the folder is by now; what stays is of nobody who holds
		_ = f.dir.Close()
	}
	if h != nil {
		h.folders = nil
	}
}

func (h *Hold) all() []folder {
	if h == nil {
		return nil
	}
	return h.folders
}

// Beside returns a [*Held] while somebody works alone on a folder. It holds
// nothing: what is done beside takes moments, or reads.
func Beside(dir string) error {
	by := read(dir)
	if !by.Alone {
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return nil // the opening of something in there will say so
	}
	defer f.Close()
	for until := time.Now().Add(patience); errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK); time.Sleep(again) {
		if !time.Now().Before(until) {
			return &Held{Dir: dir, by: by}
		}
	}
	return nil // it was killed
}

// lock takes a folder now, and tells in it who does.
func lock(dir string, w who) (_ *os.File, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	f, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
		}
	}()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, err
	}
	was, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if is, err := os.Stat(dir); err != nil || !os.SameFile(was, is) {
		return nil, unix.EWOULDBLOCK // what was opened has been set aside since
	}
	w.tell(root)
	return f, nil
}

// tell writes who holds the folder. A disk that is full or takes no writes is
// no reason to be refused, and an old word that stays is not believed.
func (w who) tell(root *os.Root) {
	text, err := json.MarshalIndent(w, "", "  ")
	if err != nil {
		return
	}
	_ = root.Remove(fileName + ".new") // of one that was cut off, perhaps another user's
	if root.WriteFile(fileName+".new", append(text, '\n'), 0o600) != nil || root.Rename(fileName+".new", fileName) != nil {
		_ = root.Remove(fileName + ".new")
		_ = root.Remove(fileName)
	}
}

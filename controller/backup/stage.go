package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"loa/controller/standby"
	"loa/controller/store"
)

// Where a restore from within is, between whiles, is the name of one folder in the
// data folder; each step to the next is one rename:
//
//	.loa-restoring-*      being unpacked and verified; a start sweeps it away
//	.loa-restore-ready    verified and on the disk; the next start sets aside what is there
//	.loa-restore-placing  that is aside; what was unpacked is being put in its place
//
// then restored.json says what was done, until the log does.
const (
	readyName   = ".loa-restore-ready"
	placingName = ".loa-restore-placing"
	orderName   = "restored.json"
	oldPrefix   = "old-"
)

// rename is one step; a test cuts the power before it.
var rename = os.Rename

// Order is who had which backup restored.
type Order struct {
	File            string    `json:"file"`
	From            time.Time `json:"from"` // the data is as it was then
	At              time.Time `json:"at"`   // of the order
	Who, Name, Addr string
	Aside           string `json:"aside"` // folder in the data folder, of what was there
}

// kinds are what a controller has in its data folder, but for the backups.
func kinds() []string {
	return append([]string{store.Database, store.Database + "-wal", store.Database + "-shm", trustFolder, settingsName, standby.Folder},
		store.Media...)
}

// unpackBeside unpacks a backup within the data folder of a controller that
// runs, and verifies it as Restore does. The parent of that folder is not the
// service's to write in.
func unpackBeside(ctx context.Context, file *os.File, data, commune string, o Order, told Told) (_ string, err error) {
	fresh, err := os.MkdirTemp(data, restoring+"*")
	if err != nil {
		return "", room(err)
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(fresh) // the first error is the one to tell
		}
	}()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	free, err := freeBytes(data)
	if err != nil {
		return "", err
	}
	h, err := Unpack(ctx, &measured{file, &meter{of: info.Size(), told: told}}, fresh, free-spare)
	if err != nil {
		return "", err
	}
	if err := verify(ctx, fresh, h.Commune, commune); err != nil {
		return "", err
	}
	o.From, o.Aside = h.At, filepath.Base(aside(filepath.Join(data, oldPrefix), o.At))
	text, err := json.Marshal(o)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(fresh, orderName), text, 0o600); err != nil {
		return "", room(err)
	}
	return fresh, settleIn(fresh, data)
}

// ready has the next start put in place what was unpacked.
func ready(data, fresh string) error {
	return errors.Join(rename(fresh, filepath.Join(data, readyName)), syncDir(data))
}

// Pending returns ErrPending if a restore waits for a start, or was cut off in
// one: nobody else may touch the data now.
func Pending(data string) error {
	for _, name := range []string{readyName, placingName} {
		if _, err := os.Lstat(filepath.Join(data, name)); err == nil {
			return ErrPending
		}
	}
	return nil
}

// Place does what is left of a restore, before anything of the data is opened.
// It may be cut off at any instant and called again. ErrKept: what was there is
// where it was, and stays.
func Place(data string) error {
	if err := sweep(data, restoring); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	ready, placing := filepath.Join(data, readyName), filepath.Join(data, placingName)
	if _, err := os.Lstat(ready); err == nil {
		if err := setAside(data, ready); err != nil {
			return errors.Join(fmt.Errorf("%w (%w)", ErrKept, err), os.RemoveAll(ready))
		}
		if err := errors.Join(rename(ready, placing), syncDir(data)); err != nil {
			return fmt.Errorf("restore: %w", err)
		}
	}
	in, err := os.ReadDir(placing)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, d := range in {
		err = errors.Join(err, rename(filepath.Join(placing, d.Name()), filepath.Join(data, d.Name())))
	}
	if err = errors.Join(err, syncDir(data)); err == nil {
		err = os.Remove(placing)
	}
	if err != nil {
		return fmt.Errorf("put what was restored in place: %w", err)
	}
	return nil
}

// setAside moves what is there, all of it or nothing.
func setAside(data, ready string) error {
	o, err := readOrder(filepath.Join(ready, orderName))
	if err != nil {
		return err
	}
	to := filepath.Join(data, filepath.Base(o.Aside))
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for i, name := range kinds() {
		err := rename(filepath.Join(data, name), filepath.Join(to, name))
		if err == nil || errors.Is(err, fs.ErrNotExist) { // there was none, or a power cut came after it
			continue
		}
		for _, name := range slices.Backward(kinds()[:i]) {
			if back := rename(filepath.Join(to, name), filepath.Join(data, name)); !errors.Is(back, fs.ErrNotExist) {
				err = errors.Join(err, back)
			}
		}
		return errors.Join(err, os.Remove(to), syncDir(data))
	}
	return errors.Join(syncDir(to), syncDir(data))
}

func readOrder(path string) (o Order, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return o, err
	}
	return o, json.Unmarshal(text, &o)
}

// Placed returns what was restored and is not in the log yet; nil: nothing.
func Placed(data string) (*Order, error) {
	o, err := readOrder(filepath.Join(data, orderName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return &o, err
}

// Logged says that the log has it.
func Logged(data string) error {
	return errors.Join(os.Remove(filepath.Join(data, orderName)), syncDir(data))
}

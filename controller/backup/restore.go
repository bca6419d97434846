package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"loa/controller/store"
	"loa/controller/trust"
)

// Restored is what Restore did.
type Restored struct {
	Header
	Settings string // where the settings of the backup are
	Aside    string // where the data went that was there before; empty: there was none
}

// Target is where a backup goes.
type Target struct {
	Data    string // folder, which no controller may be using
	Commune string // that it must be of; empty: of any
	Replace bool   // set aside what is there
	// Hold is told of the new folder before it is in the place of Data, by the one that
	// has that to himself.
	Hold func(dir string) error
	// Backups is kept in place when what is there is set aside, if it is inside
	// Data.
	Backups string
}

// restoring begins the name of a folder that is being unpacked.
const restoring = ".loa-restoring-"

// Restore puts a backup in place. Until its last step, which is one of the file
// system's, the data that was there is where it was.
func Restore(ctx context.Context, file string, to Target, now time.Time) (r Restored, err error) {
	full, err := occupied(to.Data)
	if err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	if full && !to.Replace {
		return r, ErrNotEmpty
	}
	f, err := os.Open(file)
	if err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	defer f.Close()
	parent := filepath.Dir(to.Data)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	if err := sweep(parent, restoring); err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	fresh, err := os.MkdirTemp(parent, restoring+"*")
	if err != nil {
		return r, fmt.Errorf("restore beside %s: %w", to.Data, err)
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(fresh) // the first error is the one to tell
		}
	}()
	free, err := freeBytes(parent)
	if err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	if r.Header, err = Unpack(ctx, f, fresh, free-spare/4); err != nil {
		return r, err
	}
	if err := verify(ctx, fresh, r.Commune, to.Commune); err != nil {
		return r, err
	}
	if to.Hold != nil {
		if err := to.Hold(fresh); err != nil {
			return r, fmt.Errorf("restore: %w", err)
		}
	}
	if err := settleIn(fresh, to.Data); err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	r.Settings = filepath.Join(to.Data, settingsName)
	if full {
		r.Aside = aside(to.Data+".old-", now)
	}
	if err = swap(fresh, to.Data, r.Aside); err != nil {
		return r, fmt.Errorf("restore: put the data in place: %w", err)
	}
	return r, keepBackups(to, r.Aside)
}

// verify looks at what was unpacked as the controller will.
func verify(ctx context.Context, dir, commune, want string) error {
	if want != "" && commune != want {
		return fmt.Errorf("%s, not %s: %w", commune, want, ErrCommune)
	}
	if err := trust.Check(filepath.Join(dir, trustFolder), commune); err != nil {
		return damaged(err)
	}
	if err := store.Examine(ctx, dir); err != nil {
		if errors.Is(err, store.ErrNewer) {
			return err
		}
		return damaged(err)
	}
	for _, left := range []string{"-wal", "-shm"} { // of having looked
		if err := os.Remove(filepath.Join(dir, store.Database+left)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// occupied reports whether there is something in a folder.
func occupied(dir string) (bool, error) {
	in, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return len(in) > 0, err
}

// settleIn gives the new folder to whom the old one belongs, if root restores,
// and has all of it survive a power cut.
func settleIn(fresh, data string) error {
	if info, err := os.Stat(data); err == nil && os.Geteuid() == 0 {
		if owner, ok := info.Sys().(*syscall.Stat_t); ok {
			err := filepath.WalkDir(fresh, func(path string, _ fs.DirEntry, err error) error {
				return errors.Join(err, os.Lchown(path, int(owner.Uid), int(owner.Gid)))
			})
			if err != nil {
				return err
			}
		}
	}
	d, err := os.Open(fresh)
	if err != nil {
		return err
	}
	return errors.Join(unix.Syncfs(int(d.Fd())), d.Close())
}

// swap puts fresh in the place of data, and what was there aside. What a power
// cut leaves under the name of an unfinished restore is never the old data.
func swap(fresh, data, aside string) error {
	if aside == "" {
		return errors.Join(os.Rename(fresh, data), syncDir(filepath.Dir(data))) // onto nothing, or an empty folder
	}
	if err := os.Rename(fresh, aside); err != nil {
		return err
	}
	if err := unix.Renameat2(unix.AT_FDCWD, aside, unix.AT_FDCWD, data, unix.RENAME_EXCHANGE); err != nil {
		return errors.Join(err, os.Rename(aside, fresh))
	}
	return syncDir(filepath.Dir(data))
}

// keepBackups moves the folder of backups from the old data to the new.
func keepBackups(to Target, aside string) error {
	name, err := filepath.Rel(to.Data, to.Backups)
	if aside == "" || to.Backups == "" || err != nil || !filepath.IsLocal(name) || name == "." {
		return nil
	}
	if err := os.Rename(filepath.Join(aside, name), to.Backups); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("restored, but the older backups stay in %s: %w", aside, err)
	}
	return nil
}

// aside is a name for the data that there is now, which nothing has yet: two
// restores may come within a second.
func aside(prefix string, now time.Time) string {
	name := prefix + now.UTC().Format(stamp)
	for n, free := 2, name; ; n++ {
		if _, err := os.Lstat(free); err != nil {
			return free
		}
		free = fmt.Sprintf("%s-%d", name, n)
	}
}

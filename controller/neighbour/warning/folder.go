package warning

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"loa/controller/neighbour/cap"
	"loa/controller/problem"
	"loa/controller/store"
)

// lookEvery is how often the folder is looked into; mostFiles at once.
const (
	lookEvery = time.Second
	mostFiles = 100
)

// watch takes each file that is put into the folder, and moves it into one of the folders
// there, taken or refused, so that the sender sees what became of them. A file is whole when
// its name ends in .xml or .cap: the sender renames it then.
func (d *Desk) watch(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	said := ""
	for {
		err := d.look(ctx)
		if now := errorText(err); now != said && ctx.Err() == nil {
			if said = now; err != nil {
				d.opt.Logger.Error("the folder of warnings is not read", "folder", d.opt.Folder, "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// look takes what lies in the folder now.
func (d *Desk) look(ctx context.Context) error {
	files, err := os.ReadDir(d.opt.Folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	from, err := d.folderSource(ctx)
	if err != nil {
		return err
	}
	n := 0
	for _, f := range files {
		name := f.Name()
		if !f.Type().IsRegular() || strings.HasPrefix(name, ".") || !strings.HasSuffix(name, ".xml") && !strings.HasSuffix(name, ".cap") {
			continue
		}
		if n++; n > mostFiles || ctx.Err() != nil {
			break
		}
		if err := d.file(ctx, from, name); err != nil {
			return err
		}
	}
	return nil
}

// folderSource is the source of that kind, if somebody made one.
func (d *Desk) folderSource(ctx context.Context) (store.WarningSource, error) {
	all, err := d.opt.Store.WarningSources(ctx)
	for _, s := range all {
		if s.Kind == Folder {
			return s, nil
		}
	}
	return store.WarningSource{}, err
}

// file takes one file and moves it away; it is not taken twice if it cannot be moved, for
// what it says is known then.
func (d *Desk) file(ctx context.Context, from store.WarningSource, name string) error {
	path := filepath.Join(d.opt.Folder, name)
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	to := "taken"
	if info.Size() > cap.MostBytes {
		d.opt.Logger.Warn("a warning is refused", "file", name, "why", cap.ErrTooLarge.EN)
		to = "refused"
	} else {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		all, err := d.Take(ctx, from.ID, data)
		if _, ok := problem.Of(err); err != nil && !ok { // a fault of ours: later
			return err
		}
		refused := reasonOf(err)
		for _, t := range all {
			if t.Refused != nil {
				refused = t.Refused
			}
		}
		if refused != nil {
			d.opt.Logger.Warn("a warning is refused", "file", name, "why", refused.EN)
			to = "refused"
		}
	}
	if err := os.MkdirAll(filepath.Join(d.opt.Folder, to), 0o750); err != nil {
		return err
	}
	return os.Rename(path, filepath.Join(d.opt.Folder, to, name))
}

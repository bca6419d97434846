package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// ErrNoBackup means that no backup has the file that was looked for.
var ErrNoBackup = errors.New("there is no backup that has it")

// Extract writes one file of the newest backup in a folder that has it whole to
// path, a new file, and returns when that backup was made. That the rest of the
// backup is whole is not looked at: the whole of one with a year of sound takes
// minutes, and what is taken from it is looked at by its caller.
func Extract(ctx context.Context, backups, commune, name, path string) (at time.Time, err error) {
	all, err := filesIn(backups, commune)
	if err != nil {
		return at, err
	}
	err = ErrNoBackup
	for _, f := range all {
		if xerr := extract(ctx, filepath.Join(backups, f.Name), name, path); xerr != nil {
			err = errors.Join(err, xerr)
			continue
		}
		return f.At, nil
	}
	return at, err
}

// Newest is when the newest backup in a folder was made; zero: there is none.
func Newest(backups, commune string) time.Time {
	all, err := filesIn(backups, commune)
	if err != nil || len(all) == 0 {
		return time.Time{}
	}
	return all[0].At
}

// Spare returns a file of the keys of the newest backup that has it.
func Spare(ctx context.Context, backups, commune, name string) (data []byte, err error) {
	all, err := filesIn(backups, commune)
	if err != nil {
		return nil, err
	}
	err = ErrNoBackup
	for _, f := range all {
		var b bytes.Buffer
		if xerr := find(ctx, filepath.Join(backups, f.Name), trustFolder+"/"+name, &b); xerr != nil {
			err = errors.Join(err, xerr)
			continue
		}
		return b.Bytes(), nil
	}
	return nil, err
}

func extract(ctx context.Context, file, name, path string) (err error) {
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, out.Close()); err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	return find(ctx, file, name, out)
}

// find copies one file of a backup.
func find(ctx context.Context, file, name string, to io.Writer) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	zip, err := gzip.NewReader(f)
	if err != nil {
		return damaged(err)
	}
	for in := tar.NewReader(zip); ; {
		t, err := in.Next()
		switch {
		case errors.Is(err, io.EOF):
			return fmt.Errorf("%s has no %s: %w", filepath.Base(file), name, fs.ErrNotExist)
		case err != nil:
			return damaged(err)
		case ctx.Err() != nil:
			return ctx.Err()
		case t.Name == name && t.Typeflag == tar.TypeReg && fits(t.Name, t.Size):
			_, err := io.Copy(to, in)
			return err
		}
	}
}

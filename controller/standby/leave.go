package standby

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"loa/controller/store"
)

const (
	diskEvery = 2 * time.Second // it is looked whether a disk takes writes again
	// comeBackRoom is what a disk must take before its database is opened again. One
	// that has a few pages free would be full at once, and the office would go to and fro.
	comeBackRoom = 4 << 20
)

// AwaitDisk waits until the data folder takes writes again and busy says no, so that a
// new start can use the database in it; or until ctx ends, and returns its error.
func AwaitDisk(ctx context.Context, data string, busy func() bool) error {
	tick := time.NewTicker(diskEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if !busy() && takesNothing(data, dbNeeds) == nil && takesNothing(data, comeBackRoom) == nil {
			return nil
		}
	}
}

// Close closes a stand-in whose data was as it is at from. One that lies in a folder for
// temporary files is copied into the data folder, if that takes writes by now, and
// removed: what was done on it is carried over by the next start, see [Carry].
func Close(ctx context.Context, data string, st *store.Store, from time.Time, logger *slog.Logger) error {
	at := st.Folder()
	if within(data, at) {
		return st.Close()
	}
	err := leave(ctx, data, st, from)
	if err != nil {
		logger.Error("what was done on the stand-in stays in a folder for temporary files", "folder", at, "err", err)
		return st.Close()
	}
	return errors.Join(st.Close(), os.RemoveAll(at))
}

// within reports whether a folder lies in another, or cannot be compared.
func within(dir, at string) bool {
	dir, err := filepath.Abs(dir)
	return err != nil || filepath.Dir(at) == dir
}

// leave copies a stand-in into the data folder, whole or not at all, beside any that
// lies there.
func leave(ctx context.Context, data string, st *store.Store, from time.Time) (err error) {
	if err := takesNothing(data, dbNeeds); err != nil {
		return err
	}
	fresh := filepath.Join(data, emergency+".new")
	if err := errors.Join(os.RemoveAll(fresh), os.MkdirAll(fresh, 0o700)); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(fresh)) }()
	if err := st.Snapshot(ctx, filepath.Join(fresh, store.Database), time.Now()); err != nil {
		return err
	}
	if !from.IsZero() {
		if err := writeFacts(fresh, facts{At: from}); err != nil {
			return err
		}
	}
	if err := settle(fresh); err != nil {
		return err
	}
	at := filepath.Join(data, emergency)
	if _, err := os.Stat(at); err == nil { // of an earlier time, and not carried over yet
		at += "-" + strconv.FormatInt(time.Now().UnixMilli(), 10)
	}
	if err := os.Rename(fresh, at); err != nil {
		return fmt.Errorf("put what was done on the stand-in into the data folder: %w", err)
	}
	return sync(data)
}

package standby

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"loa/controller/store"
)

// carried is added to the record of what was done in an emergency.
const carried = "ghi khi cơ sở dữ liệu bị hỏng; written while the database was damaged"

// mostCalls is more than anybody makes while a restore is awaited; the audit log
// has them all.
const mostCalls = 1000

// Carry takes what was done on a stand-in into the database that came after:
// records of the audit log, with the time and the person of then, and calls. It
// returns how many records there were; 0: there was no stand-in. A power cut in it
// has some written twice, and none lost.
func Carry(ctx context.Context, data string, st *store.Store, logger *slog.Logger) (n int, err error) {
	folders, err := filepath.Glob(filepath.Join(data, emergency+"*"))
	if err != nil {
		return 0, err
	}
	for _, at := range folders {
		carried, err := carryFolder(ctx, data, at, st, logger)
		n += carried
		if err != nil {
			return n, fmt.Errorf("carry over what was done in an emergency: %w", err)
		}
	}
	return n, nil
}

func carryFolder(ctx context.Context, data, at string, st *store.Store, logger *slog.Logger) (n int, err error) {
	if strings.HasSuffix(at, ".new") || !sound(ctx, at) { // the first was not finished, and lies where it came from
		return 0, os.RemoveAll(at)
	}
	old, err := store.OpenStandIn(ctx, data, at, logger)
	if err != nil {
		return 0, err
	}
	n, err = carry(ctx, old, st)
	if err = errors.Join(err, old.Close()); err != nil {
		return n, err
	}
	return n, os.RemoveAll(at)
}

func carry(ctx context.Context, old, st *store.Store) (n int, err error) {
	err = old.EachAudit(ctx, func(a store.Audit) error {
		if a.Note != "" {
			a.Note += "; "
		}
		a.Note += carried
		_, err := st.AddAudit(ctx, a)
		n++
		return err
	})
	if err != nil {
		return n, err
	}
	calls, err := old.Calls(ctx, time.Time{}, mostCalls)
	for _, c := range slices.Backward(calls) {
		if c.Ended.IsZero() { // the nodes have ended it by themselves, or do so at its limit
			c.Ended, c.Reason = earlier(c.End, time.Now()), "cut"
		}
		if err := st.PutCall(ctx, c); err != nil {
			return n, err
		}
	}
	return n, err
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

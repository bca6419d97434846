package standby

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"time"

	"loa/controller/store"
)

const (
	lookEvery = 2 * time.Second  // at whether something changed
	atLeast   = 10 * time.Second // between two stand-ins
	wholeEach = time.Hour        // the whole database is checked
	lastWords = 5 * time.Second  // to write one at the end
)

// Options of a Keeper.
type Options struct {
	Data  string
	Store *store.Store
	// Unchecked: the check at the start did not come to its end.
	Unchecked bool
	// Broken is told when a check finds damage in the database, and with nil when
	// one does no more.
	Broken func(error)
	Logger *slog.Logger
}

// Keeper keeps a stand-in.
type Keeper struct {
	opt  Options
	last store.Link // of the audit log, at the last stand-in
	at   time.Time
	said string
}

// NewKeeper makes one; Run runs it.
func NewKeeper(o Options) *Keeper {
	k := &Keeper{opt: o}
	if f, ok := readFacts(filepath.Join(o.Data, Folder)); ok {
		k.last = f.Audit
	}
	return k
}

// Run keeps the stand-in until ctx ends, and brings it up to date then.
func (k *Keeper) Run(ctx context.Context) error {
	tick, check := time.NewTicker(lookEvery), time.NewTicker(wholeEach)
	defer tick.Stop()
	defer check.Stop()
	if k.opt.Unchecked {
		k.check(ctx)
	}
	k.keep(ctx)
	for {
		select {
		case <-ctx.Done():
			ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
			defer cancel()
			k.keep(ending)
			return nil
		case <-tick.C:
			if time.Since(k.at) >= atLeast {
				k.keep(ctx)
			}
		case <-check.C:
			k.check(ctx)
		}
	}
}

// keep writes a stand-in if the office changed anything since the last, or if
// there is none. The same failure is logged once.
func (k *Keeper) keep(ctx context.Context) {
	end, err := k.opt.Store.LastAudit(ctx)
	if err == nil && end == k.last && Kept(k.opt.Data) {
		return
	}
	if err == nil {
		end, err = write(ctx, k.opt.Data, k.opt.Store, time.Now())
	}
	switch {
	case err == nil:
		k.last, k.at, k.said = end, time.Now(), ""
	case ctx.Err() == nil && err.Error() != k.said:
		k.said = err.Error()
		k.opt.Logger.Error("the stand-in for a damaged database is out of date", "err", err)
	}
}

func (k *Keeper) check(ctx context.Context) {
	err := k.opt.Store.CheckWhole(ctx)
	if err != nil {
		k.opt.Logger.Error("THE DATABASE IS DAMAGED: restore a backup", "err", err)
	}
	k.opt.Broken(err)
}

// Nodes is how many nodes there were when the stand-in was written; 0 without one.
func Nodes(data string) int {
	f, _ := readFacts(filepath.Join(data, Folder))
	return f.Nodes
}

// Kept reports whether there is a stand-in.
func Kept(data string) bool {
	_, ok := readFacts(filepath.Join(data, Folder))
	return ok
}

// write puts a stand-in in place, whole or not at all, and returns how far the
// audit log was.
func write(ctx context.Context, data string, st *store.Store, now time.Time) (end store.Link, err error) {
	fresh := filepath.Join(data, Folder+".new")
	if err := os.RemoveAll(fresh); err != nil {
		return end, err
	}
	if err := os.MkdirAll(fresh, 0o700); err != nil {
		return end, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(fresh)) }()
	f := facts{At: now.UTC().Truncate(time.Second)}
	if f.Fingerprint, err = st.Fingerprint(ctx); err != nil {
		return end, err
	}
	if err := st.WriteStandIn(ctx, filepath.Join(fresh, store.Database)); err != nil {
		return end, err
	}
	is, whole, err := store.Look(ctx, fresh)
	switch {
	case err != nil:
		return end, err
	case !whole:
		return end, ctx.Err()
	case !maps.Equal(is.Programmes, f.Programmes):
		return end, errors.New("the calendar changed meanwhile; it is written again")
	}
	if err = writeFacts(fresh, f); err == nil {
		err = settle(fresh)
	}
	if err == nil {
		err = replace(fresh, filepath.Join(data, Folder))
	}
	return f.Audit, err
}

// settle has all files in a folder, and the folder, survive a power cut.
func settle(dir string) error {
	in, err := os.ReadDir(dir)
	for _, d := range in {
		err = errors.Join(err, sync(filepath.Join(dir, d.Name())))
	}
	return errors.Join(err, sync(dir))
}

func sync(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// replace puts the files of one folder in the place of another's, the one that
// says what they are last: power may be cut at any step.
func replace(fresh, old string) error {
	if err := os.MkdirAll(old, 0o700); err != nil {
		return err
	}
	facts := filepath.Join(old, factsName)
	if err := os.Remove(facts); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, name := range []string{store.Database, factsName} {
		if err := os.Rename(filepath.Join(fresh, name), filepath.Join(old, name)); err != nil {
			return fmt.Errorf("put the stand-in in place: %w", err)
		}
		if err := sync(old); err != nil {
			return err
		}
	}
	return sync(filepath.Dir(old))
}

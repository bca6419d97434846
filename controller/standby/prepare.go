package standby

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"loa/controller/store"
)

// Source is where a stand-in can come from.
type Source struct {
	Data    string
	Commune string
	// Backup writes the database of the newest good backup to a path, a new file, and
	// returns when it was made; an error: there is none.
	Backup func(ctx context.Context, path string) (time.Time, error)
	// BackupAt is when the newest was made; zero: there is none.
	BackupAt time.Time
	// Nodes are those that have certificates, if nothing else is known.
	Nodes  []string
	Logger *slog.Logger
}

// Prepare opens a database that stands in for the damaged one, and returns when
// its data was as it is; zero: only the nodes are known. It changes nothing of the
// damaged one. What an earlier run did in emergency is in it. On a disk that
// takes no write it lies in a folder for temporary files; see [Close].
func Prepare(ctx context.Context, s Source) (st *store.Store, from time.Time, err error) {
	if st, from, err = s.open(ctx); err != nil {
		return nil, from, err
	}
	if err := takeUp(ctx, s.Data, st, time.Now()); err != nil {
		s.Logger.Error("what was on air when the database broke is not known", "err", err)
	}
	return st, from, nil
}

func (s Source) open(ctx context.Context) (st *store.Store, from time.Time, err error) {
	at := filepath.Join(s.Data, emergency)
	if f, ok := readFacts(at); ok && sound(ctx, at) {
		if st, err := store.OpenStandIn(ctx, s.Data, at, s.Logger); err == nil {
			return st, f.At, nil
		} // the disk takes nothing by now: it stays as it is
	}
	if at, err = empty(at); err != nil {
		return nil, from, err
	}
	if from, err = s.fill(ctx, at); err != nil {
		return nil, from, err
	}
	if st, err = store.OpenStandIn(ctx, s.Data, at, s.Logger); err != nil {
		return nil, from, err
	}
	if from.IsZero() {
		err = s.name(ctx, st)
	} else {
		err = writeFacts(at, facts{At: from})
	}
	if err != nil {
		err = errors.Join(err, st.Close())
	}
	return st, from, err
}

// empty makes an empty folder at the path, or, where that cannot be, another.
func empty(at string) (string, error) {
	err := errors.Join(os.RemoveAll(at), os.MkdirAll(at, 0o700))
	if err == nil {
		probe := filepath.Join(at, "probe")
		err = errors.Join(os.WriteFile(probe, make([]byte, 1<<20), 0o600), os.Remove(probe))
	}
	if err == nil {
		return at, nil
	}
	temp, terr := os.MkdirTemp("", "loa-emergency-")
	if terr != nil {
		return "", fmt.Errorf("there is no room for a stand-in: %w", errors.Join(err, terr))
	}
	return temp, nil
}

// fill copies the best database that is to be had to an empty folder; from is
// zero if there is none.
func (s Source) fill(ctx context.Context, at string) (from time.Time, err error) {
	path := filepath.Join(at, store.Database)
	sources := []func(context.Context, string) (time.Time, error){s.kept, s.Backup}
	if f, ok := readFacts(filepath.Join(s.Data, Folder)); !ok || s.BackupAt.After(f.At) {
		slices.Reverse(sources)
	}
	for _, source := range sources {
		from, err := source(ctx, path)
		if err == nil && sound(ctx, at) {
			return from, nil
		}
		s.Logger.Warn("no stand-in is to be had here; looking on", "err", err)
		if at, err = empty(at); err != nil {
			return from, err
		}
	}
	return time.Time{}, nil
}

// kept copies the stand-in that was kept.
func (s Source) kept(_ context.Context, path string) (time.Time, error) {
	dir := filepath.Join(s.Data, Folder)
	f, ok := readFacts(dir)
	if !ok {
		return f.At, errors.New("none was kept")
	}
	in, err := os.Open(filepath.Join(dir, store.Database))
	if err != nil {
		return f.At, err
	}
	defer in.Close()
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return f.At, err
	}
	_, err = io.Copy(out, in)
	return f.At, errors.Join(err, out.Close())
}

func sound(ctx context.Context, dir string) bool {
	_, _, err := store.Look(ctx, dir)
	return err == nil
}

// name gives an office that knows nothing its commune and the nodes that have
// certificates: so an alarm reaches them.
func (s Source) name(ctx context.Context, st *store.Store) error {
	if err := st.PutArea(ctx, store.Area{ID: s.Commune, Name: s.Commune, Kind: "commune"}); err != nil {
		return err
	}
	for _, id := range s.Nodes {
		if err := st.PutNode(ctx, store.Node{ID: id, Name: id, Area: s.Commune}); err != nil {
			return err
		}
	}
	return nil
}

// facts is what was true of the database when the stand-in was written.
type facts struct {
	At time.Time `json:"at"`
	store.Fingerprint
}

func readFacts(dir string) (f facts, ok bool) {
	data, err := os.ReadFile(filepath.Join(dir, factsName))
	ok = err == nil && json.Unmarshal(data, &f) == nil && !f.At.IsZero()
	return f, ok
}

func writeFacts(dir string, f facts) error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, factsName), text, 0o600)
}

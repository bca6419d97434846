package backup

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/controller/trust"
)

// within is an office with a backup in its own data folder, and what it has now:
// a sound that came since.
func within(t *testing.T) (k *Keeper, file string, restarts *int) {
	t.Helper()
	now, restarts := noon, new(int)
	src := office(t)
	k = New(Options{Folder: filepath.Join(src.Data, "backups"), Source: src, Zone: time.UTC, Now: func() time.Time { return now },
		Restart: func() { *restarts++ }, Logger: slog.New(slog.DiscardHandler)})
	f, err := k.Make(t.Context())
	require.NoError(t, err)
	require.NoError(t, src.Store.Close())
	require.NoError(t, os.WriteFile(filepath.Join(src.Data, "clips", "since"), []byte("precious"), 0o600))
	return k, f.Name, restarts
}

// work does what Run would.
func work(ctx context.Context, k *Keeper) { (<-k.asked)(ctx) }

// cut has the power fail before the nth step from now; it reports whether it did.
func cut(n int, do func()) (failed bool) {
	type power struct{}
	steps := 0
	rename = func(from, to string) error {
		if steps++; steps == n {
			panic(power{})
		}
		return os.Rename(from, to)
	}
	defer func() {
		rename = os.Rename
		if r := recover(); r != nil {
			if _, is := r.(power); !is {
				panic(r)
			}
			failed = true
		}
	}()
	do()
	return false
}

func init() { farewell = 0 }

// The one who orders a restore has the page that says what comes next before the
// controller is away.
func TestARestoreLetsItsPageBeFetched(t *testing.T) {
	defer func() { farewell = 0 }()
	farewell = 300 * time.Millisecond
	k, file, restarts := within(t)
	begun := time.Now()
	require.NoError(t, k.Restore(file, Order{}))
	work(t.Context(), k)
	require.Equal(t, 1, *restarts)
	require.GreaterOrEqual(t, time.Since(begun), 250*time.Millisecond)
}

// Power fails at any step of a restore from within, and at any step of what the
// next start does about it: in the end there is all of the one or all of the other.
func TestARestoreFromWithinIsNeverHalf(t *testing.T) {
	cuts := 0
	for first := 1; ; first++ {
		k, file, _ := within(t)
		data := k.opt.Source.Data
		was := tree(t, data)
		again := 0
		failed := cut(first, func() {
			require.NoError(t, k.Restore(file, Order{Who: "p-lan"}))
			work(t.Context(), k)
			require.NoError(t, Place(data))
		})
		for n := 1; failed && cut(n, func() { require.NoError(t, Place(data)) }); n++ {
			again++
		}
		cuts += again
		require.NoError(t, Pending(data))
		o, err := Placed(data)
		require.NoError(t, err)
		is := tree(t, data)
		if o == nil {
			require.Equal(t, 1, first, "only before anything was ready")
			require.Equal(t, was, is)
			continue
		}
		require.Equal(t, []any{"p-lan", file, noon, noon}, []any{o.Who, o.File, o.From, o.At})
		require.NotContains(t, is, "clips/since")
		require.Equal(t, "precious", is[o.Aside+"/clips/since"])
		for name, content := range was {
			if name != "clips/since" && name != "clips/stray" && filepath.Ext(name) == ".opus" {
				require.Equal(t, content, is[name])
			}
		}
		require.Contains(t, is, "backups/"+file, "they stay where they are")
		require.NoError(t, store.Examine(t.Context(), data))
		require.NoError(t, trust.Check(filepath.Join(data, "trust"), "la-da"))
		require.NoError(t, Logged(data))
		o, err = Placed(data)
		require.True(t, o == nil && err == nil)
		if !failed {
			require.Greater(t, first, 8)
			t.Logf("power failed at %d steps, and at %d of what comes after", first-1, cuts)
			return
		}
	}
}

// What cannot be set aside stays, all of it, and people are told.
func TestWhatCannotBeSetAsideStays(t *testing.T) {
	t.Cleanup(func() { rename = os.Rename })
	for n := 1; n <= 4; n++ {
		k, file, restarts := within(t)
		data := k.opt.Source.Data
		was := tree(t, data)
		require.NoError(t, k.Restore(file, Order{}))
		work(t.Context(), k)
		require.Equal(t, 1, *restarts)
		steps := 0
		rename = func(from, to string) error {
			if _, err := os.Lstat(from); err == nil {
				if steps++; steps == n {
					return os.ErrPermission
				}
			}
			return os.Rename(from, to)
		}
		err := Place(data)
		rename = os.Rename
		require.ErrorIs(t, err, ErrKept)
		require.Equal(t, was, tree(t, data))
		require.NoError(t, Place(data), "and the next start does not try again")
		require.Equal(t, was, tree(t, data))
	}
}

// A file that is damaged, of another commune, or not there; a voice on air, before
// or meanwhile: nothing is touched, and nothing starts anew.
func TestNothingIsRestoredOfWhatIsWrong(t *testing.T) {
	k, file, restarts := within(t)
	data := k.opt.Source.Data
	path := filepath.Join(k.opt.Folder, file)
	good, err := os.ReadFile(path)
	require.NoError(t, err)
	was := tree(t, data)
	refused := func(want error) {
		t.Helper()
		require.NoError(t, k.Restore(file, Order{}))
		require.ErrorIs(t, k.Restore(file, Order{}), ErrBusy)
		_, err := k.Begin()
		require.ErrorIs(t, err, ErrBusy)
		require.True(t, k.State().Work.Restore)
		work(t.Context(), k)
		require.ErrorIs(t, k.State().NotRestored, want)
		require.Nil(t, k.State().Work)
		require.NoError(t, os.WriteFile(path, good, 0o600))
		is := tree(t, data)
		require.ElementsMatch(t, slices.Collect(maps.Keys(was)), slices.Collect(maps.Keys(is)))
		require.Equal(t, was, is)
	}
	require.NoError(t, os.WriteFile(path, good[:len(good)/2], 0o600))
	refused(ErrDamaged)
	var other bytes.Buffer
	require.NoError(t, pack(t.Context(), &other, Header{Format: Format + 1, Commune: "la-da"}, nil, nil))
	require.NoError(t, os.WriteFile(path, other.Bytes(), 0o600))
	refused(ErrFormat)

	onAir := false
	k.opt.OnAir = func() bool { return onAir }
	k.opt.News = func() { onAir = true } // while it is unpacked
	refused(ErrOnAir)
	require.ErrorIs(t, k.Restore(file, Order{}), ErrOnAir)
	onAir = false
	require.ErrorIs(t, k.Restore("loa-la-da-20200101T000000Z.tar.gz", Order{}), store.ErrNotFound)
	require.ErrorIs(t, k.Restore("../loa.db", Order{}), store.ErrNotFound)
	require.Zero(t, *restarts)
	require.Equal(t, was, tree(t, data))
}

// Those who look on are told how far it is, and then that it is done.
func TestProgressIsTold(t *testing.T) {
	now := noon
	k := keeper(t, &now)
	var seen []Work
	k.opt.News = func() {
		if w := k.State().Work; w != nil {
			seen = append(seen, *w)
		}
	}
	name, err := k.Begin()
	require.NoError(t, err)
	require.Equal(t, Name("la-da", noon), name)
	require.Equal(t, &Work{File: name, At: noon, Since: noon}, k.State().Work)
	work(t.Context(), k)
	require.Nil(t, k.State().Work)
	require.NotEmpty(t, seen)
	require.Positive(t, seen[0].Done)
	require.Greater(t, seen[0].Of, seen[0].Done)
	require.Equal(t, name, k.State().Files[0].Name)

	require.NoError(t, os.RemoveAll(k.opt.Folder))
	require.NoError(t, os.WriteFile(k.opt.Folder, nil, 0o600))
	now = now.Add(time.Hour)
	_, err = k.Begin()
	require.NoError(t, err)
	work(t.Context(), k)
	require.Error(t, errors.Join(k.State().Failed))
}

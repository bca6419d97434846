package standby

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/controller/store/storetest"
	"loa/schedule"
)

var quiet = slog.New(slog.DiscardHandler)

// office is a data folder with a database of some programmes, each of which is in
// the audit log.
type office struct {
	t   *testing.T
	dir string
	st  *store.Store
}

func newOffice(t *testing.T) *office {
	o := &office{t: t, dir: t.TempDir()}
	storetest.Fill(t, o.dir)
	o.open()
	require.NoError(t, o.st.PutArea(t.Context(), store.Area{ID: "la-da", Name: "La Dạ", Kind: "commune"}))
	require.NoError(t, o.st.PutNode(t.Context(), store.Node{ID: "n1", Name: "Chợ", Area: "la-da"}))
	return o
}

func (o *office) open() {
	var err error
	o.st, err = store.Open(o.t.Context(), o.dir, quiet)
	require.NoError(o.t, err)
	o.t.Cleanup(func() { _ = o.st.Close() }) // it is closed already, perhaps
}

// programmes puts n more programmes into the calendar.
func (o *office) programmes(n int) (end store.Link) {
	o.t.Helper()
	for i := range n {
		p := schedule.Programme{ID: fmt.Sprintf("p%d-%d", time.Now().UnixNano(), i), Title: "Bản tin", Class: schedule.Normal,
			Rule: schedule.Rule{At: time.Now().Add(time.Hour)}, Targets: schedule.Targets{Areas: []string{"la-da"}},
			Rundown: []schedule.Item{{Kind: schedule.Chime, Length: time.Second}}}
		_, err := o.st.PutProgramme(o.t.Context(), p, time.Now())
		require.NoError(o.t, err)
		end, err = o.st.AddAudit(o.t.Context(), store.Audit{At: time.Now(), Who: "p1", Action: "programme.add", Object: p.ID})
		require.NoError(o.t, err)
	}
	return end
}

func (o *office) keep() {
	o.t.Helper()
	_, err := write(o.t.Context(), o.dir, o.st, time.Now())
	require.NoError(o.t, err)
}

func (o *office) path() string { return filepath.Join(o.dir, store.Database) }

func (o *office) look(known Known) string {
	o.t.Helper()
	_, err := Look(o.t.Context(), o.dir, known)
	var trouble *Trouble
	if errors.As(err, &trouble) {
		return trouble.Code
	}
	require.NoError(o.t, err)
	return ""
}

// files is what is in the folder, by which it is seen that nothing is changed.
func (o *office) bytes() []byte {
	data, err := os.ReadFile(o.path())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	require.NoError(o.t, err)
	return data
}

// A database that is damaged in any way is not taken, and not touched; the
// stand-in has all that it had.
func TestADamagedDatabaseIsStoodInFor(t *testing.T) {
	for name, c := range map[string]struct {
		code   string
		damage func(t *testing.T, path string)
	}{
		"gone":         {Missing, func(t *testing.T, path string) { require.NoError(t, os.Remove(path)) }},
		"empty":        {Missing, func(t *testing.T, path string) { require.NoError(t, os.Truncate(path, 0)) }},
		"half":         {Damaged, half},
		"header":       {Damaged, func(t *testing.T, path string) { overwrite(t, path, 0, 100) }},
		"a page":       {Damaged, func(t *testing.T, path string) { overwrite(t, path, 2*4096, 4096) }},
		"page of many": {Damaged, func(t *testing.T, path string) { overwrite(t, path, 5*4096+100, 64*1024) }},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.programmes(40)
			require.Empty(t, o.look(Known{}))
			o.keep()
			require.NoError(t, o.st.Close())
			require.Empty(t, o.look(Known{}))
			c.damage(t, o.path())
			before := o.bytes()
			require.Equal(t, c.code, o.look(Known{}))

			st, from, err := Prepare(t.Context(), Source{Data: o.dir, Commune: "la-da", Backup: none, Logger: quiet})
			require.NoError(t, err)
			defer st.Close()
			require.WithinDuration(t, time.Now(), from, time.Minute)
			calendar, err := st.Programmes(t.Context(), true)
			require.NoError(t, err)
			require.Len(t, calendar, 40)
			nodes, err := st.Nodes(t.Context())
			require.NoError(t, err)
			require.Len(t, nodes, 1)
			require.Equal(t, before, o.bytes(), "the damaged one is as it was")
		})
	}
}

func half(t *testing.T, path string) {
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.NoError(t, os.Truncate(path, info.Size()/2))
}

func overwrite(t *testing.T, path string, at int64, n int) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	noise := make([]byte, n)
	for i := range noise {
		noise[i] = byte(i*7 + 13)
	}
	_, err = f.WriteAt(noise, at)
	require.NoError(t, errors.Join(err, f.Close()))
}

func none(context.Context, string) (time.Time, error) {
	return time.Time{}, errors.New("no backup")
}

// SQLite gives a damaged write-ahead log up without a word, and the last changes
// with it. Cut by the hand of somebody who knows what he does, the audit log alone is
// shorter: that is not damage.
func TestLostChangesAreFound(t *testing.T) {
	o := newOffice(t)
	o.programmes(11)
	require.NoError(t, o.st.Close()) // into the database
	o.open()
	end := o.programmes(29) // in the write-ahead log alone
	o.keep()
	wal, err := os.ReadFile(o.path() + "-wal")
	require.NoError(t, err)
	require.NotEmpty(t, wal)

	crashed := &office{t: t, dir: t.TempDir()} // as it lies on the disk at this instant
	require.NoError(t, os.CopyFS(crashed.dir, os.DirFS(o.dir)))
	require.Empty(t, crashed.look(Known{Sealed: end}), "a crash alone loses nothing")
	wal[24+200] ^= 0xff // in its first frame
	require.NoError(t, os.WriteFile(crashed.path()+"-wal", wal, 0o600))
	require.Equal(t, Behind, crashed.look(Known{Sealed: end}))
	require.NoError(t, os.RemoveAll(filepath.Join(crashed.dir, Folder)))
	require.Empty(t, crashed.look(Known{Sealed: end}), "without a stand-in of its own the seal tells")
}

// A backup that is newer than the stand-in stands in.
func TestTheNewestStandsIn(t *testing.T) {
	o := newOffice(t)
	o.keep()
	o.programmes(2)
	require.NoError(t, o.st.Close())
	good := o.bytes()
	half(t, o.path())
	made := time.Now().Add(time.Minute)
	st, from, err := Prepare(t.Context(), Source{Data: o.dir, Commune: "la-da", Logger: quiet, BackupAt: made,
		Backup: func(_ context.Context, path string) (time.Time, error) { return made, os.WriteFile(path, good, 0o600) }})
	require.NoError(t, err)
	defer st.Close()
	require.Equal(t, made, from)
	programmes, err := st.Programmes(t.Context(), true)
	require.NoError(t, err)
	require.Len(t, programmes, 2)
}

// A new commune has no database, and one that nobody keeps a stand-in for is
// known by its nodes.
func TestANewCommune(t *testing.T) {
	o := &office{t: t, dir: t.TempDir()}
	require.Empty(t, o.look(Known{}))
	require.Equal(t, Missing, o.look(Known{Used: true}))
	require.Equal(t, Missing, o.look(Known{Sealed: store.Link{Seq: 1}}))

	st, from, err := Prepare(t.Context(), Source{Data: o.dir, Commune: "la-da", Nodes: []string{"n1", "n2"}, Backup: none, Logger: quiet})
	require.NoError(t, err)
	defer st.Close()
	require.Zero(t, from)
	nodes, err := st.Nodes(t.Context())
	require.NoError(t, err)
	require.Len(t, nodes, 2, "an alarm reaches those that have certificates")
}

// What was done on a stand-in, over several starts, is in the database that comes
// after, once.
func TestWhatWasDoneMeanwhileIsCarriedOver(t *testing.T) {
	o := newOffice(t)
	o.programmes(3)
	o.keep()
	require.NoError(t, o.st.Close())
	good := o.bytes()
	half(t, o.path())
	for i := range 2 {
		st, from, err := Prepare(t.Context(), Source{Data: o.dir, Commune: "la-da", Backup: none, Logger: quiet})
		require.NoError(t, err)
		require.NotZero(t, from)
		_, err = st.AddAudit(t.Context(), store.Audit{At: time.Now(), Who: "p1", Action: "call.begin", Object: fmt.Sprint(i)})
		require.NoError(t, err)
		call := store.Call{Call: schedule.Call{ID: fmt.Sprint("call-", i), Title: "Lũ", Class: schedule.Emergency,
			Start: time.Now().Add(-time.Hour), End: time.Now().Add(-time.Minute)}}
		require.NoError(t, st.PutCall(t.Context(), call))
		require.NoError(t, st.Close())
	}
	require.NoError(t, os.WriteFile(o.path(), good, 0o600)) // as a restore does
	o.open()
	n, err := Carry(t.Context(), o.dir, o.st, quiet)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	records, err := o.st.Audits(t.Context(), store.AuditFilter{Action: "call.begin"})
	require.NoError(t, err)
	require.Len(t, records, 2)
	require.Contains(t, records[0].Note, carried)
	require.NoError(t, o.st.CheckAudit(t.Context(), nil))
	calls, err := o.st.Calls(t.Context(), time.Time{}, 10)
	require.NoError(t, err)
	require.Len(t, calls, 2)
	n, err = Carry(t.Context(), o.dir, o.st, quiet)
	require.NoError(t, err)
	require.Zero(t, n)
}

// The keeper writes a stand-in when the office changed something, and one at its
// end. A power cut in it leaves the one before, or none; never half a one.
func TestTheKeeperFollowsTheOffice(t *testing.T) {
	o := newOffice(t)
	o.programmes(2)
	k := NewKeeper(Options{Data: o.dir, Store: o.st, Logger: quiet, Broken: func(err error) { require.NoError(t, err) }})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- k.Run(ctx) }()
	require.Eventually(t, func() bool { return Kept(o.dir) }, time.Minute, 5*time.Millisecond)
	end := o.programmes(1)
	cancel()
	require.NoError(t, <-ended)
	f, ok := readFacts(filepath.Join(o.dir, Folder))
	require.True(t, ok)
	require.Equal(t, end, f.Audit)
	require.Len(t, f.Programmes, 3)

	require.NoError(t, os.Remove(filepath.Join(o.dir, Folder, factsName))) // power was cut
	require.False(t, Kept(o.dir))
	k.check(t.Context())
	k.keep(t.Context())
	require.True(t, Kept(o.dir))
}

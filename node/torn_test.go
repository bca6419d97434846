package node

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/cache"
	"loa/node/calls"
	"loa/node/identity"
	"loa/node/nodetest"
	"loa/node/update"
	"loa/node/wire"
	"loa/schedule"
)

// lived is a board that has lived: everything that a node writes is there.
type lived struct {
	office   *nodetest.Office
	ca       *nodetest.Authority
	enrolled tls.Certificate
	renewed  []byte
	clip     []byte
	sha      string
	plays    int
}

// live makes one in dir.
func liveOn(t *testing.T, dir string) *lived {
	l := &lived{office: nodetest.NewOffice(), ca: nodetest.NewAuthority(t), plays: 3}
	l.enrolled = l.ca.Enrolled()
	a := l.start(t, dir)
	now := time.Now().UTC()
	plan := wire.Plan{Node: "n1", Areas: []string{"la-da"}, Volume: 70}
	plan.Programmes = []schedule.Programme{nodetest.Bulletin("p1", schedule.Normal, now.Add(time.Hour), time.Minute)}
	a.receivePlan(l.office.Sign(t, wire.Header{Kind: wire.KindPlan, Target: "la-da/n1", Seq: uint64(now.UnixMilli())}, plan))
	on := nodetest.VoiceCall("c1", schedule.Emergency, now)
	on.Call.Rundown = []schedule.Item{{Kind: schedule.Chime, Length: time.Second}}
	a.calls.ReceiveOn(l.office.Command(t, wire.KindCall, now, on))
	for i := range l.plays {
		require.NoError(t, a.cache.AddPlay(wire.Play{Airing: "a", Item: i}))
	}
	require.NoError(t, a.cache.Save("ledger", []byte(`{"at":"2026-11-24T05:00:00Z"}`)))
	for i := range 2 {
		require.NoError(t, a.cache.SaveRunning("ledger", fmt.Appendf(nil, `{"at":"2026-11-24T05:00:%d0Z"}`, i+1)))
	}
	a.saveClock(a.cache.Save)
	a.saveClock(a.cache.SaveRunning)
	require.NoError(t, a.cache.Save("ear-site", []byte(`{"level":-18.5,"quiet":-60}`)))
	require.NoError(t, a.cache.Save("selftest", []byte(`{"at":"2026-11-24T05:00:00Z","verdict":"heard"}`)))
	require.NoError(t, a.cache.Save(nameInspection, []byte(`{"order":7,"at":"2026-12-01T05:00:00Z","clips":1}`)))
	l.clip = bytes.Repeat([]byte("tiếng loa "), wire.ChunkSize/4)
	sum := sha256.Sum256(l.clip)
	l.sha = hex.EncodeToString(sum[:])
	require.NoError(t, os.WriteFile(filepath.Join(dir, "data", "clips", l.sha), l.clip, 0o600))
	ask, err := a.identity.Ask()
	require.NoError(t, err)
	l.renewed = l.ca.Answer(ask, nodetest.MadeFirst.AddDate(0, 2, 0))
	require.NoError(t, a.identity.Take(l.renewed))
	require.NoError(t, a.close())
	return l
}

func (l *lived) start(t *testing.T, dir string) *App {
	a := newAppOf(t, l.office, dir, l.ca, l.enrolled)
	a.TakeUpdates(update.Open(filepath.Join(dir, "data", "software"), "1"), "")
	a.loadPlan()
	return a
}

// cuts are the lengths to which a file is cut: each third of a small one, and of
// a large one each kilobyte, and some around.
func cuts(size int) (all []int) {
	if size <= 2048 {
		for n := 0; n < size; n += 3 {
			all = append(all, n)
		}
		return append(all, size-2, size-1)
	}
	for n := 0; n < size; n += 1024 {
		all = append(all, n)
	}
	return append(all, 1, 511, 4095, 4097, size-1)
}

// Whatever file of a node's was cut, at whatever length: it starts, it plays no
// clip that is not what its name says, and every play that its store had is
// still there, or the store is set aside for a reader.
func TestEveryFileCutShort(t *testing.T) {
	dir := t.TempDir()
	keep(t, dir, nameClock, clockTold(t, time.Now()))
	l := liveOn(t, dir)
	var files []string
	require.NoError(t, filepath.WalkDir(filepath.Join(dir, "data"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	}))
	require.Len(t, files, 5, "%v: store, running ledger and clock, clip, certificate; what else is written has a test beside it", files)
	starts := 0
	for _, path := range files {
		whole, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, n := range cuts(len(whole)) {
			again := t.TempDir()
			require.NoError(t, os.CopyFS(again, os.DirFS(dir)))
			cut := filepath.Join(again, path[len(dir):])
			require.NoError(t, os.Truncate(cut, int64(n)))
			l.check(t, again, filepath.Base(path), n)
			starts++
		}
	}
	t.Logf("%d starts", starts)
}

// check starts a node on a folder of which one file was cut.
func (l *lived) check(t *testing.T, dir, name string, n int) {
	a := l.start(t, dir)
	_, plays, err := a.cache.Unsent(100)
	require.NoError(t, err, "%s cut at %d", name, n)
	aside, err := filepath.Glob(filepath.Join(dir, "data", "node.db.broken*"))
	require.NoError(t, err)
	if name == "node.db" && n == 0 { // a file that is made and not written yet
		require.Zero(t, plays)
	} else if len(aside) == 0 {
		require.Equal(t, l.plays, plays, "%s cut at %d", name, n)
		_, seq := a.plans.get()
		require.NotZero(t, seq)
		require.True(t, a.calls.Any(), "the emergency goes on")
	} else {
		require.Equal(t, "node.db", name)
	}
	ledger, err := a.cache.Load("ledger")
	require.NoError(t, err)
	require.Equal(t, len(aside) == 0 && (name != "node.db" || n > 0), ledger != nil, "%s cut at %d", name, n)
	if name != "node.db" && name != "ledger.running" {
		require.Contains(t, string(ledger), "05:00:20Z")
	}
	require.NoError(t, a.cache.AddPlay(wire.Play{Airing: "b"}), "%s cut at %d", name, n)
	file, _, err := a.cache.Clip(l.sha)
	if name == l.sha {
		require.ErrorIs(t, err, cache.ErrNotHeld, "cut at %d", n)
		require.False(t, a.cache.Held(l.sha), "so that it is fetched again")
	} else {
		got, rerr := io.ReadAll(file)
		require.NoError(t, errors.Join(err, rerr, file.Close()))
		require.Equal(t, l.clip, got)
	}
	used := a.identity.Latest().Certificate[0]
	if name != identity.File {
		require.Equal(t, l.renewed, used)
	} else if !bytes.Equal(used, l.renewed) { // but for its last newline it is whole
		require.Equal(t, l.enrolled.Certificate[0], used, "cut at %d", n)
	}
	require.NoError(t, a.close())
}

// Whatever value of the store is half of one, by a program that was killed or by
// flash that lies: the node starts with all the others.
func TestEveryValueCutShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		keep(t, dir, nameClock, clockTold(t, time.Now()))
		l := liveOn(t, dir)
		store, _, err := cache.Open(filepath.Join(dir, "data"))
		require.NoError(t, err)
		defer store.Close()
		for _, name := range []string{nameClock, nameKeys, calls.OnFlash, "ear-site", "findings", "selftest", "selftest-order", nameInspection,
			nameSoftware,
			"plan", "ledger"} {
			whole, err := store.Load(name)
			require.NoError(t, err)
			if whole == nil { // it was never said here: another's will do
				whole, err = store.Load("plan")
				require.NoError(t, err)
			}
			step := max(1, len(whole)/25)
			for n := 0; n < len(whole); n += step {
				again := t.TempDir()
				require.NoError(t, os.CopyFS(again, os.DirFS(dir)))
				keep(t, again, name, whole[:n])
				a := l.start(t, again)
				_, plays, err := a.cache.Unsent(100)
				require.NoError(t, err)
				require.Equal(t, l.plays, plays, "%s cut at %d", name, n)
				_, seq := a.plans.get()
				require.Equal(t, name != "plan", seq != 0, "%s cut at %d", name, n)
				require.Equal(t, name != calls.OnFlash, a.calls.Any(), "%s cut at %d", name, n)
				a.status.status(time.Now())
				require.NoError(t, a.close())
			}
		}
	})
}

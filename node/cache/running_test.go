package cache_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/node/cache"
	"loa/node/wire"
)

const (
	storeName   = "node.db"
	runningName = "ledger.running"
)

func saveLedger(t *testing.T, c *cache.Cache, v string) {
	t.Helper()
	require.NoError(t, c.Save("ledger", []byte(v)))
}

func saveRunning(t *testing.T, c *cache.Cache, v string) {
	t.Helper()
	require.NoError(t, c.SaveRunning("ledger", []byte(v)))
}

func ledger(t *testing.T, c *cache.Cache) string {
	t.Helper()
	v, err := c.Load("ledger")
	require.NoError(t, err)
	return string(v)
}

// flashOf is what the files of a store hold: as a cut of power leaves them.
type flashOf struct{ store, running []byte }

func (f flashOf) open(t *testing.T) *cache.Cache {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, storeName), f.store, 0o600))
	if f.running != nil {
		require.NoError(t, os.WriteFile(filepath.Join(dir, runningName), f.running, 0o600))
	}
	c, aside, err := cache.Open(dir)
	require.NoError(t, err)
	require.Empty(t, aside)
	return c
}

func flashIn(t *testing.T, dir string) (f flashOf) {
	f.store = read(t, filepath.Join(dir, storeName))
	f.running, _ = os.ReadFile(filepath.Join(dir, runningName)) // it may not be there yet
	return f
}

// found is the ledger and the plays that a node finds after a cut.
type found struct {
	ledger string
	plays  int
}

func find(t *testing.T, f flashOf) found {
	t.Helper()
	c := f.open(t)
	_, plays, err := c.Unsent(0)
	require.NoError(t, err)
	is := found{ledger(t, c), plays}
	require.NoError(t, c.Close())
	return is
}

// goOn has a node go on after a cut.
func goOn(t *testing.T, f flashOf) {
	t.Helper()
	c := f.open(t)
	for _, v := range []string{"on", "and on"} {
		saveRunning(t, c, v)
		require.Equal(t, v, ledger(t, c))
	}
	require.NoError(t, c.Close())
}

// A cut while anything of the ledger, or a play, is written: whatever reached
// flash of it, the node finds all that was there before, or that and what was
// being written; of what runs on, at any byte.
func TestPowerCutWhileTheLedgerIsSaved(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	r := rand.New(rand.NewPCG(3, 4))
	saveLedger(t, c, "begun")
	saveRunning(t, c, "begun, on")
	var cuts int
	for i, step := range strings.Fields("run run save run play save run run run ack save play save run run") {
		value := fmt.Sprintf("%d %s", i, bytes.Repeat([]byte{byte('a' + i)}, 150+50*r.IntN(4)))
		before, had := flashIn(t, dir), find(t, flashIn(t, dir))
		switch step {
		case "run":
			saveRunning(t, c, value)
		case "save":
			saveLedger(t, c, value)
		case "play":
			require.NoError(t, c.AddPlay(wire.Play{Airing: value}))
		case "ack":
			require.NoError(t, c.Acked([]uint64{1}))
		}
		after := flashIn(t, dir)
		has := find(t, after)
		if step == "run" {
			require.Equal(t, before.store, after.store, "the store is left alone")
			require.Equal(t, found{value, had.plays}, has)
		} else {
			require.Equal(t, before.running, after.running)
		}
		if step == "save" {
			require.Equal(t, value, has.ledger)
		}
		for n := range 120 {
			torn := flashOf{powerCut(r, before.store, after.store, n%60), cutRunning(r, before.running, after.running, n, i)}
			if step != "run" && n >= 60 {
				break
			}
			require.Contains(t, []found{had, has}, find(t, torn), "%d %s, cut %d", i, step, n)
			if n%10 == 0 {
				goOn(t, torn)
			}
			cuts++
		}
	}
	t.Logf("%d cuts", cuts)
}

// cutRunning is a file of which a slot was being written: up to some byte, or any of its blocks.
func cutRunning(r *rand.Rand, before, after []byte, n, i int) []byte {
	torn := bytes.Clone(before)
	at := 0
	for at < len(after) && before[at] == after[at] {
		at++
	}
	if n < 100 {
		copy(torn, after[:min(len(after), at+5*n+i%5)])
		return torn
	}
	for b := at / 128 * 128; b < len(after); b += 128 {
		if r.IntN(2) == 0 {
			copy(torn[b:min(b+128, len(after))], after[b:])
		}
	}
	return torn
}

// One slot is torn: the other counts. Both are: the store's ledger does. No file,
// an empty one and one of garbage are as good as none.
func TestSlotsThatAreTorn(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	saveLedger(t, c, "saved")
	saveRunning(t, c, "one")
	saveRunning(t, c, "two")
	whole := flashIn(t, dir)
	half := len(whole.running) / 2
	tear := func(slots ...int) flashOf {
		f := flashOf{whole.store, bytes.Clone(whole.running)}
		for _, s := range slots {
			f.running[s*half+60] ^= 1
		}
		return f
	}
	require.Equal(t, "two", find(t, whole).ledger)
	require.Equal(t, "two", find(t, tear(1)).ledger)
	require.Equal(t, "one", find(t, tear(0)).ledger)
	require.Equal(t, "saved", find(t, tear(0, 1)).ledger)
	for n, file := range [][]byte{nil, {}, bytes.Repeat([]byte{0xff}, 2*half), make([]byte, 2*half), whole.running[:20], make([]byte, 5*half),
		append(bytes.Clone(whole.running[half:]), whole.running[:half]...)} {
		require.Equal(t, "saved", find(t, flashOf{whole.store, file}).ledger, n)
		goOn(t, flashOf{whole.store, file})
	}
}

// A file that is too short is made longer, and loses nothing that it had.
func TestSlotsAreMadeLonger(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	saveLedger(t, c, "saved")
	saveRunning(t, c, "one")
	saveRunning(t, c, "two")
	whole := flashIn(t, dir)
	for _, n := range []int{200, 4096, 5000, len(whole.running) / 2, len(whole.running)/2 + 50, len(whole.running) - 1} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, storeName), whole.store, 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(dir, runningName), whole.running[:n], 0o600))
		c := open(t, dir)
		saveRunning(t, c, "three")
		longer := flashIn(t, dir)
		require.Len(t, longer.running, len(whole.running), "from %d", n)
		require.Equal(t, "three", find(t, longer).ledger)
		clear(longer.running[len(whole.running)/2:])
		require.Equal(t, "two", find(t, longer).ledger, "from %d", n)
	}
}

// A store of one moment with a file of any other, older or newer: what counts is
// the store's ledger, or what ran on from that very one, also if another time the
// same was saved.
func TestStoreAndSlotsOfDifferentMoments(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	var moments []flashOf
	var valid []map[string]bool // ledgers that a store of that moment may have
	for _, v := range []string{"a", "a1", "a2", "b", "b1", "a", "a3", "c", "a", "d", "d1", "d2", "d3"} {
		if len(v) == 1 {
			saveLedger(t, c, v)
			valid = append(valid, map[string]bool{v: true})
		} else {
			saveRunning(t, c, v)
			valid[len(valid)-1][v] = true
			valid = append(valid, valid[len(valid)-1])
		}
		moments = append(moments, flashIn(t, dir))
	}
	for i, store := range moments {
		for j, slots := range moments {
			got := find(t, flashOf{store.store, slots.running}).ledger
			require.True(t, valid[i][got], "store of %d with slots of %d: %q, not of %v", i, j, got, valid[i])
		}
	}
	require.Equal(t, "d3", ledger(t, c))
}

// A store whose ledger is an older program's is taken over, and one that goes
// back to it is found by it as Save left it; what that saved then counts.
func TestLedgerOfAnOlderProgram(t *testing.T) {
	c := open(t, t.TempDir())
	c.SaveAsLast(t, "older")
	require.Equal(t, "older", ledger(t, c))
	saveRunning(t, c, "older, on")
	require.Equal(t, "older, on", ledger(t, c))
	require.Equal(t, "older", c.SeenByLast(t))
	saveLedger(t, c, "newer")
	require.Equal(t, "newer", c.SeenByLast(t))
	saveRunning(t, c, "newer, on")

	c.SaveAsLast(t, "older again")
	require.Equal(t, "older again", ledger(t, c))
	saveRunning(t, c, "on")
	c.SaveAsBefore(t, "ledger", []byte("oldest"))
	require.Equal(t, "oldest", ledger(t, c))
	saveRunning(t, c, "oldest, on")
	require.Equal(t, "oldest, on", ledger(t, c))
}

// What a slot does not hold, and what nothing was saved before, goes to the store.
func TestLedgerThatNoSlotHolds(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	saveRunning(t, c, "first")
	require.Equal(t, "first", c.SeenByLast(t))
	require.NoFileExists(t, filepath.Join(dir, runningName))
	for more, inStore := range []bool{false, true} {
		v := strings.Repeat("x", cache.LedgerMost+more)
		saveRunning(t, c, v)
		require.Equal(t, v, find(t, flashIn(t, dir)).ledger)
		require.Equal(t, inStore, c.SeenByLast(t) == v)
	}
	saveRunning(t, c, "small")
	require.Equal(t, "small", find(t, flashIn(t, dir)).ledger)
}

// Flash that fails under the slots and the store: the ledger goes on in memory,
// and to flash again.
func TestFlashFailsUnderTheRunningLedger(t *testing.T) {
	for _, with := range []syscall.Errno{syscall.ENOSPC, syscall.EIO, syscall.EBADF} {
		dir := t.TempDir()
		flash := cache.WatchFlash(t)
		c := open(t, dir)
		saveLedger(t, c, "saved")
		saveRunning(t, c, "on")
		cache.FlashWorks()
		flash.Fails(with)
		require.NoError(t, c.AddPlay(wire.Play{Title: "meanwhile"}))
		require.ErrorIs(t, c.Trouble(), with)
		require.Equal(t, "on", ledger(t, c), "in memory too")
		saveRunning(t, c, "in memory")
		require.Equal(t, "in memory", ledger(t, c))
		require.Equal(t, found{"on", 0}, find(t, flashIn(t, dir)), "a cut now loses what came since")
		flash.Works()
		c.Look()
		require.NoError(t, c.Trouble())
		require.Equal(t, found{"in memory", 1}, find(t, flashIn(t, dir)))
		saveRunning(t, c, "on flash")
		require.Equal(t, found{"on flash", 1}, find(t, flashIn(t, dir)))

		flash.Fails(with)
		saveRunning(t, c, "again")
		require.ErrorIs(t, c.Trouble(), with, "%v: the running ledger finds it out", with)
		flash.Works()
		c.Look()
		require.NoError(t, c.Trouble())
		require.Equal(t, found{"again", 1}, find(t, flashIn(t, dir)))
		require.NoError(t, c.Close())
	}
}

// While all is in memory the slots are left to the ledger that flash has: a cut
// finds what ran on from that one.
func TestSlotsWhileAllIsInMemory(t *testing.T) {
	dir := t.TempDir()
	flash := cache.WatchFlash(t)
	c := open(t, dir)
	saveLedger(t, c, "saved")
	saveRunning(t, c, "on")
	cache.FlashWorks()
	flash.Fails(syscall.EIO, storeName)
	saveLedger(t, c, "in memory")
	saveRunning(t, c, "in memory, on")
	saveRunning(t, c, "in memory, further")
	require.Equal(t, "in memory, further", ledger(t, c))
	require.Equal(t, "on", find(t, flashIn(t, dir)).ledger)
}

// The slots' part of flash alone fails: the store takes what it would have, and
// the fault is told until the file takes something again.
func TestSlotsAloneFail(t *testing.T) {
	dir := t.TempDir()
	flash := cache.WatchFlash(t)
	c := open(t, dir)
	saveLedger(t, c, "saved")
	saveRunning(t, c, "on")
	cache.FlashWorks()
	flash.Fails(syscall.EIO, runningName)
	saveRunning(t, c, "further")
	require.ErrorIs(t, c.Trouble(), syscall.EIO)
	require.Equal(t, "further", find(t, flashIn(t, dir)).ledger)
	saveRunning(t, c, "still further")
	c.Look()
	require.ErrorIs(t, c.Trouble(), syscall.EIO)
	flash.Works()
	c.Look()
	require.NoError(t, c.Trouble())
	require.Equal(t, "still further", find(t, flashIn(t, dir)).ledger)

	flash.Fails(syscall.ENOSPC, runningName)
	saveRunning(t, c, "full")
	require.NoError(t, c.Trouble(), "who watches the disk's room tells that, and the store has it")
	require.Equal(t, "full", find(t, flashIn(t, dir)).ledger)
}

// Flash that cannot be written at the start: the copy in memory has what ran on.
// What cannot be read is told, and what was saved before counts.
func TestRunningLedgerOnFlashThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	saveLedger(t, c, "saved")
	saveRunning(t, c, "on")
	require.NoError(t, c.Close())
	before := flashIn(t, dir)
	cache.FlashReadOnly(t)
	c = open(t, dir)
	require.ErrorIs(t, c.Trouble(), syscall.EROFS)
	require.Equal(t, "on", ledger(t, c))
	saveRunning(t, c, "in memory")
	require.Equal(t, "in memory", ledger(t, c))
	require.NoError(t, c.Close())
	require.Equal(t, before, flashIn(t, dir))
	cache.FlashWorks()

	require.NoError(t, os.Remove(filepath.Join(dir, runningName)))
	require.NoError(t, os.Mkdir(filepath.Join(dir, runningName), 0o700))
	c = open(t, dir)
	require.Equal(t, "saved", ledger(t, c))
	require.ErrorIs(t, c.Trouble(), syscall.EISDIR)
	saveRunning(t, c, "further")
	require.ErrorIs(t, c.Trouble(), syscall.EISDIR)
	require.Equal(t, "further", ledger(t, c))
	require.NoError(t, os.Remove(filepath.Join(dir, runningName)))
	c.Look()
	require.NoError(t, c.Trouble())
	require.Equal(t, "further", ledger(t, c))
}

// The clock runs on in a file of its own, whatever becomes of the ledger.
func TestTheClockRunsOnByItself(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	clock := func() string {
		v, err := c.Load("clock")
		require.NoError(t, err)
		return string(v)
	}
	again := func() {
		require.NoError(t, c.Close())
		c = open(t, dir)
	}
	require.NoError(t, c.SaveRunning("clock", []byte("first")), "the first of all is the store's")
	require.NoFileExists(t, filepath.Join(dir, "clock.running"))
	store := flashIn(t, dir).store
	require.NoError(t, c.SaveRunning("clock", []byte("on")))
	require.Equal(t, store, flashIn(t, dir).store)
	saveLedger(t, c, "saved")
	saveRunning(t, c, "on")
	saveLedger(t, c, "saved again")
	again()
	require.Equal(t, "on", clock())
	require.Equal(t, "saved again", ledger(t, c))
	require.NoError(t, c.Save("clock", []byte("second")))
	saveRunning(t, c, "and on")
	again()
	require.Equal(t, "second", clock())
	require.Equal(t, "and on", ledger(t, c))
	require.NoError(t, c.Close())
}

// A store that was set aside takes with it what ran on from its ledger.
func TestSlotsOfAStoreThatWasSetAside(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	saveLedger(t, c, "saved")
	saveRunning(t, c, "on")
	require.NoError(t, c.Close())
	require.NoError(t, os.WriteFile(filepath.Join(dir, storeName), []byte("worn"), 0o600))
	c, aside, err := cache.Open(dir)
	require.NoError(t, err)
	require.NotEmpty(t, aside)
	require.Empty(t, ledger(t, c), "its plays are gone too, so what of it was told is not known")
	saveLedger(t, c, "anew")
	require.Equal(t, "anew", ledger(t, c))
	saveRunning(t, c, "anew, on")
	require.Equal(t, "anew, on", ledger(t, c))
	require.NoError(t, c.Close())
}

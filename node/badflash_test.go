package node

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/nodetest"
	"loa/node/wire"
	"loa/schedule"
)

// breakFlash has every write to a node's store fail, and to what is beside it,
// as flash does that dies while it is used, until mend is called.
func breakFlash(t *testing.T, dir string, open ...string) (mend func()) {
	sane, names := map[int]int{}, []string(nil)
	for fd := 3; fd < 1024; fd++ {
		if to, err := os.Readlink(filepath.Join("/proc/self/fd", strconv.Itoa(fd))); err == nil &&
			filepath.Dir(to) == filepath.Join(dir, "data") {
			sane[fd], names = -1, append(names, filepath.Base(to))
		}
	}
	require.ElementsMatch(t, open, names)
	for fd := range sane {
		var err error
		sane[fd], err = syscall.Dup(fd)
		require.NoError(t, err)
		bad, err := syscall.Open("/proc/self/mem", syscall.O_RDWR|syscall.O_CLOEXEC, 0) // its first pages cannot be written: EIO
		require.NoError(t, err)
		require.NoError(t, syscall.Dup3(bad, fd, syscall.O_CLOEXEC))
		require.NoError(t, syscall.Close(bad))
	}
	return func() {
		for fd, sane := range sane {
			require.NoError(t, syscall.Dup3(sane, fd, syscall.O_CLOEXEC))
			require.NoError(t, syscall.Close(sane))
		}
	}
}

// inBackground has parts of a node run until stop is called.
func inBackground(t *testing.T, parts ...func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, len(parts))
	for _, run := range parts {
		go func() { done <- run(ctx) }()
	}
	return func() {
		cancel()
		for range parts {
			require.NoError(t, <-done)
		}
	}
}

// storeFault waits until a node tells that its flash is in trouble, or no longer.
func storeFault(t *testing.T, a *App, limit time.Duration, want bool) {
	t.Helper()
	for from := time.Now(); ; <-time.After(sec) {
		faults := a.status.status(time.Now()).Faults
		if want == slices.ContainsFunc(faults, func(f wire.Fault) bool { return f.Code == wire.FaultStore }) {
			t.Logf("told within %v: %v", time.Since(from), want)
			return
		}
		require.LessOrEqual(t, time.Since(from), limit, "%v", a.cache.Trouble())
	}
}

// Flash that can be read and takes no write, of a node that has nothing to play:
// it is told within 100 s (EN 54-16), whenever that begins, and as soon after it
// is over.
func TestFlashThatTakesNoWriteIsToldOfANodeThatIsIdle(t *testing.T) {
	dir, o := t.TempDir(), nodetest.NewOffice()
	synctest.Test(t, func(t *testing.T) {
		keep(t, dir, nameClock, clockTold(t, time.Now()))
		a := newApp(t, o, dir)
		stop := inBackground(t, a.keepHouse)
		<-time.After(keepClock + sec)
		for i := range time.Duration(30) {
			synctest.Wait() // for a reader that has a file on flash open just now
			mend := breakFlash(t, dir, "node.db", "clock.running")
			storeFault(t, a, 100*sec, true)
			synctest.Wait() // likewise
			mend()
			storeFault(t, a, 100*sec, false)
			<-time.After((1 + 7*i) * sec) // it begins at any time
		}
		stop()
		require.NoError(t, a.close())
	})
}

// Flash that dies in the middle of an airing: it is heard to its end, and so is
// an emergency that comes then; the fault is told within 100 s (EN 54-16), and
// is over when flash takes all that came meanwhile.
func TestFlashDiesOnAir(t *testing.T) {
	dir, o := t.TempDir(), nodetest.NewOffice()
	synctest.Test(t, func(t *testing.T) {
		keep(t, dir, nameClock, clockTold(t, time.Now()))
		a := newApp(t, o, dir)
		stop := inBackground(t, a.player.Run, a.sound, a.calls.Run, a.keepHouse)
		begin := time.Now().UTC().Add(time.Minute)
		plan := wire.Plan{Node: "n1", Areas: []string{"la-da"}, Volume: 100}
		plan.Programmes = []schedule.Programme{nodetest.Bulletin("p1", schedule.Normal, begin, 5*time.Minute)}
		a.receivePlan(o.Sign(t, wire.Header{Kind: wire.KindPlan, Target: "la-da/n1", Seq: uint64(time.Now().UnixMilli())}, plan))
		<-time.After(2 * time.Minute)
		synctest.Wait() // for a reader that has a file on flash open just now
		require.NotNil(t, a.player.OnAir())
		mend := breakFlash(t, dir, "node.db", "ledger.running", "clock.running")
		storeFault(t, a, 100*sec, true)
		require.Equal(t, "p1", a.player.OnAir().Programme, "it plays on")

		now := time.Now().UTC()
		on := nodetest.VoiceCall("c1", schedule.Emergency, now)
		on.Call.Rundown = []schedule.Item{{Kind: schedule.Chime, Length: time.Second}}
		a.calls.ReceiveOn(o.Command(t, wire.KindCall, now, on))
		<-time.After(500 * ms)
		require.Equal(t, "c1", a.player.OnAir().Programme)
		<-time.After(10 * time.Minute)
		plays, _, err := a.cache.Unsent(10)
		require.NoError(t, err)
		require.NotEmpty(t, plays)
		storeFault(t, a, 0, true) // nothing says that flash is well

		mend()
		storeFault(t, a, 100*sec, false)
		stop()
		require.NoError(t, a.close())
		again := newApp(t, o, dir)
		kept, _, err := again.cache.Unsent(10)
		require.NoError(t, err)
		require.Equal(t, plays, kept, "what came meanwhile is on flash")
		require.NoError(t, again.close())
	})
}

package node

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/wire"
	"loa/schedule"
)

// breakFlash has every write to a node's store fail, and to what is beside it,
// as flash does that dies while it is used, until mend is called.
func breakFlash(t *testing.T, dir string) (mend func()) {
	sane := map[int]int{}
	for fd := 3; fd < 1024; fd++ {
		if to, err := os.Readlink(filepath.Join("/proc/self/fd", strconv.Itoa(fd))); err == nil && filepath.Dir(to) == filepath.Join(dir, "data") {
			sane[fd] = -1
		}
	}
	require.Len(t, sane, 2, "the store and the running ledger are open")
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

// Flash that dies in the middle of an airing: it is heard to its end, and so is
// an emergency that comes then; the fault is told within 100 s (EN 54-16), and
// is over when flash takes all that came meanwhile.
func TestFlashDiesOnAir(t *testing.T) {
	dir, o := t.TempDir(), newOffice()
	synctest.Test(t, func(t *testing.T) {
		keep(t, dir, nameClock, clockTold(t, time.Now()))
		a := newApp(t, o, dir)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 4)
		for _, run := range []func(context.Context) error{a.player.Run, a.sound, a.calls.run, a.keepHouse} {
			go func() { done <- run(ctx) }()
		}
		begin := time.Now().UTC().Add(time.Minute)
		plan := wire.Plan{Node: "n1", Areas: []string{"la-da"}, Volume: 100}
		plan.Programmes = []schedule.Programme{bulletin("p1", schedule.Normal, begin, 5*time.Minute)}
		a.receivePlan(o.sign(t, wire.Header{Kind: wire.KindPlan, Target: "la-da/n1", Seq: uint64(time.Now().UnixMilli())}, plan))
		faulty := func() (detail string, is bool) {
			for _, f := range a.status.status(time.Now()).Faults {
				if f.Code == wire.FaultStore {
					return f.Detail, true
				}
			}
			return "", false
		}
		within := func(limit time.Duration, want bool) {
			for from := time.Now(); ; <-time.After(sec) {
				if _, is := faulty(); is == want {
					t.Logf("told within %v: %v", time.Since(from), want)
					return
				}
				require.Less(t, time.Since(from), limit)
			}
		}
		<-time.After(2 * time.Minute)
		synctest.Wait() // for who looks at flash just now, and has its file open
		require.NotNil(t, a.player.OnAir())
		mend := breakFlash(t, dir)
		within(100*sec, true)
		require.Equal(t, "p1", a.player.OnAir().Programme, "it plays on")

		now := time.Now().UTC()
		on := voiceCall("c1", schedule.Emergency, now)
		on.Call.Rundown = []schedule.Item{{Kind: schedule.Chime, Length: time.Second}}
		a.calls.receiveOn(o.command(t, wire.KindCall, now, on))
		<-time.After(500 * ms)
		require.Equal(t, "c1", a.player.OnAir().Programme)
		<-time.After(10 * time.Minute)
		plays, _, err := a.cache.Unsent(10)
		require.NoError(t, err)
		require.NotEmpty(t, plays)
		_, is := faulty()
		require.True(t, is, "nothing says that flash is well")

		mend()
		within(100*sec, false)
		cancel()
		for range 4 {
			require.NoError(t, <-done)
		}
		require.NoError(t, a.close())
		again := newApp(t, o, dir)
		kept, _, err := again.cache.Unsent(10)
		require.NoError(t, err)
		require.Equal(t, plays, kept, "what came meanwhile is on flash")
		require.NoError(t, again.close())
	})
}

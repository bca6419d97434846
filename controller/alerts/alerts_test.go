package alerts

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/notify"
	"loa/controller/store"
	"loa/controller/store/storetest"
)

// watched is an Alerts in a synctest bubble, with nodes that can be broken.
type watched struct {
	t     *testing.T
	store *store.Store
	stop  func()

	mu       sync.Mutex
	fleet    Fleet
	settings notify.Faults
	sent     []Message
}

// bubble runs a test under fake time, on a real store.
func bubble(t *testing.T, test func(*watched)) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		storetest.Fill(t, dir)
		s, err := store.Open(t.Context(), dir, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		w := &watched{t: t, store: s, fleet: Fleet{Unclear: map[string]bool{}}}
		w.start()
		w.mu.Lock() // but for while the test waits
		test(w)
		w.mu.Unlock()
		w.stop()
		require.NoError(t, s.Close())
	})
}

func (w *watched) start() {
	a := New(Options{Store: w.store, Logger: slog.New(slog.DiscardHandler),
		Look:     func(context.Context) (Fleet, error) { w.mu.Lock(); defer w.mu.Unlock(); return w.fleet, nil },
		Settings: func(context.Context) (notify.Faults, error) { w.mu.Lock(); defer w.mu.Unlock(); return w.settings, nil },
		Send: func(_ context.Context, m Message) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.sent = append(w.sent, m)
			return nil
		}})
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() { defer close(done); a.Run(ctx) }()
	w.stop = func() { cancel(); <-done }
}

func (w *watched) wait(d time.Duration) {
	w.mu.Unlock()
	<-time.After(d)
	synctest.Wait()
	w.mu.Lock()
}

// breaks gives nodes a trouble from now on; heals takes it away.
func (w *watched) breaks(cause string, nodes ...string) {
	for _, n := range nodes {
		w.fleet.Troubles = append(w.fleet.Troubles,
			Trouble{Node: n, Name: "Thôn 1, " + n, Cause: cause, VI: "Mất mạng.", EN: "No network.", Since: time.Now(),
				Seen: cause == "report_silent"})
	}
}

func (w *watched) heals(nodes ...string) {
	var rest []Trouble
	for _, x := range w.fleet.Troubles {
		keep := true
		for _, n := range nodes {
			keep = keep && x.Node != n
		}
		if keep {
			rest = append(rest, x)
		}
	}
	w.fleet.Troubles = rest
}

// told returns the messages since the last call, as "cause: node node" or
// "over cause: …".
func (w *watched) told() (all []string) {
	for _, m := range w.sent {
		s := m.Cause + ":"
		if m.Over {
			s = "over " + s
		}
		for _, n := range m.Nodes {
			s += " " + n.Node
		}
		require.Equal(w.t, "Mất mạng.", m.VI)
		all = append(all, s)
	}
	w.sent = nil
	return all
}

// A fault is told when it is as old as the hold and the window, not a moment
// earlier, with all that have it; and once when all are well.
func TestOneMessageForManyAndOneWhenItIsOver(t *testing.T) {
	bubble(t, func(w *watched) {
		w.wait(look - 1)
		w.breaks("offline", "a")
		w.wait(time.Minute)
		w.breaks("offline", "b", "c") // ripe within the window of the first
		w.breaks("disk", "a")
		w.wait(DefaultHold + Window - time.Minute)
		require.Empty(t, w.told(), "a nanosecond before it is due")
		w.wait(look)
		require.Equal(t, []string{"offline: a b c"}, w.told())
		w.wait(time.Minute)
		require.Equal(t, []string{"disk: a"}, w.told(), "another cause is another message")
		w.wait(24 * time.Hour)
		require.Empty(t, w.told(), "it is said once")

		w.heals("a", "b")
		w.wait(time.Hour)
		require.Equal(t, []string{"over disk: a"}, w.told())
		w.heals("c")
		w.wait(DefaultHold - 1)
		require.Empty(t, w.told(), "it may come and go")
		w.wait(2 * look)
		require.Equal(t, []string{"over offline: a b c"}, w.told())
		w.wait(24 * time.Hour)
		require.Empty(t, w.told())
	})
}

// What ends before the hold is never told; what comes and goes is one fault.
func TestShortAndFlappingFaults(t *testing.T) {
	bubble(t, func(w *watched) {
		for range 20 {
			w.breaks("offline", "a")
			w.wait(DefaultHold - look)
			w.heals("a")
			w.wait(look)
		}
		require.Empty(t, w.told(), "always younger than the hold")
		w.breaks("offline", "a")
		w.wait(time.Hour)
		require.Equal(t, []string{"offline: a"}, w.told())
		for range 50 {
			w.heals("a")
			w.wait(DefaultHold / 2)
			w.breaks("offline", "a")
			w.wait(DefaultHold / 2)
		}
		require.Empty(t, w.told())
	})
}

// After a message there is none of the same cause for the cool-down, and then
// one of all that are new and still there.
func TestCoolDown(t *testing.T) {
	bubble(t, func(w *watched) {
		w.settings = notify.Faults{Hold: time.Minute, CoolDown: 2 * time.Hour}
		w.breaks("offline", "a")
		w.wait(10 * time.Minute)
		require.Equal(t, []string{"offline: a"}, w.told())
		for _, n := range []string{"b", "c", "d"} {
			w.breaks("offline", n)
			w.wait(20 * time.Minute)
		}
		w.heals("c")
		w.wait(40 * time.Minute)
		require.Empty(t, w.told())
		w.wait(30 * time.Minute)
		require.Equal(t, []string{"offline: b d"}, w.told())
		w.heals("a")
		w.wait(5 * time.Minute)
		w.breaks("offline", "a") // again, while others are still at fault
		w.wait(3 * time.Hour)
		require.Equal(t, []string{"offline: a"}, w.told(), "a new fault of a node that was well")
		w.heals("a", "b", "d")
		w.wait(time.Hour)
		require.Equal(t, []string{"over offline: a b d"}, w.told())
	})
}

// A restart tells nothing again, and tells the end of what was told before. A
// node of which nothing is known yet is not well, and what was broken before
// the start is held from the start on.
func TestRestart(t *testing.T) {
	bubble(t, func(w *watched) {
		w.breaks("offline", "a", "b")
		w.wait(time.Hour)
		require.Equal(t, []string{"offline: a b"}, w.told())
		w.stop()
		broken := w.fleet.Troubles
		w.fleet.Troubles, w.fleet.Unclear = nil, map[string]bool{"a": true, "b": true, "c": true}
		w.wait(8 * time.Hour)
		w.start()
		w.wait(time.Hour)
		require.Empty(t, w.told(), "nothing is known")
		w.stop()
		w.fleet = Fleet{Troubles: append(broken, Trouble{Node: "c", Cause: "offline", VI: "Mất mạng.", Since: time.Now().Add(-8 * time.Hour)})}
		w.start()
		w.wait(DefaultHold)
		require.Empty(t, w.told(), "no flood")
		w.heals("c")
		w.wait(24 * time.Hour)
		require.Empty(t, w.told())
		w.heals("a", "b")
		w.wait(time.Hour)
		require.Equal(t, []string{"over offline: a b"}, w.told())
	})
}

// What a person reported is told after the window alone, and over at once.
func TestReportsAreNotHeld(t *testing.T) {
	bubble(t, func(w *watched) {
		w.breaks("report_silent", "a")
		w.wait(Window + look - 1)
		require.Empty(t, w.told())
		w.wait(1)
		require.Equal(t, []string{"report_silent: a"}, w.told())
		w.heals("a")
		w.wait(look)
		require.Equal(t, []string{"over report_silent: a"}, w.told())
	})
}

func TestOff(t *testing.T) {
	bubble(t, func(w *watched) {
		w.settings.Off = true
		w.breaks("offline", "a")
		w.wait(24 * time.Hour)
		require.Empty(t, w.told())
		w.settings.Off = false
		w.wait(Window + 2*look)
		require.Equal(t, []string{"offline: a"}, w.told())
	})
}

// What somebody looks after is not told, and not over either: it is told if nobody does any
// more, and a fault that was told before stays one that is there.
func TestWhatIsKnownIsNotTold(t *testing.T) {
	bubble(t, func(w *watched) {
		w.breaks("offline", "a", "b")
		w.fleet.Troubles[0].Known = true
		w.wait(DefaultHold + Window + look)
		require.Equal(t, []string{"offline: b"}, w.told())
		w.fleet.Troubles[1].Known = true
		w.wait(24 * time.Hour)
		require.Empty(t, w.told(), "neither told again nor over")
		w.fleet.Troubles[0].Known = false
		w.wait(Window + look)
		require.Equal(t, []string{"offline: a"}, w.told())
		w.heals("a", "b")
		w.wait(DefaultHold + 2*look)
		require.Equal(t, []string{"over offline: a b"}, w.told())
	})
}

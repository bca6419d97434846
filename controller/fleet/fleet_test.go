package fleet_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/broker"
	"loa/controller/fleet"
	"loa/controller/store"
	"loa/controller/store/storetest"
	"loa/node/wire"
)

var topics = wire.Topics{Commune: "la-da"}

type watch struct {
	t     *testing.T
	dir   string
	store *store.Store
	f     *fleet.Fleet
	news  atomic.Int64
	seq   uint64
	stop  func()
}

func open(t *testing.T, dir string) *watch {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	storetest.Fill(t, dir)
	st, err := store.Open(ctx, dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.NoError(t, st.PutArea(ctx, store.Area{ID: "thon-1", Name: "Thôn 1", Kind: store.Village}))
	require.NoError(t, st.PutNode(ctx, store.Node{ID: "n1", Name: "n1", Area: "thon-1"}))
	w := &watch{t: t, dir: dir, store: st}
	w.f, err = fleet.New(ctx,
		fleet.Options{Store: st, Commune: "la-da", News: func() { w.news.Add(1) }, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- w.f.Run(ctx) }()
	w.stop = func() {
		cancel()
		require.NoError(t, <-done)
		require.NoError(t, st.Close())
	}
	return w
}

// word is a status of a healthy node of boot b, its first session.
func word(edit func(*wire.Status)) wire.Status {
	s := wire.Status{Boot: "b", Session: 1, Sound: wire.Sound{OK: true}, Clock: wire.Clock{Known: true}}
	if edit != nil {
		edit(&s)
	}
	return s
}

func (w *watch) says(s wire.Status, retained bool) {
	w.seq++
	if s.Seq == 0 {
		s.Seq = w.seq
	}
	raw, err := wire.Encode(s)
	require.NoError(w.t, err)
	w.f.Receive(broker.Message{Topic: topics.Up("n1", wire.KindStatus), Payload: raw, Retained: retained})
	synctest.Wait()
}

func (w *watch) gone(g wire.Gone) {
	raw, err := wire.Encode(g)
	require.NoError(w.t, err)
	w.f.Receive(broker.Message{Topic: topics.Up("n1", wire.KindGone), Payload: raw})
	synctest.Wait()
}

func (w *watch) now() fleet.NodeState {
	all := w.f.Snapshot()
	require.Len(w.t, all, 1)
	require.NotEmpty(w.t, all[0].VI)
	require.NotEmpty(w.t, all[0].EN)
	return all[0]
}

func later(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestSilenceIsOfflineAndWithinTheBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, t.TempDir())
		defer w.stop()
		w.says(word(nil), false)
		later(time.Second)
		w.says(word(nil), false)
		spoke := time.Now()
		require.Equal(t, fleet.Good, w.now().State)
		later(fleet.Silence - 1)
		require.Equal(t, fleet.Good, w.now().State)
		later(1 + time.Second)
		n := w.now()
		require.Equal(t, fleet.Offline, n.State)
		require.Equal(t, spoke, n.Since, "since its last word")
		later(time.Hour)
		require.Equal(t, spoke, w.now().Since)
		w.says(word(nil), false)
		require.Equal(t, fleet.Good, w.now().State)
		require.Equal(t, time.Now(), w.now().Since)
		history, err := w.store.StateHistory(t.Context(), "n1", 10)
		require.NoError(t, err)
		require.Len(t, history, 3)
		require.Equal(t, "good", history[0].State)
	})
}

func TestWillIsOfflineAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, t.TempDir())
		defer w.stop()
		w.says(word(func(s *wire.Status) { s.Session = 2 }), false)
		w.gone(wire.Gone{Boot: "b", Session: 1})
		require.Equal(t, fleet.Good, w.now().State, "the will of the connection before")
		w.gone(wire.Gone{Boot: "a", Session: 9})
		require.Equal(t, fleet.Good, w.now().State, "the will of the run before")
		w.gone(wire.Gone{Boot: "b", Session: 2})
		require.Equal(t, fleet.Offline, w.now().State)
		require.Equal(t, time.Now(), w.now().Since)
		w.says(word(func(s *wire.Status) { s.Session = 2 }), false)
		require.Equal(t, fleet.Offline, w.now().State, "a word from before the will, overtaken by it")
		w.says(word(func(s *wire.Status) { s.Session = 3 }), false)
		require.Equal(t, fleet.Good, w.now().State)
	})
}

// Old words never make a node look alive (meshtastic-map#45).
func TestRetainedIsNoSignOfLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, t.TempDir())
		defer w.stop()
		heard := time.Now().Add(-time.Hour).UTC()
		for range 5 {
			w.says(word(func(s *wire.Status) { s.LastHeard = heard }), true)
			require.Equal(t, fleet.Unknown, w.now().State)
			require.True(t, w.now().LastWord.IsZero())
			later(10 * time.Second)
		}
		require.Equal(t, heard, w.now().LastHeard, "it tells how it was")
		later(11 * time.Second)
		w.says(word(nil), true)
		require.Equal(t, fleet.Offline, w.now().State)
		w.says(word(nil), false)
		require.Equal(t, fleet.Good, w.now().State)
		w.says(word(func(s *wire.Status) { s.Seq = 1 }), false)
		later(fleet.Silence - time.Second)
		w.says(word(func(s *wire.Status) { s.Seq = 1 }), false)
		later(2 * time.Second)
		require.Equal(t, fleet.Offline, w.now().State, "nor does a word that was already said")
	})
}

func TestAfterARestartNobodyIsFine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w := open(t, dir)
		w.says(word(func(s *wire.Status) { s.Faults = []wire.Fault{{Code: wire.FaultDisk}} }), false)
		spoke := time.Now().UTC()
		w.stop()
		later(30 * time.Second)
		w = open(t, dir)
		defer w.stop()
		require.Equal(t, fleet.Unknown, w.now().State)
		require.Equal(t, spoke, w.now().LastWord)
		require.Len(t, w.now().Faults, 1)
		later(fleet.Silence + time.Second)
		require.Equal(t, fleet.Offline, w.now().State)
		require.Equal(t, spoke, w.now().Since)
	})
}

func TestFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, t.TempDir())
		defer w.stop()
		playing := func(codes ...string) wire.Status {
			return word(func(s *wire.Status) {
				s.OnAir = &wire.OnAir{Title: "Bản tin sáng"}
				for _, c := range codes {
					s.Faults = append(s.Faults, wire.Fault{Code: c})
				}
			})
		}
		w.says(playing(), false)
		require.Equal(t, fleet.OnAir, w.now().State)
		require.Contains(t, w.now().VI, "Bản tin sáng")
		w.says(playing(wire.FaultDisk), false)
		require.Equal(t, fleet.OnAir, w.now().State, "it is heard all the same")
		require.Len(t, w.now().Faults, 1)
		raised := w.now().Faults[0].Since
		later(time.Second)
		w.says(playing(wire.FaultDisk, wire.FaultSound), false)
		require.Equal(t, fleet.Faulty, w.now().State, "playing into nothing is not on air")
		require.Contains(t, w.now().VI, "thiết bị âm thanh")
		require.Equal(t, raised, w.now().Faults[0].Since, "since it began")
		later(time.Second)
		w.says(word(func(s *wire.Status) { s.Faults = []wire.Fault{{Code: "from_a_newer_node"}} }), false)
		require.Equal(t, fleet.Faulty, w.now().State)
		w.says(word(nil), false)
		require.Equal(t, fleet.Good, w.now().State)
		require.Empty(t, w.now().Faults)
		past, err := w.store.FaultHistory(t.Context(), "n1", 10)
		require.NoError(t, err)
		require.Len(t, past, 3)
		for _, p := range past {
			require.False(t, p.Until.IsZero())
		}
	})
}

func TestNewsOnlyOfWhatCanBeSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, t.TempDir())
		defer w.stop()
		w.says(word(nil), false)
		before := w.news.Load()
		for range 10 {
			later(time.Second)
			w.says(word(func(s *wire.Status) { s.Uptime = 7 }), false)
		}
		require.Equal(t, before, w.news.Load())
		w.f.Receive(broker.Message{Topic: topics.Up("n1", wire.KindStatus), Payload: []byte("garbage")})
		w.f.Receive(broker.Message{Topic: "else/where"})
		synctest.Wait()
		require.Equal(t, int64(2), w.f.Dropped())
	})
}

// A power cut is told with its hour, also when the battery has ended with it; data that ran out is not called a power cut.
func TestWhyItFellSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, t.TempDir())
		defer w.stop()
		since := time.Now().Add(-90 * time.Second)
		at := since.In(time.FixedZone("", 7*60*60)).Format("15:04")
		w.says(word(func(s *wire.Status) { s.Faults = []wire.Fault{{Code: wire.FaultMains, Since: since}} }), false)
		require.Equal(t, fleet.Faulty, w.now().State)
		require.Contains(t, w.now().VI, "Mất điện lưới từ "+at+", cụm loa đang chạy bằng ắc quy")
		later(fleet.Silence + time.Second)
		require.Equal(t, fleet.Offline, w.now().State)
		require.Contains(t, w.now().VI, "Mất điện lưới từ "+at+", rồi mất kết nối")
		w.says(word(func(s *wire.Status) { s.Faults = []wire.Fault{{Code: wire.FaultModem}} }), false)
		require.Contains(t, w.now().VI, "SIM hết dữ liệu hoặc mất sóng")
		w.gone(wire.Gone{Boot: "b", Session: 1})
		require.Contains(t, w.now().VI, "SIM hết dữ liệu")
		w.says(word(func(s *wire.Status) { s.Session = 2 }), false)
		w.gone(wire.Gone{Boot: "b", Session: 2})
		require.Contains(t, w.now().VI, "mất điện hoặc mất mạng")
		w.says(word(func(s *wire.Status) { s.Session, s.Modem = 3, &wire.Modem{State: "connected"} }), false)
		w.gone(wire.Gone{Boot: "b", Session: 3})
		require.Contains(t, w.now().VI, "SIM hết dữ liệu hoặc mất sóng", "a SIM without data leaves its modem connected")
		w.says(word(func(s *wire.Status) { s.Session, s.Modem = 4, &wire.Modem{State: wire.ModemGone} }), false)
		w.gone(wire.Gone{Boot: "b", Session: 4})
		require.NotContains(t, w.now().VI, "SIM hết dữ liệu", "it was not by the modem")
	})
}

// One that was revoked is called that, and not without power; enrolled anew it is as any.
func TestARevokedNodeIsCalledThat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, t.TempDir())
		defer w.stop()
		w.says(word(func(*wire.Status) {}), false)
		w.f.KeepOut(map[string]bool{"n1": true})
		w.gone(wire.Gone{Boot: "b", Session: 1})
		later(10 * time.Second)
		require.Equal(t, fleet.Offline, w.now().State)
		require.Contains(t, w.now().VI, "Đã thu hồi")
		require.Contains(t, w.now().EN, "Revoked")
		w.f.KeepOut(nil)
		later(10 * time.Second)
		require.Contains(t, w.now().VI, "mất điện hoặc mất mạng")
	})
}

// A node's clock may be wrong: no fault began tomorrow, or last year.
func TestAFaultBeganWhenItCanHave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, t.TempDir())
		defer w.stop()
		now := time.Now().In(time.FixedZone("", 7*60*60)).Format("15:04")
		for _, since := range []time.Time{{}, time.Now().Add(3 * time.Hour), time.Now().AddDate(-1, 0, 0).Add(5 * time.Hour)} {
			w.says(word(func(s *wire.Status) { s.Faults = []wire.Fault{{Code: wire.FaultMains, Since: since}} }), false)
			require.Contains(t, w.now().VI, " từ "+now)
			w.says(word(nil), false)
		}
	})
}

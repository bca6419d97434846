package fleet_test

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/fleet"
	"loa/node/wire"
)

func (w *watch) codes() (codes []string) {
	for _, f := range w.now().Faults {
		require.NotEmpty(w.t, f.VI)
		codes = append(codes, f.Code)
	}
	return codes
}

// Two boards that take turns are found, also behind a broker that is not ours; a board that is started anew is not one of two.
func TestTwoBoardsOfOneIdentity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, t.TempDir())
		defer w.stop()
		as := func(boot string) { w.says(word(func(s *wire.Status) { s.Boot = boot }), false); later(time.Second) }
		for _, boot := range []string{"a", "b", "c", "d", "e", "f"} {
			as(boot)
		}
		require.Empty(t, w.codes(), "started anew again and again")
		as("e") // a word that was late
		as("f")
		require.NotContains(t, w.codes(), fleet.FaultTwins, "once may be an accident, but for its next turn")
	})
	synctest.Test(t, func(t *testing.T) {
		w := open(t, t.TempDir())
		defer w.stop()
		for range 4 {
			for _, boot := range []string{"a", "b"} {
				w.says(word(func(s *wire.Status) { s.Boot = boot }), false)
				later(500 * time.Millisecond)
			}
		}
		require.Equal(t, []string{fleet.FaultTwins}, w.codes())
		require.Equal(t, fleet.Faulty, w.now().State)
		require.Contains(t, w.now().VI, "dùng chung một danh tính")
		for range 40 { // one of them is taken away
			later(20 * time.Second)
			w.says(word(func(s *wire.Status) { s.Boot = "b" }), false)
		}
		require.Empty(t, w.codes())
		require.Equal(t, fleet.Good, w.now().State)
	})
}

// What the office finds is told for as long as it finds it, whatever the node says of itself.
func TestWhatTheOfficeFinds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, t.TempDir())
		defer w.stop()
		w.f.Doubt("n1", fleet.FaultFlood, "status") // nobody has heard of it yet
		synctest.Wait()
		w.says(word(nil), false)
		require.Empty(t, w.codes())
		w.f.Doubt("n1", fleet.FaultTwins, "10.0.0.7:1234")
		w.f.Doubt("n1", fleet.FaultFlood, "status")
		synctest.Wait()
		require.Equal(t, []string{fleet.FaultTwins, fleet.FaultFlood}, w.codes())
		require.Equal(t, "10.0.0.7:1234", w.now().Faults[0].Detail)
		w.says(word(func(s *wire.Status) { s.Faults = []wire.Fault{{Code: wire.FaultDisk}} }), false)
		require.Len(t, w.codes(), 3)
		later(5 * time.Minute)
		w.f.Doubt("n1", fleet.FaultTwins, "10.0.0.7:1234")
		later(6 * time.Minute)
		require.NotContains(t, w.codes(), fleet.FaultFlood)
		require.Contains(t, w.codes(), fleet.FaultTwins)
		later(5 * time.Minute)
		require.Equal(t, []string{wire.FaultDisk}, w.codes())
	})
}

// A node's clock may be years off, and its instruments say anything: what it tells neither stands for ever nor is believed.
func TestTimesThatCannotBe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w := open(t, dir)
		nan := math.NaN()
		w.says(word(func(s *wire.Status) { s.LastHeard, s.TempC = time.Now().AddDate(70, 0, 0), &nan }), false)
		require.True(t, w.now().LastHeard.IsZero())
		require.Nil(t, w.now().Status.TempC)
		require.Equal(t, []string{fleet.FaultWrongTime}, w.codes())
		require.Contains(t, w.now().VI, "Đồng hồ sai")
		w.says(word(func(s *wire.Status) { s.OnAir = &wire.OnAir{Title: "x"} }), false)
		require.WithinDuration(t, time.Now(), w.now().LastHeard, 0, "while it plays, by our clock")
		heard := time.Now()
		w.stop()
		later(time.Minute)
		w = open(t, dir)
		defer w.stop()
		require.WithinDuration(t, heard, w.now().LastHeard, time.Millisecond)
	})
}

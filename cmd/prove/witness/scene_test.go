package witness

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// machineSays has the machine give excuses, one after the other, then none.
func machineSays(t *testing.T, excuses ...string) {
	before := excused
	t.Cleanup(func() { excused = before })
	excused = func(time.Time, time.Time) string {
		if len(excuses) == 0 {
			return ""
		}
		e := excuses[0]
		excuses = excuses[1:]
		return e
	}
}

func TestASceneIsPlayedAgain(t *testing.T) {
	machineSays(t, "late")
	var told []string
	Play(t, func(t testing.TB) {
		told = append(told, "begin")
		t.Cleanup(func() { told = append(told, "end") })
		if len(told) < 3 {
			Again(t, "the card ran dry")
		}
		Judge(t, zero, zero, func(t testing.TB) {
			require.Len(t, told, 5, "the third time it is well")
			told = append(told, "well")
		})
		require.NoError(t, t.Context().Err())
	})
	require.Equal(t, []string{"begin", "end", "begin", "end", "begin", "well", "end"}, told)
	require.Empty(t, scenes[t.Name()])
	require.Contains(t, scenes, t.Name())
}

func TestWhatCannotBeJudgedIsSkipped(t *testing.T) {
	machineSays(t, "late", "late", "late by 310 ms")
	t.Setenv("LOA_STRICT", "")
	tried, ended := 0, false
	t.Run("never", func(t *testing.T) {
		t.Cleanup(func() { require.True(t, t.Skipped()); ended = true })
		Play(t, func(t testing.TB) {
			tried++
			Judge(t, zero, zero, func(t testing.TB) {
				Judge(t, zero, zero, func(t testing.TB) { t.Fatal("one in another counts once") })
			})
			panic("not reached")
		})
	})
	require.True(t, ended)
	require.Equal(t, tries, tried)
	require.Equal(t, "late by 310 ms", scenes[t.Name()+"/never"])
	delete(scenes, t.Name()+"/never") // of this package's own summary
}

// failing is a test that keeps its failures to itself and counts them.
type failing struct {
	testing.TB
	failures int
}

func (f *failing) Errorf(string, ...any) { f.failures++ }
func (f *failing) FailNow()              { panic("failed") }
func (f *failing) Fatalf(string, ...any) { f.failures++; f.FailNow() }
func (f *failing) Skipf(string, ...any)  { panic("skipped") }
func (f *failing) Helper()               {}

// What fails on a machine that was awake has failed; so has what fails outside
// a check of milliseconds, however late the machine was.
func TestAFailureCounts(t *testing.T) {
	machineSays(t)
	f := &failing{TB: t}
	require.PanicsWithValue(t, "failed", func() {
		Judge(f, zero, zero, func(t testing.TB) { require.Fail(t, "silent") })
	})
	require.Equal(t, 1, f.failures)
	machineSays(t, "late")
	s := &scene{TB: f}
	require.PanicsWithValue(t, "failed", func() {
		_ = s.play(func(t testing.TB) { require.FailNow(t, "wrong") })
	})
	require.Equal(t, 2, f.failures)
}

// A check outside a scene is not played again, but it is counted.
func TestACheckByItselfIsCounted(t *testing.T) {
	t.Setenv("LOA_STRICT", "")
	machineSays(t, "late")
	f := &failing{TB: t}
	Judge(f, zero, zero, func(testing.TB) {})
	require.Contains(t, scenes, t.Name())
	require.Empty(t, scenes[t.Name()])
	require.PanicsWithValue(t, "skipped", func() {
		Judge(f, zero, zero, func(t testing.TB) { require.Fail(t, "slow") })
	})
	require.Equal(t, "late", scenes[t.Name()])
	delete(scenes, t.Name())
}

func TestStrictAllowsNoneUnjudged(t *testing.T) {
	t.Setenv("LOA_STRICT", "1")
	f := &failing{TB: t}
	require.PanicsWithValue(t, "failed", func() { giveUp(f, &unjudged{"silent", "late"}) })
	t.Setenv("LOA_STRICT", "")
	require.PanicsWithValue(t, "skipped", func() { giveUp(f, &unjudged{"silent", "late"}) })
}

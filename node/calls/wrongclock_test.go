package calls

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/nodetest"
	"loa/node/wire"
	"loa/schedule"
)

// set sets the office's clock, as a node sees it.
func (b *board) set(by time.Duration) {
	b.mu.Lock()
	b.offset += by
	b.mu.Unlock()
	b.office.Seq = 0 // as the office drops its own numbers from the future
}

func (b *board) order(what string, on wire.CallOn) {
	b.t.Helper()
	synctest.Wait()
	b.calls.ReceiveOn(b.office.Command(b.t, wire.KindCall, b.now(), on))
	require.Contains(b.t, b.called(), on.Call.ID, what)
}

// called returns the calls that the node acts on.
func (b *board) called() (ids []string) {
	for _, c := range b.calls.Into(b.plan).Calls {
		ids = append(ids, c.ID)
	}
	return ids
}

// everything stops everything, and reports whether the node does.
func (b *board) everything() bool {
	halt := func() uint64 { b.calls.mu.Lock(); defer b.calls.mu.Unlock(); return b.calls.halt }
	synctest.Wait()
	before := halt()
	b.calls.ReceiveOff(b.office.Command(b.t, wire.KindStop, b.now(), wire.CallOff{Targets: nodetest.Everywhere, At: b.now()}))
	return halt() != before
}

// An office whose PC started in the past is heard by nodes that know of later
// numbers.
func TestOfficeInThePast(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		b.start()
		b.order("before", nodetest.VoiceCall("c1", schedule.Live, b.now()))
		require.True(t, b.everything())
		b.kill()
		time.Sleep(2 * time.Hour)
		b.start()
		time.Sleep(sec)
		synctest.Wait()
		require.Empty(t, b.calls.list, "forgotten")
		b.kill()
		b.set(-26 * time.Hour)
		b.start()
		synctest.Wait()
		emergency := nodetest.VoiceCall("c2", schedule.Emergency, b.now())
		said := b.office.Command(t, wire.KindCall, b.now(), emergency)
		b.calls.ReceiveOn(said)
		require.Equal(t, []string{"c2"}, b.called())
		time.Sleep(sec)
		require.True(t, b.everything(), "and can be stopped")
		b.calls.ReceiveOn(said)
		require.Equal(t, ended, b.calls.find("c2").state, "what was stopped stays so")
		unheard := b.office.Again(t, wire.KindCall, b.office.Seq-1, b.now(), nodetest.VoiceCall("c3", schedule.Emergency, b.now()))
		b.calls.ReceiveOn(unheard)
		require.NotContains(t, b.called(), "c3", "ordered before the stop")
		b.set(26 * time.Hour)
		b.order("the clock is right again", nodetest.VoiceCall("c4", schedule.Live, b.now()))
		b.calls.ReceiveOn(said)
		require.Equal(t, ended, b.calls.find("c2").state, "long expired")
		b.stop()
	})
}

// What was ordered while the office's PC was a day ahead binds nobody when it
// is right again, not even in the last hour before that time comes.
func TestOfficeInTheFuture(t *testing.T) {
	for name, restart := range map[string]bool{"told": false, "restarted meanwhile": true} {
		t.Run(name, func(t *testing.T) {
			onBoard(t, func(t *testing.T, b *board) {
				b.start()
				b.set(24 * time.Hour)
				b.order("ahead", nodetest.VoiceCall("c1", schedule.Live, b.now()))
				require.True(t, b.everything())
				time.Sleep(sec)
				b.order("after the stop", nodetest.VoiceCall("c2", schedule.Live, b.now()))
				time.Sleep(sec)
				synctest.Wait()
				if restart {
					b.kill()
				}
				b.set(-24 * time.Hour)
				if restart {
					b.start()
				} else {
					b.calls.Stepped(-24 * time.Hour)
					synctest.Wait()
				}
				b.order("right again", nodetest.VoiceCall("c3", schedule.Emergency, b.now()))
				time.Sleep(sec)
				synctest.Wait()
				b.calls.ReceiveOff(b.office.Command(t, wire.KindStop, b.now(), wire.CallOff{Call: "c2", Targets: nodetest.Everywhere, At: b.now()}))
				require.Equal(t, ended, b.calls.find("c2").state, "what began ahead can be stopped")
				unheard := b.office.Command(t, wire.KindCall, b.now(), nodetest.VoiceCall("c4", schedule.Emergency, b.now()))
				time.Sleep(sec)
				require.True(t, b.everything())
				b.calls.ReceiveOn(unheard)
				require.NotContains(t, b.called(), "c4", "ordered before the stop")
				require.Equal(t, ended, b.calls.find("c3").state)
				b.set(23*time.Hour + 30*time.Minute)
				b.order("in the last hour", nodetest.VoiceCall("c5", schedule.Emergency, b.now()))
				require.True(t, b.everything())
				b.stop()
			})
		})
	}
}

// A stop of everything that was pressed while the clock was ahead cuts nothing
// of tomorrow.
func TestMarkOfTheFuture(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		at := b.now().Add(24 * time.Hour).Truncate(sec)
		b.plan.Programmes = []schedule.Programme{nodetest.Bulletin("tomorrow", schedule.Normal, at, time.Minute)}
		b.start()
		b.set(24*time.Hour + 30*sec)
		require.True(t, b.everything())
		require.NotEmpty(t, b.calls.Into(b.plan).Programmes[0].Rule.Skip)
		b.kill()
		b.set(-24*time.Hour - 30*sec)
		b.start()
		time.Sleep(sec)
		synctest.Wait()
		require.Empty(t, b.calls.Into(b.plan).Programmes[0].Rule.Skip)
		b.stop()
	})
}

// Until the office has told the time itself, nothing that expires is believed;
// what it says again then is.
func TestNothingIsBelievedBeforeTheOfficeTellsTheTime(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		b.start()
		b.untold = true
		on := nodetest.VoiceCall("c1", schedule.Emergency, b.now())
		b.calls.ReceiveOn(b.office.Command(t, wire.KindCall, b.now(), on))
		require.Empty(t, b.called())
		require.False(t, b.everything())
		synctest.Wait()
		b.untold = false
		b.calls.ReceiveOn(b.office.Again(t, wire.KindCall, b.office.Seq, b.now().Add(2*sec), on))
		require.Equal(t, []string{"c1"}, b.called())
		b.stop()
	})
}

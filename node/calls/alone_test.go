package calls

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio/tune"
	"loa/node/nodetest"
	"loa/node/wire"
	"loa/schedule"
)

// alarm is a recorded emergency of nothing but chimes, for half an hour.
func alarm(id string, start time.Time) wire.CallOn {
	on := nodetest.VoiceCall(id, schedule.Emergency, start)
	on.Call.End = start.Add(30 * time.Minute)
	on.Call.Rundown = []schedule.Item{{Kind: schedule.Chime, Length: tune.ChimeDuration}}
	return on
}

// renewed has the office say every two seconds until an instant that a call goes on.
func (b *board) renewed(on wire.CallOn, until time.Time) {
	seq := b.office.Seq
	for b.now().Before(until) {
		b.calls.ReceiveOn(b.office.Again(b.t, wire.KindCall, seq, b.now(), on))
		time.Sleep(2 * sec)
		synctest.Wait()
	}
}

// sounds waits for an instant and reports whether anything sounded in the five seconds before it.
func (b *board) sounds(at time.Time) bool {
	b.until(at)
	return nodetest.Level(b.heard(at.Add(-5*sec), 4900*ms)) > 0.01
}

// Power fails in an alarm, and the network with it. The alarm goes on when the board is
// back, for people must hear it; but not for long, for the office may have ended it.
func TestAnAlarmGoesOnAloneForAWhile(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		b.start()
		start := b.now().Add(sec).Truncate(sec)
		on := alarm("c1", start)
		b.calls.ReceiveOn(b.office.Command(t, wire.KindCall, b.now(), on))
		b.renewed(on, start.Add(4*time.Minute))
		word := b.now()
		b.kill()
		time.Sleep(30 * sec)
		b.start()
		defer func() { b.stop() }()
		require.True(t, b.sounds(word.Add(40*sec)), "without a word")
		require.True(t, b.sounds(word.Add(wire.AloneFor-keepWord)))
		for at := wire.AloneFor + 6*sec; at < 15*time.Minute; at += time.Minute {
			require.False(t, b.sounds(word.Add(at)), "not for ever")
		}
	})
}

// A board that comes back later than that does not begin again; it does when the office says so.
func TestAnAlarmLongAgoDoesNotBeginAgain(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		b.start()
		start := b.now().Add(sec).Truncate(sec)
		on := alarm("c1", start)
		b.calls.ReceiveOn(b.office.Command(t, wire.KindCall, b.now(), on))
		b.renewed(on, start.Add(20*sec))
		b.kill()
		b.until(start.Add(10 * time.Minute))
		b.start()
		defer func() { b.stop() }()
		require.False(t, b.sounds(start.Add(10*time.Minute+6*sec)))
		require.False(t, b.sounds(start.Add(11*time.Minute)))
		require.Equal(t, silent, b.calls.list[0].state)
		again := b.now()
		b.renewed(on, again.Add(20*sec))
		require.True(t, b.sounds(again.Add(30*sec)), "it is still on, says the office")
	})
}

// A board that is cut off goes on for as long, and flash is told once a minute at most.
func TestAnAlarmOfWhichNothingIsHeardAnyMore(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		b.start()
		start := b.now().Add(sec).Truncate(sec)
		on := alarm("c1", start)
		b.calls.ReceiveOn(b.office.Command(t, wire.KindCall, b.now(), on))
		kept, writes := "", 0
		for range 10 {
			b.renewed(on, b.now().Add(20*sec))
			if flash, _ := b.load(OnFlash)(); string(flash) != kept {
				kept, writes = string(flash), writes+1
			}
		}
		require.InDelta(t, 4, writes, 1)
		word := b.now()
		defer func() { b.stop() }()
		require.True(t, b.sounds(word.Add(wire.AloneFor-3*sec)))
		require.False(t, b.sounds(word.Add(wire.AloneFor+6*sec)))
		require.False(t, b.sounds(word.Add(wire.AloneFor+5*time.Minute)))
	})
}

package calls

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio/tune"
	"loa/node/nodetest"
	"loa/node/wire"
	"loa/schedule"
)

// station is a programme of a chime and a station, and the frames of that as
// somebody sends them who knows nothing of this node.
func stationAt(id string, at time.Time, d time.Duration) (schedule.Programme, wire.CallOn) {
	p := schedule.Programme{ID: id, Title: id, Class: schedule.Relay, StartLate: time.Minute, Rule: schedule.Rule{At: at},
		Rundown: []schedule.Item{{Kind: schedule.Chime, Length: tune.ChimeDuration}, {Kind: schedule.Stream, Length: d},
			{Kind: schedule.Chime, Length: tune.ChimeDuration}}}
	frames := wire.CallOn{Call: schedule.Call{ID: schedule.FeedID(schedule.AiringID(id, at), 1), Start: at.Add(tune.ChimeDuration)}}
	return p, frames
}

func TestStationOfTheCalendar(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		at := b.now().Add(30 * sec).Truncate(sec)
		p, frames := stationAt("p", at, 20*sec)
		b.plan.Programmes = []schedule.Programme{p}
		b.start()
		item := frames.Call.Start
		b.until(item.Add(-12 * sec))
		require.Empty(t, b.listening())
		b.until(item.Add(-7 * sec))
		require.Equal(t, []string{frames.Call.ID}, b.listening(), "asked for in time")
		stranger := &nodetest.Office{Key: make([]byte, 64)}
		copy(stranger.Key, b.office.Key)
		stranger.Key[0] ^= 1
		refused := b.calls.counts.bundles
		b.calls.ReceiveFrames(frames.Call.ID, stranger.Frames(t, frames.Call.ID, 0, nodetest.TonePackets(t)[0]))
		b.calls.ReceiveFrames(frames.Call.ID, b.office.Frames(t, "call-1", 0, nodetest.TonePackets(t)[0]))
		b.calls.ReceiveFrames("stream-0", b.office.Frames(t, "stream-0", 0, nodetest.TonePackets(t)[0]))
		b.speak(frames, 0, 500) // ten seconds; then the station is lost
		b.until(item.Add(9 * sec))
		require.Equal(t, refused+3, b.calls.counts.bundles, "forged, of a call, of nothing that is due")
		live := b.calls.Live(b.now(), 45*ms)
		require.Equal(t, frames.Call.ID, live.Call)
		require.InDelta(t, 455, live.Received, 3)
		b.until(item.Add(30 * sec))
		require.Empty(t, b.listening())
		b.stop()
		require.InDelta(t, nodetest.ToneLevel, nodetest.Level(b.heard(item.Add(100*ms), 9800*ms)), 0.01)
		require.Zero(t, nodetest.Level(b.heard(item.Add(10500*ms), 9*sec)))
		require.NotZero(t, nodetest.Level(b.heard(item.Add(20*sec+500*ms), sec)), "the rundown goes on at its time")
		airing := schedule.AiringID("p", at)
		lost := b.playOf(airing, 1)
		require.Equal(t, wire.Partly, lost.Outcome)
		require.Equal(t, wire.NoStream, lost.Reason)
		require.InDelta(t, 10, lost.Heard.Seconds(), 0.3)
		require.Equal(t, wire.Heard, b.playOf(airing, 2).Outcome)
	})
}

// Where the airing began late, the station is joined where it is.
func TestStationIsJoinedLate(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		at := b.now().Add(30 * sec).Truncate(sec)
		p, frames := stationAt("p", at, 10*sec)
		first := nodetest.Bulletin("first", schedule.Priority, at.Add(-sec), 0)
		first.Rundown[0].Repeat = 2 // 5.6 s: the station's airing begins 4.6 s late
		b.plan.Programmes = []schedule.Programme{p, first}
		b.start()
		b.until(at.Add(-5 * sec))
		b.speak(frames, 0, 500)
		b.until(at.Add(30 * sec))
		b.stop()
		late := 4600 * ms
		item := frames.Call.Start.Add(late)
		require.InDelta(t, nodetest.ToneLevel, nodetest.Level(b.heard(item.Add(100*ms), 10*sec-late-200*ms)), 0.01, "as it is now, to its end")
		require.Zero(t, nodetest.Level(b.heard(frames.Call.Start.Add(10500*ms), late-sec)))
		lost := b.playOf(schedule.AiringID("p", at), 1)
		require.Equal(t, wire.NoStream, lost.Reason)
		require.InDelta(t, 5.4, lost.Heard.Seconds(), 0.3)
	})
}

func TestStationTakenOutOfThePlan(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		at := b.now().Add(15 * sec).Truncate(sec)
		p, frames := stationAt("p", at, time.Minute)
		b.plan.Programmes = []schedule.Programme{p}
		b.start()
		b.until(frames.Call.Start.Add(5 * sec))
		require.NotEmpty(t, b.listening())
		b.plan.Programmes = nil
		b.calls.opt.Changed()
		b.until(frames.Call.Start.Add(8 * sec))
		require.Empty(t, b.listening())
		_, known := b.calls.Feed(frames.Call.ID)
		require.False(t, known)
		b.stop()
	})
}

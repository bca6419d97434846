package player

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/node/wire"
	"loa/schedule"
)

// relayed is a rundown with a stream in the middle, its airing, and the stream's frames on their way.
func (r *rig) relayed(t *testing.T, s spoken, length time.Duration, how travel) (p wire.Plan, at time.Time, clip []float32) {
	t.Helper()
	item, pcm := r.clip(1, 5*sec)
	at = r.now().Add(40 * sec).Truncate(sec)
	p = plan(programme("p", schedule.Normal, at, item,
		schedule.Item{Kind: schedule.Stream, Title: "stream", Source: "https://example.org/live", Length: length}, item))
	feed := r.call(schedule.FeedID(schedule.AiringID("p", at), 1), schedule.Relay, at.Add(5*sec), length)
	r.speak(feed, s, how)
	return p, at, pcm
}

// A stream is an item like others: it begins and ends by the rundown, whatever comes beyond.
func TestStreamIsPlayedInItsPlace(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		s := speech(t, 5, 30*sec)
		p, at, pcm := r.relayed(t, s, 10*sec, inTime(300*ms))
		r.start(p)
		r.until(at.Add(8 * sec))
		require.Equal(t, "stream", r.player.OnAir().Title)
		r.until(at.Add(30 * sec))
		r.stop()
		got := r.heard(at.Add(5*sec), 10*sec)
		require.Greater(t, correlation(s.pcm[1:len(got)], got[1:]), 0.999)
		require.LessOrEqual(t, leastDifference(s.pcm[audio.Rate:2*audio.Rate], got[audio.Rate-2:]), 1, "in its place to the sample")
		got = r.heard(at.Add(15*sec), 5*sec)
		same(t, pcm[1000:len(got)-1000], got[1000:len(got)-1000], 1e-6, "what follows, in its place")
		require.Len(t, r.plays, 3)
		for i := range 3 {
			require.Equal(t, wire.Heard, r.playOf("p", i).Outcome, r.playOf("p", i).Reason)
		}
		q := r.playOf("p", 1)
		require.Equal(t, 10*sec, q.Length)
		require.InDelta(t, 10*sec, q.Heard, float64(20*ms))
		require.WithinDuration(t, at.Add(5*sec), q.Began, frames(2))
		require.WithinDuration(t, at.Add(15*sec), q.Ended, frames(2))
	})
}

// Without a feed, or frames, the stream is silent and says why; the rundown goes on.
func TestStreamThatDoesNotCome(t *testing.T) {
	nothing := func(int) (time.Duration, bool) { return 0, false }
	late := func(int) (time.Duration, bool) { return -11 * sec, true }
	for name, how := range map[string]travel{"no frames": nothing, "all too late": late, "no feed": late} {
		bubbleOne(t, name, func(t *testing.T, r *rig) {
			s := speech(t, 5, 10*sec)
			p, at, pcm := r.relayed(t, s, 10*sec, how)
			if name == "no feed" {
				r.noFeed = func() bool { return true }
			}
			r.start(p)
			r.until(at.Add(30 * sec))
			r.stop()
			silent(t, r.heard(at.Add(5100*ms), 9800*ms), "stream")
			got := r.heard(at.Add(15*sec), 5*sec)
			same(t, pcm[1000:len(got)-1000], got[1000:len(got)-1000], 1e-6, "what follows")
			q := r.playOf("p", 1)
			require.Equal(t, wire.NotHeard, q.Outcome)
			require.Equal(t, wire.NoStream, q.Reason)
			require.Zero(t, q.Heard)
			require.Equal(t, wire.Heard, r.playOf("p", 2).Outcome)
		})
	}
}

// A stream that breaks off, or begins late, is heard in part, and says why.
func TestStreamWithAGap(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		s := speech(t, 5, 10*sec)
		p, at, _ := r.relayed(t, s, 10*sec, func(n int) (time.Duration, bool) { return 300 * ms, n < 100 || n >= 300 })
		r.start(p)
		r.until(at.Add(30 * sec))
		r.stop()
		q := r.playOf("p", 1)
		require.Equal(t, wire.Partly, q.Outcome)
		require.Equal(t, wire.NoStream, q.Reason)
		require.InDelta(t, 6*sec, q.Heard, float64(150*ms))
		got := r.heard(at.Add(11500*ms), 3*sec)
		alike(t, s.pcm[6500*48:6500*48+len(got)], got, "in its place again")
	})
}

// A feed that is made when its first frames come is found in time.
func TestStreamWhoseFeedComesLate(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		p, at, _ := r.relayed(t, speech(t, 5, 10*sec), 10*sec, inTime(300*ms))
		made := at.Add(4700 * ms)
		r.noFeed = func() bool { return r.now().Before(made) }
		r.start(p)
		r.until(at.Add(30 * sec))
		r.stop()
		require.Equal(t, wire.Heard, r.playOf("p", 1).Outcome)
		require.InDelta(t, 10*sec, r.playOf("p", 1).Heard, float64(20*ms))
	})
}

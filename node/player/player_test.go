package player

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/audio/tune"
	"loa/node/wire"
	"loa/schedule"
)

const (
	ms  = time.Millisecond
	sec = time.Second
)

func TestRundownIsHeardToTheSample(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		item, pcm := r.clip(1, 5*sec)
		item.Repeat, item.GainDB = 2, -6
		at := r.now().Add(time.Minute).Truncate(sec).Add(7654321) // not on a block, nor on a sample
		r.start(plan(programme("p", schedule.Normal, at, chime, schedule.Item{Kind: schedule.Gap, Length: 2 * sec}, item)))
		r.until(at.Add(4 * sec))
		require.Equal(t, "p", r.player.OnAir().Programme, "a gap is part of what is on air")
		r.until(at.Add(6 * sec))
		on := r.player.OnAir()
		require.NotNil(t, on)
		require.Equal(t, wire.OnAir{Programme: "p", Airing: schedule.AiringID("p", at), Item: 2, Title: "clip", Since: on.Since}, *on)
		r.until(at.Add(30 * sec))
		r.stop()

		begin := at
		silent(t, r.heard(begin.Add(-20*sec), 20*sec-frames(1)), "before")
		same(t, tune.Chime(), r.heard(begin, tune.ChimeDuration), 0, "chime")
		silent(t, r.heard(begin.Add(tune.ChimeDuration+frames(1)), 2*sec-frames(3)), "gap")
		want := append([]float32(nil), pcm...)
		audio.Amplify(want, audio.Gain(-6))
		got := r.heard(begin.Add(4800*ms), 5*sec)
		same(t, want[10:len(want)-1000], got[10:len(got)-1000], 1e-6, "first time")
		got = r.heard(begin.Add(9800*ms), 5*sec)
		alike(t, want, got, "second time")
		silent(t, r.heard(begin.Add(14800*ms+frames(1)), 10*sec), "after")

		require.Len(t, r.plays, 2)
		p := r.playOf("p", 0)
		require.Equal(t, wire.Heard, p.Outcome)
		require.Empty(t, p.Reason)
		require.InDelta(t, tune.ChimeDuration, p.Heard, float64(ms))
		require.WithinDuration(t, at, p.Began, frames(2))
		require.WithinDuration(t, at.Add(tune.ChimeDuration), p.Ended, frames(2))
		p = r.playOf("p", 2)
		require.Equal(t, wire.Heard, p.Outcome)
		require.InDelta(t, 10*sec, p.Heard, float64(ms))
		require.Equal(t, 10*sec, p.Length)
		require.Equal(t, 100, p.Volume)
		require.WithinDuration(t, at.Add(4800*ms), p.Began, frames(2))
		require.WithinDuration(t, at.Add(14800*ms), p.Ended, frames(2))
		require.WithinDuration(t, p.Ended, r.player.LastHeard(), frames(1))
	})
}

func TestHigherAiringTakesTheAirAndGivesItBack(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		low, lowPCM := r.clip(1, 60*sec)
		high, highPCM := r.clip(2, 10*sec)
		at := r.now().Add(time.Minute).Truncate(sec)
		over := at.Add(20 * sec)
		r.start(plan(programme("low", schedule.Normal, at, low), programme("high", schedule.Emergency, over, high)))
		r.until(at.Add(70 * sec))
		r.stop()

		got := r.heard(over.Add(40*ms), 9900*ms)
		alike(t, highPCM[1920:1920+len(got)], got, "emergency")
		got = r.heard(over.Add(10*sec+40*ms), 29*sec)
		from := 30*audio.Rate + 1920
		alike(t, lowPCM[from:from+len(got)], got, "rejoins")
		smooth(t, r.heard(over.Add(-sec), 12*sec), 1.5*max(steepest(lowPCM), steepest(highPCM)), "taking over")

		p := r.playOf("low", 0)
		require.Equal(t, wire.Partly, p.Outcome)
		require.Equal(t, string(schedule.Preempted), p.Reason)
		require.InDelta(t, 50*sec, p.Heard, float64(40*ms))
		require.Equal(t, wire.Heard, r.playOf("high", 0).Outcome)
	})
}

func TestDisplacedAndReplacedAreTold(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		long, _ := r.clip(1, 60*sec)
		short, _ := r.clip(2, 5*sec)
		at := r.now().Add(time.Minute).Truncate(sec)
		waiting := programme("late", schedule.Normal, at.Add(10*sec), short, chime)
		waiting.StartLate = 10 * sec
		r.start(plan(programme("first", schedule.Normal, at, long), waiting,
			programme("e1", schedule.Emergency, at.Add(30*sec), short, chime),
			programme("e2", schedule.Emergency, at.Add(32*sec), short)))
		r.until(at.Add(2 * time.Minute))
		r.stop()
		require.Len(t, r.plays, 6)
		for i := range 2 {
			p := r.playOf("late", i)
			require.Equal(t, wire.NotHeard, p.Outcome)
			require.Equal(t, string(schedule.Displaced), p.Reason)
			require.True(t, p.Began.IsZero())
			require.Zero(t, p.Heard)
		}
		p := r.playOf("e1", 0)
		require.Equal(t, wire.Partly, p.Outcome)
		require.Equal(t, string(schedule.Replaced), p.Reason)
		p = r.playOf("e1", 1)
		require.Equal(t, wire.Partly, p.Outcome, "its end was heard after the other")
		require.Equal(t, string(schedule.Replaced), p.Reason)
		require.Equal(t, wire.Heard, r.playOf("e2", 0).Outcome)
	})
}

func TestQuietHoursAndExpiryAreTold(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		item, _ := r.clip(1, 60*sec)
		at := r.now().Add(time.Hour).Truncate(time.Hour).Add(-30 * sec)
		gone := item
		gone.Expires = at.Add(10 * time.Minute)
		p := plan(programme("quiet", schedule.Normal, at, item),
			programme("old", schedule.Normal, gone.Expires.Add(-20*sec), gone))
		p.Quiet = []schedule.Quiet{{From: at.Add(30 * sec).Format("15:04"), To: at.Add(5*time.Minute + 30*sec).Format("15:04"), Zone: "UTC"}}
		r.until(at.Add(-time.Minute))
		r.start(p)
		r.until(at.Add(11 * time.Minute))
		r.stop()
		q := r.playOf("quiet", 0)
		require.Equal(t, wire.Partly, q.Outcome)
		require.Equal(t, string(schedule.QuietHours), q.Reason)
		require.InDelta(t, 30*sec, q.Heard, float64(20*ms))
		q = r.playOf("old", 0)
		require.Equal(t, wire.Expired, q.Reason)
		require.InDelta(t, 20*sec, q.Heard, float64(20*ms))
	})
}

func TestCancelOnAirFadesAndIsTold(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		a, pcm := r.clip(1, 20*sec)
		b, _ := r.clip(2, 20*sec)
		at := r.now().Add(time.Minute).Truncate(sec)
		r.start(plan(programme("p", schedule.Normal, at, a, b), programme("q", schedule.Normal, at.Add(time.Hour), b)))
		r.until(at.Add(7*sec + 123*ms))
		r.player.SetPlan(plan())
		r.until(at.Add(60 * sec))
		r.stop()
		same(t, pcm[480:7*audio.Rate], r.heard(at.Add(10*ms), 7*sec-10*ms), 1e-6, "before")
		smooth(t, r.heard(at, 8*sec), 1.2*steepest(pcm), "end")
		silent(t, r.heard(at.Add(7*sec+200*ms), 30*sec), "after")
		require.Len(t, r.plays, 2, "what had not begun to wait is not told")
		p := r.playOf("p", 0)
		require.Equal(t, wire.Partly, p.Outcome)
		require.Equal(t, wire.Cancelled, p.Reason)
		require.InDelta(t, 7123*ms, p.Heard, float64(40*ms))
		p = r.playOf("p", 1)
		require.Equal(t, wire.NotHeard, p.Outcome)
		require.Equal(t, wire.Cancelled, p.Reason)
	})
}

func TestEditsOnAir(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		a, pcm := r.clip(1, 20*sec)
		b, _ := r.clip(2, 10*sec)
		c, cPCM := r.clip(3, 10*sec)
		at := r.now().Add(time.Minute).Truncate(sec)
		r.start(plan(programme("p", schedule.Normal, at, a, b)))

		r.until(at.Add(5 * sec)) // a title, another programme and a longer rundown change nothing that sounds
		renamed := a
		renamed.Title = "renamed"
		r.player.SetPlan(plan(programme("p", schedule.Normal, at, renamed, b, c), programme("q", schedule.Normal, at.Add(time.Hour), c)))
		r.until(at.Add(19 * sec))
		same(t, pcm[1:19*audio.Rate-audio.Rate], r.heard(at.Add(frames(1)), 18*sec-frames(1)), 1e-6, "not disturbed")

		r.until(at.Add(22 * sec)) // the second item becomes another
		r.player.SetPlan(plan(programme("p", schedule.Normal, at, renamed, c, c)))
		r.until(at.Add(time.Minute))
		r.stop()
		got := r.heard(at.Add(22500*ms), 7*sec)
		alike(t, cPCM[2500*48:2500*48+len(got)], got, "exchanged, in its place")

		require.Len(t, r.plays, 3)
		p := r.playOf("p", 0)
		require.Equal(t, wire.Heard, p.Outcome)
		require.Equal(t, "renamed", p.Title)
		require.Equal(t, wire.Cancelled, r.playOf("p", 1).Reason)
		require.Equal(t, b.Clip, r.playOf("p", 1).Clip)
		require.Equal(t, wire.Heard, r.playOf("p", 2).Outcome)
	})
}

func TestVolume(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		a, pcm := r.clip(1, 20*sec)
		at := r.now().Add(time.Minute).Truncate(sec)
		p := plan(programme("p", schedule.Normal, at, a), programme("q", schedule.Normal, at.Add(time.Minute), a))
		p.Volume = 70
		r.start(p)
		r.until(at.Add(10 * sec))
		p.Volume = 0
		r.player.SetPlan(p)
		r.until(at.Add(2 * time.Minute))
		r.stop()
		want := append([]float32(nil), pcm[4800:9*audio.Rate]...)
		audio.Amplify(want, 0.49)
		same(t, want, r.heard(at.Add(100*ms), 8900*ms), 1e-6, "70 %")
		silent(t, r.heard(at.Add(10100*ms), 80*sec), "muted")
		require.Equal(t, 70, r.playOf("p", 0).Volume)
		require.Equal(t, Muted, r.playOf("p", 0).Reason)
		q := r.playOf("q", 0)
		require.Equal(t, 0, q.Volume)
		require.Equal(t, wire.NotHeard, q.Outcome)
		require.Equal(t, Muted, q.Reason)
	})
}

// What begins in soft hours is turned down to its end, what began before them is not, an emergency never.
func TestSoftHours(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		a, pcm := r.clip(1, 20*sec)
		at := r.now().Add(time.Minute).Truncate(time.Minute)
		zone, err := time.LoadLocation(schedule.DefaultZone)
		require.NoError(t, err)
		hour := func(t time.Time) string { return t.In(zone).Format("15:04") }
		p := plan(programme("before", schedule.Normal, at.Add(50*sec), a), programme("within", schedule.Normal, at.Add(80*sec), a),
			programme("alarm", schedule.Emergency, at.Add(110*sec), a), programme("after", schedule.Normal, at.Add(3*time.Minute), a))
		p.Volume = 80
		p.Soft = []schedule.Soft{{Quiet: schedule.Quiet{From: hour(at.Add(time.Minute)), To: hour(at.Add(3 * time.Minute))}, Volume: 50},
			{Quiet: schedule.Quiet{From: hour(at.Add(time.Minute)), To: hour(at.Add(3 * time.Minute))}, Volume: 75}}
		r.start(p)
		r.until(at.Add(4 * time.Minute))
		r.stop()
		for id, c := range map[string]struct {
			at      time.Duration
			percent int
		}{"before": {50 * sec, 80}, "within": {80 * sec, 40}, "alarm": {110 * sec, 100}, "after": {3 * time.Minute, 80}} {
			want := append([]float32(nil), pcm[4800:19*audio.Rate]...)
			audio.Amplify(want, volumeGain(c.percent))
			same(t, want, r.heard(at.Add(c.at+100*ms), 18900*ms), 1e-6, id)
			require.Equal(t, c.percent, r.playOf(id, 0).Volume, id)
		}
	})
}

func TestClipThatComesInMidItem(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		a, pcm := r.clip(1, 60*sec)
		b, _ := r.clip(2, 10*sec)
		bad := a
		bad.Clip = "bad"
		held := r.clips[a.Clip]
		delete(r.clips, a.Clip)
		delete(r.clips, b.Clip)
		r.clips["bad"] = []byte("not ogg at all")
		at := r.now().Add(time.Minute).Truncate(sec)
		r.start(plan(programme("p", schedule.Normal, at, a, b, bad)))
		r.until(at.Add(20 * sec))
		r.set(func() { r.clips[a.Clip] = held })
		r.until(at.Add(3 * time.Minute))
		r.stop()
		silent(t, r.heard(at, 20*sec), "missing")
		got := r.heard(at.Add(21100*ms), 38*sec)
		alike(t, pcm[21100*48:21100*48+len(got)], got, "joins where it should be")
		smooth(t, r.heard(at.Add(19*sec), 3*sec), 1.2*steepest(pcm), "joining")
		p := r.playOf("p", 0)
		require.Equal(t, wire.Partly, p.Outcome)
		require.Equal(t, wire.MissingClip, p.Reason)
		require.InDelta(t, 40*sec, p.Heard, float64(1100*ms))
		require.Equal(t, wire.MissingClip, r.playOf("p", 1).Reason)
		require.Equal(t, wire.NotHeard, r.playOf("p", 1).Outcome)
		require.Equal(t, wire.BadClip, r.playOf("p", 2).Reason)
	})
}

func TestWithoutOutputNothingIsHeard(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		a, _ := r.clip(1, 20*sec)
		at := r.now().Add(time.Minute).Truncate(sec)
		r.mute = true
		r.start(plan(programme("p", schedule.Normal, at, a), programme("q", schedule.Normal, at.Add(30*sec), a)))
		r.until(at.Add(10 * sec))
		require.Nil(t, r.player.OnAir())
		r.until(at.Add(32 * sec))
		r.set(func() { r.mute = false })
		r.until(at.Add(time.Minute))
		r.stop()
		require.Equal(t, wire.NotHeard, r.playOf("p", 0).Outcome)
		require.Equal(t, wire.NoSoundDevice, r.playOf("p", 0).Reason)
		require.Equal(t, wire.Partly, r.playOf("q", 0).Outcome)
		require.Equal(t, wire.NoSoundDevice, r.playOf("q", 0).Reason)
		require.InDelta(t, 18*sec, r.playOf("q", 0).Heard, float64(20*ms))
	})
}

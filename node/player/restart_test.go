package player

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/node/wire"
	"loa/schedule"
)

func TestPowerCutInMidItem(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		a, pcm := r.clip(1, 60*sec)
		at := r.now().Add(time.Minute).Truncate(sec)
		p := plan(programme("p", schedule.Normal, at, a))
		r.start(p)
		r.until(at.Add(25 * sec))
		r.kill()
		r.until(at.Add(35 * sec))
		r.start(p)
		r.until(at.Add(90 * sec))
		r.stop()

		got := r.heard(at.Add(35200*ms), 24*sec)
		alike(t, pcm[35200*48:35200*48+len(got)], got, "rejoins")
		smooth(t, r.heard(at.Add(34*sec), 3*sec), 1.2*steepest(pcm), "rejoining")
		q := r.playOf("p", 0)
		require.Equal(t, wire.Partly, q.Outcome)
		require.Equal(t, wire.NodeOff, q.Reason)
		require.WithinDuration(t, at, q.Began, ms, "as before the cut")
		require.WithinDuration(t, at.Add(60*sec), q.Ended, ms)
		require.LessOrEqual(t, q.Heard, 50*sec)
		require.GreaterOrEqual(t, q.Heard, 50*sec-saveEvery-sec, "at most the last ten seconds before the cut are not told")
	})
}

// What runs on is saved as such, and should it be lost, as by a program that does not know it, each item is told once
// all the same; what was heard since it began counts as off.
func TestWhatRunsOnIsLost(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		a, _ := r.clip(1, 60*sec)
		b, _ := r.clip(2, 10*sec)
		at := r.now().Add(time.Minute).Truncate(sec)
		p := plan(programme("p", schedule.Normal, at, b, a))
		r.start(p)
		r.until(at.Add(5 * sec))
		before, _ := r.written()
		require.Contains(t, string(before), `"open"`, "an item that has begun is known to all")
		r.until(at.Add(9500 * ms))
		after, _ := r.written()
		require.Equal(t, before, after)
		r.until(at.Add(35 * sec))
		_, running := r.written()
		require.NotNil(t, running)
		r.kill()
		r.running = nil
		r.until(at.Add(40 * sec))
		r.start(p)
		r.until(at.Add(90 * sec))
		r.stop()
		require.Nil(t, r.running, "who stops leaves all to whom he does not know")
		require.Equal(t, wire.Heard, r.playOf("p", 0).Outcome)
		q := r.playOf("p", 1)
		require.Equal(t, wire.NodeOff, q.Reason)
		require.InDelta(t, 30*sec, q.Heard, float64(sec))
	})
}

func TestStopAndStartLosesNothing(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		a, _ := r.clip(1, 60*sec)
		at := r.now().Add(time.Minute).Truncate(sec)
		p := plan(programme("p", schedule.Normal, at, a))
		r.start(p)
		r.until(at.Add(27 * sec))
		r.stop()
		r.until(at.Add(28 * sec))
		r.start(p)
		r.until(at.Add(90 * sec))
		r.stop()
		require.Equal(t, wire.Heard, r.playOf("p", 0).Outcome)
		require.InDelta(t, 59*sec, r.playOf("p", 0).Heard, float64(100*ms))
	})
}

func TestWhatPassedWhileOffIsTold(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		a, _ := r.clip(1, 20*sec)
		b, _ := r.clip(2, 10*sec)
		at := r.now().Add(time.Minute).Truncate(sec)
		weekly := programme("w", schedule.Normal, time.Time{}, chime, a)
		weekly.Rule = schedule.Rule{Extra: []time.Time{at, at.Add(24 * time.Hour), at.Add(9 * 24 * time.Hour), at.Add(20 * 24 * time.Hour)}}
		p := plan(weekly)
		r.start(p)
		r.until(at.Add(15 * sec))
		r.kill()
		time.Sleep(10 * 24 * time.Hour)
		restart := r.now()
		r.set(func() { r.unknown = true })
		r.start(p)
		r.until(restart.Add(5 * sec)) // the controller's plan has forgotten what is past
		r.player.SetPlan(plan(programme("now", schedule.Normal, restart.Add(7*sec), b, b)))
		r.until(restart.Add(20 * sec))
		r.set(func() { r.unknown = false })
		r.until(restart.Add(time.Minute))
		r.stop()

		count := map[string]int{}
		for _, q := range r.plays {
			if q.Programme == "w" {
				count[fmt.Sprint(q.Outcome, " ", q.Reason)]++
			}
		}
		require.Equal(t, map[string]int{"heard ": 1, "partly off": 1, "not_heard off": 4}, count)
		require.Equal(t, wire.NotHeard, r.playOf("now", 0).Outcome)
		require.Equal(t, wire.ClockUnknown, r.playOf("now", 0).Reason)
		require.Equal(t, wire.Partly, r.playOf("now", 1).Outcome)
		require.Equal(t, wire.ClockUnknown, r.playOf("now", 1).Reason)
		require.InDelta(t, 7*sec, r.playOf("now", 1).Heard, float64(500*ms))
	})
}

func TestTheFirstAiringIsToldThoughOff(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		a, _ := r.clip(1, 20*sec)
		at := r.now().Add(time.Hour)
		p := plan(programme("p", schedule.Normal, at, a))
		r.start(p)
		r.until(r.now().Add(time.Minute))
		r.kill()
		time.Sleep(2 * time.Hour)
		r.start(p)
		r.until(r.now().Add(time.Minute))
		r.stop()
		require.Equal(t, wire.NotHeard, r.playOf("p", 0).Outcome)
		require.Equal(t, wire.NodeOff, r.playOf("p", 0).Reason)
	})
}

func TestANewPlanSaysNothingOfTheTimeBeforeIt(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		a, _ := r.clip(1, 20*sec)
		first := r.now().Add(time.Minute)
		old := plan(programme("old", schedule.Normal, first, a))
		r.start(old)
		r.until(first.Add(10 * time.Minute))
		daily := programme("daily", schedule.Normal, time.Time{}, a)
		daily.Rule = schedule.Rule{Extra: []time.Time{first.Add(5 * time.Minute), first.Add(24 * time.Hour)}}
		p := plan(daily)
		r.player.SetPlan(p)
		r.until(first.Add(11 * time.Minute))
		r.kill()
		r.start(p)
		r.until(r.now().Add(time.Minute))
		r.stop()
		require.Len(t, r.plays, 1, "%+v", r.plays)
		require.Equal(t, "old", r.plays[0].Programme)
	})
}

func TestClockLostInMidItem(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		a, pcm := r.clip(1, 60*sec)
		at := r.now().Add(time.Minute).Truncate(sec)
		r.start(plan(programme("p", schedule.Normal, at, a)))
		r.until(at.Add(10 * sec))
		r.set(func() { r.unknown = true })
		r.until(at.Add(11 * sec))
		require.Nil(t, r.player.OnAir())
		r.until(at.Add(40 * sec))
		r.set(func() { r.unknown = false })
		r.until(at.Add(90 * sec))
		r.stop()
		smooth(t, r.heard(at, 60*sec), 1.2*steepest(pcm), "lost and found")
		silent(t, r.heard(at.Add(10100*ms), 29*sec), "unknown")
		got := r.heard(at.Add(40500*ms), 19*sec)
		alike(t, pcm[40500*48:40500*48+len(got)], got, "rejoins")
		q := r.playOf("p", 0)
		require.Equal(t, wire.ClockUnknown, q.Reason)
		require.InDelta(t, 30*sec, q.Heard, float64(300*ms))
	})
}

func TestClockSteps(t *testing.T) {
	for _, step := range []time.Duration{3 * ms, -3 * ms, 20 * ms, -20 * ms, -700 * ms, 8 * sec, -8 * sec} {
		t.Run(step.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				a, pcm := r.clip(1, 40*sec)
				at := r.now().Add(10 * sec).Truncate(sec)
				r.start(plan(programme("p", schedule.Normal, at, a)))
				r.until(at.Add(20 * sec))
				r.set(func() { r.offset += step })
				time.Sleep(sec)
				synctest.Wait()
				got := r.heard(r.now().Add(-200*ms), 150*ms)
				from := int(audio.Samples(r.now().Add(-200 * ms).Sub(at)))
				if step.Abs() > 5*ms { // else it is on its way: see TestSmallErrorsAreMadeGood
					alike(t, pcm[from:from+len(got)], got, "in step")
				}
				smooth(t, r.heard(r.now().Add(-1500*ms), sec), 1.3*steepest(pcm), "step")
				r.until(at.Add(time.Minute))
				r.stop()
				q := r.playOf("p", 0)
				if step.Abs() < sec {
					require.Equal(t, wire.Heard, q.Outcome)
				} else if step > 0 {
					require.Equal(t, wire.ClockUnknown, q.Reason)
				}
			})
		})
	}
}

func TestReportThatIsRefusedIsOfferedAgain(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		a, _ := r.clip(1, 10*sec)
		at := r.now().Add(time.Minute).Truncate(sec)
		p := plan(programme("p", schedule.Normal, at, a))
		r.refuse = true
		r.start(p)
		r.until(at.Add(30 * sec))
		r.kill()
		require.Empty(t, r.plays)
		r.start(p)
		r.until(at.Add(60 * sec))
		r.set(func() { r.refuse = false })
		r.until(at.Add(80 * sec))
		r.stop()
		require.Equal(t, wire.Heard, r.playOf("p", 0).Outcome)
	})
}

// TestWeeksOfPlan plays two weeks and finds each item of each airing once.
func TestWeeksOfPlan(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		a, _ := r.clip(1, 20*sec)
		jingle, _ := r.clip(2, 5*sec)
		daily := programme("daily", schedule.Normal, time.Time{}, jingle, a)
		daily.Rule = schedule.Rule{Cron: []string{"0 5,17 * * *"}}
		weekly := programme("weekly", schedule.Priority, time.Time{}, a)
		weekly.Rule = schedule.Rule{Cron: []string{"0 17 * * 1"}}
		p := plan(daily, weekly)
		begin := r.now()
		const days = 15
		player, err := New(r.options())
		require.NoError(t, err)
		player.SetPlan(p)
		stop := runAlone(t, player)
		src := player.Source() // asked around the airings only, as two weeks are long
		buf := make([]float32, audio.Rate/4)
		for _, s := range schedule.NewTimeline(p.Plan, begin, begin.AddDate(0, 0, days)).Slots {
			r.until(later(s.Start.Add(-2*sec), r.now()))
			for until := s.End.Add(2 * sec); r.now().Before(until); time.Sleep(250 * ms) {
				synctest.Wait()
				src(buf, time.Now())
			}
		}
		r.until(begin.AddDate(0, 0, days))
		stop()

		want := schedule.NewTimeline(p.Plan, begin, begin.AddDate(0, 0, days)).Slots
		seen := map[key]int{}
		for _, q := range r.plays {
			seen[key{q.Airing, q.Item}]++
			require.Equal(t, wire.Heard, q.Outcome, "%s %v", q.Reason, q)
		}
		items := 0
		for _, s := range want {
			for i := range s.Programme.Rundown {
				require.Equal(t, 1, seen[key{s.ID, i}])
				items++
			}
		}
		require.Greater(t, items, 4*(days-1))
		require.Len(t, r.plays, items)
	})
}

// TestEveryItemOnceWhateverHappens cuts the power, loses the clock and changes the plan at random, and finds each item of
// each airing that was on air told once, with no more heard than there was.
func TestEveryItemOnceWhateverHappens(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.block, r.deaf = 100*ms, true
				rnd := rand.New(rand.NewPCG(seed, 3))
				a, _ := r.clip(1, 20*sec)
				b, _ := r.clip(2, 5*sec)
				c, _ := r.clip(3, 10*sec)
				begin := r.now().Truncate(sec).Add(time.Minute)
				var programmes []schedule.Programme
				for i := range 12 {
					class := []schedule.Class{schedule.Normal, schedule.Priority, schedule.Emergency}[rnd.IntN(3)]
					at := begin.Add(time.Duration(rnd.IntN(600)) * sec)
					programmes = append(programmes, programme(fmt.Sprint("p", i), class, at, b, a, c))
				}
				p := plan(programmes...)
				r.start(p)
				end := begin.Add(14 * time.Minute)
				for r.now().Before(end) {
					time.Sleep(time.Duration(rnd.IntN(40000)) * ms)
					switch rnd.IntN(4) {
					case 0:
						r.kill()
						if rnd.IntN(2) == 0 {
							r.running = nil // another program, or torn
						}
						time.Sleep(time.Duration(rnd.IntN(30000)) * ms)
						r.start(p)
					case 1:
						r.set(func() { r.unknown = !r.unknown })
					case 2:
						r.set(func() { r.offset += time.Duration(rnd.IntN(40)-20) * ms })
					case 3:
						p.Volume = 1 + rnd.IntN(99)
						r.player.SetPlan(p)
					}
				}
				r.set(func() { r.unknown = false })
				r.until(end.Add(5 * time.Minute))
				r.stop()
				onceEach(t, r, p)
			})
		})
	}
}

// TestCutAfterEveryWrite has power go after each write to flash of an airing in turn, with what ran on kept and lost:
// each item is told, and if twice then word for word.
func TestCutAfterEveryWrite(t *testing.T) {
	cuts := 0
	for whole := false; !whole; cuts++ {
		for _, lost := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				r.block, r.deaf, r.writes = 100*ms, true, cuts+1
				a, _ := r.clip(1, 20*sec)
				b, _ := r.clip(2, 5*sec)
				at := r.now().Add(20 * sec).Truncate(sec)
				p := plan(programme("p", schedule.Normal, at, b, a, b))
				r.start(p)
				for end := at.Add(40 * sec); r.now().Before(end); r.until(r.now().Add(100 * ms)) {
					if r.left() < 0 {
						break
					}
				}
				whole = r.left() > 0
				r.stop()
				r.writes = 0
				if lost {
					r.running = nil
				}
				r.start(p)
				r.until(at.Add(90 * sec))
				r.stop()
				onceEach(t, r, p)
			})
		}
	}
	t.Logf("%d cuts", cuts)
	require.Greater(t, cuts, 10)
}

// onceEach checks that every item of the plan has one play, or the same play again after a power cut.
func onceEach(t *testing.T, r *rig, p wire.Plan) {
	seen := map[key]wire.Play{}
	for _, q := range r.plays {
		k := key{q.Airing, q.Item}
		if before, twice := seen[k]; twice {
			require.Equal(t, before, q)
		}
		seen[k] = q
		require.LessOrEqual(t, q.Heard, q.Length)
		require.Equal(t, q.Outcome == wire.Heard, q.Reason == "")
		require.False(t, q.Ended.Before(q.Began))
	}
	for _, x := range p.Programmes {
		for i := range x.Rundown {
			require.Contains(t, seen, key{schedule.AiringID(x.ID, x.Rule.At), i})
		}
	}
	require.Len(t, seen, 3*len(p.Programmes))
}

// runAlone runs a player without an output.
func runAlone(t *testing.T, p *Player) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- p.Run(ctx) }()
	return func() {
		cancel()
		require.NoError(t, <-done)
	}
}

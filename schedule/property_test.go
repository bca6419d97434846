package schedule_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"loa/schedule"
)

var classes = []schedule.Class{schedule.Normal, schedule.Relay, schedule.Priority, schedule.Live, schedule.Emergency}

// plans draws a busy day: many programmes, some of several times a day, close
// enough to collide in every way.
func plans(t *rapid.T) schedule.Plan {
	var plan schedule.Plan
	for i := range rapid.IntRange(1, 12).Draw(t, "programmes") {
		label := fmt.Sprint("p", i)
		p := once(label, rapid.SampledFrom(classes).Draw(t, label+"class"),
			float64(rapid.IntRange(0, 90).Draw(t, label+"start")), float64(rapid.IntRange(1, 30).Draw(t, label+"length")),
			late(float64(rapid.IntRange(0, 40).Draw(t, label+"late"))),
			level(schedule.Level(rapid.IntRange(0, 2).Draw(t, label+"level"))),
			order(rapid.IntRange(0, 2).Draw(t, label+"order")))
		if rapid.Bool().Draw(t, label+"daily") {
			p.Rule = schedule.Rule{Cron: []string{fmt.Sprintf("%d 12,13 * * *", p.Rule.At.Minute())}}
		}
		plan.Programmes = append(plan.Programmes, p)
	}
	if rapid.Bool().Draw(t, "quiet") {
		plan.Quiet = []schedule.Quiet{{From: "12:30", To: "12:40"}}
	}
	return plan
}

func contains(spans []schedule.Span, t time.Time) bool {
	return slices.ContainsFunc(spans, func(s schedule.Span) bool { return !t.Before(s.From) && t.Before(s.To) })
}

func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan := plans(t)
		from, to := minute(0), minute(200)
		tl := schedule.NewTimeline(plan, from, to)
		for m := range 200 {
			now := minute(float64(m))
			d := tl.At(now)

			// never two at once, and the decision is the one that is heard
			var audible []*schedule.Slot
			for _, s := range tl.Slots {
				if contains(s.Heard, now) {
					audible = append(audible, s)
				}
			}
			require.LessOrEqual(t, len(audible), 1, "two at once at %v", now)
			require.Equal(t, d.Slot != nil, len(audible) == 1)
			quiet := len(plan.Quiet) > 0 && m >= 30 && m < 40
			for _, s := range tl.Slots {
				on := s.Began() && !now.Before(s.Begin) && now.Before(s.End)
				if !on || quiet && s.Programme.Class != schedule.Emergency {
					continue
				}
				// the highest class on air is the one heard
				require.NotNil(t, d.Slot, "%s is on air and nothing is heard", s.ID)
				require.GreaterOrEqual(t, slices.Index(classes, d.Slot.Programme.Class), slices.Index(classes, s.Programme.Class))
				// and of equal emergencies the latest, whatever comes and goes
				if s.Programme.Class == schedule.Emergency && s.Programme.Level == d.Slot.Programme.Level {
					require.False(t, d.Slot.Begin.Before(s.Begin), "%s began after %s, which is heard", s.ID, d.Slot.ID)
				}
			}
			if quiet && d.Slot != nil {
				require.Equal(t, schedule.Emergency, d.Slot.Programme.Class)
			}
			// same input, same decision, from whatever instant it is computed
			alone := schedule.Decide(now, plan)
			require.Equal(t, d.Slot == nil, alone.Slot == nil, "at %v", now)
			if d.Slot != nil {
				require.Equal(t, []any{d.Slot.ID, d.Slot.Begin, d.Item, d.Repeat, d.Offset},
					[]any{alone.Slot.ID, alone.Slot.Begin, alone.Item, alone.Repeat, alone.Offset})
			}
			require.True(t, d.Next.After(now))
		}
		for _, s := range tl.Slots {
			checkSlot(t, s)
		}
	})
}

// checkSlot: an airing begins in time or not at all, and every moment of it
// is accounted for, heard or lost.
func checkSlot(t *rapid.T, s *schedule.Slot) {
	if !s.Began() {
		require.Empty(t, s.Heard)
		require.NotEmpty(t, s.Losses, "%s is displaced without a cause", s.ID)
		return
	}
	require.False(t, s.Begin.Before(s.Start))
	require.False(t, s.Begin.After(s.Start.Add(s.Programme.StartLate)))
	var total time.Duration
	for _, h := range s.Heard {
		total += h.To.Sub(h.From)
	}
	for _, l := range s.Losses {
		if !l.From.Before(s.Begin) {
			total += l.To.Sub(l.From)
		}
	}
	require.Equal(t, s.Programme.Length(), total, "%s", s.ID)
}

// Order of the programmes in the plan does not matter.
func TestOrderOfPlanDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan := plans(t)
		shuffled := schedule.Plan{Programmes: rapid.Permutation(plan.Programmes).Draw(t, "order"), Quiet: plan.Quiet}
		require.Equal(t, heard(plan, 0, 200), heard(shuffled, 0, 200))
	})
}

// BenchmarkTimeline is a node's own cost: two days of 200 programmes twice a day.
func BenchmarkTimeline(b *testing.B) {
	var plan schedule.Plan
	for i := range 200 {
		p := programme(fmt.Sprint("p", i), classes[i%3], 2*time.Minute)
		p.Rule.Cron = []string{fmt.Sprintf("%d %d,%d * * *", i%60, i%12, 12+i%12)}
		p.StartLate = 10 * time.Minute
		plan.Programmes = append(plan.Programmes, p)
	}
	b.ReportAllocs()
	for b.Loop() {
		schedule.NewTimeline(plan, noon, noon.AddDate(0, 0, 2))
	}
}

func BenchmarkAt(b *testing.B) {
	p := programme("p", schedule.Normal, 2*time.Minute)
	tl := schedule.NewTimeline(schedule.Plan{Programmes: []schedule.Programme{p}}, noon, noon.AddDate(0, 0, 7))
	now := noon.Add(time.Minute)
	b.ReportAllocs()
	for b.Loop() {
		tl.At(now)
	}
}

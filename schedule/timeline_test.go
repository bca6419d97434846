package schedule_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/schedule"
)

// A story is told in minutes after noon: "A 0-10" is programme A heard from
// 12:00 to 12:10.
var noon = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)

func minute(m float64) time.Time { return noon.Add(time.Duration(m * float64(time.Minute))) }

type opt func(*schedule.Programme)

func late(m float64) opt {
	return func(p *schedule.Programme) { p.StartLate = time.Duration(m * float64(time.Minute)) }
}
func level(l schedule.Level) opt { return func(p *schedule.Programme) { p.Level = l } }
func order(n int) opt            { return func(p *schedule.Programme) { p.Order = n } }

// once is a programme that starts and lasts so many minutes.
func once(id string, class schedule.Class, start, length float64, opts ...opt) schedule.Programme {
	p := programme(id, class, time.Duration(length*float64(time.Minute)))
	p.Rule = schedule.Rule{At: minute(start)}
	for _, o := range opts {
		o(&p)
	}
	return p
}

// heard tells the story of a plan between two minutes, asking every 15 s.
func heard(p schedule.Plan, from, to float64) string {
	tl := schedule.NewTimeline(p, minute(from), minute(to))
	var words []string
	name, begin := "", from
	flush := func(m float64) {
		if name != "" {
			words = append(words, fmt.Sprintf("%s %v-%v", name, begin, m))
		}
	}
	for m := from; m < to; m += 0.25 {
		now := ""
		if d := tl.At(minute(m)); d.Slot != nil {
			now = d.Slot.Programme.ID
		}
		if now != name {
			flush(m)
			name, begin = now, m
		}
	}
	flush(to)
	return strings.Join(words, ", ")
}

func TestTruthTable(t *testing.T) {
	const normal, relay, priority, live, emergency = schedule.Normal, schedule.Relay, schedule.Priority, schedule.Live, schedule.Emergency
	cases := []struct {
		name       string
		programmes []schedule.Programme
		quiet      []schedule.Quiet
		want       string
	}{
		{name: "alone", programmes: []schedule.Programme{once("A", normal, 0, 10)}, want: "A 0-10"},
		{name: "a higher class takes the air, the lower rejoins at its place",
			programmes: []schedule.Programme{once("A", normal, 0, 10), once("B", priority, 4, 3)}, want: "A 0-4, B 4-7, A 7-10"},
		{name: "classes in order",
			programmes: []schedule.Programme{once("N", normal, 0, 20), once("R", relay, 1, 18), once("P", priority, 2, 16), once("L", live, 3, 14),
				once("E", emergency, 4, 12)},
			want: "N 0-1, R 1-2, P 2-3, L 3-4, E 4-16, L 16-17, P 17-18, R 18-19, N 19-20"},
		{name: "equals: the first keeps the air, the later waits",
			programmes: []schedule.Programme{once("A", normal, 0, 10), once("B", normal, 4, 5, late(6))}, want: "A 0-10, B 10-15"},
		{name: "equals: a nanosecond too late is not heard",
			programmes: []schedule.Programme{once("A", normal, 0, 10),
				once("B", normal, 4, 5, func(p *schedule.Programme) { p.StartLate = 6*time.Minute - 1 })}, want: "A 0-10"},
		{name: "a lower class waits and begins at its beginning",
			programmes: []schedule.Programme{once("A", emergency, 0, 3), once("B", normal, 1, 5, late(5))}, want: "A 0-3, B 3-8"},
		{name: "a lower class that may not be late is displaced, not cut",
			programmes: []schedule.Programme{once("A", emergency, 0, 3), once("B", normal, 1, 5)}, want: "A 0-3"},
		{name: "province over commune within a class",
			programmes: []schedule.Programme{once("A", normal, 0, 10, level(schedule.CommuneLevel)),
				once("B", normal, 4, 2, level(schedule.ProvinceLevel))}, want: "A 0-4, B 4-6, A 6-10"},
		{name: "priority: the operator orders, not the level",
			programmes: []schedule.Programme{once("A", priority, 0, 5, level(schedule.CommuneLevel), order(1), late(30)),
				once("B", priority, 0, 5, level(schedule.ProvinceLevel), order(2), late(30))},
			want: "A 0-5, B 5-10"},
		{name: "priority: what is on air is not cut by an equal",
			programmes: []schedule.Programme{once("A", priority, 0, 5, order(2)),
				once("B", priority, 1, 5, order(1), level(schedule.ProvinceLevel), late(30))}, want: "A 0-5, B 5-10"},
		{name: "emergencies: the latest wins while it lasts, and the first goes on",
			programmes: []schedule.Programme{once("A", emergency, 0, 10), once("B", emergency, 4, 2)}, want: "A 0-4, B 4-6, A 6-10"},
		{name: "emergencies: what has ended meanwhile does not come back",
			programmes: []schedule.Programme{once("A", emergency, 0, 5), once("B", emergency, 4, 2)}, want: "A 0-4, B 4-6"},
		{name: "emergencies: three, each over the ones before it",
			programmes: []schedule.Programme{once("A", emergency, 0, 20), once("B", emergency, 2, 8), once("C", emergency, 4, 2)},
			want:       "A 0-2, B 2-4, C 4-6, B 6-10, A 10-20"},
		{name: "emergencies: the one in the middle ends first",
			programmes: []schedule.Programme{once("A", emergency, 0, 20), once("B", emergency, 2, 3), once("C", emergency, 4, 6)},
			want:       "A 0-2, B 2-4, C 4-10, A 10-20"},
		{name: "emergencies at one instant: one is heard, then the other",
			programmes: []schedule.Programme{once("A", emergency, 0, 10), once("B", emergency, 0, 2)}, want: "B 0-2, A 2-10"},
		{name: "emergencies: quiet hours silence neither",
			programmes: []schedule.Programme{once("A", emergency, 0, 10), once("B", emergency, 4, 2)},
			quiet:      []schedule.Quiet{{From: "12:03", To: "12:09"}}, want: "A 0-4, B 4-6, A 6-10"},
		{name: "an emergency of the province is not replaced by the commune's",
			programmes: []schedule.Programme{once("A", emergency, 0, 10, level(schedule.ProvinceLevel)), once("B", emergency, 4, 2, late(30))},
			want:       "A 0-10, B 10-12"},
		{name: "of those that wait the highest goes first",
			programmes: []schedule.Programme{once("A", live, 0, 5), once("B", normal, 1, 5, late(30)), once("C", priority, 2, 5, late(30))},
			want:       "A 0-5, C 5-10, B 10-15"},
		{name: "quiet hours silence all but emergencies",
			programmes: []schedule.Programme{once("A", live, 0, 10), once("E", emergency, 5, 2)},
			quiet:      []schedule.Quiet{{From: "12:03", To: "12:09"}}, want: "A 0-3, E 5-7, A 9-10"},
		{name: "quiet hours: what starts in them waits for their end",
			programmes: []schedule.Programme{once("A", normal, 4, 3, late(5)), once("B", normal, 3, 3)},
			quiet:      []schedule.Quiet{{From: "12:03", To: "12:09"}}, want: "A 9-12"},
		{name: "a chain of waiting",
			programmes: []schedule.Programme{once("A", normal, 0, 5), once("B", normal, 1, 5, late(10)), once("C", normal, 2, 5, late(10)),
				once("D", normal, 3, 5, late(10))},
			want: "A 0-5, B 5-10, C 10-15"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, heard(schedule.Plan{Programmes: c.programmes, Quiet: c.quiet}, -5, 40))
		})
	}
}

func TestMidnightAndWeeks(t *testing.T) {
	p := programme("A", schedule.Normal, 20*time.Minute)
	p.Rule = schedule.Rule{Cron: []string{"50 23 * * *"}}
	plan := schedule.Plan{Programmes: []schedule.Programme{p}}
	for day := range 60 {
		midnight := at(t, hcm, "2026-12-01 00:00").AddDate(0, 0, day)
		require.Nil(t, schedule.Decide(midnight.Add(-10*time.Minute-1), plan).Slot)
		d := schedule.Decide(midnight, plan)
		require.Equal(t, 10*time.Minute, d.Offset)
		require.Equal(t, midnight.Add(10*time.Minute).UTC(), d.Next.UTC())
		require.Nil(t, schedule.Decide(midnight.Add(10*time.Minute), plan).Slot)
	}
}

func TestRundown(t *testing.T) {
	p := programme("A", schedule.Normal, 0)
	p.Rule = schedule.Rule{At: noon}
	p.Rundown = []schedule.Item{
		{Kind: schedule.Chime, Length: 3 * time.Second},
		{Kind: schedule.Clip, Clip: "c", Length: 10 * time.Second, Repeat: 2},
		{Kind: schedule.Gap, Length: 2 * time.Second},
		{Kind: schedule.Clip, Clip: "d", Length: 5 * time.Second, Expires: noon.Add(27 * time.Second)},
	}
	plan := schedule.Plan{Programmes: []schedule.Programme{p}}
	for _, c := range []struct {
		at, offset, next float64
		item, repeat     int
		sounds           bool
	}{
		{0, 0, 3, 0, 0, true}, {2.5, 2.5, 3, 0, 0, true}, {3, 0, 13, 1, 0, true}, {13, 0, 23, 1, 1, true},
		{22.9, 9.9, 23, 1, 1, true}, {23, 0, 25, 2, 0, false}, {25, 0, 27, 3, 0, true}, {27, 2, 30, 3, 0, false},
	} {
		s := func(v float64) time.Duration { return time.Duration(v*10) * time.Second / 10 }
		d := schedule.Decide(noon.Add(s(c.at)), plan)
		require.Equal(t, []any{c.item, c.repeat, s(c.offset), noon.Add(s(c.next)), c.sounds},
			[]any{d.Item, d.Repeat, d.Offset, d.Next, d.Sounds}, "at %v s", c.at)
	}
	require.Nil(t, schedule.Decide(noon.Add(30*time.Second), plan).Slot)
	items := schedule.Decide(noon, plan).Slot.Items()
	require.Equal(t, noon.Add(23*time.Second), items[2].From)
	require.Equal(t, noon.Add(30*time.Second), items[3].To)
}

// Edits reach the nodes while programmes are on air; each is a new plan, and
// the same function of time.
func TestEditsOnAir(t *testing.T) {
	a, b := once("A", schedule.Normal, 0, 10), once("B", schedule.Normal, 4, 5, late(10))
	both := schedule.Plan{Programmes: []schedule.Programme{a, b}}
	require.Equal(t, "A 0-10, B 10-15", heard(both, 0, 40))

	t.Run("cancelled on air: silent at once, the one that waited had its chance", func(t *testing.T) {
		require.Equal(t, "B 4-9", heard(schedule.Plan{Programmes: []schedule.Programme{b}}, 0, 40))
	})
	t.Run("skipping one airing leaves the others", func(t *testing.T) {
		daily := programme("A", schedule.Normal, 10*time.Minute)
		daily.Rule.Skip = []time.Time{noon}
		plan := schedule.Plan{Programmes: []schedule.Programme{daily}}
		require.Nil(t, schedule.Decide(noon, plan).Slot)
		require.NotNil(t, schedule.Decide(noon.AddDate(0, 0, 1), plan).Slot)
	})
	t.Run("a longer rundown goes on from the same position", func(t *testing.T) {
		longer := a
		longer.Rundown = append([]schedule.Item{}, a.Rundown[0])
		longer.Rundown[0].Repeat = 2
		d := schedule.Decide(minute(9), schedule.Plan{Programmes: []schedule.Programme{longer}})
		require.Equal(t, 9*time.Minute, d.Offset)
		require.Equal(t, "A@20261123T050000Z", d.Slot.ID, "still the same airing")
	})
}

func TestLossesAreExplained(t *testing.T) {
	plan := schedule.Plan{
		Programmes: []schedule.Programme{
			once("A", schedule.Normal, 0, 10), once("B", schedule.Priority, 4, 2), once("C", schedule.Normal, 5, 3, late(2)),
			once("E", schedule.Emergency, 20, 5), once("F", schedule.Emergency, 22, 1), once("Q", schedule.Normal, 31, 1),
		},
		Quiet: []schedule.Quiet{{From: "12:30", To: "13:00"}},
	}
	got := map[string][]string{}
	for _, s := range schedule.NewTimeline(plan, minute(-1), minute(60)).Slots {
		for _, l := range s.Losses {
			got[s.Programme.ID] = append(got[s.Programme.ID],
				fmt.Sprintf("%v-%v %s %.1s", l.From.Sub(noon).Minutes(), l.To.Sub(noon).Minutes(), l.Cause, l.By))
		}
	}
	require.Equal(t, map[string][]string{
		"A": {"4-6 preempted B"},
		"C": {"5-6 displaced B", "6-7 displaced A"},
		"E": {"22-23 replaced F"},
		"Q": {"31-31 quiet_hours "},
	}, got)
}

package pages

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/schedule"
)

// The style sheet has every class that the grid may use, with what it stands
// for: one that it lacked would draw an airing at the wrong time.
func TestCalendarGridClasses(t *testing.T) {
	data, err := tree.ReadFile("static/calendar.css")
	require.NoError(t, err)
	css := string(data)
	require.Contains(t, css, "--y0: 0px;")
	for h := range 24 {
		require.Contains(t, css, fmt.Sprintf("--k%d: %dpx;", h, hourHeights[0]))
		require.Contains(t, css, fmt.Sprintf("--y%d: calc(var(--y%d) + var(--k%d));", h+1, h, h))
		for level, height := range hourHeights[1:] {
			require.Contains(t, css, fmt.Sprintf("\n.k%d-%d { --k%d: %dpx; }", h/8*8, level+1, h/8*8, height))
			require.Contains(t, css, fmt.Sprintf(".k%d-%d { --k%d: %dpx; }", h, level+1, h, height))
		}
		require.Contains(t, css, fmt.Sprintf(".b%d { --by: var(--y%d); --bk: var(--k%d); }", h, h, h))
		require.Contains(t, css, fmt.Sprintf(".e%d { --ey: var(--y%d); --ek: var(--k%d); }", h, h, h))
	}
	require.Contains(t, css, ".e24 { --ey: var(--y24); --ek: 0px; }")
	for m := range 60 {
		require.Contains(t, css, fmt.Sprintf(".m%d { --bm: %d; }", m, m))
		require.Contains(t, css, fmt.Sprintf(".n%d { --em: %d; }", m, m))
	}
	for lane := range dayLanes {
		require.Contains(t, css, fmt.Sprintf(".lane%d { --lane: %d; }", lane, lane))
		require.Contains(t, css, fmt.Sprintf(".of%d { --of: %d; }", lane+1, lane+1))
	}
}

// gridOf lays out airings of one week, by their beginnings and lengths.
func gridOf(t *testing.T, one bool, airings ...airingRow) *calendarView {
	t.Helper()
	zone := time.FixedZone("+07", 7*3600)
	v := &calendarView{One: one, From: time.Date(2026, 11, 30, 0, 0, 0, 0, zone), Quiet: []schedule.Quiet{{From: "21:30", To: "04:45"}}}
	v.Now = v.From.Add(9*time.Hour + 7*time.Minute)
	days := 7
	if one {
		days = 1
	}
	v.To = v.From.AddDate(0, 0, days)
	for i := range days {
		v.Days = append(v.Days, v.day(v.From.AddDate(0, 0, i)))
	}
	for _, a := range airings {
		v.put(a, zone)
	}
	v.lay()
	return v
}

func airingAt(day, hour, minute int, length time.Duration) airingRow {
	start := time.Date(2026, 11, 30+day, hour, minute, 0, 0, time.FixedZone("+07", 7*3600))
	return airingRow{Class: "normal", State: "planned", Start: start, Begin: start, Length: length, Title: start.Format("15:04")}
}

// What is drawn never lies on one another, and one that follows another stands
// below it where an hour can be made tall enough for that.
func TestCalendarGridHasRoom(t *testing.T) {
	v := gridOf(t, false,
		airingAt(0, 17, 0, 5*time.Minute), airingAt(0, 17, 12, 20*time.Second), // one after the other
		airingAt(1, 5, 0, 30*time.Minute), airingAt(1, 5, 10, 30*time.Minute), // at once
		airingAt(2, 19, 30, 90*time.Minute))
	first, next := v.Days[0].Hours[17].Airings[0].Grid, v.Days[0].Hours[17].Airings[1].Grid
	require.Equal(t, []int{1, 1}, []int{first.Lanes, next.Lanes})
	require.GreaterOrEqual(t, v.Scale.y(17*60+12)-v.Scale.y(17*60), slotHeight)
	require.Equal(t, stretch{17*60 + 12, 17*60 + 13}, next.Sounds, "20 s are not nothing")
	at := v.Days[1].Hours[5].Airings
	require.Equal(t, "b5 m0 e5 n30 of2 lane0", at[0].Grid.Class())
	require.Equal(t, "b5 m10 e5 n40 of2 lane1", at[1].Grid.Class())
	require.Equal(t, 26, v.Scale.y(4*60)-v.Scale.y(3*60), "an hour with nothing in it is low")
	require.Equal(t, 48, v.Scale.y(21*60)-v.Scale.y(20*60), "one that something goes on in is not")
	require.Equal(t, []stretch{{0, 4*60 + 45}, {21*60 + 30, minutesOfDay}}, v.Bands)
	require.Equal(t, &stretch{9*60 + 7, 9*60 + 8}, v.Days[0].Line)
	require.Nil(t, v.Days[1].Line)
}

// One that had to wait is drawn from when it was due, and sounds where it does;
// one that goes on after midnight is seen on both days.
func TestCalendarGridShowsWaits(t *testing.T) {
	late := airingAt(0, 17, 5, 10*time.Minute)
	late.State, late.Begin = "late", late.Start.Add(7*time.Minute)
	v := gridOf(t, false, late, airingAt(0, 23, 30, time.Hour))
	g := v.Days[0].Hours[17].Airings[0].Grid
	require.Equal(t, stretch{17*60 + 5, 17*60 + 22}, g.Whole)
	require.Equal(t, stretch{17*60 + 12, 17*60 + 22}, g.Sounds)
	require.Equal(t, stretch{23*60 + 30, minutesOfDay}, v.Days[0].Hours[23].Airings[0].Grid.Whole)
	require.Equal(t, []tail{{"23:30", stretch{0, 30}}}, v.Days[1].Tails)
}

// A week shows two side by side and how many more there are; the day, all.
func TestCalendarGridFolds(t *testing.T) {
	var many []airingRow
	for range 5 {
		many = append(many, airingAt(0, 18, 0, 3*time.Minute))
	}
	week := gridOf(t, false, many...).Days[0].Hours[18]
	require.Equal(t, 3, week.Folded)
	for i, a := range week.Airings {
		require.Equal(t, i >= 2, a.Grid.Folded)
		require.Equal(t, weekLanes, a.Grid.Lanes)
	}
	day := gridOf(t, true, many...).Days[0].Hours[18]
	require.Zero(t, day.Folded)
	require.Equal(t, 5, day.Airings[0].Grid.Lanes)
	for range 10 {
		many = append(many, airingAt(0, 18, 1, time.Minute))
	}
	day = gridOf(t, true, many...).Days[0].Hours[18]
	require.Equal(t, 3, day.More)
	require.Zero(t, day.Folded, "what the page has is shown")
	require.Equal(t, dayLanes, day.Airings[0].Grid.Lanes, "with a lane for how many more there are")
}

// The question that stands there is about the next of the usual hours.
func TestUsualAfter(t *testing.T) {
	hours := store.UsualHours{Morning: "05:30", Evening: "16:45"}
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, time.UTC) }
	for _, c := range []struct{ now, soon time.Time }{
		{at(30, 5, 29), at(30, 5, 30)}, {at(30, 5, 30), at(30, 16, 45)}, {at(30, 16, 44), at(30, 16, 45)}, {at(30, 16, 45), at(31, 5, 30)},
	} {
		soon, ok := usualAfter(hours, c.now)
		require.True(t, ok)
		require.Equal(t, c.soon, soon)
	}
	_, ok := usualAfter(store.UsualHours{}, at(30, 5, 0))
	require.False(t, ok)
}

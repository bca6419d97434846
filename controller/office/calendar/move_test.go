package calendar

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/schedule"
)

// One hour of a rule becomes another; all other starts stay.
func TestShifted(t *testing.T) {
	zone, err := time.LoadLocation(schedule.DefaultZone)
	require.NoError(t, err)
	day := func(hour, minute int) time.Time { return time.Date(2026, 11, 24, hour, minute, 0, 0, zone) } // a Tuesday
	for _, c := range []struct {
		cron     []string
		from, to time.Time
		want     []string
	}{
		{[]string{"0 17 * * *"}, day(17, 0), day(18, 30), []string{"30 18 * * *"}},
		{[]string{"0 5,17 * * *"}, day(17, 0), day(18, 30), []string{"0 5 * * *", "30 18 * * *"}},
		{[]string{"0,30 17 * * 2"}, day(17, 30), day(6, 0), []string{"0 17 * * 2", "0 6 * * 2"}},
		{[]string{"0,30 5,17 * * *"}, day(5, 0), day(4, 59), []string{"0,30 17 * * *", "30 5 * * *", "59 4 * * *"}},
		{[]string{"0 5 * * *", "0 17 1 * *"}, day(5, 0), day(5, 15), []string{"15 5 * * *", "0 17 1 * *"}},
	} {
		r := schedule.Rule{Cron: c.cron}
		got, err := shifted(r, c.from, c.to)
		require.NoError(t, err, c.cron)
		require.Equal(t, c.want, got.Cron)
		// by what really starts: the one is gone, the other there, and all else as before
		starts := r.Starts(day(0, 0), day(24, 0))
		for i, s := range starts {
			if s.Equal(c.from) {
				starts[i] = c.to.UTC()
			}
		}
		require.ElementsMatch(t, starts, got.Starts(day(0, 0), day(24, 0)), c.cron)
	}
	_, err = shifted(schedule.Rule{Cron: []string{"0 17 * * *"}}, day(17, 0), day(17, 0).AddDate(0, 0, 1))
	require.ErrorIs(t, err, error(onlyTheHour))
	for _, line := range []string{"*/30 * * * *", "0 5-17 * * *", "@daily", "x y", ""} {
		_, err = shifted(schedule.Rule{Cron: []string{line}}, day(17, 0), day(18, 0))
		require.Error(t, err, line)
	}
}

// What starts before the end stays, in every way in which it can start.
func TestEndedAt(t *testing.T) {
	noon := time.Date(2026, 11, 24, 5, 0, 0, 0, time.UTC)
	r := schedule.Rule{Cron: []string{"0 12 * * *"}, Extra: []time.Time{noon.Add(-time.Hour), noon.Add(time.Hour)}}
	before := r.Starts(noon.AddDate(0, 0, -3), noon)
	ended := endedAt(r, noon)
	require.Equal(t, before, ended.Starts(noon.AddDate(0, 0, -3), noon.AddDate(0, 1, 0)))
	require.Len(t, r.Extra, 2, "what others hold is not changed under them")
	once := endedAt(schedule.Rule{At: noon}, noon)
	require.Empty(t, once.Starts(noon, noon.Add(time.Hour)))
	again := endedAt(ended, noon.AddDate(0, 0, 1))
	require.True(t, again.Until.Equal(noon), "it does not come back")
}

// A series that was cut in two at any instant and moved by any hour has the
// airings that it had.
func TestKeepSame(t *testing.T) {
	zone, err := time.LoadLocation(schedule.DefaultZone)
	require.NoError(t, err)
	mon := time.Date(2026, 11, 23, 0, 0, 0, 0, zone)
	for _, cron := range []string{"0 17 * * *", "0 5,17 * * *", "0 17 * * 1,3"} {
		for _, hours := range []int{-16, -13, -1, 1, 6} {
			start := mon.AddDate(0, 0, 9).Add(17 * time.Hour) // a Wednesday
			to := start.Add(time.Duration(hours) * time.Hour)
			old := schedule.Rule{Cron: []string{cron}, From: mon.Add(12 * time.Hour), Until: mon.AddDate(0, 0, 16).Add(17 * time.Hour),
				Skip: []time.Time{mon.AddDate(0, 0, 2).Add(17 * time.Hour), mon.AddDate(0, 0, 14).Add(17 * time.Hour)}}
			r, err := shifted(old, start, to)
			require.NoError(t, err)
			keepSame(old, &r, start, to)
			var want []time.Time
			for _, s := range old.Starts(mon, mon.AddDate(0, 1, 0)) {
				if s.In(zone).Hour() == 17 {
					s = s.Add(time.Duration(hours) * time.Hour)
				}
				want = append(want, s)
			}
			require.ElementsMatch(t, want, r.Starts(mon, mon.AddDate(0, 1, 0)), "%s by %d h", cron, hours)
		}
	}
}

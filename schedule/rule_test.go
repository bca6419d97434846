package schedule_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/schedule"
)

// at reads a wall time in a zone.
func at(t testing.TB, zone, wall string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	require.NoError(t, err)
	v, err := time.ParseInLocation("2006-01-02 15:04", wall, loc)
	require.NoError(t, err)
	return v
}

const hcm = "Asia/Ho_Chi_Minh"

func TestStarts(t *testing.T) {
	cases := []struct {
		name     string
		rule     schedule.Rule
		from, to string
		want     []string // in the rule's zone
	}{
		{"several times a day", schedule.Rule{Cron: []string{"0 5 * * *", "30 17 * * *"}},
			"2026-11-23 00:00", "2026-11-25 00:00",
			[]string{"2026-11-23 05:00", "2026-11-23 17:30", "2026-11-24 05:00", "2026-11-24 17:30"}},
		{"the same instant by two lines airs once", schedule.Rule{Cron: []string{"0 5 * * *", "0 5,17 * * *"}},
			"2026-11-23 00:00", "2026-11-24 00:00",
			[]string{"2026-11-23 05:00", "2026-11-23 17:00"}},
		{"first Monday", schedule.Rule{Cron: []string{"0 7 * * 1#1"}},
			"2026-11-01 00:00", "2027-03-01 00:00",
			[]string{"2026-11-02 07:00", "2026-12-07 07:00", "2027-01-04 07:00", "2027-02-01 07:00"}},
		{"last Sunday", schedule.Rule{Cron: []string{"0 7 * * 0#L"}},
			"2026-11-01 00:00", "2027-03-01 00:00",
			[]string{"2026-11-29 07:00", "2026-12-27 07:00", "2027-01-31 07:00", "2027-02-28 07:00"}},
		{"every second week from its first", schedule.Rule{Cron: []string{"0 7 * * 2"}, EveryWeeks: 2, From: at(t, hcm, "2026-12-22 00:00")},
			"2026-11-01 00:00", "2027-02-03 00:00", // over the new year, where week numbers start anew
			[]string{"2026-12-22 07:00", "2027-01-05 07:00", "2027-01-19 07:00", "2027-02-02 07:00"}},
		{"leap day", schedule.Rule{Cron: []string{"0 7 29 2 *"}},
			"2027-01-01 00:00", "2033-01-01 00:00",
			[]string{"2028-02-29 07:00", "2032-02-29 07:00"}},
		{"excepted, extra and skipped", schedule.Rule{
			Cron: []string{"0 17 * * *"}, Except: []schedule.Date{"2026-11-24"},
			Extra: []time.Time{at(t, hcm, "2026-11-24 09:00")}, Skip: []time.Time{at(t, hcm, "2026-11-25 17:00")}},
			"2026-11-23 00:00", "2026-11-27 00:00",
			[]string{"2026-11-23 17:00", "2026-11-24 09:00", "2026-11-26 17:00"}},
		{"from and until bound the rule", schedule.Rule{Cron: []string{"0 17 * * *"},
			From: at(t, hcm, "2026-11-24 17:00"), Until: at(t, hcm, "2026-11-26 17:00")},
			"2026-11-01 00:00", "2026-12-01 00:00",
			[]string{"2026-11-24 17:00", "2026-11-25 17:00"}},
		{"spring: a wall time that does not exist is not aired", schedule.Rule{Cron: []string{"30 2 * * *"}, Zone: "Europe/Paris"},
			"2027-03-27 00:00", "2027-03-30 00:00",
			[]string{"2027-03-27 02:30", "2027-03-29 02:30"}},
		{"autumn: a wall time that comes twice is aired once", schedule.Rule{Cron: []string{"30 2 * * *"}, Zone: "Europe/Paris"},
			"2026-10-24 00:00", "2026-10-27 00:00",
			[]string{"2026-10-24 02:30", "2026-10-25 02:30", "2026-10-26 02:30"}},
		{"half an hour of change", schedule.Rule{Cron: []string{"45 1 * * *"}, Zone: "Australia/Lord_Howe"},
			"2027-04-03 00:00", "2027-04-06 00:00",
			[]string{"2027-04-03 01:45", "2027-04-04 01:45", "2027-04-05 01:45"}},
		{"one start", schedule.Rule{At: at(t, hcm, "2026-11-23 17:00")},
			"2026-11-23 17:00", "2026-11-23 17:01", []string{"2026-11-23 17:00"}},
		{"the end is not included", schedule.Rule{At: at(t, hcm, "2026-11-23 17:00")},
			"2026-11-23 16:00", "2026-11-23 17:00", nil},
		{"a rule that cannot be read has no starts", schedule.Rule{Cron: []string{"TZ="}},
			"2026-11-23 16:00", "2026-11-23 17:00", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			zone := c.rule.Zone
			if zone == "" {
				zone = hcm
			}
			loc, _ := time.LoadLocation(zone)
			var got []string
			for _, s := range c.rule.Starts(at(t, zone, c.from), at(t, zone, c.to)) {
				got = append(got, s.In(loc).Format("2006-01-02 15:04"))
			}
			require.Equal(t, c.want, got)
		})
	}
}

// The autumn airing is the first of the two, in summer time.
func TestAutumnAirsTheFirstPass(t *testing.T) {
	r := schedule.Rule{Cron: []string{"30 2 * * *"}, Zone: "Europe/Paris"}
	got := r.Starts(at(t, "UTC", "2026-10-24 23:00"), at(t, "UTC", "2026-10-25 12:00"))
	require.Equal(t, []time.Time{at(t, "UTC", "2026-10-25 00:30")}, got)
	// also when asked from between the two passes
	require.Empty(t, r.Starts(at(t, "UTC", "2026-10-25 00:31"), at(t, "UTC", "2026-10-25 12:00")))
}

func TestYearsOfARule(t *testing.T) {
	r := schedule.Rule{Cron: []string{"0 5,17 * * *"}}
	from, to := at(t, hcm, "2026-01-01 00:00"), at(t, hcm, "2046-01-01 00:00")
	whole := r.Starts(from, to)
	require.Len(t, whole, 2*(20*365+5)) // five leap days: 2028 to 2044
	var pieces []time.Time
	for t := from; t.Before(to); t = t.AddDate(0, 1, 0) {
		pieces = append(pieces, r.Starts(t, t.AddDate(0, 1, 0))...)
	}
	require.Equal(t, whole, pieces)
}

func TestQuietSpans(t *testing.T) {
	night := schedule.Quiet{From: "21:30", To: "04:45"}
	spans := night.Spans(at(t, hcm, "2026-11-23 23:00"), at(t, hcm, "2026-11-24 22:00"))
	require.Equal(t, []schedule.Span{
		{From: at(t, hcm, "2026-11-23 21:30").UTC(), To: at(t, hcm, "2026-11-24 04:45").UTC()},
		{From: at(t, hcm, "2026-11-24 21:30").UTC(), To: at(t, hcm, "2026-11-25 04:45").UTC()},
	}, spans)
	require.Empty(t, schedule.Quiet{From: "25:00", To: "04:00"}.Spans(at(t, hcm, "2026-11-23 00:00"), at(t, hcm, "2026-11-30 00:00")))
	require.Empty(t, schedule.Quiet{From: "04:00", To: "04:00"}.Spans(at(t, hcm, "2026-11-23 00:00"), at(t, hcm, "2026-11-30 00:00")))
}

func FuzzRule(f *testing.F) {
	for _, s := range []string{"0 5,17 * * *", "0 7 * * 1#1", "TZ=", "@daily", "* * * * *", "0 7 1-7 * ?", "0 7 * * 8#L",
		"99999999999 * * * *", "*/0 * * * *"} {
		f.Add(s, "Asia/Ho_Chi_Minh")
	}
	f.Add("0 5 * * *", "../../etc/passwd")
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, line, zone string) {
		p := programme("p", schedule.Normal, time.Minute)
		p.Rule = schedule.Rule{Cron: []string{line}, Zone: zone}
		err := p.Check(now)
		starts := p.Rule.Starts(now, now.AddDate(0, 0, 3))
		for i := 1; i < len(starts); i++ {
			require.True(t, starts[i].After(starts[i-1]))
			require.False(t, err == nil && starts[i].Sub(starts[i-1]) < time.Minute)
		}
	})
}

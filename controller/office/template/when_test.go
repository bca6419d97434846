package template

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/problem"
	"loa/schedule"
)

// An end is after its beginning; one in the night says that it is of the next day.
func TestAnEndIsAfterItsBeginning(t *testing.T) {
	power, err := Find("power")
	require.NoError(t, err)
	for _, c := range []struct{ from, until, said string }{
		{"7h", "17:00", "từ 7 giờ đến 17 giờ,"}, {"0h", "0h05", "từ 0 giờ đến 0 giờ 05 phút,"},
		{"22h", "4:00 hôm sau", "từ 22 giờ đến 4 giờ hôm sau,"}, {"7h", "7h hôm sau", "từ 7 giờ đến 7 giờ hôm sau,"},
		{"17h", "7h", ""}, {"22:00", "4:00", ""}, {"8h", "8:00", ""}, {"1730", "17h30", ""},
	} {
		values := sample(power)
		values["from"], values["until"] = c.from, c.until
		got, err := power.Text(values)
		if c.said != "" {
			require.NoError(t, err)
			require.Contains(t, got, c.said)
			continue
		}
		p, ok := problem.Of(err)
		require.True(t, ok, "%s to %s: %v", c.from, c.until, got)
		require.Equal(t, "field_until", p.Code)
		require.Contains(t, p.VI, "4:00 hôm sau")
	}
}

// A day is said without its year: one that is over, or a year off, would be another.
func TestADayIsTimely(t *testing.T) {
	now := time.Date(2026, 11, 30, 23, 59, 0, 0, schedule.Zone())
	for day, good := range map[string]bool{"2026-11-30": true, "2026-12-01": true, "2027-08-15": true, "2026-11-29": false,
		"2020-01-01": false, "2027-11-30": false, "2199-01-01": false} {
		err := Filled{Template: "water", Fields: map[string]any{"day": day}}.Timely(now)
		if good {
			require.NoError(t, err, day)
			continue
		}
		p, ok := problem.Of(err)
		require.True(t, ok, day)
		require.Equal(t, "field_day_past", p.Code)
	}
	require.NoError(t, Filled{Template: "flood", Fields: map[string]any{"where": "2020-01-01"}}.Timely(now), "words are no day")
}

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

// What is to come is not over, what was is not to come, by the clock of the office.
func TestAnHourIsTimely(t *testing.T) {
	for _, c := range []struct {
		template, now string
		fields        map[string]any
		code          string
	}{
		{"dam", "14:05", map[string]any{"at": "14:00", "today": "today"}, ""}, // opened before the office was told
		{"dam", "15:05", map[string]any{"at": "14:00", "today": "today"}, "field_at_past"},
		{"dam", "15:05", map[string]any{"at": "14:00", "today": "tomorrow"}, ""},
		{"dam", "22:00", map[string]any{"at": "2:00", "today": "today"}, "field_at_past"},
		{"dam", "22:00", map[string]any{"at": "2:00", "today": "tonight"}, ""},
		{"storm", "23:30", map[string]any{"at": "19:00", "today": "tonight"}, "field_at_past"},
		{"storm", "2:00", map[string]any{"at": "0:30", "today": "tonight"}, "field_at_past"},
		{"storm", "2:00", map[string]any{"at": "4:30", "today": "tonight"}, ""},
		{"storm", "8:00", map[string]any{"at": 1830.0, "today": "today"}, ""},
		{"missing", "14:00", map[string]any{"at": "14:04", "today": "today"}, ""},
		{"missing", "14:00", map[string]any{"at": "18:00", "today": "today"}, "field_at_future"},
		{"missing", "14:00", map[string]any{"at": "18:00", "today": "yesterday"}, ""},
		{"flood", "20:00", map[string]any{"before": "18:30"}, "field_before_past"},
		{"flood", "22:00", map[string]any{"before": "2:00"}, ""},
		{"flood", "5:00", map[string]any{"before": "21:00"}, ""},
		{"flood", "5:00", map[string]any{}, ""},
		{"water", "18:00", map[string]any{"day": "2026-11-30", "from": "7:00", "until": "17:00"}, "field_until_past"},
		{"power", "16:00", map[string]any{"day": "2026-11-30", "from": "7:00", "until": "17:00"}, ""},
		{"power", "18:00", map[string]any{"day": "2026-11-30", "from": "22:00", "until": "4:00 hôm sau"}, ""},
		{"power", "18:00", map[string]any{"day": "2026-12-01", "from": "7:00", "until": "17:00"}, ""},
		{"correction", "7:00", map[string]any{"at": "20:00"}, ""}, // of the evening before
	} {
		clock, err := time.ParseInLocation("2006-01-02 15:04", "2026-11-30 "+c.now, schedule.Zone())
		require.NoError(t, err)
		err = Filled{Template: c.template, Fields: c.fields}.Timely(clock.UTC())
		if c.code == "" {
			require.NoError(t, err, "%s %v", c.now, c.fields)
			continue
		}
		p, ok := problem.Of(err)
		require.True(t, ok, "%s %v", c.now, c.fields)
		require.Equal(t, c.code, p.Code)
	}
	require.NoError(t, Filled{}.Timely(time.Now()), "no template, no hour")
}

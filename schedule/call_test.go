package schedule_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/schedule"
)

func call(id string, class schedule.Class, start, end float64) schedule.Call {
	return schedule.Call{ID: id, Title: id, Class: class, Level: schedule.CommuneLevel, Start: minute(start), End: minute(end)}
}

func TestCalls(t *testing.T) {
	news := once("N", schedule.Normal, 0, 10)
	waits := once("W", schedule.Normal, 4, 5, late(10))
	cases := []struct {
		name  string
		plan  schedule.Plan
		quiet bool
		want  string
	}{
		{"a voice takes the air; what it cut rejoins, what waited begins when it ends",
			schedule.Plan{Programmes: []schedule.Programme{news}, Calls: []schedule.Call{call("L", schedule.Live, 3, 5)}}, false,
			"N 0-3, L 3-5, N 5-10"},
		{"a voice that is still speaking, as long as its limit",
			schedule.Plan{Programmes: []schedule.Programme{waits}, Calls: []schedule.Call{call("L", schedule.Live, 3, 33)}}, false, "L 3-33"},
		{"the same voice once it was stopped",
			schedule.Plan{Programmes: []schedule.Programme{waits}, Calls: []schedule.Call{call("L", schedule.Live, 3, 6)}}, false, "L 3-6, W 6-11"},
		{"two voices for one village: the first keeps the air",
			schedule.Plan{Calls: []schedule.Call{call("L", schedule.Live, 3, 6), call("M", schedule.Live, 4, 8)}}, false, "L 3-6"},
		{"a second emergency is heard while it lasts, then the first again",
			schedule.Plan{Calls: []schedule.Call{call("E", schedule.Emergency, 3, 13), call("F", schedule.Emergency, 5, 7)}}, false,
			"E 3-5, F 5-7, E 7-13"},
		{"the first is stopped while the second is on",
			schedule.Plan{Calls: []schedule.Call{call("E", schedule.Emergency, 3, 6), call("F", schedule.Emergency, 5, 7)}}, false, "E 3-5, F 5-7"},
		{"the second is stopped before it began",
			schedule.Plan{Calls: []schedule.Call{call("E", schedule.Emergency, 3, 13), call("F", schedule.Emergency, 5, 5)}}, false, "E 3-13"},
		{"stopped before it began",
			schedule.Plan{Programmes: []schedule.Programme{news}, Calls: []schedule.Call{call("E", schedule.Emergency, 3, 3)}}, false, "N 0-10"},
		{"quiet hours silence a voice, not an emergency",
			schedule.Plan{Quiet: []schedule.Quiet{{From: "12:00", To: "12:20"}},
				Calls: []schedule.Call{call("L", schedule.Live, 3, 6), call("E", schedule.Emergency, 8, 10)}}, true, "E 8-10"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, heard(c.plan, 0, 40)) })
	}
}

// A recorded emergency repeats, tone and message and pause, until its end.
func TestRecordedEmergencyRepeatsUntilItsEnd(t *testing.T) {
	c := call("E", schedule.Emergency, 0, 1)
	c.Rundown = []schedule.Item{
		{Kind: schedule.Chime, Length: 3 * time.Second},
		{Kind: schedule.Clip, Clip: "c", Length: 15 * time.Second},
		{Kind: schedule.Gap, Length: 5 * time.Second},
	}
	tl := schedule.NewTimeline(schedule.Plan{Calls: []schedule.Call{c}}, noon, minute(10))
	var kinds []schedule.Kind
	for now := noon; now.Before(minute(1)); {
		d := tl.At(now)
		require.Equal(t, "E", d.Slot.ID)
		kinds = append(kinds, d.Slot.Programme.Rundown[d.Item].Kind)
		now = d.Next
	}
	require.Equal(t, []schedule.Kind{"chime", "clip", "gap", "chime", "clip", "gap", "chime", "clip"}, kinds)
	require.Nil(t, tl.At(minute(1)).Slot, "cut where it ends")
	require.NotNil(t, tl.At(minute(1).Add(-1)).Slot)

	c.Rundown = []schedule.Item{{Kind: schedule.Gap}}
	require.Nil(t, schedule.Decide(noon, schedule.Plan{Calls: []schedule.Call{c}}).Slot, "a rundown of nothing")
	c.Rundown = []schedule.Item{{Kind: schedule.Gap, Length: 1}}
	c.End = c.Start.Add(1000 * time.Hour)
	schedule.Decide(noon, schedule.Plan{Calls: []schedule.Call{c}}) // bounded
}

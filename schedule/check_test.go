package schedule_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/schedule"
)

// programme is a valid one of a single clip, aired at noon every day.
func programme(id string, class schedule.Class, length time.Duration) schedule.Programme {
	return schedule.Programme{
		ID: id, Title: "Bản tin " + id, Class: class,
		Rule:    schedule.Rule{Cron: []string{"0 12 * * *"}},
		Rundown: []schedule.Item{{Kind: schedule.Clip, Clip: "c", Length: length}},
	}
}

func TestCheck(t *testing.T) {
	now := at(t, hcm, "2026-11-23 08:00")
	cases := []struct {
		code string
		edit func(*schedule.Programme)
	}{
		{"", func(*schedule.Programme) {}},
		{"", func(p *schedule.Programme) { p.Rule = schedule.Rule{At: now.Add(time.Second)} }},
		{"", func(p *schedule.Programme) { p.Rule.Cron = []string{"0 7 29 2 *"} }},
		{"", func(p *schedule.Programme) {
			p.Rule, p.StartLate = schedule.Rule{At: now.Add(-time.Minute)}, time.Minute
		}},
		{"title_missing", func(p *schedule.Programme) { p.Title = " " }},
		{"title_long", func(p *schedule.Programme) { p.Title = strings.Repeat("ă", 201) }},
		{"class_unknown", func(p *schedule.Programme) { p.Class = "urgent" }},
		{"start_late_range", func(p *schedule.Programme) { p.StartLate = -1 }},
		{"rundown_size", func(p *schedule.Programme) { p.Rundown = nil }},
		{"item_kind", func(p *schedule.Programme) { p.Rundown[0].Kind = "" }},
		{"item_length", func(p *schedule.Programme) { p.Rundown[0].Length = 0 }},
		{"item_repeat", func(p *schedule.Programme) { p.Rundown[0].Repeat = 101 }},
		{"item_gain", func(p *schedule.Programme) { p.Rundown[0].GainDB = math.NaN() }},
		{"rundown_long", func(p *schedule.Programme) { p.Rundown[0].Length, p.Rundown[0].Repeat = time.Hour, 7 }},
		{"rule_one", func(p *schedule.Programme) { p.Rule = schedule.Rule{} }},
		{"rule_one", func(p *schedule.Programme) { p.Rule.At = now.Add(time.Hour) }},
		{"time_zone", func(p *schedule.Programme) { p.Rule.Zone = "Asia/Da_Mi" }},
		{"time_zone", func(p *schedule.Programme) { p.Rule.Zone = "Local" }},
		{"cron_syntax", func(p *schedule.Programme) { p.Rule.Cron = []string{"5 giờ sáng"} }},
		{"cron_syntax", func(p *schedule.Programme) { p.Rule.Cron = []string{"@daily"} }},
		{"cron_syntax", func(p *schedule.Programme) { p.Rule.Cron = []string{"0 7 1 * 1#1"} }},
		{"cron_syntax", func(p *schedule.Programme) { p.Rule.Cron = []string{"0 7 * * 1#6"} }},
		{"except_date", func(p *schedule.Programme) { p.Rule.Except = []schedule.Date{"17/02/2027"} }},
		{"every_weeks", func(p *schedule.Programme) { p.Rule.EveryWeeks = 2 }},
		{"never_fires", func(p *schedule.Programme) { p.Rule.Cron = []string{"0 7 30 2 *"} }},
		{"never_fires", func(p *schedule.Programme) { p.Rule = schedule.Rule{At: now.Add(-time.Hour)} }},
		{"never_fires", func(p *schedule.Programme) { p.Rule.Until = now }},
		{"overlaps_itself", func(p *schedule.Programme) {
			p.Rule.Cron, p.Rundown[0].Length = []string{"* * * * *"}, 10*time.Minute
		}},
		{"overlaps_itself", func(p *schedule.Programme) {
			p.Rule.Extra, p.Rundown[0].Length = []time.Time{at(t, hcm, "2027-05-01 11:58")}, 10*time.Minute
		}},
	}
	for _, c := range cases {
		p := programme("p", schedule.Normal, 30*time.Second)
		c.edit(&p)
		err := p.Check(now)
		if c.code == "" {
			require.NoError(t, err)
			continue
		}
		var inv *schedule.Invalid
		require.ErrorAs(t, err, &inv, c.code)
		require.Equal(t, c.code, inv.Code)
		require.NotEmpty(t, inv.VI)
		require.NotContains(t, inv.VI+inv.EN, "%!")
	}
}

func TestTargets(t *testing.T) {
	tree := schedule.Tree{"lam-dong": "", "la-da": "lam-dong", "da-mi": "la-da", "thon-1": "la-da", "x": "y", "y": "x"}
	require.True(t, schedule.Targets{Areas: []string{"lam-dong"}}.Covers(tree, "n1", "thon-1"))
	require.True(t, schedule.Targets{Areas: []string{"thon-1"}}.Covers(tree, "n1", "thon-1"))
	require.False(t, schedule.Targets{Areas: []string{"da-mi"}}.Covers(tree, "n1", "thon-1"))
	require.True(t, schedule.Targets{Nodes: []string{"n1"}}.Covers(tree, "n1", "thon-1"))
	require.False(t, schedule.Targets{Areas: []string{"la-da"}}.Covers(tree, "n1", "x"), "a tree that bites its tail")
	require.False(t, schedule.Targets{}.Covers(tree, "n1", "thon-1"))
}

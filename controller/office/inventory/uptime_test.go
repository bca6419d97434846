package inventory

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
)

var day0 = time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC) // midnight in the commune

func hourOf(h float64) time.Time { return day0.Add(time.Duration(h * float64(time.Hour))) }

func went(h float64, state string) store.StateChange {
	return store.StateChange{Node: "n", Since: hourOf(h), State: state}
}

// watched makes watches of hours from, to, from, to, …
func watched(h ...float64) (all []store.Watch) {
	for i := 0; i < len(h); i += 2 {
		all = append(all, store.Watch{Began: hourOf(h[i]), Until: hourOf(h[i+1])})
	}
	return all
}

// barOf writes a day as it is drawn: g, F, O and – an hour long.
func barOf(b Beats) string {
	var s []byte
	for _, x := range b.Beats {
		for i := range x.Width {
			if (x.X+i)%12 == 0 {
				s = append(s, map[string]byte{"good": 'g', "fault": 'F', "offline": 'O', "maintenance": 'M', "unknown": '-'}[x.State])
			}
		}
	}
	return string(s)
}

// A bar is green only where the node said so and somebody heard it.
func TestBeats(t *testing.T) {
	always := watched(-100, 24)
	for name, c := range map[string]struct {
		changes []store.StateChange
		watches []store.Watch
		bar     string
	}{
		"nothing was ever heard": {nil, always, "------------------------"},
		"good since before":      {[]store.StateChange{went(-50, "good")}, always, "gggggggggggggggggggggggg"},
		"one that plays is good": {[]store.StateChange{went(-5, "good"), went(3, "on_air"), went(4, "good")}, always,
			"gggggggggggggggggggggggg"},
		"gone, then a fault": {[]store.StateChange{went(-5, "good"), went(2, "offline"), went(5, "fault"), went(8, "good")}, always,
			"ggOOOFFFgggggggggggggggg"},
		"nobody was there": {[]store.StateChange{went(-5, "good")}, nil, "------------------------"},
		"the controller was off": {[]store.StateChange{went(-5, "good"), went(9, "good")}, watched(-5, 6, 8, 24),
			"gggggg---ggggggggggggggg"},
		"good before a start is past": {[]store.StateChange{went(-5, "good")}, watched(-5, 6, 8, 24), "gggggg------------------"},
		"off, and the node went": {[]store.StateChange{went(-5, "good"), went(5, "offline")}, watched(-6, 6, 8, 24),
			"gggggO--OOOOOOOOOOOOOOOO"},
		"said good while it was off":   {[]store.StateChange{went(7, "good")}, watched(-6, 6, 8, 24), "------------------------"},
		"a state that nobody knows":    {[]store.StateChange{went(0, "haunted")}, always, "------------------------"},
		"what comes after is not here": {[]store.StateChange{went(-5, "good"), went(30, "offline")}, always, "gggggggggggggggggggggggg"},
	} {
		t.Run(name, func(t *testing.T) {
			spans := spansOf(c.changes, c.watches, day0, day0, hourOf(24))
			b := rollUp(spans, day0, hourOf(24))
			require.Equal(t, c.bar, barOf(b))
			require.InDelta(t, 86400, b.Good+b.Fault+b.Offline+b.Unknown, 0.01, "no time is left out")
			at := 0
			for _, x := range b.Beats {
				require.Equal(t, at, x.X, "no gap")
				require.Positive(t, x.Width)
				require.True(t, x.From.Before(x.To))
				at += x.Width
			}
			require.Equal(t, beatCells, at)
		})
	}
	b := rollUp(spansOf([]store.StateChange{went(-5, "good"), went(2, "offline"), went(2.01, "good"), went(10, "offline"),
		went(10+50.0/60, "good")}, always, day0, day0, hourOf(24)), day0, hourOf(24))
	require.Len(t, b.Beats, 5, "36 seconds are seen too")
	require.InDeltaSlice(t, []float64{36, 50 * 60, 51*60 - 24}, []float64{b.Beats[1].Lasted, b.Beats[3].Lasted, b.Offline}, 1)
	flaps := []store.StateChange{went(-1, "good")}
	for m := range 60 {
		flaps = append(flaps, went(12+float64(m)/60, []string{"offline", "good"}[m%2]))
	}
	b = rollUp(spansOf(flaps, always, day0, day0, hourOf(24)), day0, hourOf(24))
	require.Len(t, b.Beats, 3)
	require.InDelta(t, 30*60, b.Beats[1].Lasted, 1)
	whole := spansOf([]store.StateChange{went(6, "good")}, always, hourOf(6), day0, hourOf(24))
	require.Equal(t, "------gggggggggggggggggg", barOf(rollUp(whole, day0, hourOf(24))), "before what could be read nothing is known")
}

// Work that is noted, also afterwards, makes what was not good there maintenance, and
// leaves what was.
func TestWorkIsNoFault(t *testing.T) {
	changes := []store.StateChange{went(-5, "good"), went(2, "offline"), went(5, "fault"), went(8, "good"), went(20, "offline")}
	work := func(from, to float64) store.Maintenance {
		return store.Maintenance{Since: hourOf(from), Until: hourOf(to)}
	}
	for name, c := range map[string]struct {
		works []store.Maintenance
		bar   string
	}{
		"none":              {nil, "ggOOOFFFggggggggggggOOOO"},
		"of a part":         {[]store.Maintenance{work(3, 6)}, "ggOMMMFFggggggggggggOOOO"},
		"it begins good":    {[]store.Maintenance{work(0, 3)}, "ggMOOFFFggggggggggggOOOO"},
		"two that overlap":  {[]store.Maintenance{work(1, 4), work(3, 9)}, "ggMMMMMMggggggggggggOOOO"},
		"it is still on":    {[]store.Maintenance{work(19, 40)}, "ggOOOFFFggggggggggggMMMM"},
		"before and after":  {[]store.Maintenance{work(-40, -30), work(30, 40)}, "ggOOOFFFggggggggggggOOOO"},
		"all was well then": {[]store.Maintenance{work(9, 12)}, "ggOOOFFFggggggggggggOOOO"},
	} {
		spans := spansOf(changes, watched(-100, 24), hourOf(-100), day0, hourOf(24))
		b := rollUp(workedOn(spans, c.works), day0, hourOf(24))
		require.Equal(t, c.bar, barOf(b), name)
		require.InDelta(t, 24*3600, b.Good+b.Fault+b.Offline+b.Working+b.Unknown, 1e-6, name)
	}
}

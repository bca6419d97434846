package repair

import (
	"context"
	"slices"
	"strings"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/inventory"
)

// heals is how long what breaks and heals by itself may last: it was no repair. It is as
// long as a fault is held before it is told.
const heals = 10 * time.Minute

// Times is how long repairs took in a village.
type Times struct {
	Area    string  `json:"area"`
	Name    string  `json:"name"`
	Repairs int     `json:"repairs" doc:"faults of 10 minutes or more that ended, without those of maintenance"`
	MedianS float64 `json:"median_s" doc:"half of them took no longer; 0 of none"`
	LongS   float64 `json:"longest_s"`
	Open    int     `json:"open" doc:"loudspeakers that are not well now, without those in maintenance"`
	OldestS float64 `json:"oldest_s" doc:"for how long the one that waits longest has waited"`
}

// Median and Longest are the figures as spans.
func (t Times) Median() time.Duration  { return time.Duration(t.MedianS * float64(time.Second)) }
func (t Times) Longest() time.Duration { return time.Duration(t.LongS * float64(time.Second)) }
func (t Times) Oldest() time.Duration  { return time.Duration(t.OldestS * float64(time.Second)) }

// Times is how long repairs took in the last days, village by village, by name; a village
// where nothing was wrong is left out.
func (d *Desk) Times(ctx context.Context, days int) ([]Times, error) {
	now := d.opt.Now()
	from := now.AddDate(0, 0, -days)
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	ended, err := d.opt.Store.EndedSince(ctx, from)
	if err != nil {
		return nil, err
	}
	works, err := d.opt.Inventory.Works(ctx, from)
	if err != nil {
		return nil, err
	}
	nodes, err := d.opt.Inventory.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	took := map[string][]time.Duration{}
	for _, f := range ended {
		area := a.AreaOf[f.Node]
		if !a.Concerns(access.NodeTarget(f.Node)) || works.Cover(f.Node, f.Since, f.Until) || f.Until.Sub(f.Since) < heals {
			continue
		}
		took[area] = append(took[area], f.Until.Sub(f.Since))
	}
	return timesOf(a, took, nodes, now), nil
}

// timesOf sums up what took how long, and what is open.
func timesOf(a *access.View, took map[string][]time.Duration, nodes []inventory.Node, now time.Time) []Times {
	byArea := map[string]*Times{}
	at := func(area string) *Times {
		if byArea[area] == nil {
			byArea[area] = &Times{Area: area, Name: a.AreaName(area)}
		}
		return byArea[area]
	}
	for area, all := range took {
		slices.Sort(all)
		t := at(area)
		t.Repairs, t.MedianS, t.LongS = len(all), all[(len(all)-1)/2].Seconds(), all[len(all)-1].Seconds()
	}
	for _, n := range nodes {
		causes := n.Causes()
		if len(causes) == 0 || n.Maintenance != nil || n.State == "unknown" || n.Revoked {
			continue
		}
		t := at(n.Area)
		t.Open++
		for _, c := range causes {
			t.OldestS = max(t.OldestS, now.Sub(c.Since).Seconds())
		}
	}
	all := make([]Times, 0, len(byArea))
	for _, t := range byArea {
		all = append(all, *t)
	}
	slices.SortFunc(all, func(x, y Times) int { return strings.Compare(x.Name+x.Area, y.Name+y.Area) })
	return all
}

package pages

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"loa/controller/fleet"
	"loa/controller/i18n"
	"loa/controller/office/access"
	"loa/controller/office/inventory"
	"loa/controller/store"
	"loa/schedule"
)

// reachPages are those that show whom an alert would reach: of emergencies, and of drills.
type reachPages struct {
	*kit
	inventory *inventory.Inventory
	store     *store.Store
}

// register adds the endpoints.
func (p *reachPages) register() {
	p.mux.HandleFunc("GET /emergency", p.reachPage("emergency", map[string]part{"places": p.emergencyPlaces,
		"recorded": p.recorded, "alerts": p.alerts}))
	p.mux.HandleFunc("GET /drill", p.reachPage("drill", map[string]part{"recorded": p.recorded, "past": p.drills}))
}

// emergencyPlaces offers all of the commune.
func (p *reachPages) emergencyPlaces(ctx context.Context, _ time.Time) (any, error) {
	rows, err := p.placeRows(ctx, access.Alerting)
	for i := range rows {
		rows[i].Chosen = rows[i].Depth == 0
	}
	return rows, err
}

// reachView says which loudspeakers an alert would reach.
type reachView struct {
	Now   time.Time
	Up    int
	Total int
	Gone  []inventory.Node // those that would not hear it
	Mute  []inventory.Node // those that cannot say
}

// reach is of the areas that are chosen; of none: of all that the caller sees.
func (p *reachPages) reach(ctx context.Context, now time.Time, areas []string) (any, error) {
	nodes, err := p.inventory.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	a, err := p.access.View(ctx)
	if err != nil {
		return nil, err
	}
	if len(areas) > 0 {
		chosen := schedule.Targets{Areas: areas}
		nodes = kept(nodes, func(n inventory.Node) bool { return chosen.Covers(a.Tree, n.ID, n.Area) })
	}
	v := reachView{Now: now}
	for _, n := range nodes {
		v.Total += count(!n.NoReturn)
		switch fleet.State(n.State) {
		case fleet.NoReturn:
			v.Mute = append(v.Mute, n)
		case fleet.Offline, fleet.Unknown:
			v.Gone = append(v.Gone, n)
		default:
			v.Up++
		}
	}
	return v, nil
}

// reachPage is a page whose parts depend on the areas that are chosen on it.
func (p *reachPages) reachPage(name string, parts map[string]part) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		all := maps.Clone(parts)
		if kind := exerciseAsked(r); name == "drill" {
			all["entry"] = func(context.Context, time.Time) (any, error) { return string(kind), nil }
			all["places"] = func(ctx context.Context, _ time.Time) (any, error) { return p.drillPlaces(ctx, kind) }
		}
		all["reach"] = func(ctx context.Context, now time.Time) (any, error) { return p.reach(ctx, now, r.URL.Query()["area"]) }
		p.page(name, all)(w, r)
	}
}

const alertsBack = 24 * time.Hour

// alerts lists the emergencies that are on air or were of late, each with
// what took it back.
func (p *reachPages) alerts(ctx context.Context, now time.Time) (any, error) {
	v := callsView{Now: now}
	rows, err := p.store.Emergencies(ctx, now.Add(-alertsBack))
	if err != nil { // what is on air is shown all the same
		p.logger.Error("emergencies of before are not known", "err", err)
		rows = nil
		for _, c := range slices.Backward(p.live.Calls()) {
			if row := c.Info(); row.Class == schedule.Emergency {
				rows = append(rows, row)
			}
		}
	}
	a, err := p.access.View(ctx)
	if err != nil {
		return v, err
	}
	corrected := map[string]*callRow{}
	for _, row := range rows { // newest first: a correction comes before its alert
		onAir := p.live.Call(row.ID) != nil
		if !a.Concerns(row.Targets) || !onAir && row.Start.Before(now.Add(-alertsBack)) {
			continue
		}
		r := p.callRow(a, row, now)
		if row.Corrects != "" {
			if corrected[row.Corrects] == nil {
				corrected[row.Corrects] = &r
			}
			if !onAir {
				continue
			}
		}
		r.Corrected = corrected[row.ID]
		r.Text = i18n.Say(i18n.VI, "correction_text", row.Title, row.Start.In(schedule.Zone()).Format("15:04"))
		v.Calls = append(v.Calls, r)
	}
	v.Stops, err = p.calls.Stops(ctx, now)
	return v, err
}

// drillPlaces offers the smallest village: a drill of the whole commune is
// chosen, not slipped into. A reader that comes from the calendar has chosen it there.
func (p *reachPages) drillPlaces(ctx context.Context, of store.ExerciseKind) (any, error) {
	rows, err := p.placeRows(ctx, access.Drilling)
	if of == "" {
		chooseSmallest(rows)
		return rows, err
	}
	for i := range rows {
		rows[i].Chosen = rows[i].Depth == 0
	}
	return rows, err
}

const (
	drillsBack = 30 * 24 * time.Hour
	maxDrills  = 20
	maxCalls   = 1000 // that are looked through for them
)

// drills lists those on air and those of the last month.
func (p *reachPages) drills(ctx context.Context, now time.Time) (any, error) {
	v := callsView{Now: now}
	rows, err := p.store.Calls(ctx, time.Time{}, maxCalls)
	if err != nil {
		return v, err
	}
	a, err := p.access.View(ctx)
	if err != nil {
		return v, err
	}
	for _, row := range rows {
		onAir := p.live.Call(row.ID) != nil
		if row.Drill && len(v.Calls) < maxDrills && a.Concerns(row.Targets) && (onAir || row.Start.After(now.Add(-drillsBack))) {
			v.Calls = append(v.Calls, p.callRow(a, row, now))
		}
	}
	return v, nil
}

// recordedView is one alert that the nodes were sent beforehand.
type recordedView struct {
	ID, Digest, Title, Summary string
	Length                     time.Duration
	Held, Nodes                int
	Unsure                     []string // names of nodes that may not hold it
}

// maxUnsure bounds the names: the page is for a cheap phone.
const maxUnsure = 6

// recorded lists the bulletins that can be aired at once: the approved ones
// that have not expired, for dispatch sends no other to the nodes.
func (p *reachPages) recorded(ctx context.Context, now time.Time) (any, error) {
	all, err := p.store.ApprovedBulletins(ctx, string(schedule.Emergency), now)
	if err != nil {
		return nil, err
	}
	a, err := p.access.View(ctx)
	if err != nil {
		return nil, err
	}
	all = kept(all, a.Reads)
	if len(all) == 0 {
		return []recordedView(nil), nil
	}
	held, unsure, err := p.calls.Holders(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(all))
	for i, b := range all {
		ids[i] = b.Clips[b.Language]
	}
	clips, err := p.store.Clips(ctx, ids)
	if err != nil {
		return nil, err
	}
	rows := make([]recordedView, len(all))
	for i, b := range all {
		rows[i] = recordedView{b.ID, b.Digest(), b.Title, b.Summary, clips[ids[i]].Length(), held, held + len(unsure), unsure}
	}
	slices.SortFunc(rows, func(a, b recordedView) int { return strings.Compare(a.Title, b.Title) })
	return rows, nil
}

// More is how many are left out of the names.
func (r recordedView) More() int { return max(len(r.Unsure)-maxUnsure, 0) }

// Named are those of Unsure that the page has room for.
func (r recordedView) Named() []string { return r.Unsure[:min(len(r.Unsure), maxUnsure)] }

package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/access"
)

func (s *Server) registerDrills(mux *router) {
	huma.Register(s.api, operation("arm-drill", http.MethodPost, "/arm/drill", "Make a drill possible, for ten seconds; its words are made ready before", "Live", http.StatusCreated), s.armDrill)
	mux.HandleFunc("GET /drill", s.reachPage("drill", map[string]part{"places": s.drillPlaces,
		"recorded": s.recorded, "past": s.drills}))
}

// drillPlaces offers the smallest village: a drill of the whole commune is
// chosen, not slipped into.
func (s *Server) drillPlaces(ctx context.Context, _ time.Time) (any, error) {
	rows, err := s.placeRows(ctx, access.Drilling)
	chooseSmallest(rows)
	return rows, err
}

const (
	drillsBack = 30 * 24 * time.Hour
	maxDrills  = 20
)

// drills lists those on air and those of the last month.
func (s *Server) drills(ctx context.Context, now time.Time) (any, error) {
	v := callsView{Now: now}
	rows, err := s.opt.Store.Calls(ctx, time.Time{}, maxList)
	if err != nil {
		return v, err
	}
	p, err := s.access.View(ctx)
	if err != nil {
		return v, err
	}
	for _, row := range rows {
		onAir := s.opt.Live.Call(row.ID) != nil
		if row.Drill && len(v.Calls) < maxDrills && p.Concerns(row.Targets) && (onAir || row.Start.After(now.Add(-drillsBack))) {
			v.Calls = append(v.Calls, s.callRow(p, row, now))
		}
	}
	return v, nil
}

// liveCalls is what is on air, and what was silenced of late.
func (s *Server) liveCalls(ctx context.Context, now time.Time) (any, error) {
	v, err := s.onAir(ctx, now)
	if err == nil {
		v.Stops, err = s.calls.Stops(ctx, now)
	}
	return v, err
}

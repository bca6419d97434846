package web

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"loa/controller/fleet"
	"loa/controller/i18n"
	"loa/controller/office/access"
	"loa/controller/office/calls"
	"loa/controller/office/inventory"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/schedule"
)

// placeRow is one area that can be spoken to.
type placeRow struct {
	ID, Name string
	Depth    int
	Nodes    int
	Chosen   bool
	village  bool
}

// livePlaces offers the smallest village first: a slip of the finger on the
// page of every day must not wake the commune.
func (s *Server) livePlaces(ctx context.Context, _ time.Time) (any, error) {
	rows, err := s.placeRows(ctx, access.Speaking)
	chooseSmallest(rows)
	return rows, err
}

// chooseSmallest chooses the village with the fewest loudspeakers.
func chooseSmallest(rows []placeRow) {
	best := -1
	for i, r := range rows {
		if r.village && r.Nodes > 0 && (best < 0 || r.Nodes < rows[best].Nodes) {
			best = i
		}
	}
	if best >= 0 {
		rows[best].Chosen = true
	}
}

// quietNow is when the quiet hours of now end; zero if there are none.
func (s *Server) quietNow(ctx context.Context, now time.Time) (any, error) {
	return s.preview.QuietUntil(ctx, now)
}

// emergencyPlaces offers all of the commune.
func (s *Server) emergencyPlaces(ctx context.Context, _ time.Time) (any, error) {
	rows, err := s.placeRows(ctx, access.Alerting)
	for i := range rows {
		rows[i].Chosen = rows[i].Depth == 0
	}
	return rows, err
}

// placeRows is the tree of the commune's areas as a list, each below its
// parent: those in which the caller may do something.
func (s *Server) placeRows(ctx context.Context, needs []trust.Action) ([]placeRow, error) {
	p, err := s.access.View(ctx)
	if err != nil {
		return nil, err
	}
	children := map[string][]store.Area{}
	for _, a := range p.Areas {
		children[a.Parent] = append(children[a.Parent], a)
	}
	var rows []placeRow
	var walk func(areas []store.Area, depth int)
	walk = func(areas []store.Area, depth int) {
		slices.SortFunc(areas, func(a, b store.Area) int { return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID)) })
		for _, a := range areas {
			if !p.Who.May(needs, p.Tree, a.ID) {
				walk(children[a.ID], depth)
				continue
			}
			row := placeRow{ID: a.ID, Name: a.Name, Depth: min(depth, 3), village: a.Kind == store.Village}
			for _, n := range p.Nodes {
				row.Nodes += count(p.Tree.Within(n.Area, a.ID))
			}
			rows = append(rows, row)
			walk(children[a.ID], depth+1)
		}
	}
	if commune, ok := p.Areas[s.opt.Commune]; ok {
		walk([]store.Area{commune}, 0)
	} else {
		walk(children[""], 0)
	}
	return rows, nil
}

// callRow is a call as the pages list it.
type callRow struct {
	calls.Call
	Where     string
	VI, EN    string // of a relay: how it is
	Lasted    time.Duration
	Text      string // that a correction would say
	Corrected *callRow
	MayStop   bool // the reader
	Own       bool // the reader began it
	person    bool // it is a person that looks
}

// Mine reports whether a call is the own one of a person: the office machine,
// which counts as everybody, knows its own by what its browser remembers.
func (r callRow) Mine() bool { return r.Own && r.person }

// callsView is what is on air now.
type callsView struct {
	Now   time.Time
	Calls []callRow
	Stops []calls.Stop
}

// callsOnAir is every call on air, the latest first.
func (s *Server) callsOnAir(ctx context.Context, now time.Time) (any, error) {
	return s.onAir(ctx, now)
}

func (s *Server) onAir(ctx context.Context, now time.Time) (callsView, error) {
	v := callsView{Now: now}
	calls := s.opt.Live.Calls()
	if len(calls) == 0 {
		return v, nil
	}
	p, err := s.access.View(ctx)
	if err != nil {
		return v, err
	}
	for _, c := range slices.Backward(calls) {
		if !p.Concerns(c.Info().Targets) {
			continue
		}
		v.Calls = append(v.Calls, s.callRow(p, c.Info(), now))
	}
	return v, nil
}

func (s *Server) callRow(p *access.View, row store.Call, now time.Time) callRow {
	r := callRow{Call: s.calls.View(p, row), Where: strings.Join(p.Where(row.Targets), ", ")}
	r.Own, r.person = s.calls.IsOwn(p.Who, row), p.Who.Kind == access.Person
	r.MayStop = r.Own || p.Permit(access.Sounding, p.PlacesOf(row.Targets)...) == nil
	end := now
	if r.Ended != nil {
		end = *r.Ended
	}
	r.Lasted = max(end.Sub(r.Start), 0)
	if r.Relay != nil {
		r.VI, r.EN = r.Relay.VI, r.Relay.EN
	}
	return r
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
func (s *Server) reach(ctx context.Context, now time.Time, areas []string) (any, error) {
	nodes, err := s.inventory.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	a, err := s.access.View(ctx)
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
func (s *Server) reachPage(name string, parts map[string]part) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		all := maps.Clone(parts)
		all["reach"] = func(ctx context.Context, now time.Time) (any, error) { return s.reach(ctx, now, r.URL.Query()["area"]) }
		s.page(name, all)(w, r)
	}
}

const alertsBack = 24 * time.Hour

// alerts lists the emergencies that are on air or were of late, each with
// what took it back.
func (s *Server) alerts(ctx context.Context, now time.Time) (any, error) {
	v := callsView{Now: now}
	rows, err := s.opt.Store.Emergencies(ctx, now.Add(-alertsBack))
	if err != nil { // what is on air is shown all the same
		s.opt.Logger.Error("emergencies of before are not known", "err", err)
		rows = nil
		for _, c := range slices.Backward(s.opt.Live.Calls()) {
			if row := c.Info(); row.Class == schedule.Emergency {
				rows = append(rows, row)
			}
		}
	}
	p, err := s.access.View(ctx)
	if err != nil {
		return v, err
	}
	corrected := map[string]*callRow{}
	for _, row := range rows { // newest first: a correction comes before its alert
		onAir := s.opt.Live.Call(row.ID) != nil
		if !p.Concerns(row.Targets) || !onAir && row.Start.Before(now.Add(-alertsBack)) {
			continue
		}
		r := s.callRow(p, row, now)
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
	v.Stops, err = s.calls.Stops(ctx, now)
	return v, err
}

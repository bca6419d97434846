package web

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/store"
	"loa/controller/text"
	"loa/schedule"
)

// stopped is what the audit log keeps of a stop of all.
type stopped struct {
	Targets schedule.Targets `json:"targets"`
	Cut     []string         `json:"cut"` // titles of what was on air there
}

// stopRow is a stop of all as the pages show it.
type stopRow struct {
	At         time.Time
	Who, Where string
	Cut        []string
}

const (
	stopsBack = 24 * time.Hour
	maxStops  = 5
	maxCut    = 50              // titles that a record of a stop names
	stopAct   = "call.stop_all" // how the audit log names it
)

// stopAnswer is the answer of a stop of all. It has no body.
type stopAnswer struct {
	Unwritten string `header:"Loa-Unwritten" doc:"it is done and could not be written down yet: it is kept, and will be"`
}

func (s *Server) stopAll(ctx context.Context, in *stopInput) (*stopAnswer, error) {
	c, err := s.calendar.Composer(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	if err := c.CheckTargets(in.Body.Targets); err != nil {
		return nil, s.fail(err)
	}
	if err := s.permitStop(ctx, in.Body.Targets); err != nil {
		return nil, s.fail(err)
	}
	cut, err := s.wouldCut(ctx, in.Body.Targets)
	if err != nil { // a person who wants silence gets it, whether or not it is known of what
		s.opt.Logger.Error("what a stop of everything cuts is not known", "err", err)
	}
	at := s.opt.Now()
	err = s.opt.Live.StopAll(ctx, in.Body.Targets)
	s.trail.Did(ctx, stopAct, "", nil, stopped{in.Body.Targets, cut}, audit.Targeted(in.Body.Targets)...)
	s.asrun.Stopped(ctx, at, in.Body.Targets, cut) // if it was not sent now, it is said again soon
	s.News("calls")
	if err != nil {
		return nil, s.fail(err)
	}
	out := &stopAnswer{}
	if said := s.unwritten(); said != nil {
		out.Unwritten = said.EN
	}
	return out, nil
}

// permitStop says why the caller may not silence the targets. It ends the
// calls that go there, elsewhere too: there the right is needed as well.
func (s *Server) permitStop(ctx context.Context, t schedule.Targets) error {
	a, err := s.access.View(ctx)
	if err != nil {
		return err
	}
	if err := a.Permit(access.Sounding, a.PlacesOf(t)...); err != nil {
		return err
	}
	for _, c := range s.opt.Live.Calls() {
		row := c.Info()
		if !a.Meet(t, row.Targets) || s.isOwn(a.Who, row) {
			continue
		}
		if err := a.Permit(access.Sounding, a.PlacesOf(row.Targets)...); err != nil {
			return err
		}
	}
	return nil
}

// wouldCut names what is on air at the targets, calls and programmes alike.
func (s *Server) wouldCut(ctx context.Context, t schedule.Targets) ([]string, error) {
	a, err := s.access.View(ctx)
	if err != nil {
		return nil, err
	}
	titles := []string{}
	add := func(title string) {
		title = text.Line(title, schedule.MaxTitle) // a node's word of what it plays is anybody's
		if len(titles) < maxCut && !slices.Contains(titles, title) {
			titles = append(titles, title)
		}
	}
	for _, c := range s.opt.Live.Calls() {
		if row := c.Info(); a.Meet(t, row.Targets) {
			add(row.Title)
		}
	}
	for _, st := range s.opt.Fleet.Snapshot() {
		if area, known := a.AreaOf[st.Node]; known && st.OnAir != nil && t.Covers(a.Tree, st.Node, area) {
			add(st.OnAir.Title)
		}
	}
	return titles, nil
}

// stops are the latest stops of all: who silenced what, and when.
func (s *Server) stops(ctx context.Context, now time.Time) ([]stopRow, error) {
	a, err := s.access.View(ctx)
	if err != nil {
		return nil, err
	}
	records, err := s.opt.Store.Audits(ctx, store.AuditFilter{From: now.Add(-stopsBack), Action: stopAct, Limit: maxList})
	if err != nil { // those of this minute are shown all the same
		s.opt.Logger.Error("stops of before are not known", "err", err)
	}
	records = append(s.unwrittenStops(now), records...)
	var rows []stopRow
	for _, r := range records {
		what := stopOf(a, r)
		if !a.Concerns(what.Targets) || len(rows) == maxStops {
			continue // nobody's business here
		}
		rows = append(rows, stopRow{r.At, r.Name, strings.Join(a.Where(what.Targets), ", "), what.Cut})
	}
	return rows, nil
}

// stopOf is what a record tells of a stop. One whose detail was too long to be
// kept still says where it was.
func stopOf(a *access.View, r store.Audit) (what stopped) {
	if json.Unmarshal(r.After, &what) == nil && len(what.Targets.Areas)+len(what.Targets.Nodes) > 0 {
		return what
	}
	for _, id := range r.Where {
		if _, node := a.AreaOf[id]; node {
			what.Targets.Nodes = append(what.Targets.Nodes, id)
		} else {
			what.Targets.Areas = append(what.Targets.Areas, id)
		}
	}
	return what
}

// unwrittenStops are those that are not in the log yet, the latest first.
func (s *Server) unwrittenStops(now time.Time) (all []store.Audit) {
	for _, d := range slices.Backward(s.opt.Store.Unwritten()) {
		if d.Audit != nil && d.Audit.Action == stopAct && d.Audit.At.After(now.Add(-stopsBack)) {
			all = append(all, *d.Audit)
		}
	}
	return all
}

// liveCalls is what is on air, and what was silenced of late.
func (s *Server) liveCalls(ctx context.Context, now time.Time) (any, error) {
	v, err := s.onAir(ctx, now)
	if err == nil {
		v.Stops, err = s.stops(ctx, now)
	}
	return v, err
}

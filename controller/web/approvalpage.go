package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"loa/controller/office/access"
	"loa/controller/store"
	"loa/schedule"
)

// pendingRow is one thing that somebody has to look at, as the page shows it.
type pendingRow struct {
	PendingView
	Field   string
	Summary string
	Clips   []heardClip
	Station string // that is passed on
	Next    []time.Time
	Writer  bool      // the caller may submit it
	All     *allAsked // it goes to every village; nil: it does not
}

// allAsked is what is asked before something is approved that every village
// hears.
type allAsked struct {
	Villages []string
	Nodes    int
	Length   time.Duration
}

// everywhere says what is asked of a programme; nil: it leaves some village out.
func everywhere(a *access.View, p schedule.Programme) *allAsked {
	v := &allAsked{Length: p.Length()}
	missed, seen := 0, map[string]bool{}
	for _, n := range a.Nodes {
		if !p.Targets.Covers(a.Tree, n.ID, n.Area) {
			missed++
			continue
		}
		v.Nodes++
		if name := a.AreaName(n.Area); !seen[n.Area] {
			seen[n.Area] = true
			v.Villages = append(v.Villages, name)
		}
	}
	if missed > 0 || len(v.Villages) < 2 {
		return nil
	}
	slices.Sort(v.Villages)
	return v
}

// heardClip is something to listen to before it is approved.
type heardClip struct {
	Title, ID, Text string
	Length          time.Duration
	Repeat          int
}

// maxPending bounds what one page shows of each state.
const maxPending = 100

// pending lists the bulletins and programmes in a state that the caller has
// to do with.
func (s *Server) pending(ctx context.Context, state store.ApprovalState, limit int) (rows []pendingRow, err error) {
	p, err := s.approver(ctx)
	if err != nil {
		return nil, err
	}
	programmes, err := s.opt.Store.ProgrammesIn(ctx, state, limit)
	if err != nil {
		return nil, err
	}
	for _, sp := range programmes {
		if !p.atlas.Concerns(sp.Targets) || isOver(sp.Rule, p.now) {
			continue
		}
		row, err := p.programmeRow(ctx, sp)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	bulletins, err := s.opt.Store.BulletinsIn(ctx, state, limit)
	if err != nil {
		return nil, err
	}
	for _, b := range bulletins {
		if !p.atlas.Reads(b) {
			continue
		}
		row, err := p.bulletinRow(ctx, b)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (p *approver) bulletinRow(ctx context.Context, b store.Bulletin) (row pendingRow, err error) {
	place := p.atlas.Standing(b.Area)
	row = pendingRow{Field: b.Field, Summary: b.Summary, Writer: p.atlas.Permit(access.Writing, place) == nil,
		PendingView: PendingView{Kind: "bulletin", ID: b.ID, Title: b.Title, Class: b.Class, May: p.may(handsOf(b.Approval), []string{place})}}
	if row.Approval, err = p.server.bulletinApproval(ctx, b); err != nil {
		return row, err
	}
	for language, id := range b.Clips {
		clip, err := p.server.opt.Store.GetClip(ctx, id)
		if err != nil {
			return row, err
		}
		row.Clips = append(row.Clips, heardClip{Title: language, ID: id, Text: clip.Text, Length: seconds(clip.Seconds)})
	}
	return row, nil
}

// nextStarts is how many of the next airings are named, and how far ahead.
const (
	nextStarts = 3
	nextAhead  = 60 * 24 * time.Hour
)

func (p *approver) programmeRow(ctx context.Context, sp store.Programme) (pendingRow, error) {
	areas := p.atlas.PlacesOf(sp.Targets)
	hands, err := p.handsIn(ctx, sp)
	if err != nil {
		return pendingRow{}, err
	}
	row := pendingRow{Writer: p.atlas.Permit(access.Writing, areas...) == nil, All: everywhere(p.atlas, sp.Programme),
		PendingView: PendingView{Kind: "programme", ID: sp.ID, Title: sp.Title, Class: string(sp.Class), Where: p.atlas.Where(sp.Targets),
			Approval: viewApproval(sp.Approval, sp.Digest()), May: p.may(hands, areas)}}
	row.Next = sp.Rule.Starts(p.now, p.now.Add(nextAhead))
	row.Next = row.Next[:min(len(row.Next), nextStarts)]
	for _, it := range sp.Rundown {
		switch {
		case it.Kind == schedule.Stream:
			row.Station = store.StationOf(it.Source)
		case it.Clip != "":
			clip, err := p.server.opt.Store.GetClip(ctx, it.Clip)
			if err != nil {
				return row, err
			}
			row.Clips = append(row.Clips, heardClip{Title: it.Title, ID: it.Clip, Text: clip.Text, Length: it.Length, Repeat: it.Repeat})
		}
	}
	return row, nil
}

// approvalsView is the page on which things are approved.
type approvalsView struct {
	Now      time.Time
	Waiting  []pendingRow
	Back     []pendingRow // returned, and drafts
	Approved []pendingRow
	Writer   bool
}

const lastApproved = 10

func (s *Server) approvalsView(ctx context.Context, now time.Time) (any, error) {
	v := approvalsView{Now: now, Writer: access.Of(ctx).May(access.Writing, nil)}
	var err error
	if v.Waiting, err = s.pending(ctx, store.Waiting, maxPending); err != nil {
		return v, err
	}
	for _, state := range []store.ApprovalState{store.Returned, store.Draft} {
		rows, err := s.pending(ctx, state, maxPending)
		if err != nil {
			return v, err
		}
		v.Back = append(v.Back, rows...)
	}
	v.Approved, err = s.pending(ctx, store.Approved, lastApproved)
	return v, err
}

// waitingView is what waits for approval, in short.
type waitingView struct{ Bulletins, Programmes int }

// waiting counts what waits; nothing for a reader who neither writes nor approves.
func (s *Server) waitingApproval(ctx context.Context) (v waitingView, err error) {
	if !access.Of(ctx).May(access.Reviewing, nil) {
		return v, nil
	}
	rows, err := s.pending(ctx, store.Waiting, maxPending)
	for _, r := range rows {
		if r.Kind == "bulletin" {
			v.Bulletins++
		} else {
			v.Programmes++
		}
	}
	return v, err
}

func (s *Server) registerApprovalPage(mux *router) {
	mux.HandleFunc("GET /approvals", s.page("approvals", map[string]part{"main": s.approvalsView}))
	seen := func(r *http.Request) string { return r.PostForm.Get("digest") }
	why := func(r *http.Request) string { return r.PostForm.Get("reason") }
	mux.HandleFunc("POST /approvals/bulletins/{id}/approve", s.approvalForm(func(r *http.Request, id string) error { return s.approveBulletin(r.Context(), id, seen(r)) }))
	mux.HandleFunc("POST /approvals/programmes/{id}/approve", s.approvalForm(func(r *http.Request, id string) error { return s.approveProgramme(r.Context(), id, seen(r)) }))
	mux.HandleFunc("POST /approvals/bulletins/{id}/return", s.approvalForm(func(r *http.Request, id string) error { return s.returnBulletin(r.Context(), id, why(r)) }))
	mux.HandleFunc("POST /approvals/programmes/{id}/return", s.approvalForm(func(r *http.Request, id string) error { return s.returnProgramme(r.Context(), id, why(r)) }))
	mux.HandleFunc("POST /approvals/bulletins/{id}/submit", s.approvalForm(func(r *http.Request, id string) error { return s.submitBulletin(r.Context(), id) }))
	mux.HandleFunc("POST /approvals/programmes/{id}/submit", s.approvalForm(func(r *http.Request, id string) error { return s.submitProgramme(r.Context(), id) }))
}

// approvalForm answers a button of the page.
func (s *Server) approvalForm(do func(r *http.Request, id string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := readForm(w, r)
		if err == nil {
			err = do(r, r.PathValue("id"))
		}
		if err != nil {
			s.problemPage(w, r, s.explain(err))
			return
		}
		http.Redirect(w, r, "/approvals", http.StatusSeeOther)
	}
}

// bulletinApproval is how a bulletin stands, aired or not yet.
func (s *Server) bulletinApproval(ctx context.Context, b store.Bulletin) (ApprovalView, error) {
	v := viewApproval(b.Approval, b.Digest())
	if v.State != string(store.Approved) {
		return v, nil
	}
	clips := make([]string, 0, len(b.Clips))
	for _, id := range b.Clips {
		clips = append(clips, id)
	}
	aired, err := s.opt.Store.AiredClips(ctx, clips, b.Approval.Decided)
	for _, at := range aired {
		if v.Aired == nil || at.After(*v.Aired) {
			v.State, v.Aired = "aired", &at
		}
	}
	return v, err
}

// isOver reports whether no airing can come any more: nobody needs to look at
// it.
func isOver(r schedule.Rule, now time.Time) bool {
	if len(r.Cron) > 0 && (r.Until.IsZero() || r.Until.After(now)) || r.At.After(now) {
		return false
	}
	return !slices.ContainsFunc(r.Extra, now.Before)
}

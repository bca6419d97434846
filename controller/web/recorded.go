package web

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"loa/controller/library"
	"loa/controller/live"
	"loa/controller/office/access"
	"loa/controller/office/approval"
	"loa/controller/office/calendar"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/schedule"
)

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
func (s *Server) recorded(ctx context.Context, now time.Time) (any, error) {
	all, err := s.opt.Store.ApprovedBulletins(ctx, string(schedule.Emergency), now)
	if err != nil {
		return nil, err
	}
	a, err := s.access.View(ctx)
	if err != nil {
		return nil, err
	}
	all = kept(all, a.Reads)
	if len(all) == 0 {
		return []recordedView(nil), nil
	}
	held, unsure, err := s.holders(ctx)
	if err != nil {
		return nil, err
	}
	rows := make([]recordedView, len(all))
	for i, b := range all {
		clip, err := s.opt.Store.GetClip(ctx, b.Clips[b.Language])
		if err != nil {
			return nil, err
		}
		rows[i] = recordedView{b.ID, b.Digest(), b.Title, b.Summary, clip.Length(), held, held + len(unsure), unsure}
	}
	slices.SortFunc(rows, func(a, b recordedView) int { return strings.Compare(a.Title, b.Title) })
	return rows, nil
}

// More is how many are left out of the names.
func (r recordedView) More() int { return max(len(r.Unsure)-maxUnsure, 0) }

// Named are those of Unsure that the page has room for.
func (r recordedView) Named() []string { return r.Unsure[:min(len(r.Unsure), maxUnsure)] }

// holders says how many nodes hold all clips of their latest plan, and with
// them every alert, by their own word; a node that lacks some does not say
// which.
func (s *Server) holders(ctx context.Context) (held int, unsure []string, err error) {
	a, err := s.access.View(ctx)
	if err != nil {
		return 0, nil, err
	}
	latest, err := s.opt.Store.PlanSeqs(ctx)
	if err != nil { // then nobody is known to
		s.opt.Logger.Error("which nodes hold the alerts is not known", "err", err)
	}
	whole := map[string]bool{}
	for _, st := range s.opt.Fleet.Snapshot() {
		whole[st.Node] = st.Status != nil && st.Status.Plan == latest[st.Node] && st.Status.Plan > 0 && st.Status.Held >= st.Status.Clips
	}
	for _, n := range a.Nodes {
		if whole[n.ID] {
			held++
		} else {
			unsure = append(unsure, n.Name)
		}
	}
	return held, unsure, nil
}

// alertItems are the recording, in each of its languages, or the speech, of an
// alert. What it says, and who approved that, goes into the request.
func (s *Server) alertItems(ctx context.Context, r *live.Request, c *calendar.Composer, b CallBody) (items []schedule.Item, err error) {
	if b.Bulletin != "" {
		v, err := s.triggered(ctx, r, b)
		if err == nil {
			items, err = c.Unexpired(schedule.Item{}, v)
		}
		if err != nil {
			return nil, err
		}
		r.Said = &store.Said{Bulletin: v.ID, Digest: v.Digest(), Bypass: b.Bypass, Title: v.Title, Languages: calendar.Languages(v)}
	} else {
		var item schedule.Item
		clip := store.Clip{ID: b.Clip}
		var said library.Text
		if b.Clip == "" {
			if item.Title, said, err = alertOf(b.Filled, b.Text); err == nil {
				clip, err = s.speakNow(ctx, said)
			}
			if err != nil {
				return nil, err
			}
			err = calendar.FillClip(&item, clip.ID, c.Clip)
		} else {
			err = calendar.FillClip(&item, b.Clip, c.Own)
		}
		if err != nil {
			return nil, err
		}
		items, r.Said = []schedule.Item{item}, &store.Said{Title: item.Title, Text: said.Text, Spoken: clip.Said}
	}
	for _, it := range items {
		r.Said.Clips = append(r.Said.Clips, it.Clip)
	}
	return items, nil
}

var notApproved = problem.New(problem.Conflict, "bulletin_not_approved",
	"Bản tin này chưa được duyệt cho nơi phát đã chọn nên chưa phát gì: hãy nhờ người duyệt, hoặc nói trực tiếp, hoặc gõ văn bản để phát khẩn cấp.",
	"Nobody has approved this bulletin for the places chosen, so nothing was aired: have it approved, or speak live, or type the text of the alert.")

// triggered is the version of a bulletin that a trigger airs: what was approved
// for all the places, or by a bypass what was looked at.
func (s *Server) triggered(ctx context.Context, r *live.Request, b CallBody) (v store.Bulletin, err error) {
	a, err := s.access.View(ctx)
	if err != nil {
		return v, err
	}
	places := a.PlacesOf(b.Targets)
	if b.Corrects != "" {
		row, err := s.opt.Store.Call(ctx, b.Corrects)
		if err != nil && !errors.Is(err, store.ErrNotFound) { // live refuses it
			return v, err
		}
		places = a.PlacesOf(row.Targets)
	}
	if b.Bypass {
		return s.bypassed(ctx, a, b, places)
	}
	v, err = s.opt.Store.ApprovedBulletin(ctx, b.Bulletin)
	elsewhere := func(area string) bool { return !a.Tree.Within(area, a.Standing(v.Area)) }
	switch {
	case errors.Is(err, store.ErrNotFound):
		_, err = s.opt.Store.Bulletin(ctx, b.Bulletin)
		if errors.Is(err, store.ErrNotFound) {
			err = access.UnknownBulletin
		} else if err == nil {
			err = notApproved
		}
		return v, err
	case err != nil:
		return v, err
	case slices.ContainsFunc(places, elsewhere):
		return v, notApproved
	case b.Digest != "" && b.Digest != v.Digest():
		return v, approval.ChangedSince
	}
	r.Approver = v.Approval.ByName
	return v, nil
}

// bypassed is a bulletin as it is written now, which nobody approved, for a caller who may
// air emergencies and has looked at it.
func (s *Server) bypassed(ctx context.Context, a *access.View, b CallBody, places []string) (store.Bulletin, error) {
	if err := a.Permit(access.Alerting, places...); err != nil {
		return store.Bulletin{}, err
	}
	v, err := s.opt.Store.Bulletin(ctx, b.Bulletin)
	if errors.Is(err, store.ErrNotFound) {
		return v, access.UnknownBulletin
	}
	if err == nil {
		v, err = s.access.Bulletin(ctx, a, b.Bulletin)
	}
	if err == nil && b.Digest != v.Digest() {
		err = approval.ChangedSince
	}
	return v, err
}

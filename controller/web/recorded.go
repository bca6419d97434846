package web

import (
	"context"
	"slices"
	"strings"
	"time"

	"loa/controller/store"
)

// recordedView is one alert that the nodes were sent beforehand.
type recordedView struct {
	ID, Title, Summary string
	Length             time.Duration
	Held, Nodes        int
	Unsure             []string // names of nodes that may not hold it
}

// maxUnsure bounds the names: the page is for a cheap phone.
const maxUnsure = 6

// recorded lists the bulletins that can be aired at once: the approved ones
// that have not expired, for dispatch sends no other to the nodes.
func (s *Server) recorded(ctx context.Context, now time.Time) (any, error) {
	all, err := s.opt.Store.Alerts(ctx)
	if err != nil {
		return nil, err
	}
	all = kept(all, func(b store.Bulletin) bool {
		return b.Approved() && (b.Expires.IsZero() || b.Expires.After(now))
	})
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
		rows[i] = recordedView{b.ID, b.Title, b.Summary, seconds(clip.Seconds), held, held + len(unsure), unsure}
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
	a, err := s.atlas(ctx)
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
	for _, n := range a.nodes {
		if whole[n.ID] {
			held++
		} else {
			unsure = append(unsure, n.Name)
		}
	}
	return held, unsure, nil
}

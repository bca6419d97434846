package web

import (
	"context"
	"slices"
	"strings"
	"time"

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
	held, unsure, err := s.calls.Holders(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(all))
	for i, b := range all {
		ids[i] = b.Clips[b.Language]
	}
	clips, err := s.opt.Store.Clips(ctx, ids)
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

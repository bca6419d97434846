package access

import (
	"context"
	"errors"
	"slices"

	"loa/controller/problem"
	"loa/controller/store"
	"loa/schedule"
)

// Bulletin returns a bulletin as the caller may read it: as it is now, else as
// it was approved last.
func (c *Control) Bulletin(ctx context.Context, a *View, id string) (store.Bulletin, error) {
	b, err := c.store.Bulletin(ctx, id)
	if err != nil || a.Reads(b) {
		return b, err
	}
	held, err := c.store.ProgrammesNaming(ctx, id)
	if err != nil || slices.ContainsFunc(held, a.shows) {
		return b, err
	}
	approved, err := c.store.ApprovedBulletin(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && !a.Reads(approved):
		return b, MayNot(a.Who, Reading, a.AreaName(a.Standing(b.Area)))
	}
	return approved, err
}

// MayHear says why the caller may not hear a clip; nil: they may. It is theirs by
// its place, by a bulletin or a programme that it is in, or by what was aired
// where they are.
func (c *Control) MayHear(ctx context.Context, a *View, clip string) error {
	if a.Who.Sees(a.Tree, a.Commune) {
		return nil
	}
	places, err := c.store.ClipPlaces(ctx, clip)
	if err != nil || slices.ContainsFunc(places, func(area string) bool { return a.Who.Sees(a.Tree, a.Standing(area)) }) {
		return err
	}
	now, err := c.store.BulletinsWith(ctx, clip)
	if err != nil || slices.ContainsFunc(now, a.Reads) {
		return err
	}
	approved, err := c.store.ApprovedWith(ctx, clip)
	if err != nil || slices.ContainsFunc(approved, a.Reads) {
		return err
	}
	held, err := c.store.ProgrammesNaming(ctx, clip)
	if err != nil || slices.ContainsFunc(held, a.shows) {
		return err
	}
	aired, err := c.store.Broadcasts(ctx, store.BroadcastFilter{Clip: clip, Seen: a.Roots(), Limit: 1})
	if err != nil || len(aired) > 0 {
		return err
	}
	return MayNot(a.Who, Reading, a.AreaName(a.Commune))
}

// Clip returns a clip that the caller may hear; ErrNotFound: there is none.
func (c *Control) Clip(ctx context.Context, a *View, id string) (store.Clip, error) {
	clip, err := c.store.GetClip(ctx, id)
	if err == nil {
		err = c.MayHear(ctx, a, id)
	}
	if IsForbidden(err) {
		err = store.ErrNotFound
	}
	return clip, err
}

// PermitChange says why the caller may not change, replace or delete a
// bulletin: it needs the right to write in its place, and that of those who
// answer for emergencies where it is approved as one.
func (c *Control) PermitChange(ctx context.Context, a *View, b store.Bulletin) error {
	if err := a.Permit(Writing, a.Standing(b.Area)); err != nil {
		return err
	}
	approved, err := c.store.ApprovedBulletin(ctx, b.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil || approved.Class != string(schedule.Emergency):
		return err
	}
	return a.Permit(judging, a.Standing(approved.Area), a.Standing(b.Area))
}

// MayChange is PermitChange of a bulletin by its id.
func (c *Control) MayChange(ctx context.Context, id string) error {
	a, err := c.View(ctx)
	if err != nil {
		return err
	}
	b, err := c.store.Bulletin(ctx, id)
	if err != nil {
		return err
	}
	return c.PermitChange(ctx, a, b)
}

// PlaceClip notes where a clip belongs that the caller has made.
func (c *Control) PlaceClip(ctx context.Context, clip string) error {
	a, err := c.View(ctx)
	if err != nil {
		return err
	}
	return c.store.PlaceClip(ctx, clip, a.ClipPlaces()...)
}

var (
	// UnknownClip refuses a clip that is not the caller's to use.
	UnknownClip = problem.New(problem.Invalid, "clip_unknown",
		"Tệp âm thanh này không có trong kho của xã: hãy tải lên hoặc chọn tệp khác.",
		"This clip is not in the commune's library: upload it or choose another.")
	// UnknownBulletin refuses a bulletin that is not the caller's to use.
	UnknownBulletin = problem.New(problem.Invalid, "bulletin_unknown",
		"Không có bản tin này: hãy chọn trong danh sách bản tin.", "There is no such bulletin: choose one of the list.")
)

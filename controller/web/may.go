package web

import (
	"context"
	"errors"
	"slices"
	"strings"

	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/schedule"
)

// deeds are the actions in words, as they follow “may not”.
var deeds = map[trust.Action][2]string{
	trust.Read:      {"xem phần này", "see this"},
	trust.Report:    {"báo hỏng", "report a fault"},
	trust.Write:     {"soạn bản tin và lịch phát", "write bulletins and programmes"},
	trust.Approve:   {"duyệt bản tin", "approve bulletins"},
	trust.Speak:     {"phát trực tiếp", "speak live"},
	trust.Emergency: {"phát khẩn cấp", "air emergencies"},
	trust.Maintain:  {"lắp đặt, chỉnh cụm loa", "set up loudspeakers"},
	trust.Govern:    {"quản lý người dùng, địa bàn và cài đặt", "manage people, areas and settings"},
	trust.Audit:     {"xem nhật ký thao tác", "see who did what"},
}

// mayNot is the refusal that names what is missing, and where.
func mayNot(v *visit, any []trust.Action, where string) *problem.Problem {
	deed := deeds[any[0]]
	vi, en := deed[0], deed[1]
	if where != "" {
		vi, en = vi+" ở "+where, en+" in "+where
	}
	if v.kind == program {
		return problem.New(problem.Forbidden, "forbidden",
			"Mã truy cập này không được %[1]s: hãy tạo mã khác có quyền đó.", "This token may not %[2]s: make one that has the right.", vi, en)
	}
	return problem.New(problem.Forbidden, "forbidden",
		"Tài khoản này không được %[1]s: hãy nhờ trưởng đài cấp quyền.", "This account may not %[2]s: ask the head of the station for the right.", vi, en)
}

// permit says why the visitor may not do one of some things in all of the
// areas; nil: they may.
func (a *atlas) permit(any []trust.Action, areas ...string) error {
	v := a.who
	for _, area := range areas {
		if !v.may(any, a.tree, area) {
			return mayNot(v, any, a.areaName(area))
		}
	}
	if !v.may(any, a.tree) {
		return mayNot(v, any, "")
	}
	return nil
}

// permitPart is permit where a part of the areas is enough.
func (a *atlas) permitPart(any []trust.Action, areas []string) error {
	v := a.who
	if slices.ContainsFunc(areas, func(area string) bool { return v.touches(any, a.tree, area) }) {
		return nil
	}
	return mayNot(v, any, a.areaName(areas[0]))
}

// permit is the atlas's, for handlers that learn from a request's body what it
// touches.
func (s *Server) permit(ctx context.Context, any []trust.Action, t schedule.Targets) error {
	a, err := s.atlas(ctx)
	if err != nil {
		return err
	}
	return a.permit(any, a.placesOf(t)...)
}

// placesOf returns the areas that targets touch. What is not known any more
// counts as the whole commune's, and so does nothing at all.
func (a *atlas) placesOf(t schedule.Targets) []string {
	areas := slices.Clone(t.Areas)
	for _, n := range t.Nodes {
		area, ok := a.areaOf[n]
		if !ok {
			area = a.commune
		}
		areas = append(areas, area)
	}
	if len(areas) == 0 {
		areas = []string{a.commune}
	}
	return areas
}

func nodeTarget(id string) schedule.Targets { return schedule.Targets{Nodes: []string{id}} }

// concerns reports whether targets touch what the visitor sees.
func (a *atlas) concerns(t schedule.Targets) bool {
	return slices.ContainsFunc(a.placesOf(t), func(area string) bool { return a.who.touches(trust.Actions, a.tree, area) })
}

// meet reports whether there is a node that both targets cover.
func (a *atlas) meet(t, u schedule.Targets) bool {
	for node, area := range a.areaOf {
		if t.Covers(a.tree, node, area) && u.Covers(a.tree, node, area) {
			return true
		}
	}
	return false
}

// kept returns the items that the visitor may see.
func kept[T any](items []T, sees func(T) bool) []T {
	return slices.DeleteFunc(items, func(x T) bool { return !sees(x) })
}

// may reports whether the caller may approve something for some areas, in
// which some persons had a hand.
func (p *approver) may(hands []string, areas []string) bool {
	return p.atlas.permit(approving, areas...) == nil && !p.own(hands)
}

// own reports whether the rule of two persons keeps the caller from deciding:
// they had a hand in it.
func (p *approver) own(hands []string) bool { return !p.policy.Own && slices.Contains(hands, p.id) }

// handsOf are all who had a hand in something: what was written before hands
// were kept has its author only.
func handsOf(a store.Approval) []string { return append(strings.Fields(a.Hands), a.Author) }

// handsIn are the hands in a programme and in its bulletins, where nobody has
// approved these: who approves it approves their words.
func (p *approver) handsIn(ctx context.Context, sp store.Programme) ([]string, error) {
	hands := handsOf(sp.Approval)
	for _, it := range sp.Rundown {
		if it.Bulletin == "" {
			continue
		}
		b, err := p.server.opt.Store.Bulletin(ctx, it.Bulletin)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		if err == nil && !b.Approved() {
			hands = append(hands, handsOf(b.Approval)...)
		}
	}
	return hands, nil
}

// judging are the rights of those who answer for an emergency.
var judging = []trust.Action{trust.Emergency, trust.Approve}

// reads reports whether the visitor may read, and hear, a bulletin by its place:
// one that is approved wherever it may be heard, any other with a right in all
// of its place only.
func (a *atlas) reads(b store.Bulletin) bool {
	place := a.standing(b.Area)
	if b.Approved() {
		return a.who.touches(trust.Actions, a.tree, place)
	}
	return a.who.sees(a.tree, place)
}

// shows reports whether what a programme says is the visitor's to hear: it is
// approved and concerns them, or theirs to review in a part of its places.
func (a *atlas) shows(p store.Programme) bool {
	return p.Approved() && a.concerns(p.Targets) || a.permitPart(reviewing, a.placesOf(p.Targets)) == nil
}

// bulletin returns a bulletin as the caller may read it: as it is now, else as
// it was approved last.
func (s *Server) bulletin(ctx context.Context, a *atlas, id string) (store.Bulletin, error) {
	b, err := s.opt.Store.Bulletin(ctx, id)
	if err != nil || a.reads(b) {
		return b, err
	}
	held, err := s.opt.Store.ProgrammesNaming(ctx, id)
	if err != nil || slices.ContainsFunc(held, a.shows) {
		return b, err
	}
	approved, err := s.opt.Store.ApprovedBulletin(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && !a.reads(approved):
		return b, mayNot(a.who, reading, a.areaName(a.standing(b.Area)))
	}
	return approved, err
}

// mayHear says why the caller may not hear a clip; nil: they may. It is theirs by
// its place, by a bulletin or a programme that it is in, or by what was aired
// where they are.
func (s *Server) mayHear(ctx context.Context, a *atlas, clip string) error {
	if a.who.sees(a.tree, a.commune) {
		return nil
	}
	places, err := s.opt.Store.ClipPlaces(ctx, clip)
	if err != nil || slices.ContainsFunc(places, func(area string) bool { return a.who.sees(a.tree, a.standing(area)) }) {
		return err
	}
	now, err := s.opt.Store.BulletinsWith(ctx, clip)
	if err != nil || slices.ContainsFunc(now, a.reads) {
		return err
	}
	approved, err := s.opt.Store.ApprovedWith(ctx, clip)
	if err != nil || slices.ContainsFunc(approved, a.reads) {
		return err
	}
	held, err := s.opt.Store.ProgrammesNaming(ctx, clip)
	if err != nil || slices.ContainsFunc(held, a.shows) {
		return err
	}
	aired, err := s.opt.Store.Broadcasts(ctx, store.BroadcastFilter{Clip: clip, Seen: a.roots(), Limit: 1})
	if err != nil || len(aired) > 0 {
		return err
	}
	return mayNot(a.who, reading, a.areaName(a.commune))
}

// isForbidden reports whether an error is a refusal for want of a right.
func isForbidden(err error) bool {
	p, ok := problem.Of(err)
	return ok && p.Kind == problem.Forbidden
}

func unlessForbidden(err error) error {
	if isForbidden(err) {
		return nil
	}
	return err
}

// clip returns a clip that the caller may hear; ErrNotFound: there is none.
func (s *Server) clip(ctx context.Context, a *atlas, id string) (store.Clip, error) {
	clip, err := s.opt.Store.GetClip(ctx, id)
	if err == nil {
		err = s.mayHear(ctx, a, id)
	}
	if isForbidden(err) {
		err = store.ErrNotFound
	}
	return clip, err
}

// permitChange says why the caller may not change, replace or delete a
// bulletin: it needs the right to write in its place, and that of those who
// answer for emergencies where it is approved as one.
func (s *Server) permitChange(ctx context.Context, a *atlas, b store.Bulletin) error {
	if err := a.permit(writing, a.standing(b.Area)); err != nil {
		return err
	}
	approved, err := s.opt.Store.ApprovedBulletin(ctx, b.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil || approved.Class != string(schedule.Emergency):
		return err
	}
	return a.permit(judging, a.standing(approved.Area), a.standing(b.Area))
}

// mayChange is permitChange of a bulletin by its id.
func (s *Server) mayChange(ctx context.Context, id string) error {
	a, err := s.atlas(ctx)
	if err != nil {
		return err
	}
	b, err := s.opt.Store.Bulletin(ctx, id)
	if err != nil {
		return err
	}
	return s.permitChange(ctx, a, b)
}

// ownPlaces are where the visitor may do something, the whole commune first: what
// they make belongs there.
func (a *atlas) ownPlaces(any ...trust.Action) []string {
	if a.who.may(any, a.tree, a.commune) {
		return []string{a.commune}
	}
	var places []string
	for _, action := range any {
		places = append(places, a.who.who.Where(action)...)
	}
	return places
}

// placeClip notes where a clip belongs that the caller has made.
func (s *Server) placeClip(ctx context.Context, clip string) error {
	a, err := s.atlas(ctx)
	if err != nil {
		return err
	}
	return s.opt.Store.PlaceClip(ctx, clip, a.clipPlaces()...)
}

// clipPlaces are where the clips belong that the caller makes.
func (a *atlas) clipPlaces() []string { return a.ownPlaces(trust.Write, trust.Emergency, trust.Speak) }

package web

import (
	"context"
	"net/http"
	"slices"

	"loa/controller/problem"
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
		return problem.New(http.StatusForbidden, "forbidden",
			"Mã truy cập này không được %[1]s: hãy tạo mã khác có quyền đó.", "This token may not %[2]s: make one that has the right.", vi, en)
	}
	return problem.New(http.StatusForbidden, "forbidden",
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

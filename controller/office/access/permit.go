package access

import (
	"context"
	"slices"

	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
	"loa/controller/trust"
	"loa/schedule"
)

// Deeds are the actions in words, as they follow “may not”.
var Deeds = map[trust.Action][2]string{
	trust.Read:      {"xem phần này", "see this"},
	trust.Report:    {"báo hỏng", "report a fault"},
	trust.Write:     {"soạn bản tin và lịch phát", "write bulletins and programmes"},
	trust.Approve:   {"duyệt bản tin", "approve bulletins"},
	trust.Speak:     {"phát trực tiếp", "speak live"},
	trust.Emergency: {"phát khẩn cấp", "air emergencies"},
	trust.Maintain:  {"lắp đặt, chỉnh cụm loa", "set up loudspeakers"},
	trust.Govern:    {"quản lý người dùng, địa bàn và cài đặt", "manage people, areas and settings"},
	trust.Audit:     {"xem nhật ký thao tác", "see who did what"},
	trust.Listen:    {"xem bà con trả lời và nhắn gì", "see what villagers answer and send"},
}

// MayNot is the refusal that names what is missing, and where.
func MayNot(v *Visit, any []trust.Action, where string) *problem.Problem {
	deed := Deeds[any[0]]
	vi, en := deed[0], deed[1]
	if where != "" {
		vi, en = vi+" ở "+where, en+" in "+where
	}
	if v.Kind == Program {
		return problem.New(problem.Forbidden, "forbidden",
			"Mã truy cập này không được %[1]s: hãy tạo mã khác có quyền đó.", "This token may not %[2]s: make one that has the right.", vi, en)
	}
	return problem.New(problem.Forbidden, "forbidden",
		"Tài khoản này không được %[1]s: hãy nhờ trưởng đài cấp quyền.", "This account may not %[2]s: ask the head of the station for the right.",
		vi, en)
}

// Permit says why the visitor may not do one of some things in all of the
// areas; nil: they may.
func (v *View) Permit(any []trust.Action, areas ...string) error {
	for _, area := range areas {
		if !v.Who.May(any, v.Tree, area) {
			return MayNot(v.Who, any, v.AreaName(area))
		}
	}
	if !v.Who.May(any, v.Tree) {
		return MayNot(v.Who, any, "")
	}
	return nil
}

// PermitPart is Permit where a part of the areas is enough.
func (v *View) PermitPart(any []trust.Action, areas []string) error {
	if slices.ContainsFunc(areas, func(area string) bool { return v.Who.touches(any, v.Tree, area) }) {
		return nil
	}
	return MayNot(v.Who, any, v.AreaName(areas[0]))
}

// Permit is a View's, for those who learn late what a request touches.
func (c *Control) Permit(ctx context.Context, any []trust.Action, t schedule.Targets) error {
	a, err := c.View(ctx)
	if err != nil {
		return err
	}
	return a.Permit(any, a.PlacesOf(t)...)
}

// PlacesOf returns the areas that targets touch. What is not known any more
// counts as the whole commune's, and so does nothing at all.
func (v *View) PlacesOf(t schedule.Targets) []string {
	areas := slices.Clone(t.Areas)
	for _, n := range t.Nodes {
		area, ok := v.AreaOf[n]
		if !ok {
			area = v.Commune
		}
		areas = append(areas, area)
	}
	if len(areas) == 0 {
		areas = []string{v.Commune}
	}
	return areas
}

// Concerns reports whether targets touch what the visitor sees.
func (v *View) Concerns(t schedule.Targets) bool {
	return slices.ContainsFunc(v.PlacesOf(t), func(area string) bool { return v.Who.touches(trust.Actions, v.Tree, area) })
}

// judging are the rights of those who answer for an emergency.
var judging = []trust.Action{trust.Emergency, trust.Approve}

// Reads reports whether the visitor may read, and hear, a bulletin by its place:
// one that is approved wherever it may be heard, any other with a right in all
// of its place only.
func (v *View) Reads(b store.Bulletin) bool {
	place := v.Standing(b.Area)
	if b.Approved() {
		return v.Who.touches(trust.Actions, v.Tree, place)
	}
	return v.Who.Sees(v.Tree, place)
}

// shows reports whether what a programme says is the visitor's to hear: it is
// approved and concerns them, or theirs to review in a part of its places.
func (v *View) shows(p store.Programme) bool {
	return p.Approved() && v.Concerns(p.Targets) || v.PermitPart(Reviewing, v.PlacesOf(p.Targets)) == nil
}

// IsForbidden reports whether an error is a refusal for want of a right.
func IsForbidden(err error) bool {
	p, ok := problem.Of(err)
	return ok && p.Kind == problem.Forbidden
}

// UnlessForbidden is an error, but nil for a refusal.
func UnlessForbidden(err error) error {
	if IsForbidden(err) {
		return nil
	}
	return err
}

// ownPlaces are where the visitor may do something, the whole commune first: what
// they make belongs there.
func (v *View) ownPlaces(any ...trust.Action) []string {
	if v.Who.May(any, v.Tree, v.Commune) {
		return []string{v.Commune}
	}
	var places []string
	for _, action := range any {
		places = append(places, v.Who.Who.Where(action)...)
	}
	return places
}

// SoundPlaces are where the caller may make sound, and end it.
func (v *View) SoundPlaces() []string { return v.ownPlaces(Sounding...) }

// ClipPlaces are where the clips belong that the caller makes.
func (v *View) ClipPlaces() []string {
	return v.ownPlaces(trust.Write, trust.Emergency, trust.Speak)
}

// Placed is where a new bulletin belongs: where its maker says, if they may write
// there, else where they may.
func (v *View) Placed(said string) (string, error) {
	if said == "" {
		said = append(v.ownPlaces(trust.Write), v.Commune)[0]
	}
	if _, ok := v.Tree[said]; !ok && said != v.Commune {
		return said, UnknownArea(said)
	}
	return said, v.Permit(Writing, said)
}

// Leads reports whether a person approves or governs in a part of the areas, or
// over them.
func (v *View) Leads(p store.Person, areas []string) bool {
	who := &Visit{Kind: Person, Who: trust.Principal{ID: p.ID, Grants: p.Grants}}
	for _, area := range areas {
		if who.touches([]trust.Action{trust.Approve, trust.Govern}, v.Tree, area) {
			return true
		}
	}
	return false
}

// Listens reports whether a person listens to the villagers of an area.
func (v *View) Listens(p store.Person, area string) bool {
	return trust.Principal{ID: p.ID, Grants: p.Grants}.May(trust.Listen, v.Tree, v.Standing(area))
}

// Alerts reports whether a person may air emergencies in a part of the areas, or over them.
func (v *View) Alerts(p store.Person, areas []string) bool {
	who := &Visit{Kind: Person, Who: trust.Principal{ID: p.ID, Grants: p.Grants}}
	return slices.ContainsFunc(areas, func(area string) bool { return who.touches(Alerting, v.Tree, area) })
}

// Drills reports whether a person may begin a drill of the whole commune.
func (v *View) Drills(p store.Person) bool {
	who := &Visit{Kind: Person, Who: trust.Principal{ID: p.ID, Grants: p.Grants}}
	return who.May(Drilling, v.Tree, v.Commune)
}

// PermitGrants says why the caller has no say over these roles: one must
// govern the place, and nobody gives, or takes over, what they do not have.
func (v *View) PermitGrants(grants []store.Grant) error {
	for _, g := range grants {
		area := v.Standing(g.Area)
		if err := v.Permit(Governing, area); err != nil {
			return err
		}
		given := trust.Principal{Grants: []store.Grant{{Role: g.Role, Area: area}}}
		for _, action := range trust.Actions {
			if !given.May(action, v.Tree, area) {
				continue
			}
			if err := v.Permit([]trust.Action{action}, area); err != nil {
				return err
			}
		}
	}
	return nil
}

// Known says which grant is of no area.
func (v *View) Known(grants []store.Grant) error {
	for _, g := range grants {
		if _, ok := v.Tree[g.Area]; !ok && g.Area != v.Commune {
			return UnknownArea(g.Area)
		}
	}
	return nil
}

// Heads reports whether one of these people governs the commune.
func (v *View) Heads(people ...store.Person) bool {
	return slices.ContainsFunc(people, func(p store.Person) bool {
		return !p.Disabled && trust.Principal{Grants: p.Grants}.May(trust.Govern, v.Tree, v.Commune)
	})
}

// PermitArea says why an area may not be put below a parent: of what is there
// already, and of where it comes to lie, the right is needed.
func (v *View) PermitArea(id, parent string) error {
	old, known := v.Areas[id]
	switch {
	case known && old.Parent == parent:
		return v.Permit(Governing, id)
	case known:
		return v.Permit(Governing, id, parent)
	case v.Who.May(Governing, v.Tree, id): // the root that somebody was given before it had a name
		return nil
	default:
		return v.Permit(Governing, parent)
	}
}

// UnknownArea says that there is no such area.
func UnknownArea(id string) *problem.Problem {
	return problem.New(problem.Invalid, "area_unknown",
		"Không có địa bàn “%s”: hãy chọn trong danh sách địa bàn của xã.",
		"There is no area “%s”: choose one of the commune's areas.", text.Shown(id))
}

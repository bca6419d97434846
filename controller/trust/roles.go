package trust

import (
	"slices"

	"loa/controller/store"
	"loa/schedule"
)

// Action is a kind of thing that people do here. Every endpoint needs one.
type Action string

// The actions.
const (
	Read      Action = "read"      // see what plays and how the loudspeakers are
	Report    Action = "report"    // báo hỏng
	Write     Action = "write"     // bulletins, recordings and the calendar
	Approve   Action = "approve"   // what others wrote
	Speak     Action = "speak"     // live, and the passing on of stations
	Emergency Action = "emergency" // khẩn cấp
	Maintain  Action = "maintain"  // nodes: enrol, replace, adjust
	Govern    Action = "govern"    // people, areas and settings
	Audit     Action = "audit"     // who did what
	Listen    Action = "listen"    // what villagers answer and send, with their telephone numbers; and to answer them
)

// Actions are all of them.
var Actions = []Action{Read, Report, Write, Approve, Speak, Emergency, Maintain, Govern, Audit, Listen}

// Role is what a person is, in some place.
type Role string

// The roles, and their words on screen.
const (
	Admin      Role = "admin"      // trưởng đài
	Operator   Role = "operator"   // cán bộ truyền thanh
	Approver   Role = "approver"   // lãnh đạo duyệt
	Speaker    Role = "speaker"    // người phát khẩn cấp
	Head       Role = "head"       // trưởng thôn
	Technician Role = "technician" // kỹ thuật viên
	Province   Role = "province"   // tỉnh: sees its communes
)

// may says what a role may do in its place.
var may = map[Role][]Action{
	Admin:      Actions,
	Operator:   {Read, Report, Write, Speak, Listen},
	Approver:   {Read, Report, Approve, Audit, Listen},
	Speaker:    {Read, Report, Speak, Emergency, Listen},
	Head:       {Read, Report, Listen},
	Technician: {Read, Report, Maintain},
	Province:   {Read, Audit},
}

// Roles are all roles.
var Roles = []Role{Admin, Operator, Approver, Speaker, Head, Technician, Province}

// Valid reports whether r is a known role.
func (r Role) Valid() bool { return may[r] != nil }

// Principal is the caller: a person, or a token that acts for one.
type Principal struct {
	ID     string
	Person string // whose rights they are: the id again, or of a token whom it acts for
	Name   string
	Grants []store.Grant // its roles, each in a place
	Scopes []Action      // of a token: it may do no more than these; nil: no limit
}

// May reports whether the principal may do something in each of the areas. With
// no area it must be allowed in some place at least: what that place is, the
// answer must be cut to.
func (p Principal) May(a Action, tree schedule.Tree, areas ...string) bool {
	if p.Scopes != nil && !slices.Contains(p.Scopes, a) {
		return false
	}
	where := p.Where(a)
	if len(areas) == 0 {
		return len(where) > 0
	}
	for _, area := range areas {
		if !slices.ContainsFunc(where, func(root string) bool { return tree.Within(area, root) }) {
			return false
		}
	}
	return true
}

// Where returns the areas in which, and below which, the principal may do
// something.
func (p Principal) Where(a Action) (areas []string) {
	if p.Scopes != nil && !slices.Contains(p.Scopes, a) {
		return nil
	}
	for _, g := range p.Grants {
		if slices.Contains(may[Role(g.Role)], a) && !slices.Contains(areas, g.Area) {
			areas = append(areas, g.Area)
		}
	}
	return areas
}

package auth

import (
	"net/http"
	"slices"

	"loa/controller/office/access"
	"loa/controller/office/calls"
	"loa/controller/problem"
	"loa/controller/web/respond"
)

// Router is a mux on which every endpoint is guarded by its rule.
type Router struct {
	*http.ServeMux
	door     *Door
	patterns []string
}

// Router returns an empty one, whose endpoints this door guards.
func (d *Door) Router() *Router { return &Router{ServeMux: http.NewServeMux(), door: d} }

// Patterns are the endpoints that were added.
func (m *Router) Patterns() []string { return slices.Clone(m.patterns) }

// HandleFunc adds an endpoint.
func (m *Router) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	m.Handle(pattern, http.HandlerFunc(h))
}

// Handle adds an endpoint.
func (m *Router) Handle(pattern string, h http.Handler) {
	m.patterns = append(m.patterns, pattern)
	m.ServeMux.Handle(pattern, m.door.guard(rules[pattern], h))
}

// guard lets in those who may.
func (d *Door) guard(rule rule, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := d.admit(r, rule); err != nil {
			d.turnAway(w, r, respond.Explain(d.opt.Logger, err))
			return
		}
		if rule.does != "" && d.opt.StandIn && !standInDoes[rule.does] {
			d.turnAway(w, r, standInOnly)
			return
		}
		next.ServeHTTP(w, r)
	})
}

var (
	signInFirst = problem.New(problem.Unidentified, "sign_in_needed",
		"Chưa đăng nhập, hoặc phiên đã hết: hãy đăng nhập.", "You are not signed in, or no more: sign in.")
	noRule = problem.New(problem.Forbidden, "no_rule",
		"Chưa ai quy định ai được dùng địa chỉ này nên nó bị khóa: hãy báo nhà phát triển Loa.",
		"Nobody has said who may use this address, so it is closed: tell Loa's developers.")
	personsOnly = problem.New(problem.Forbidden, "person_needed",
		"Việc này chỉ dành cho người có tài khoản: hãy đăng nhập bằng tài khoản của mình.",
		"This is for people with an account only: sign in with your own.")
)

// admit says why a request may not pass; nil: it may.
func (d *Door) admit(r *http.Request, rule rule) error {
	v := access.Of(r.Context())
	switch {
	case rule.place == unsaid:
		return noRule
	case rule.place == open:
		return nil
	case v.Kind == access.Nobody:
		return signInFirst
	case rule.place == personal && v.Kind != access.Person:
		return personsOnly
	case rule.place == personal, rule.place == signedIn:
		return nil
	}
	a, err := d.opt.Access.View(r.Context())
	if err != nil {
		return err
	}
	if !v.May(rule.needs, a.Tree) { // before anything is looked up
		return access.MayNot(v, rule.needs, "")
	}
	areas, seen, err := d.where(r, a, rule.place)
	switch {
	case err != nil:
		return err
	case seen:
		return a.PermitPart(rule.needs, areas)
	default:
		return a.Permit(rule.needs, areas...)
	}
}

// where returns what a request touches by its address; seen says that a right
// in a part of it is enough.
func (d *Door) where(r *http.Request, a *access.View, place place) (areas []string, seen bool, err error) {
	ctx, id := r.Context(), r.PathValue("id")
	switch place {
	case inCommune:
		return []string{a.Commune}, false, nil
	case ofArea:
		return []string{id}, false, nil
	case ofNode:
		return a.PlacesOf(access.NodeTarget(id)), false, nil
	case ofProgramme, seenProgramme:
		p, err := d.opt.Store.Programme(ctx, id)
		return a.PlacesOf(p.Programme.Targets), place == seenProgramme, err
	case ofBulletin:
		b, err := d.opt.Store.Bulletin(ctx, id)
		return []string{a.Standing(b.Area)}, false, err
	case seenCall:
		c, err := d.opt.Store.Call(ctx, id)
		return a.PlacesOf(c.Targets), true, err
	}
	return nil, false, nil
}

// standInDoes is what may be done while the store stands in for the database (package
// standby), as the audit log names it: what would be lost with the stand-in is refused.
var standInDoes = map[string]bool{
	"session.begin": true, "session.end": true, "person.set_up": true,
	"call.arm": true, "call.begin": true, "call.stop": true, calls.StopAct: true, "drill.arm": true,
	"node.selftest": true, "notice.read": true, "backup.restore": true,
}

var standInOnly = problem.New(problem.Unavailable, "standing_in",
	"Máy đang chạy bằng bản dự phòng nên lúc này chỉ phát, dừng và khôi phục bản sao lưu được; thay đổi khác sẽ bị mất nên chưa nhận. Hãy làm theo dòng báo sự cố ở đầu trang rồi làm lại.",
	"This machine runs on a stand-in: only speaking, stopping and restoring a backup work now; any other change would be lost and is not taken. Do what the trouble at the top of the page asks for, then do it again.")

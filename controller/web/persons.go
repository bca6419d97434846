package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/trust"
)

// personBody is a person as somebody writes one down.
type personBody struct {
	Login    string        `json:"login" maxLength:"200"`
	Name     string        `json:"name,omitempty" maxLength:"200"`
	Password string        `json:"password" maxLength:"1000"`
	Grants   []store.Grant `json:"grants" doc:"roles, each in an area and all that lies in it"`
}

// personChange is what of a person can be changed.
type personChange struct {
	Name     string        `json:"name,omitempty" maxLength:"200"`
	Grants   []store.Grant `json:"grants"`
	Disabled bool          `json:"disabled,omitempty" doc:"cannot sign in; their sessions and tokens end"`
}

type personInput struct {
	ID   string `path:"id"`
	Body personChange
}
type personPassword struct {
	ID   string `path:"id"`
	Body struct {
		Password string `json:"password" maxLength:"1000"`
	}
}
type personAnswer struct{ Body store.Person }

// PersonView is a person with the programs that act for them.
type PersonView struct {
	store.Person
	Tokens []store.Token `json:"tokens" doc:"by which programs act for them, newest first"`
}

type personToken struct {
	ID    string `path:"id"`
	Token string `path:"token"`
}

func (s *Server) registerPersons(mux *router) {
	huma.Register(s.api, operation("list-people", http.MethodGet, "/people", "People whose roles you look after", "People", http.StatusOK), func(ctx context.Context, _ *struct{}) (*list[PersonView], error) {
		all, err := s.personViews(ctx)
		return listOf(all), s.fail(err)
	})
	huma.Register(s.api, operation("add-person", http.MethodPost, "/people", "Let somebody in, with roles in places", "People", http.StatusCreated), func(ctx context.Context, in *struct{ Body personBody }) (*personAnswer, error) {
		p, err := s.addPerson(ctx, in.Body)
		return &personAnswer{p}, s.fail(err)
	})
	huma.Register(s.api, operation("change-person", http.MethodPut, "/people/{id}", "Change somebody's name or roles, or shut them out", "People", http.StatusOK), func(ctx context.Context, in *personInput) (*personAnswer, error) {
		p, err := s.changePerson(ctx, in.ID, in.Body)
		return &personAnswer{p}, s.fail(err)
	})
	huma.Register(s.api, operation("reset-password", http.MethodPost, "/people/{id}/password", "Give somebody a new password; their sessions, passkeys and tokens end", "People", http.StatusNoContent), func(ctx context.Context, in *personPassword) (*struct{}, error) {
		return nil, s.fail(s.resetPassword(ctx, in.ID, in.Body.Password))
	})
	huma.Register(s.api, operation("revoke-token", http.MethodDelete, "/people/{id}/tokens/{token}", "Remove one of somebody's tokens", "People", http.StatusNoContent), func(ctx context.Context, in *personToken) (*struct{}, error) {
		return nil, s.fail(s.revokeToken(ctx, in.ID, in.Token))
	})
	mux.HandleFunc("POST /people/{id}/tokens/{token}", func(w http.ResponseWriter, r *http.Request) {
		err := readForm(w, r)
		if err == nil {
			err = s.revokeToken(r.Context(), r.PathValue("id"), r.PathValue("token"))
		}
		s.backToPersons(w, r, personBody{}, err)
	})
	mux.HandleFunc("GET /people", func(w http.ResponseWriter, r *http.Request) { s.personsPage(w, r, personBody{}, nil) })
	mux.HandleFunc("POST /people", s.addForm)
	mux.HandleFunc("POST /people/{id}", s.changeForm)
	mux.HandleFunc("POST /people/{id}/password", s.resetForm)
}

// persons are those who have a role in a place that the caller governs.
func (s *Server) persons(ctx context.Context) ([]store.Person, error) {
	all, err := s.opt.Store.People(ctx)
	if err != nil {
		return nil, err
	}
	a, err := s.access.View(ctx)
	if err != nil {
		return nil, err
	}
	return kept(all, func(p store.Person) bool {
		return len(p.Grants) == 0 || slices.ContainsFunc(p.Grants, func(g store.Grant) bool { return a.Who.May(access.Governing, a.Tree, a.Standing(g.Area)) })
	}), nil
}

// personViews are the persons with their tokens.
func (s *Server) personViews(ctx context.Context) ([]PersonView, error) {
	all, err := s.persons(ctx)
	if err != nil {
		return nil, err
	}
	views := make([]PersonView, len(all))
	for i, p := range all {
		views[i].Person = p
		if views[i].Tokens, err = s.opt.Store.TokensOf(ctx, p.ID); err != nil {
			return nil, err
		}
	}
	return views, nil
}

// revokeToken removes a token of a person over whom the caller has a say.
func (s *Server) revokeToken(ctx context.Context, id, token string) error {
	_, p, err := s.over(ctx, id)
	if err != nil {
		return err
	}
	all, err := s.opt.Store.TokensOf(ctx, p.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(t store.Token) bool { return t.ID == token })
	if i < 0 {
		return notFound
	}
	if err := s.opt.Store.DeleteToken(ctx, token); err != nil {
		return err
	}
	s.trail.Did(ctx, "token.delete", token, all[i], nil, placesOfGrants(p.Grants)...)
	return nil
}

func (s *Server) addPerson(ctx context.Context, b personBody) (p store.Person, err error) {
	a, err := s.access.View(ctx)
	if err == nil {
		err = a.Known(b.Grants)
	}
	if err == nil {
		err = a.PermitGrants(b.Grants)
	}
	if err == nil && s.opt.Accounts == nil {
		err = noAccounts
	}
	if err != nil {
		return p, err
	}
	if p, err = s.opt.Accounts.Add(ctx, trust.Newcomer{Login: b.Login, Name: b.Name, Password: b.Password, Grants: orNone(b.Grants)}); err == nil {
		s.trail.Did(ctx, "person.add", p.ID, nil, p, placesOfGrants(p.Grants)...)
	}
	return p, err
}

func orNone(grants []store.Grant) []store.Grant {
	if grants == nil {
		return []store.Grant{}
	}
	return grants
}

func placesOfGrants(grants []store.Grant) (areas []string) {
	for _, g := range grants {
		areas = append(areas, g.Area)
	}
	return areas
}

// over returns a person, if the caller has a say over all they may do.
func (s *Server) over(ctx context.Context, id string) (*access.View, store.Person, error) {
	a, err := s.access.View(ctx)
	if err != nil {
		return nil, store.Person{}, err
	}
	p, err := s.opt.Store.Person(ctx, id)
	if err == nil {
		err = a.PermitGrants(p.Grants)
	}
	if err == nil && s.opt.Accounts == nil {
		err = noAccounts
	}
	return a, p, err
}

var lastHead = problem.New(problem.Conflict, "last_admin",
	"Đây là trưởng đài cuối cùng của xã: hãy giao vai trò đó cho người khác trước.",
	"This is the commune's last head: give somebody else that role first.")

func (s *Server) changePerson(ctx context.Context, id string, c personChange) (after store.Person, err error) {
	s.editing.Lock() // two heads must not both be the last but one
	defer s.editing.Unlock()
	a, before, err := s.over(ctx, id)
	if err == nil {
		err = a.Known(c.Grants)
	}
	if err == nil {
		err = a.PermitGrants(c.Grants)
	}
	if err != nil {
		return after, err
	}
	changed := before
	changed.Grants, changed.Disabled = c.Grants, c.Disabled
	all, err := s.opt.Store.People(ctx)
	if err != nil {
		return after, err
	}
	others := slices.DeleteFunc(all, func(p store.Person) bool { return p.ID == id })
	if a.Heads(before) && !a.Heads(append(others, changed)...) {
		return after, lastHead
	}
	before, after, err = s.opt.Accounts.Change(ctx, id, c.Name, orNone(c.Grants), c.Disabled)
	if err == nil {
		s.trail.Did(ctx, "person.put", id, before, after, placesOfGrants(after.Grants)...)
	}
	return after, err
}

func (s *Server) resetPassword(ctx context.Context, id, password string) error {
	_, p, err := s.over(ctx, id)
	if err != nil {
		return err
	}
	if err := s.opt.Accounts.SetPassword(ctx, id, password, ""); err != nil {
		return err
	}
	s.trail.Did(ctx, "person.password", p.ID, nil, nil, placesOfGrants(p.Grants)...)
	return nil
}

type personsView struct {
	frame
	Now      time.Time
	Sentence string // what went wrong
	Draft    personBody
	People   []PersonView
	Areas    []placeRow
	Roles    []trust.Role
}

// AreaName names an area, for the template.
func (v personsView) AreaName(id string) string {
	for _, a := range v.Areas {
		if a.ID == id {
			return a.Name
		}
	}
	return id
}

// grantView is one role of a form, with what can be chosen.
type grantView struct {
	View  personsView
	Grant store.Grant
}

// Slots are a person's grants and an empty one, to add another.
func (v personsView) Slots(grants []store.Grant) []store.Grant {
	return append(slices.Clone(grants), store.Grant{})
}

func (s *Server) personsPage(w http.ResponseWriter, r *http.Request, draft personBody, wrong error) {
	v := personsView{frame: s.frame(r, "people"), Now: s.opt.Now(), Draft: draft, Roles: trust.Roles}
	var err error
	if v.People, err = s.personViews(r.Context()); err == nil {
		v.Areas, err = s.placeRows(r.Context(), access.Governing)
	}
	if err != nil {
		s.problemPage(w, r, s.explain(err))
		return
	}
	if len(v.Areas) == 0 { // before the commune has a name
		v.Areas = []placeRow{{ID: s.opt.Commune, Name: s.opt.Commune}}
	}
	status := http.StatusOK
	if wrong != nil {
		p := s.explain(wrong)
		status, v.Sentence = statusOf(p), spoken(r, p)
	}
	s.show(w, r, status, "people.html", v)
}

// grantsOf reads the roles of a form: pairs, of which empty ones are left out.
func grantsOf(r *http.Request) (grants []store.Grant) {
	areas := r.PostForm["area"]
	for i, role := range r.PostForm["role"] {
		if role != "" && i < len(areas) {
			grants = append(grants, store.Grant{Role: role, Area: areas[i]})
		}
	}
	return grants
}

func (s *Server) addForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	b := personBody{Login: r.PostForm.Get("login"), Name: r.PostForm.Get("name"), Password: r.PostForm.Get("password"), Grants: grantsOf(r)}
	if err == nil {
		_, err = s.addPerson(r.Context(), b)
	}
	s.backToPersons(w, r, b, err)
}

func (s *Server) changeForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	if err == nil {
		_, err = s.changePerson(r.Context(), r.PathValue("id"), personChange{Name: r.PostForm.Get("name"), Grants: grantsOf(r), Disabled: r.PostForm.Has("disabled")})
	}
	s.backToPersons(w, r, personBody{}, err)
}

func (s *Server) resetForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	if err == nil {
		err = s.resetPassword(r.Context(), r.PathValue("id"), r.PostForm.Get("password"))
	}
	s.backToPersons(w, r, personBody{}, err)
}

func (s *Server) backToPersons(w http.ResponseWriter, r *http.Request, draft personBody, err error) {
	if err != nil {
		s.personsPage(w, r, draft, err)
		return
	}
	http.Redirect(w, r, "/people", http.StatusSeeOther)
}

package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/access"
	"loa/controller/office/people"
	"loa/controller/store"
	"loa/controller/trust"
)

type personInput struct {
	ID   string `path:"id"`
	Body people.Change
}
type personPassword struct {
	ID   string `path:"id"`
	Body struct {
		Password string `json:"password" maxLength:"1000"`
	}
}
type personAnswer struct{ Body store.Person }

type personToken struct {
	ID    string `path:"id"`
	Token string `path:"token"`
}

func (s *Server) registerPersons(mux *router) {
	huma.Register(s.api, operation("list-people", http.MethodGet, "/people", "People whose roles you look after", "People", http.StatusOK), func(ctx context.Context, _ *struct{}) (*list[people.View], error) {
		all, err := s.people.Views(ctx)
		return listOf(all), s.fail(err)
	})
	huma.Register(s.api, operation("add-person", http.MethodPost, "/people", "Let somebody in, with roles in places", "People", http.StatusCreated), func(ctx context.Context, in *struct{ Body people.Newcomer }) (*personAnswer, error) {
		p, err := s.people.Add(ctx, in.Body)
		return &personAnswer{p}, s.fail(err)
	})
	huma.Register(s.api, operation("change-person", http.MethodPut, "/people/{id}", "Change somebody's name or roles, or shut them out", "People", http.StatusOK), func(ctx context.Context, in *personInput) (*personAnswer, error) {
		p, err := s.people.Change(ctx, in.ID, in.Body)
		return &personAnswer{p}, s.fail(err)
	})
	huma.Register(s.api, operation("reset-password", http.MethodPost, "/people/{id}/password", "Give somebody a new password; their sessions, passkeys and tokens end", "People", http.StatusNoContent), func(ctx context.Context, in *personPassword) (*struct{}, error) {
		return nil, s.fail(s.people.ResetPassword(ctx, in.ID, in.Body.Password))
	})
	huma.Register(s.api, operation("revoke-token", http.MethodDelete, "/people/{id}/tokens/{token}", "Remove one of somebody's tokens", "People", http.StatusNoContent), func(ctx context.Context, in *personToken) (*struct{}, error) {
		return nil, s.fail(s.people.RevokeToken(ctx, in.ID, in.Token))
	})
	mux.HandleFunc("POST /people/{id}/tokens/{token}", func(w http.ResponseWriter, r *http.Request) {
		err := readForm(w, r)
		if err == nil {
			err = s.people.RevokeToken(r.Context(), r.PathValue("id"), r.PathValue("token"))
		}
		s.backToPersons(w, r, people.Newcomer{}, err)
	})
	mux.HandleFunc("GET /people", func(w http.ResponseWriter, r *http.Request) { s.personsPage(w, r, people.Newcomer{}, nil) })
	mux.HandleFunc("POST /people", s.addForm)
	mux.HandleFunc("POST /people/{id}", s.changeForm)
	mux.HandleFunc("POST /people/{id}/password", s.resetForm)
}

type personsView struct {
	frame
	Now      time.Time
	Sentence string // what went wrong
	Draft    people.Newcomer
	People   []people.View
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

func (s *Server) personsPage(w http.ResponseWriter, r *http.Request, draft people.Newcomer, wrong error) {
	v := personsView{frame: s.frame(r, "people"), Now: s.opt.Now(), Draft: draft, Roles: trust.Roles}
	var err error
	if v.People, err = s.people.Views(r.Context()); err == nil {
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
	b := people.Newcomer{Login: r.PostForm.Get("login"), Name: r.PostForm.Get("name"), Password: r.PostForm.Get("password"), Grants: grantsOf(r)}
	if err == nil {
		_, err = s.people.Add(r.Context(), b)
	}
	s.backToPersons(w, r, b, err)
}

func (s *Server) changeForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	if err == nil {
		_, err = s.people.Change(r.Context(), r.PathValue("id"), people.Change{Name: r.PostForm.Get("name"), Grants: grantsOf(r), Disabled: r.PostForm.Has("disabled")})
	}
	s.backToPersons(w, r, people.Newcomer{}, err)
}

func (s *Server) resetForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	if err == nil {
		err = s.people.ResetPassword(r.Context(), r.PathValue("id"), r.PostForm.Get("password"))
	}
	s.backToPersons(w, r, people.Newcomer{}, err)
}

func (s *Server) backToPersons(w http.ResponseWriter, r *http.Request, draft people.Newcomer, err error) {
	if err != nil {
		s.personsPage(w, r, draft, err)
		return
	}
	http.Redirect(w, r, "/people", http.StatusSeeOther)
}

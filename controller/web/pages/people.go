package pages

import (
	"net/http"
	"slices"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/people"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/controller/web/respond"
)

// peoplePage is who has an account, and which roles.
type peoplePage struct {
	*kit
	people *people.Desk
}

// register adds the endpoints.
func (p *peoplePage) register() {
	p.mux.HandleFunc("POST /people/{id}/tokens/{token}", func(w http.ResponseWriter, r *http.Request) {
		err := readForm(w, r)
		if err == nil {
			err = p.people.RevokeToken(r.Context(), r.PathValue("id"), r.PathValue("token"))
		}
		p.backToPersons(w, r, people.Newcomer{}, err)
	})
	p.mux.HandleFunc("GET /people", func(w http.ResponseWriter, r *http.Request) { p.personsPage(w, r, people.Newcomer{}, nil) })
	p.mux.HandleFunc("POST /people", p.addForm)
	p.mux.HandleFunc("POST /people/{id}", p.changeForm)
	p.mux.HandleFunc("POST /people/{id}/password", p.resetForm)
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

func (p *peoplePage) personsPage(w http.ResponseWriter, r *http.Request, draft people.Newcomer, wrong error) {
	v := personsView{frame: p.frameOf(r, "people"), Now: p.now(), Draft: draft, Roles: trust.Roles}
	var err error
	if v.People, err = p.people.Views(r.Context()); err == nil {
		v.Areas, err = p.placeRows(r.Context(), access.Governing)
	}
	if err != nil {
		p.problemPage(w, r, p.explain(err))
		return
	}
	if len(v.Areas) == 0 { // before the commune has a name
		v.Areas = []placeRow{{ID: p.commune, Name: p.commune}}
	}
	status := http.StatusOK
	if wrong != nil {
		pr := p.explain(wrong)
		status, v.Sentence = respond.Status(pr), respond.Sentence(r, pr)
	}
	p.show(w, r, status, "people.html", v)
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

func (p *peoplePage) addForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	b := people.Newcomer{Login: r.PostForm.Get("login"), Name: r.PostForm.Get("name"), Password: r.PostForm.Get("password"), Grants: grantsOf(r)}
	if err == nil {
		_, err = p.people.Add(r.Context(), b)
	}
	p.backToPersons(w, r, b, err)
}

func (p *peoplePage) changeForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	if err == nil {
		_, err = p.people.Change(r.Context(), r.PathValue("id"), people.Change{Name: r.PostForm.Get("name"), Grants: grantsOf(r), Disabled: r.PostForm.Has("disabled")})
	}
	p.backToPersons(w, r, people.Newcomer{}, err)
}

func (p *peoplePage) resetForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	if err == nil {
		err = p.people.ResetPassword(r.Context(), r.PathValue("id"), r.PostForm.Get("password"))
	}
	p.backToPersons(w, r, people.Newcomer{}, err)
}

func (p *peoplePage) backToPersons(w http.ResponseWriter, r *http.Request, draft people.Newcomer, err error) {
	if err != nil {
		p.personsPage(w, r, draft, err)
		return
	}
	http.Redirect(w, r, "/people", http.StatusSeeOther)
}

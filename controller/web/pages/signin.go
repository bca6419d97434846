package pages

import (
	"net/http"
	"slices"

	"loa/controller/office/access"
	"loa/controller/office/account"
	"loa/controller/trust"
	"loa/controller/web/auth"
	"loa/controller/web/respond"
)

// signInPage is where a person comes in, and where the first account is made.
type signInPage struct {
	*kit
}

// register adds the endpoints.
func (p *signInPage) register() {
	p.mux.HandleFunc("GET /signin", p.signInPage)
	p.mux.HandleFunc("POST /signin", p.signInForm)
	p.mux.HandleFunc("GET /setup", p.setUpPage)
	p.mux.HandleFunc("POST /setup", p.setUpForm)
	p.mux.HandleFunc("POST /signout", p.signOutForm)
}

// doorView is the page of signing in, and of the first account.
type doorView struct {
	frame
	Sentence string // what went wrong
	Login    string
	Name     string
	Next     string
	Allowed  bool // to make the first account
}

func (p *signInPage) doorPage(w http.ResponseWriter, r *http.Request, page string, v doorView, err error) {
	status := http.StatusOK
	if err != nil {
		pr := p.explain(err)
		status, v.Sentence = respond.Status(pr), respond.Sentence(r, pr)
	}
	v.frame = p.frameOf(r, page)
	p.show(w, r, status, page+".html", v)
}

func (p *signInPage) signInPage(w http.ResponseWriter, r *http.Request) {
	if first, err := p.account.IsNew(r.Context()); err == nil && first {
		http.Redirect(w, r, "/setup", http.StatusSeeOther)
		return
	}
	p.doorPage(w, r, "signin", doorView{Next: nextOf(r.URL.Query().Get("next"))}, nil)
}

func (p *signInPage) signInForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	next := nextOf(r.PostForm.Get("next"))
	var value string
	if err == nil {
		value, err = p.account.SignIn(r.Context(), account.Credentials{Login: r.PostForm.Get("login"), Password: r.PostForm.Get("password")})
	}
	if err != nil {
		p.doorPage(w, r, "signin", doorView{Login: r.PostForm.Get("login"), Next: next}, err)
		return
	}
	v := access.Of(r.Context())
	if next == "/" {
		next = homeOf(v)
	}
	http.SetCookie(w, auth.SessionCookie(value, v.TLS))
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// homeOf is where somebody begins: the head of a village, there.
func homeOf(v *access.Visit) string {
	heads := []trust.Action{trust.Read, trust.Report, trust.Listen}
	for _, a := range trust.Actions {
		if !slices.Contains(heads, a) && v.May([]trust.Action{a}, nil) {
			return "/"
		}
	}
	return "/village"
}

func (p *signInPage) setUpPage(w http.ResponseWriter, r *http.Request) {
	if first, err := p.account.IsNew(r.Context()); err == nil && !first {
		http.Redirect(w, r, "/signin", http.StatusSeeOther)
		return
	}
	p.doorPage(w, r, "setup", doorView{Allowed: access.Of(r.Context()).MaySetUp()}, nil)
}

func (p *signInPage) setUpForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	n := account.Newcomer{Login: r.PostForm.Get("login"), Password: r.PostForm.Get("password"), Name: r.PostForm.Get("name")}
	var value string
	if err == nil {
		value, err = p.account.SetUp(r.Context(), n)
	}
	if err != nil {
		p.doorPage(w, r, "setup", doorView{Login: n.Login, Name: n.Name, Allowed: access.Of(r.Context()).MaySetUp()}, err)
		return
	}
	http.SetCookie(w, auth.SessionCookie(value, r.TLS != nil))
	http.Redirect(w, r, "/wizard", http.StatusSeeOther)
}

func (p *signInPage) signOutForm(w http.ResponseWriter, r *http.Request) {
	if err := p.account.SignOut(r.Context()); err != nil {
		p.problemPage(w, r, p.explain(err))
		return
	}
	http.SetCookie(w, auth.SessionCookie("", r.TLS != nil))
	http.Redirect(w, r, "/signin", http.StatusSeeOther)
}

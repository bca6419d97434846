package pages

import (
	"cmp"
	"errors"
	"net/http"
	"strconv"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/account"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/controller/web/auth"
	"loa/controller/web/respond"
)

// accountPage is what a person has for themselves.
type accountPage struct {
	*kit
}

// register adds the endpoints.
func (p *accountPage) register() {
	p.mux.HandleFunc("GET /account", func(w http.ResponseWriter, r *http.Request) { p.accountPage(w, r, "", nil) })
	p.mux.HandleFunc("POST /account/password", p.passwordForm)
	p.mux.HandleFunc("POST /account/sessions", p.accountForm(func(r *http.Request) error { return p.account.EndOthers(r.Context()) }))
	p.mux.HandleFunc("POST /account/sessions/{id}", p.accountForm(func(r *http.Request) error { return p.account.EndSession(r.Context(), r.PathValue("id")) }))
	p.mux.HandleFunc("POST /account/tokens", p.tokenForm)
	p.mux.HandleFunc("POST /account/tokens/{id}", p.accountForm(func(r *http.Request) error { return p.account.DeleteToken(r.Context(), r.PathValue("id")) }))
	p.mux.HandleFunc("POST /account/passkeys/{id}", p.accountForm(func(r *http.Request) error { return p.account.DeletePasskey(r.Context(), r.PathValue("id")) }))
}

type accountView struct {
	frame
	Now      time.Time
	Sentence string // what went wrong
	Token    string // made just now
	Passkeys []store.Passkey
	Sessions []account.Session
	Tokens   []store.Token
	Scopes   []trust.Action
}

func (p *accountPage) accountPage(w http.ResponseWriter, r *http.Request, token string, wrong error) {
	v := accountView{frame: p.frameOf(r, "account"), Now: p.now(), Token: token}
	for _, a := range trust.Actions {
		if access.Of(r.Context()).May([]trust.Action{a}, nil) {
			v.Scopes = append(v.Scopes, a)
		}
	}
	var errs [3]error
	v.Sessions, errs[0] = p.account.Sessions(r.Context())
	v.Tokens, errs[1] = p.account.Tokens(r.Context())
	v.Passkeys, errs[2] = p.account.Passkeys(r.Context())
	if err := errors.Join(errs[:]...); err != nil {
		p.problemPage(w, r, p.explain(err))
		return
	}
	status := http.StatusOK
	if wrong != nil {
		pr := p.explain(wrong)
		status, v.Sentence = respond.Status(pr), respond.Sentence(r, pr)
	}
	p.show(w, r, status, "account.html", v)
}

// accountForm is a form that does one thing and comes back to the page.
func (p *accountPage) accountForm(do func(*http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := readForm(w, r)
		if err == nil {
			err = do(r)
		}
		if err != nil {
			p.accountPage(w, r, "", err)
			return
		}
		http.Redirect(w, r, "/account", http.StatusSeeOther)
	}
}

func (p *accountPage) passwordForm(w http.ResponseWriter, r *http.Request) {
	p.accountForm(func(r *http.Request) error {
		value, err := p.account.SetPassword(r.Context(), account.NewPassword{Old: r.PostForm.Get("old"), New: r.PostForm.Get("new")})
		if value != "" {
			http.SetCookie(w, auth.SessionCookie(value, r.TLS != nil))
		}
		return err
	})(w, r)
}

func (p *accountPage) tokenForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	var token string
	if err == nil {
		b := account.NewToken{Name: r.PostForm.Get("name"), Password: r.PostForm.Get("password")}
		for _, scope := range r.PostForm["scope"] {
			b.Scopes = append(b.Scopes, trust.Action(scope))
		}
		b.Days, err = strconv.Atoi(cmp.Or(r.PostForm.Get("days"), "0"))
		if err != nil || b.Days < 0 {
			err = respond.Wrong(http.StatusUnprocessableEntity, "days")
		} else {
			token, _, err = p.account.MakeToken(r.Context(), b)
		}
	}
	p.accountPage(w, r, token, err)
}

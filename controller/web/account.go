package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/access"
	"loa/controller/store"
	"loa/controller/trust"
)

// SessionView is a browser that somebody is signed in with.
type SessionView struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen"`
	Agent   string    `json:"agent"`
	Address string    `json:"address"`
	Current bool      `json:"current" doc:"the one that asks"`
}

// sessionID is enough of a session's hash to name it.
const sessionID = 16

// passwordBody is a new password with the proof of the old.
type passwordBody struct {
	Old string `json:"old" maxLength:"1000"`
	New string `json:"new" maxLength:"1000"`
}

// tokenBody is a token as somebody wants it.
type tokenBody struct {
	Name   string         `json:"name" maxLength:"120"`
	Scopes []trust.Action `json:"scopes"`
	Days   int            `json:"days,omitempty" minimum:"0" maximum:"730" doc:"how long it lasts; 365 if left out"`
	// Password proves again who asks: finding a page open makes no token.
	Password string `json:"password" maxLength:"1000" doc:"yours"`
}

type tokenAnswer struct {
	Body struct {
		Token string      `json:"token" doc:"shown this once"`
		Kept  store.Token `json:"kept"`
	}
}

func (s *Server) registerAccount(mux *router) {
	huma.Register(s.api, operation("set-password", http.MethodPut, "/password", "Give yourself a new password; all other sessions end", "People", http.StatusNoContent), func(ctx context.Context, in *struct{ Body passwordBody }) (*leftAnswer, error) {
		value, err := s.newPassword(ctx, in.Body)
		if err != nil {
			return nil, s.fail(err)
		}
		return &leftAnswer{sessionCookie(access.Of(ctx), value)}, nil
	})
	huma.Register(s.api, operation("list-sessions", http.MethodGet, "/sessions", "Your sessions, the last seen first", "People", http.StatusOK), func(ctx context.Context, _ *struct{}) (*list[SessionView], error) {
		all, err := s.sessions(ctx)
		return listOf(all), s.fail(err)
	})
	huma.Register(s.api, operation("end-session", http.MethodDelete, "/sessions/{id}", "End one of your sessions", "People", http.StatusNoContent), func(ctx context.Context, in *idInput) (*struct{}, error) {
		return nil, s.fail(s.endSession(ctx, in.ID))
	})
	huma.Register(s.api, operation("end-sessions", http.MethodDelete, "/sessions", "Sign out everywhere: all your other sessions end, and your tokens", "People", http.StatusNoContent), func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		return nil, s.fail(s.endEverywhere(ctx))
	})
	huma.Register(s.api, operation("list-tokens", http.MethodGet, "/tokens", "Your tokens", "People", http.StatusOK), func(ctx context.Context, _ *struct{}) (*list[store.Token], error) {
		all, err := s.tokens(ctx)
		return listOf(all), s.fail(err)
	})
	huma.Register(s.api, operation("make-token", http.MethodPost, "/tokens", "Make a token by which a program acts for you, within scopes", "People", http.StatusCreated), func(ctx context.Context, in *struct{ Body tokenBody }) (*tokenAnswer, error) {
		token, kept, err := s.makeToken(ctx, in.Body)
		if err != nil {
			return nil, s.fail(err)
		}
		out := &tokenAnswer{}
		out.Body.Token, out.Body.Kept = token, kept
		return out, nil
	})
	huma.Register(s.api, operation("delete-token", http.MethodDelete, "/tokens/{id}", "Remove one of your tokens", "People", http.StatusNoContent), func(ctx context.Context, in *idInput) (*struct{}, error) {
		return nil, s.fail(s.deleteToken(ctx, in.ID))
	})
	mux.HandleFunc("GET /account", func(w http.ResponseWriter, r *http.Request) { s.accountPage(w, r, "", nil) })
	mux.HandleFunc("POST /account/password", s.passwordForm)
	mux.HandleFunc("POST /account/sessions", s.accountForm(func(r *http.Request) error { return s.endEverywhere(r.Context()) }))
	mux.HandleFunc("POST /account/sessions/{id}", s.accountForm(func(r *http.Request) error { return s.endSession(r.Context(), r.PathValue("id")) }))
	mux.HandleFunc("POST /account/tokens", s.tokenForm)
	mux.HandleFunc("POST /account/tokens/{id}", s.accountForm(func(r *http.Request) error { return s.deleteToken(r.Context(), r.PathValue("id")) }))
}

// newPassword changes the own password: one who finds a page open cannot, without
// the old one. The session goes on as a new one, the others end.
func (s *Server) newPassword(ctx context.Context, b passwordBody) (cookie string, err error) {
	v := access.Of(ctx)
	p, err := s.opt.Store.Person(ctx, v.Who.ID)
	if err == nil {
		err = trust.Acceptable(b.New, p.Login, p.Name)
	}
	if err != nil {
		return "", err
	}
	if cookie, err = s.signIn(ctx, credentials{p.Login, b.Old}); err != nil {
		return "", err
	}
	session, err := s.opt.Accounts.Session(ctx, cookie)
	if err == nil {
		err = s.opt.Accounts.SetPassword(ctx, p.ID, b.New, session.Hash)
	}
	if err == nil {
		s.trail.Did(ctx, "person.password", p.ID, nil, nil)
	}
	return cookie, err
}

func (s *Server) sessions(ctx context.Context) ([]SessionView, error) {
	v := access.Of(ctx)
	all, err := s.opt.Store.Sessions(ctx, v.Who.ID)
	if err != nil {
		return nil, err
	}
	own, err := s.opt.Accounts.Session(ctx, v.Cookie)
	views := make([]SessionView, len(all))
	for i, x := range all {
		views[i] = SessionView{x.Hash[:sessionID], x.Created, x.Seen, x.Agent, x.Address, x.Hash == own.Hash}
	}
	return views, err
}

func (s *Server) endSession(ctx context.Context, id string) error {
	all, err := s.opt.Store.Sessions(ctx, access.Of(ctx).Who.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(x store.Session) bool { return x.Hash[:sessionID] == id })
	if i < 0 {
		return store.ErrNotFound
	}
	if err := s.opt.Store.EndSession(ctx, all[i].Hash); err != nil {
		return err
	}
	s.trail.Did(ctx, "session.end", id, all[i], nil)
	return nil
}

func (s *Server) tokens(ctx context.Context) ([]store.Token, error) {
	return s.opt.Store.TokensOf(ctx, access.Of(ctx).Who.ID)
}

// proves checks the password of the caller once more.
func (s *Server) proves(ctx context.Context, password string) error {
	v := access.Of(ctx)
	p, err := s.opt.Store.Person(ctx, v.Who.ID)
	if err != nil {
		return err
	}
	return s.judged(ctx, p.Login, func() error {
		_, err := s.opt.Accounts.Prove(ctx, p.Login, password, v.From)
		return err
	})
}

// endEverywhere ends all other sessions of the caller, and their tokens.
func (s *Server) endEverywhere(ctx context.Context) error {
	v := access.Of(ctx)
	if err := s.opt.Accounts.SignOutEverywhere(ctx, v.Who.ID, v.Cookie); err != nil {
		return err
	}
	s.trail.Did(ctx, "session.end_all", v.Who.ID, nil, nil)
	return nil
}

func (s *Server) makeToken(ctx context.Context, b tokenBody) (string, store.Token, error) {
	if err := s.proves(ctx, b.Password); err != nil {
		return "", store.Token{}, err
	}
	token, kept, err := s.opt.Accounts.MakeToken(ctx, access.Of(ctx).Who.ID, b.Name, b.Scopes, time.Duration(b.Days)*24*time.Hour)
	if err == nil {
		s.trail.Did(ctx, "token.add", kept.ID, nil, kept)
	}
	return token, kept, err
}

func (s *Server) deleteToken(ctx context.Context, id string) error {
	own, err := s.tokens(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(own, func(t store.Token) bool { return t.ID == id })
	if i < 0 {
		return store.ErrNotFound
	}
	if err := s.opt.Store.DeleteToken(ctx, id); err != nil {
		return err
	}
	s.trail.Did(ctx, "token.delete", id, own[i], nil)
	return nil
}

type accountView struct {
	frame
	Now      time.Time
	Sentence string // what went wrong
	Token    string // made just now
	Passkeys []store.Passkey
	Sessions []SessionView
	Tokens   []store.Token
	Scopes   []trust.Action
}

func (s *Server) accountPage(w http.ResponseWriter, r *http.Request, token string, wrong error) {
	v := accountView{frame: s.frame(r, "account"), Now: s.opt.Now(), Token: token}
	for _, a := range trust.Actions {
		if access.Of(r.Context()).May([]trust.Action{a}, nil) {
			v.Scopes = append(v.Scopes, a)
		}
	}
	var errs [3]error
	v.Sessions, errs[0] = s.sessions(r.Context())
	v.Tokens, errs[1] = s.tokens(r.Context())
	v.Passkeys, errs[2] = s.opt.Store.Passkeys(r.Context(), access.Of(r.Context()).Who.ID)
	if err := errors.Join(errs[:]...); err != nil {
		s.problemPage(w, r, s.explain(err))
		return
	}
	status := http.StatusOK
	if wrong != nil {
		p := s.explain(wrong)
		status, v.Sentence = statusOf(p), spoken(r, p)
	}
	s.show(w, r, status, "account.html", v)
}

// accountForm is a form that does one thing and comes back to the page.
func (s *Server) accountForm(do func(*http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := readForm(w, r)
		if err == nil {
			err = do(r)
		}
		if err != nil {
			s.accountPage(w, r, "", err)
			return
		}
		http.Redirect(w, r, "/account", http.StatusSeeOther)
	}
}

func (s *Server) passwordForm(w http.ResponseWriter, r *http.Request) {
	s.accountForm(func(r *http.Request) error {
		value, err := s.newPassword(r.Context(), passwordBody{r.PostForm.Get("old"), r.PostForm.Get("new")})
		if value != "" {
			http.SetCookie(w, sessionCookie(access.Of(r.Context()), value))
		}
		return err
	})(w, r)
}

func (s *Server) tokenForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	var token string
	if err == nil {
		b := tokenBody{Name: r.PostForm.Get("name"), Password: r.PostForm.Get("password")}
		for _, scope := range r.PostForm["scope"] {
			b.Scopes = append(b.Scopes, trust.Action(scope))
		}
		b.Days, err = strconv.Atoi(cmp.Or(r.PostForm.Get("days"), "0"))
		if err != nil || b.Days < 0 {
			err = requestProblem(http.StatusUnprocessableEntity, "days", nil)
		} else {
			token, _, err = s.makeToken(r.Context(), b)
		}
	}
	s.accountPage(w, r, token, err)
}

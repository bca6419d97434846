package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/access"
	"loa/controller/office/people"
	"loa/controller/problem"
	"loa/controller/share"
	"loa/controller/store"
	"loa/controller/text"
	"loa/controller/trust"
)

const (
	maxForm     = 64 << 10 // bytes
	signingEach = 128      // who wait to sign in, from one address
	signingAll  = 1024     // and from all
)

var (
	manySigning = problem.New(problem.Unavailable, "sign_in_busy",
		"Có quá nhiều người đang đăng nhập cùng lúc: hãy đợi một phút rồi thử lại.", "Too many people are signing in at once: wait a minute and try again.")
	setUpElsewhere = problem.New(problem.Forbidden, "set_up_elsewhere",
		"Tài khoản đầu tiên chỉ tạo được ngay trên máy văn phòng: hãy mở http://localhost trên máy đó, hoặc mở địa chỉ có mã mà Loa in ra khi khởi động.",
		"The first account is made on the office machine itself: open http://localhost there, or the address with a code that Loa printed when it started.")
)

// credentials are what a person signs in with.
type credentials struct {
	Login    string `json:"login" maxLength:"200"`
	Password string `json:"password" maxLength:"1000"`
}

// newcomer is the first person of a station.
type newcomer struct {
	Login    string `json:"login" maxLength:"200"`
	Password string `json:"password" maxLength:"1000"`
	Name     string `json:"name,omitempty" maxLength:"200"`
}

// WhoView is who somebody is here, and what they may do.
type WhoView struct {
	ID     string         `json:"id"`
	Name   string         `json:"name"`
	Kind   string         `json:"kind" enum:"person,program,machine"`
	May    []trust.Action `json:"may" doc:"in some place at least"`
	Grants []store.Grant  `json:"grants"`
}

type whoAnswer struct {
	SetCookie *http.Cookie `header:"Set-Cookie"`
	Body      WhoView
}
type leftAnswer struct {
	SetCookie *http.Cookie `header:"Set-Cookie"`
}

func (s *Server) registerSession(mux *router) {
	in := operation("sign-in", http.MethodPost, "/session", "Sign in: the answer's cookie is the session", "People", http.StatusCreated)
	in.Security = []map[string][]string{}
	huma.Register(s.api, in, func(ctx context.Context, in *struct{ Body credentials }) (*whoAnswer, error) {
		cookie, err := s.signIn(ctx, in.Body)
		return s.whoIs(ctx, cookie, err)
	})
	first := operation("set-up", http.MethodPost, "/setup", "Make the first account, on the machine itself, and sign in", "People", http.StatusCreated)
	first.Security = []map[string][]string{}
	huma.Register(s.api, first, func(ctx context.Context, in *struct{ Body newcomer }) (*whoAnswer, error) {
		cookie, err := s.setUp(ctx, in.Body)
		return s.whoIs(ctx, cookie, err)
	})
	huma.Register(s.api, operation("who-am-i", http.MethodGet, "/session", "Who asks, and what they may do", "People", http.StatusOK), func(ctx context.Context, _ *struct{}) (*whoAnswer, error) {
		return s.whoIs(ctx, "", nil)
	})
	huma.Register(s.api, operation("sign-out", http.MethodDelete, "/session", "End the session", "People", http.StatusNoContent), func(ctx context.Context, _ *struct{}) (*leftAnswer, error) {
		return &leftAnswer{cookie("", access.Of(ctx).TLS, 0)}, s.fail(s.leave(ctx))
	})
	mux.HandleFunc("GET /signin", s.signInPage)
	mux.HandleFunc("POST /signin", s.signInForm)
	mux.HandleFunc("GET /setup", s.setUpPage)
	mux.HandleFunc("POST /setup", s.setUpForm)
	mux.HandleFunc("POST /signout", s.signOutForm)
}

func (s *Server) whoIs(ctx context.Context, value string, err error) (*whoAnswer, error) {
	if err != nil {
		return nil, s.fail(err)
	}
	v := access.Of(ctx)
	out := &whoAnswer{Body: WhoView{ID: v.Who.ID, Name: v.Who.Name, Kind: [...]string{"", "person", "program", "machine"}[v.Kind], Grants: v.Who.Grants, May: []trust.Action{}}}
	for _, a := range trust.Actions {
		if v.May([]trust.Action{a}, nil) {
			out.Body.May = append(out.Body.May, a)
		}
	}
	if out.Body.Grants == nil {
		out.Body.Grants = []store.Grant{}
	}
	if value != "" {
		out.SetCookie = sessionCookie(v, value)
	}
	return out, nil
}

// sessionCookie is how a browser keeps a session; how long it lasts, the
// session itself knows.
func sessionCookie(v *access.Visit, value string) *http.Cookie {
	return cookie(value, v.TLS, cookieFor)
}

// isNew reports whether this station has no account yet.
func (s *Server) isNew(ctx context.Context) (bool, error) {
	if s.opt.Accounts == nil {
		return false, nil
	}
	return s.opt.Accounts.IsNew(ctx)
}

// signIn begins a session. The caller is, from then on, that person.
func (s *Server) signIn(ctx context.Context, c credentials) (cookie string, err error) {
	v := access.Of(ctx)
	return s.enter(ctx, text.Shown(c.Login), func() (string, store.Person, error) {
		return s.opt.Accounts.SignIn(ctx, c.Login, c.Password, v.From)
	})
}

// enter begins a session by some proof, and notes who failed to give one.
func (s *Server) enter(ctx context.Context, who string, prove func() (string, store.Person, error)) (cookie string, err error) {
	var p store.Person
	err = s.judged(ctx, who, func() error {
		cookie, p, err = prove()
		return err
	})
	if err != nil {
		return "", err
	}
	v := access.Of(ctx)
	if err := s.signOut(ctx); err != nil { // signing in anew leaves the old session
		s.opt.Logger.Warn("an old session could not be ended", "person", p.ID, "err", err)
	}
	v.Becomes(p, cookie)
	s.trail.Did(ctx, "session.begin", "", nil, nil)
	return cookie, nil
}

// judged has one proof looked at after another, of one address and another in
// turn: however many come from one, one from elsewhere is next.
func (s *Server) judged(ctx context.Context, who string, prove func() error) error {
	if s.opt.Accounts == nil {
		return people.NoAccounts
	}
	leave, err := s.signing.Enter(ctx, access.Of(ctx).Share())
	if errors.Is(err, share.ErrFull) {
		return manySigning
	}
	if err != nil {
		return err
	}
	defer leave()
	err = prove()
	if pr, ok := problem.Of(err); ok && slices.Contains([]string{"sign_in_wrong", "passkey_wrong"}, pr.Code) {
		s.trail.Record(ctx, store.Audit{Who: "nobody", Name: who, Action: "session.failed"})
	}
	return err
}

// setUp makes the first account and signs in.
func (s *Server) setUp(ctx context.Context, n newcomer) (cookie string, err error) {
	v := access.Of(ctx)
	switch {
	case s.opt.Accounts == nil:
		return "", people.NoAccounts
	case !v.MaySetUp():
		return "", setUpElsewhere
	}
	p, err := s.opt.Accounts.SetUp(ctx, trust.Newcomer{Login: n.Login, Name: n.Name, Password: n.Password}, s.opt.Commune)
	if err != nil {
		return "", err
	}
	if cookie, err = s.opt.Accounts.Begin(ctx, p.ID, v.From); err != nil {
		return "", err
	}
	v.Becomes(p, cookie)
	s.trail.Did(ctx, "person.set_up", p.ID, nil, p, s.opt.Commune)
	return cookie, nil
}

// here reports whether a request comes from this machine itself: by its
// connection, not by way of a proxy here, and by a name of this machine, for
// the page of another site can have a name that leads here (DNS rebinding).
func here(r *http.Request) bool {
	for _, by := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(by) != "" {
			return false
		}
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return loopback(address(r)) && (host == "localhost" || loopback(strings.Trim(host, "[]")))
}

func loopback(address string) bool {
	ip := net.ParseIP(address)
	return ip != nil && ip.IsLoopback()
}

// leave ends the caller's session because they say so.
func (s *Server) leave(ctx context.Context) error {
	if err := s.signOut(ctx); err != nil || access.Of(ctx).Cookie == "" {
		return err
	}
	s.trail.Did(ctx, "session.end", "", nil, nil)
	return nil
}

func (s *Server) signOut(ctx context.Context) error {
	v := access.Of(ctx)
	switch {
	case v.Cookie == "":
		return nil // a token in hand stays what it is
	case v.Kind == access.Machine:
		return s.opt.Machines.End(ctx, v.Cookie)
	}
	return s.opt.Accounts.SignOut(ctx, v.Cookie)
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

func (s *Server) doorPage(w http.ResponseWriter, r *http.Request, page string, v doorView, err error) {
	status := http.StatusOK
	if err != nil {
		p := s.explain(err)
		status, v.Sentence = statusOf(p), spoken(r, p)
	}
	v.frame = s.frame(r, page)
	s.show(w, r, status, page+".html", v)
}

func (s *Server) signInPage(w http.ResponseWriter, r *http.Request) {
	if first, err := s.isNew(r.Context()); err == nil && first {
		http.Redirect(w, r, "/setup", http.StatusSeeOther)
		return
	}
	s.doorPage(w, r, "signin", doorView{Next: nextOf(r.URL.Query().Get("next"))}, nil)
}

func (s *Server) signInForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	next := nextOf(r.PostForm.Get("next"))
	var value string
	if err == nil {
		value, err = s.signIn(r.Context(), credentials{r.PostForm.Get("login"), r.PostForm.Get("password")})
	}
	if err != nil {
		s.doorPage(w, r, "signin", doorView{Login: r.PostForm.Get("login"), Next: next}, err)
		return
	}
	v := access.Of(r.Context())
	if next == "/" {
		next = homeOf(v)
	}
	http.SetCookie(w, sessionCookie(v, value))
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// nextOf is where to go after signing in: a page of ours and nothing else.
func nextOf(said string) string {
	u, err := url.Parse(said)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || strings.ContainsAny(said, "\\\t\r\n") || !strings.HasPrefix(u.Path, "/") ||
		strings.HasPrefix(u.Path, "//") || strings.HasPrefix(u.Path, "/signin") {
		return "/"
	}
	return local(u.Path, u.Query())
}

// homeOf is where somebody begins: the head of a village, there.
func homeOf(v *access.Visit) string {
	for _, a := range trust.Actions {
		if a != trust.Read && a != trust.Report && v.May([]trust.Action{a}, nil) {
			return "/"
		}
	}
	return "/village"
}

func (s *Server) setUpPage(w http.ResponseWriter, r *http.Request) {
	if first, err := s.isNew(r.Context()); err == nil && !first {
		http.Redirect(w, r, "/signin", http.StatusSeeOther)
		return
	}
	s.doorPage(w, r, "setup", doorView{Allowed: access.Of(r.Context()).MaySetUp()}, nil)
}

func (s *Server) setUpForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	n := newcomer{r.PostForm.Get("login"), r.PostForm.Get("password"), r.PostForm.Get("name")}
	var value string
	if err == nil {
		value, err = s.setUp(r.Context(), n)
	}
	if err != nil {
		s.doorPage(w, r, "setup", doorView{Login: n.Login, Name: n.Name, Allowed: access.Of(r.Context()).MaySetUp()}, err)
		return
	}
	http.SetCookie(w, sessionCookie(access.Of(r.Context()), value))
	http.Redirect(w, r, "/wizard", http.StatusSeeOther)
}

func (s *Server) signOutForm(w http.ResponseWriter, r *http.Request) {
	if err := s.leave(r.Context()); err != nil {
		s.problemPage(w, r, s.explain(err))
		return
	}
	http.SetCookie(w, cookie("", r.TLS != nil, 0))
	http.Redirect(w, r, "/signin", http.StatusSeeOther)
}

// readForm reads a form of ours.
func readForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err := r.ParseForm()
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return requestProblem(http.StatusRequestEntityTooLarge, "", nil)
	case err != nil:
		return requestProblem(http.StatusBadRequest, "form", nil)
	}
	text.Scrub(map[string][]string(r.PostForm))
	return nil
}

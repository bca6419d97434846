package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"loa/controller/office/access"
	"loa/controller/problem"
)

const cookieName = "loa"

// cookieFor is how long a browser keeps a session, and its language.
const cookieFor = 30 * 24 * time.Hour

// door is the one way in: it finds out who asks. What they may do, the rule of
// the endpoint says.
func (s *Server) door(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, problem.New(problem.Forbidden, "cross_origin",
			"Yêu cầu đến từ một trang khác nên bị từ chối: hãy làm việc này từ trang của Loa.",
			"The request comes from another site and was refused: do this from Loa's own page."))
	}))
	inside := guard.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		v := newVisit(r)
		r = r.WithContext(access.With(r.Context(), v))
		if token := r.URL.Query().Get("token"); token != "" && r.Method == http.MethodGet && s.opt.CheckToken(token) {
			s.signInMachine(w, r)
			return
		}
		token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		var err error
		if bearer {
			err = s.knowToken(r.Context(), v, token)
		} else if c, none := r.Cookie(cookieName); none == nil {
			err = s.knowCookie(r.Context(), v, c.Value)
		}
		switch {
		case err != nil:
			writeProblem(w, s.explain(err))
		case bearer && v.Kind != access.Nobody: // a token in hand is meant
			next.ServeHTTP(w, r)
		default:
			inside.ServeHTTP(w, r)
		}
	})
}

func (s *Server) knowToken(ctx context.Context, v *access.Visit, token string) error {
	if s.opt.CheckToken(token) {
		v.ByMachine()
		return nil
	}
	if s.opt.Accounts == nil {
		return nil
	}
	p, ok, err := s.opt.Accounts.Bearer(ctx, token)
	if ok {
		v.Kind, v.Who = access.Program, p
	}
	return err
}

func (s *Server) knowCookie(ctx context.Context, v *access.Visit, cookie string) error {
	if s.opt.Machines.Knows(ctx, cookie, s.opt.Now()) {
		v.ByMachine()
		v.Cookie = cookie
		return nil
	}
	if s.opt.Accounts == nil {
		return nil
	}
	p, ok, err := s.opt.Accounts.Who(ctx, cookie, v.From)
	if ok {
		v.Kind, v.Who, v.Cookie = access.Person, p, cookie
	}
	return err
}

// signInMachine begins a session of the machine's own administrator, in a cookie
// that scripts cannot read, and takes the token out of the address.
func (s *Server) signInMachine(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, cookie(s.opt.Machines.Begin(r.Context(), s.opt.Now()), r.TLS != nil, cookieFor))
	q := r.URL.Query()
	q.Del("token")
	http.Redirect(w, r, local(r.URL.Path, q), http.StatusSeeOther)
}

// cookie lets a browser in; a length of zero takes it out.
func cookie(value string, tls bool, lives time.Duration) *http.Cookie {
	c := &http.Cookie{Name: cookieName, Value: value, Path: "/", HttpOnly: true, Secure: tls,
		SameSite: http.SameSiteStrictMode, MaxAge: int(lives.Seconds())}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

// local is an address of ours, whatever the path is: one that begins with //
// would be another host's.
func local(path string, q url.Values) string {
	u := url.URL{Path: "/" + strings.TrimLeft(path, "/\\"), RawQuery: q.Encode()}
	return u.String()
}

// turnAway answers those who may not pass. A person who has only to sign in is shown
// where.
func (s *Server) turnAway(w http.ResponseWriter, r *http.Request, p *problem.Problem) {
	html := strings.Contains(r.Header.Get("Accept"), "text/html") && !strings.HasPrefix(r.URL.Path, "/api/")
	switch {
	case p.Kind == problem.Unidentified && html && r.Method == http.MethodGet && !r.URL.Query().Has("part"):
		http.Redirect(w, r, s.signInPath(r), http.StatusSeeOther)
	case html:
		s.problemPage(w, r, p)
	default:
		if p.Kind == problem.Unidentified {
			w.Header().Set("WWW-Authenticate", `Bearer realm="loa"`)
		}
		writeProblem(w, p)
	}
}

// signInPath is where a person signs in, and comes back from to what they
// wanted; at a station without any account, where they make the first.
func (s *Server) signInPath(r *http.Request) string {
	if first, err := s.isNew(r.Context()); err == nil && first {
		return "/setup"
	}
	if r.URL.Path == "/" && r.URL.RawQuery == "" {
		return "/signin"
	}
	return local("signin", url.Values{"next": {local(r.URL.Path, r.URL.Query())}})
}

// secure forbids a browser everything that our pages do not need.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "+
		"connect-src 'self'; manifest-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Permissions-Policy", "microphone=(self), camera=(), geolocation=(self)")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
}

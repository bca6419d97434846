package auth

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/controller/web/address"
	"loa/controller/web/middleware"
	"loa/controller/web/respond"
)

const cookieName = "loa"

// CookieFor is how long a browser keeps a session, and its language.
const CookieFor = 30 * 24 * time.Hour

// Options are what a door works with.
type Options struct {
	Store    *store.Store
	Access   *access.Control
	Accounts *trust.Accounts // nil: nobody but the machine comes in
	Machines *trust.Machines
	// CheckToken knows the machine's own token.
	CheckToken func(string) bool
	// IsNew reports whether there is no account yet.
	IsNew func(context.Context) (bool, error)
	// Refuse shows a person on a page why they may not pass.
	Refuse  func(http.ResponseWriter, *http.Request, *problem.Problem)
	StandIn bool             // the store stands in for the database
	Now     func() time.Time // controller time
	Logger  *slog.Logger
}

// Door is the one way in.
type Door struct{ opt Options }

// New returns a door.
func New(opt Options) *Door { return &Door{opt} }

// Handler finds out who asks. What they may do, the rule of
// the endpoint says.
func (d *Door) Handler(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		respond.Problem(w, problem.New(problem.Forbidden, "cross_origin",
			"Yêu cầu đến từ một trang khác nên bị từ chối: hãy làm việc này từ trang của Loa.",
			"The request comes from another site and was refused: do this from Loa's own page."))
	}))
	inside := guard.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		middleware.Forbid(w.Header())
		v := newVisit(r)
		r = r.WithContext(access.With(r.Context(), v))
		if token := r.URL.Query().Get("token"); token != "" && r.Method == http.MethodGet && d.opt.CheckToken(token) {
			d.signInMachine(w, r)
			return
		}
		token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		var err error
		if bearer {
			err = d.knowToken(r.Context(), v, token)
		} else if c, none := r.Cookie(cookieName); none == nil {
			err = d.knowCookie(r.Context(), v, c.Value)
		}
		switch {
		case err != nil:
			respond.Problem(w, respond.Explain(d.opt.Logger, err))
		case bearer && v.Kind != access.Nobody: // a token in hand is meant
			next.ServeHTTP(w, r)
		default:
			inside.ServeHTTP(w, r)
		}
	})
}

func (d *Door) knowToken(ctx context.Context, v *access.Visit, token string) error {
	if d.opt.CheckToken(token) {
		v.ByMachine()
		return nil
	}
	if d.opt.Accounts == nil {
		return nil
	}
	p, ok, err := d.opt.Accounts.Bearer(ctx, token)
	if ok {
		v.Kind, v.Who = access.Program, p
	}
	return err
}

func (d *Door) knowCookie(ctx context.Context, v *access.Visit, cookie string) error {
	if d.opt.Machines.Knows(ctx, cookie, d.opt.Now()) {
		v.ByMachine()
		v.Cookie = cookie
		return nil
	}
	if d.opt.Accounts == nil {
		return nil
	}
	p, ok, err := d.opt.Accounts.Who(ctx, cookie, v.From)
	if ok {
		v.Kind, v.Who, v.Cookie = access.Person, p, cookie
	}
	return err
}

// signInMachine begins a session of the machine's own administrator, in a cookie
// that scripts cannot read, and takes the token out of the address.
func (d *Door) signInMachine(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, SessionCookie(d.opt.Machines.Begin(r.Context(), d.opt.Now()), r.TLS != nil))
	q := r.URL.Query()
	q.Del("token")
	http.Redirect(w, r, address.Local(r.URL.Path, q), http.StatusSeeOther)
}

// SessionCookie is how a browser keeps a session; how long it lasts, the
// session itself knows. None, "", ends it.
func SessionCookie(value string, tls bool) *http.Cookie {
	if value == "" {
		return cookie("", tls, 0)
	}
	return cookie(value, tls, CookieFor)
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

// turnAway answers those who may not pass. A person who has only to sign in is shown
// where.
func (d *Door) turnAway(w http.ResponseWriter, r *http.Request, p *problem.Problem) {
	html := strings.Contains(r.Header.Get("Accept"), "text/html") && !strings.HasPrefix(r.URL.Path, "/api/")
	switch {
	case p.Kind == problem.Unidentified && html && r.Method == http.MethodGet && !r.URL.Query().Has("part"):
		http.Redirect(w, r, d.signInPath(r), http.StatusSeeOther)
	case html:
		d.opt.Refuse(w, r, p)
	default:
		if p.Kind == problem.Unidentified {
			w.Header().Set("WWW-Authenticate", `Bearer realm="loa"`)
		}
		respond.Problem(w, p)
	}
}

// signInPath is where a person signs in, and comes back from to what they
// wanted; at a station without any account, where they make the first.
func (d *Door) signInPath(r *http.Request) string {
	if first, err := d.opt.IsNew(r.Context()); err == nil && first {
		return "/setup"
	}
	if r.URL.Path == "/" && r.URL.RawQuery == "" {
		return "/signin"
	}
	return address.Local("signin", url.Values{"next": {address.Local(r.URL.Path, r.URL.Query())}})
}

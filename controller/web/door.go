package web

import (
	"net/http"
	"strings"
	"time"

	"loa/controller/problem"
)

const cookieName = "loa"

// cookieFor is how long a browser stays signed in.
const cookieFor = 30 * 24 * time.Hour

// open lists what needs no token: it tells nothing but that we are there.
var open = map[string]bool{"/healthz": true, "/readyz": true}

// door is the one way in.
func (s *Server) door(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, problem.New(http.StatusForbidden, "cross_origin",
			"Yêu cầu đến từ một trang khác nên bị từ chối: hãy làm việc này từ trang của Loa.",
			"The request comes from another site and was refused: do this from Loa's own page."))
	}))
	inside := guard.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		if open[r.URL.Path] {
			next.ServeHTTP(w, r)
			return
		}
		if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && s.opt.CheckToken(token) {
			next.ServeHTTP(w, r)
			return
		}
		if token := r.URL.Query().Get("token"); token != "" && r.Method == http.MethodGet && s.opt.CheckToken(token) {
			signIn(w, r, token)
			return
		}
		if c, err := r.Cookie(cookieName); err == nil && s.opt.CheckToken(c.Value) {
			inside.ServeHTTP(w, r)
			return
		}
		s.turnAway(w, r)
	})
}

// signIn keeps the token in a cookie that scripts cannot read, and takes it
// out of the address.
func signIn(w http.ResponseWriter, r *http.Request, token string) {
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: token, Path: "/", HttpOnly: true, Secure: r.TLS != nil,
		SameSite: http.SameSiteStrictMode, MaxAge: int(cookieFor.Seconds())})
	q := r.URL.Query()
	q.Del("token")
	target := *r.URL
	target.RawQuery = q.Encode()
	target.Scheme, target.Host, target.Opaque, target.User, target.RawPath = "", "", "", nil, ""
	// A path that begins with // would be another host's.
	target.Path = "/" + strings.TrimLeft(target.Path, "/\\")
	http.Redirect(w, r, target.String(), http.StatusSeeOther)
}

func (s *Server) turnAway(w http.ResponseWriter, r *http.Request) {
	p := problem.New(http.StatusUnauthorized, "token_needed",
		"Cần mã truy cập: hãy mở đúng địa chỉ mà Loa đã in ra khi khởi động.",
		"An access token is needed: open the address that Loa printed when it started.")
	w.Header().Set("WWW-Authenticate", `Bearer realm="loa"`)
	if strings.HasPrefix(r.URL.Path, "/api/") || !strings.Contains(r.Header.Get("Accept"), "text/html") {
		writeProblem(w, p)
		return
	}
	s.pages.problem(w, r, p)
}

// secure forbids a browser everything that our pages do not need.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "+
		"connect-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
}

package middleware

import (
	"net/http"
	"slices"
	"strings"

	"loa/controller/problem"
	"loa/controller/web/address"
	"loa/controller/web/respond"
)

// plainPaths are what is served on plain HTTP from elsewhere too: what a phone
// needs before it trusts the certificate, what has a proof of its own, and what
// machines ask that watch.
var plainPaths = []string{"/trust", "/trust/", "/static/", "/healthz", "/readyz", address.Enrol}

var httpsNeeded = problem.New(problem.Forbidden, "https_needed",
	"Địa chỉ http:// không được mã hóa nên bị từ chối: hãy dùng địa chỉ https://, và coi mật khẩu hay mã vừa gửi là đã lộ.",
	"The address http:// is not encrypted and was refused: use the https:// address, and take the password or token just sent for known.")

// Ciphered sends those who come on plain HTTP from elsewhere to HTTPS, where
// there is HTTPS. This machine itself needs none.
func Ciphered(next http.Handler, machine *address.Machine) http.Handler {
	if machine.Secure == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		plain := slices.ContainsFunc(plainPaths, func(p string) bool {
			return r.URL.Path == p || strings.HasSuffix(p, "/") && strings.HasPrefix(r.URL.Path, p)
		})
		switch {
		case r.TLS != nil, plain, address.Here(r):
			next.ServeHTTP(w, r)
		case r.Method == http.MethodGet && r.Header.Get("Authorization") == "" && !r.URL.Query().Has("token"):
			if machine.Authority() != nil && strings.Contains(r.Header.Get("Accept"), "text/html") && r.URL.Path == "/" {
				http.Redirect(w, r, "/trust", http.StatusSeeOther) // a phone that comes for the first time
				return
			}
			http.Redirect(w, r, machine.SecureURL(address.Host(r), address.Local(r.URL.Path, r.URL.Query())), http.StatusTemporaryRedirect)
		default:
			Forbid(w.Header())
			respond.Problem(w, httpsNeeded)
		}
	})
}

// Forbid forbids a browser everything that our pages do not need.
func Forbid(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "+
		"connect-src 'self'; manifest-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Permissions-Policy", "microphone=(self), camera=(), geolocation=(self)")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
}

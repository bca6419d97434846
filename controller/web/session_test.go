package web_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const firstPassword = "mưa rơi trên mái đình"

// form sends a form as a browser without a script does.
func (o *office) form(t *testing.T, path string, fields url.Values, headers ...string) reply {
	t.Helper()
	return o.send(t, "POST", path, strings.NewReader(fields.Encode()), append([]string{"Content-Type", "application/x-www-form-urlencoded", "Origin", o.URL(), "Accept", "text/html"}, headers...)...)
}

// firstAccount makes the head of the station and returns the cookie.
func (o *office) firstAccount(t *testing.T) string {
	t.Helper()
	r := o.form(t, "/setup", url.Values{"name": {"Nguyễn Văn Lâm"}, "login": {"lam"}, "password": {firstPassword}})
	require.Equal(t, 303, r.status, string(r.body))
	return sessionOf(t, r)
}

// sessionOf is the cookie that an answer sets, as a browser sends it back.
func sessionOf(t *testing.T, r reply) string {
	t.Helper()
	set := r.header.Get("Set-Cookie")
	for _, flag := range []string{"HttpOnly", "SameSite=Strict", "Path=/"} {
		require.Contains(t, set, flag)
	}
	return strings.Split(set, ";")[0]
}

func TestFirstAccountIsMadeHere(t *testing.T) {
	o := start(t)
	page := string(o.send(t, "GET", "/setup", nil).body)
	require.Contains(t, page, `action="/setup"`)
	require.Contains(t, page, "máy văn phòng")
	body := object{"login": "lam", "name": "Lâm", "password": firstPassword}
	for name, value := range map[string]string{"X-Forwarded-For": "10.0.0.9", "Forwarded": "for=10.0.0.9"} {
		r := o.send(t, "POST", "/api/v1/setup", body, "Content-Type", "application/json", name, value)
		r.problem(403, "set_up_elsewhere")
		require.NotContains(t, string(o.send(t, "GET", "/setup", nil, name, value).body), `action="/setup"`)
	}
	o.form(t, "/setup", url.Values{"login": {"lam"}, "password": {firstPassword}}, "Sec-Fetch-Site", "cross-site").problem(403, "cross_origin")
	weak := o.form(t, "/setup", url.Values{"login": {"lam"}, "name": {"Lâm"}, "password": {"1234567890"}})
	require.Equal(t, 422, weak.status)
	require.Contains(t, string(weak.body), "quá dễ đoán")
	require.Contains(t, string(weak.body), `value="Lâm"`, "what was written is not lost")

	cookie := o.firstAccount(t)
	me := o.send(t, "GET", "/api/v1/session", nil, "Cookie", cookie).object(200)
	require.Equal(t, "Nguyễn Văn Lâm", me["name"])
	require.Equal(t, "person", me["kind"])
	require.Len(t, me["may"], 9)
	o.send(t, "POST", "/api/v1/setup", body, "Content-Type", "application/json").problem(409, "set_up_already")
	require.Equal(t, "/signin", o.send(t, "GET", "/setup", nil).header.Get("Location"))
}

func TestSignInAndOut(t *testing.T) {
	o := start(t)
	o.firstAccount(t)
	wrong := o.form(t, "/signin", url.Values{"login": {"lam"}, "password": {"x"}, "next": {"/live"}})
	require.Equal(t, 401, wrong.status)
	require.Contains(t, string(wrong.body), "không đúng")
	require.Contains(t, string(wrong.body), `value="/live"`)
	require.Empty(t, wrong.header.Get("Set-Cookie"))
	for next, want := range map[string]string{"/live": "/live", "/people?x=1": "/people?x=1", "": "/", "//evil.example": "/", "https://evil.example/": "/",
		"/\\evil.example": "/", "/signin": "/", "javascript:alert(1)": "/", "/\t/evil.example": "/", "%2F%2Fevil.example": "/"} {
		r := o.form(t, "/signin", url.Values{"login": {"Lam "}, "password": {firstPassword}, "next": {next}})
		require.Equal(t, 303, r.status)
		require.Equal(t, want, r.header.Get("Location"), next)
	}
	r := o.send(t, "POST", "/api/v1/session", object{"login": "lam", "password": firstPassword}, "Content-Type", "application/json")
	r.object(201)
	cookie := sessionOf(t, r)
	require.Contains(t, string(o.send(t, "GET", "/", nil, "Cookie", cookie).body), "Nguyễn Văn Lâm")
	o.send(t, "POST", "/api/v1/arm", nil, "Cookie", cookie, "Origin", "https://evil.example").problem(403, "cross_origin")
	out := o.form(t, "/signout", nil, "Cookie", cookie)
	require.Equal(t, "/signin", out.header.Get("Location"))
	o.send(t, "GET", "/api/v1/session", nil, "Cookie", cookie).problem(401, "sign_in_needed")

	// who guesses must wait, also when all guesses come at once
	answers := make(chan reply)
	for range 12 {
		go func() {
			answers <- o.send(t, "POST", "/api/v1/session", object{"login": "lam", "password": "x"}, "Content-Type", "application/json")
		}()
	}
	tried := 0
	for range 12 {
		if r := <-answers; r.status == 401 {
			tried++
		} else {
			r.problem(429, "sign_in_wait")
		}
	}
	require.LessOrEqual(t, tried, 5)
	o.send(t, "POST", "/api/v1/session", object{"login": "lam", "password": firstPassword}, "Content-Type", "application/json").problem(429, "sign_in_wait")
}

package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const firstPassword = "mưa rơi trên mái đình"

// form sends a form as a browser without a script does.
func (o *office) form(t *testing.T, path string, fields url.Values, headers ...string) reply {
	t.Helper()
	return o.send(t, "POST", path, strings.NewReader(fields.Encode()),
		append([]string{"Content-Type", "application/x-www-form-urlencoded", "Origin", o.URL(), "Accept", "text/html"}, headers...)...)
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
	require.Len(t, me["may"], 10)
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
	for next, want := range map[string]string{"/live": "/live", "/people?x=1": "/people?x=1", "": "/", "//evil.example": "/",
		"https://evil.example/": "/",
		"/\\evil.example":       "/", "/signin": "/", "javascript:alert(1)": "/", "/\t/evil.example": "/", "%2F%2Fevil.example": "/"} {
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

	// a guesser must wait, also when all guesses come at once
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
	o.send(t, "POST", "/api/v1/session", object{"login": "lam", "password": firstPassword}, "Content-Type",
		"application/json").problem(429, "sign_in_wait")
}

// A token is made by a person who knows the password, has an end, is seen by the head of
// the station, and ends with a new password, with the account, or when its
// person signs out everywhere.
func TestTokens(t *testing.T) {
	o := start(t)
	head, other := o.somebody(t, "lan", "admin", "la-da"), o.somebody(t, "xa", "admin", "thon-2")
	writer := o.somebody(t, "hoa", "operator", "thon-1")
	wanted := object{"name": "máy", "scopes": array{"read"}}
	writer.does(t, "POST", "/api/v1/tokens", wanted).problem(422, "request_invalid")
	wanted["password"] = "đoán mò xem sao"
	writer.does(t, "POST", "/api/v1/tokens", wanted).problem(401, "sign_in_wrong")
	require.Equal(t, 401, o.form(t, "/account/tokens", url.Values{"name": {"x"}, "scope": {"read"}, "days": {"1"}}, "Cookie",
		writer.cookie).status)
	wanted["password"] = writer.password
	wanted["days"] = 731
	writer.does(t, "POST", "/api/v1/tokens", wanted).problem(422, "request_invalid")
	delete(wanted, "days")
	acts := func(token string) int {
		return o.send(t, "GET", "/api/v1/nodes", nil, "Authorization", "Bearer "+token).status
	}
	make := func() string {
		t.Helper()
		made := writer.does(t, "POST", "/api/v1/tokens", wanted).object(201)
		ends, err := time.Parse(time.RFC3339, made["kept"].(object)["expires"].(string))
		require.NoError(t, err)
		require.WithinDuration(t, time.Now().AddDate(1, 0, 0), ends, 25*time.Hour)
		token := made["token"].(string)
		require.Equal(t, 200, acts(token))
		require.Equal(t, 401, o.send(t, "GET", "/api/v1/nodes", nil, "Cookie", "loa="+token).status, "in the header only")
		return token
	}
	listed := func() []any {
		t.Helper()
		for _, p := range head.does(t, "GET", "/api/v1/people", nil).items() {
			if p["id"] == writer.id {
				return p["tokens"].([]any)
			}
		}
		return nil
	}
	token := make()
	require.Len(t, listed(), 1)
	seen := listed()[0].(object)
	require.Equal(t, []any{"máy", array{"read"}}, []any{seen["name"], seen["scopes"]})
	require.NotEmpty(t, seen["used"])
	require.Contains(t, string(head.does(t, "GET", "/people", nil).body), "/people/"+writer.id+"/tokens/"+seen["id"].(string))
	path := "/api/v1/people/" + writer.id + "/tokens/" + seen["id"].(string)
	other.does(t, "DELETE", path, nil).problem(403, "forbidden")
	head.does(t, "DELETE", "/api/v1/people/"+head.id+"/tokens/"+seen["id"].(string), nil).problem(404, "not_found")
	head.does(t, "DELETE", path, nil).into(204, nil)
	require.Equal(t, 401, acts(token))

	token = make()
	writer.does(t, "DELETE", "/api/v1/sessions", nil).into(204, nil)
	require.Equal(t, 401, acts(token))
	require.Equal(t, 200, writer.does(t, "GET", "/api/v1/sessions", nil).status, "the one that asks stays")

	token = make()
	head.does(t, "PUT", "/api/v1/people/"+writer.id, object{"grants": array{object{"role": "operator", "area": "thon-1"}},
		"disabled": true}).object(200)
	head.does(t, "PUT", "/api/v1/people/"+writer.id, object{"grants": array{object{"role": "operator", "area": "thon-1"}}}).object(200)
	require.Equal(t, 401, acts(token), "let in again, it does not come back")

	r := o.send(t, "POST", "/api/v1/session", object{"login": "hoa", "password": writer.password}, "Content-Type", "application/json")
	writer.cookie = sessionOf(t, r)
	token = make()
	head.does(t, "POST", "/api/v1/people/"+writer.id+"/password", object{"password": "một mật khẩu mới toanh"}).into(204, nil)
	require.Equal(t, 401, acts(token))
}

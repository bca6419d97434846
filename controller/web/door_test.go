package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller/trust"
)

// route is a method and an address with its holes filled.
type route struct{ method, path string }

// routes lists the whole API, by its own description.
func routes(t *testing.T, o *office) (all []route) {
	t.Helper()
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]json.RawMessage
	}
	o.ask(t, "GET", "/api/v1/openapi.json", nil).intoAny(&doc)
	require.True(t, strings.HasPrefix(doc.OpenAPI, "3.1"), doc.OpenAPI)
	for path, methods := range doc.Paths {
		for method := range methods {
			all = append(all, route{strings.ToUpper(method), strings.ReplaceAll(path, "{id}", "nobody")})
		}
	}
	require.Greater(t, len(all), 25)
	return all
}

// intoAny is into for the description, which has a content type of its own.
func (r reply) intoAny(v any) {
	r.t.Helper()
	require.Equal(r.t, 200, r.status, r.what)
	require.NoError(r.t, json.Unmarshal(r.body, v), r.what)
}

// object200 reads an object inside the description.
func (r reply) object200(path ...string) object {
	r.t.Helper()
	v := object{}
	r.intoAny(&v)
	for _, p := range path {
		v = v[p].(object)
	}
	return v
}

func TestDoor(t *testing.T) {
	o := start(t)
	open := []route{{"POST", "/api/v1/enrol"}, {"POST", "/api/v1/session"}, {"POST", "/api/v1/setup"}, {"GET", "/api/v1/session/passkey"},
		{"POST", "/api/v1/session/passkey"}} // they ask for a proof of their own
	described := slices.DeleteFunc(routes(t, o), func(r route) bool {
		return slices.Contains(open, r) ||
			r == route{"DELETE", "/api/v1/session"}
	})
	closed := append(described, route{"GET", "/"}, route{"GET", "/live"}, route{"GET", "/emergency"}, route{"GET", "/metrics"},
		route{"GET", "/nowhere"}, route{"GET", "/api/v1/openapi.json"}, route{"GET", "/api/v1/nowhere"}, route{"POST", "/healthz"})
	cookie := o.machineCookie(t)
	for _, r := range closed {
		t.Run(r.method+r.path, func(t *testing.T) {
			if r.path != "/healthz" {
				o.send(t, r.method, r.path, nil).problem(401, "sign_in_needed")
				o.send(t, r.method, r.path, nil, "Authorization", "Bearer wrong").problem(401, "sign_in_needed")
				o.send(t, r.method, r.path, nil, "Authorization", "Bearer ").problem(401, "sign_in_needed")
				o.send(t, r.method, r.path, nil, "Authorization", "Basic "+o.Token()).problem(401, "sign_in_needed")
				o.send(t, r.method, r.path, nil, "Cookie", "loa=wrong").problem(401, "sign_in_needed")
				o.send(t, r.method, r.path, nil, "Cookie", "loa="+o.Token()).problem(401, "sign_in_needed") // the token is no session
				o.send(t, r.method, r.path, nil, "Authorization", "Bearer "+strings.TrimPrefix(cookie, "loa=")).problem(401, "sign_in_needed")
				o.send(t, r.method, r.path+"?token=wrong", nil).problem(401, "sign_in_needed")
				require.NotEmpty(t, o.send(t, r.method, r.path, nil).header.Get("WWW-Authenticate"))
			}
			if r.path == "/api/v1/events" || r.path == "/api/v1/tap" { // streams that do not end: TestEvents, TestE2ETap
				return
			}
			require.NotEqual(t, 401, o.ask(t, r.method, r.path, nil).status)
			require.NotEqual(t, 401, o.send(t, r.method, r.path, nil, "Cookie", cookie).status)
			if r.method == "GET" || r.path == "/healthz" {
				return
			}
			for name, value := range map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"} {
				o.send(t, r.method, r.path, nil, "Cookie", cookie, name, value).problem(403, "cross_origin")
			}
			require.NotContains(t, string(o.send(t, r.method, r.path, nil, "Cookie", cookie, "Origin", o.URL()).body), "cross_origin")
			require.NotContains(t, string(o.ask(t, r.method, r.path, nil, "Origin", "https://evil.example").body), "cross_origin",
				"a token in hand is meant")
		})
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		require.Equal(t, "ok\n", string(o.send(t, "GET", path, nil).body))
	}
}

// machineCookie is that of a browser which was opened with the machine's token.
func (o *office) machineCookie(t *testing.T) string {
	t.Helper()
	return sessionOf(t, o.send(t, "GET", "/?token="+o.Token(), nil))
}

// Signing out ends the session of the machine's browser too, and its copy.
func TestTheMachineSignsOut(t *testing.T) {
	o := start(t)
	for _, out := range []func(cookie string){
		func(cookie string) {
			o.send(t, "DELETE", "/api/v1/session", nil, "Cookie", cookie, "Origin", o.URL()).into(204, nil)
		},
		func(cookie string) { require.Equal(t, 303, o.form(t, "/signout", nil, "Cookie", cookie).status) },
	} {
		cookie, other := o.machineCookie(t), o.machineCookie(t)
		require.Equal(t, 200, o.send(t, "GET", "/api/v1/nodes", nil, "Cookie", cookie).status)
		out(cookie)
		o.send(t, "GET", "/api/v1/nodes", nil, "Cookie", cookie).problem(401, "sign_in_needed")
		require.Equal(t, 200, o.send(t, "GET", "/api/v1/nodes", nil, "Cookie", other).status)
		o.ask(t, "GET", "/api/v1/nodes", nil).into(200, nil)
	}
}

func TestSignInByAddress(t *testing.T) {
	o := start(t)
	for path, want := range map[string]string{
		"/?token=%s":                         "/",
		"/?token=%s&lang=en":                 "/?lang=en",
		"//evil.example/?token=%s":           "/evil.example/",
		"/%%5Cevil.example/?token=%s":        "/evil.example/",
		"/%%2F%%2Fevil.example/?token=%s":    "/evil.example/",
		"/%%5C%%2F%%5Cevil.example?token=%s": "/evil.example",
		"/.//evil.example/?token=%s":         "/evil.example/",
		"/a%%0D%%0ALocation:%%20x?token=%s":  "/a%0D%0ALocation:%20x",
	} {
		r := o.send(t, "GET", fmt.Sprintf(path, o.Token()), nil)
		require.Equal(t, 303, r.status, path)
		require.Equal(t, want, r.header.Get("Location"), path)
		require.NotContains(t, r.header.Get("Location")+string(r.body), o.Token())
		set := r.header.Get("Set-Cookie")
		require.Contains(t, set, "loa=")
		require.NotContains(t, set, o.Token(), "a cookie holds a session, not the token")
		for _, flag := range []string{"HttpOnly", "SameSite=Strict", "Path=/"} {
			require.Contains(t, set, flag)
		}
	}
	require.Equal(t, 401, o.send(t, "POST", "/?token="+o.Token(), nil).status, "an address signs nobody in to change things")
}

// A person who is not signed in is shown where to sign in, and comes back to
// what they wanted. A part of a page is no page.
func TestTurnedAwayToSignIn(t *testing.T) {
	o := start(t)
	to := func(path string) string {
		r := o.send(t, "GET", path, nil, "Accept", "text/html,*/*;q=0.8")
		require.Equal(t, 303, r.status, path)
		return r.header.Get("Location")
	}
	require.Equal(t, "/setup", to("/"), "nobody has an account yet")
	o.firstAccount(t)
	require.Equal(t, "/signin", to("/"))
	require.Equal(t, "/signin?next=%2Flive%3Flang%3Den", to("/live?lang=en"))
	require.Equal(t, 401, o.send(t, "GET", "/?part=main", nil, "Accept", "text/html").status)
	require.Contains(t, string(o.send(t, "GET", "/signin?lang=en", nil).body), "Sign-in name")
}

func TestSafeHeaders(t *testing.T) {
	o := start(t)
	for _, r := range []reply{o.ask(t, "GET", "/", nil), o.ask(t, "GET", "/api/v1/nodes", nil), o.send(t, "GET", "/", nil),
		o.send(t, "GET", "/healthz", nil)} {
		require.Contains(t, r.header.Get("Content-Security-Policy"), "default-src 'none'", r.what)
		require.NotContains(t, r.header.Get("Content-Security-Policy"), "unsafe", r.what)
		require.Equal(t, "nosniff", r.header.Get("X-Content-Type-Options"), r.what)
	}
}

// What is served without huma must be described all the same, and all that is
// described must be there.
func TestDescriptionIsWholeAndOurs(t *testing.T) {
	o := start(t)
	doc := o.ask(t, "GET", "/api/v1/openapi.json", nil)
	described := map[string]bool{}
	for _, r := range routes(t, o) {
		described[r.method+" "+r.path] = true
		if r.path == "/api/v1/events" || r.path == "/api/v1/tap" {
			continue
		}
		got := o.ask(t, r.method, r.path, nil)
		require.NotEqual(t, http.StatusMethodNotAllowed, got.status, got.what)
		if got.status == 404 {
			require.Contains(t, r.path, "nobody", got.what)
		}
	}
	sources, err := filepath.Glob("api/*.go")
	require.NoError(t, err)
	served := regexp.MustCompile(`Mux\.Handle(?:Func)?\("([A-Z]+) (/api/v1[^"]*)"`)
	n := 0
	for _, path := range sources {
		source, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, m := range served.FindAllStringSubmatch(string(source), -1) {
			n++
			require.True(t, described[m[1]+" "+strings.ReplaceAll(m[2], "{id}", "nobody")], m[0])
		}
	}
	require.GreaterOrEqual(t, n, 3)
	schemas := o.ask(t, "GET", "/api/v1/openapi.json", nil).object200("components", "schemas")
	for name, fields := range map[string][]string{
		"ProgrammeView": {"id", "title", "class", "at", "cron", "time_zone", "from", "until", "except", "extra", "targets", "start_late_s",
			"rundown"},
		"BulletinView": {"id", "title", "clips", "expires"},
		"ClipView":     {"id", "sha256", "seconds", "lufs", "peak_dbtp"},
		"AiringView":   {"id", "programme", "start", "seconds", "nodes", "displaced"},
		"NodeView":     {"id", "name", "area", "state", "since", "last_heard", "faults"},
		"CallView": {"id", "class", "targets", "start", "ended", "reason", "recording", "voice", "source", "relay", "corrects", "nodes",
			"heard", "missing"},
		"PlayView": {"node", "programme", "airing", "item", "began", "ended", "heard_s", "volume", "outcome", "reason"},
	} {
		require.Contains(t, schemas, name)
		for _, f := range fields {
			require.Contains(t, schemas[name].(object)["properties"], f, name)
		}
	}
	var roles array
	for _, r := range trust.Roles {
		roles = append(roles, string(r))
	}
	require.Equal(t, roles, schemas["Grant"].(object)["properties"].(object)["role"].(object)["enum"], "a program need not guess")
	for _, cdn := range []string{"unpkg", "jsdelivr", "cdn.", "cloudflare", "googleapis"} {
		require.NotContains(t, string(doc.body), cdn)
	}
	for _, path := range []string{"/docs", "/api/v1/docs", "/schemas/Clip.json", "/openapi.json"} {
		require.Equal(t, 404, o.ask(t, "GET", path, nil).status, path)
	}
}

func TestWrongAddressesAndMethods(t *testing.T) {
	o := start(t)
	o.ask(t, "GET", "/api/v1/nowhere", nil).problem(404, "not_found")
	o.ask(t, "POST", "/nowhere", nil).problem(404, "not_found")
	r := o.ask(t, "PATCH", "/api/v1/programmes/x", nil)
	r.problem(405, "method")
	require.Equal(t, "GET, PUT, DELETE", r.header.Get("Allow"))
	o.ask(t, "DELETE", "/api/v1/clips", nil).problem(405, "method")
	o.ask(t, "POST", "/", nil).problem(405, "method")
	page := o.ask(t, "GET", "/nowhere", nil, "Accept", "text/html")
	require.Equal(t, 404, page.status)
	require.Contains(t, string(page.body), "Không tìm thấy")
}

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// watching keeps what goes wrong in a page: errors of scripts and of what they
// say, files that are missing, what the page's own rules forbid.
const watching = `window.wrong = [];
for (const kind of ["error", "unhandledrejection", "securitypolicyviolation"]) addEventListener(kind, (e) => window.wrong.push(kind + " " + (e.message ?? e.reason ?? e.violatedDirective ?? e.target?.src)), true);
for (const kind of ["error", "warn"]) console[kind] = (...all) => window.wrong.push(kind + " " + all.join(" "));`

// look is what one page is, seen from inside it. Each link on it is tried: what
// is shown may be used.
const look = `(async () => {
  const seen = window.tried ??= JSON.parse(sessionStorage.tried ?? "{}");
  const links = [...new Set([...document.querySelectorAll("a[href]")].map((a) => a.getAttribute("href")).filter((h) => h.startsWith("/") && !h.startsWith("/api/")).map((h) => h.split("#")[0]))];
  const closed = [];
  await Promise.all(links.map(async (h) => {
    seen[h] ??= (await fetch(h, { headers: { Accept: "text/html" } })).status;
    if (seen[h] >= 400) closed.push(h + " " + seen[h]);
  }));
  sessionStorage.tried = JSON.stringify(seen);
  return JSON.stringify({
    status: performance.getEntriesByType("navigation")[0].responseStatus, lang: document.documentElement.lang,
    heading: [...document.querySelectorAll("h1")].map((h) => h.innerText).join(" | "), text: document.body.innerText, wrong: window.wrong, closed,
    forms: [...document.querySelectorAll("form[method=post]")].map((f) => f.getAttribute("action")),
    menu: [...new Set([...document.querySelectorAll("header nav a[href]")].map((a) => a.getAttribute("href")))].filter((h) => !h.includes("lang=")),
    alarm: document.querySelector("header .alarm") !== null,
  });
})()`

type looked struct {
	Status              int
	Lang, Heading, Text string
	Wrong, Closed       []string
	Forms, Menu         []string
	Alarm               bool
}

// headings are those of the pages, in Vietnamese and in English.
var headings = map[string][2]string{
	"/":          {`cụm loa`, `oudspeaker`},
	"/live":      {`^Phát trực tiếp$`, `^Speak live$`},
	"/emergency": {`^KHẨN CẤP$`, `^EMERGENCY$`},
	"/drill":     {`Diễn tập`, `drill`},
	"/bulletins": {`^Bản tin$`, `^Bulletins$`},
	"/calendar":  {`Lịch phát`, `Calendar`},
	"/approvals": {`Duyệt`, `Approv`},
	"/log":       {`^Nhật ký phát`, `[Ll]og`},
	"/village":   {`^(Thôn|Xã)`, `^(Thôn|Xã)`}, // a name
	"/faults":    {`^Sự cố`, `^Faults`},
	"/nodes":     {`^Loa & thiết bị$`, `^Loudspeakers$`},
	"/people":    {`^Người dùng$`, `^People$`},
	"/audit":     {`^Nhật ký thao tác$`, `^Who did what$`},
	"/settings":  {`^Cài đặt$`, `^Settings$`},
	"/account":   {`^Người `, `^Người `}, // a name
}

// roles are who there is: what their menu has, and what their pages' forms may
// lead to.
var roles = []struct{ role, area, menu, forms string }{
	{"admin", "la-da", "/ /live /bulletins /calendar /approvals /log /drill /village /faults /nodes /people /audit /settings /account", `.*`},
	{"operator", "la-da", "/ /live /bulletins /calendar /approvals /log /drill /village /faults /account", `/approvals/\w+/[^/]+/submit|/village/.*|/bulletins.*`},
	{"approver", "la-da", "/ /calendar /approvals /log /village /faults /audit /account", `/approvals/.*|/village/.*`},
	{"speaker", "la-da", "/ /live /calendar /log /drill /village /faults /account", `/village/.*`},
	{"head", "thon-1", "/ /calendar /log /village /faults /account", `/village/.*`},
	{"technician", "la-da", "/ /calendar /log /village /faults /nodes /account", `/village/.*|/nodes.*|/faults/.*`},
	{"province", "lam-dong", "/ /calendar /log /village /faults /audit /account", ``},
}

var (
	ownForms = regexp.MustCompile(`^(/account/.*|/signout|/notices/.*)$`)
	rawKey   = regexp.MustCompile(`\b[a-z]{2,}(_[a-z]+)+\b|%!?[sdv(]`)
)

// Everybody goes through all pages that their menu shows, in both languages:
// each opens, is in the language, has no error, and shows nothing that they may
// not use.
func TestBrowserEveryRoleOnEveryPage(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.send(http.MethodPut, "/api/v1/areas/lam-dong", map[string]any{"name": "Tỉnh Lâm Đồng", "kind": "province"}, nil)
	o.places()
	o.send(http.MethodPut, "/api/v1/areas/la-da", map[string]any{"name": "Xã La Dạ", "kind": "commune", "parent": "lam-dong"}, nil)
	o.node("loa-1", "null")
	o.good(1)
	o.send(http.MethodPut, "/api/v1/nodes/loa-1/place", map[string]any{"latitude": 11.25, "longitude": 107.8}, nil)
	o.send(http.MethodPost, "/api/v1/nodes/loa-1/reports", map[string]any{"kind": "silent"}, nil)
	clip := o.upload(recording(t, "Mời bà con đến họp."))
	o.send(http.MethodPost, "/api/v1/bulletins", map[string]any{"title": "Họp thôn", "clips": map[string]any{"vi": clip.ID}}, nil)
	o.daily("Bản tin chiều")
	p := o.person("")
	p.Before(watching)
	began, pages := time.Now(), 0
	for _, r := range roles {
		o.member(r.role, r.area)
		p.signIn(r.role)
		menu := strings.Fields(r.menu)
		allowed := regexp.MustCompile(`^(` + r.forms + `)$`)
		for i, lang := range []string{"vi", "en"} {
			for _, path := range append(menu, "/emergency") {
				if path == "/emergency" && !strings.Contains("admin speaker", r.role) {
					continue
				}
				who := fmt.Sprintf("%s on %s in %s", r.role, path, lang)
				v := p.looks(path + "?lang=" + lang)
				pages++
				require.Equal(t, 200, v.Status, who)
				require.Equal(t, lang, v.Lang, who)
				require.Regexp(t, headings[path][i], v.Heading, who)
				require.Empty(t, v.Wrong, who)
				require.Empty(t, v.Closed, "%s: these are shown, and may not be opened", who)
				require.Empty(t, rawKey.FindAllString(v.Text, -1), "%s: a word is missing", who)
				require.Equal(t, strings.Contains("admin speaker", r.role), v.Alarm, who)
				require.ElementsMatch(t, menu, v.Menu, who)
				for _, f := range v.Forms {
					require.True(t, allowed.MatchString(f) || ownForms.MatchString(f), "%s: %s is shown, and may not be used", who, f)
				}
			}
		}
		p.Do(chromedp.Navigate(p.URL + "/account"))
		p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector('form[action="/signout"]')?.requestSubmit()`))
		p.Comes("signed out", `document.querySelector("[name=login]") !== null`)
		p.Do(chromedp.Evaluate[chromedp.Void](`sessionStorage.clear()`)) // what was tried
	}
	t.Logf("%d roles, %d pages in %v", len(roles), pages, time.Since(began).Round(100*time.Millisecond))
}

// looks opens a page and sees what it is.
func (p *person) looks(path string) (v looked) {
	p.T.Helper()
	p.Do(chromedp.Navigate(p.URL + path))
	text, err := chromedp.Run(p.Ctx, chromedp.Evaluate[string](look, chromedp.EvalAwaitPromise))
	require.NoError(p.T, err, path)
	require.NoError(p.T, json.Unmarshal([]byte(text), &v))
	return v
}

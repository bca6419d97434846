package web_test

import (
	"encoding/json"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/browser"
)

// watching keeps what goes wrong in a page: errors of scripts and of what they
// say, files that are missing, what the page's own rules forbid.
const watching = `window.wrong = [];
for (const kind of ["error", "unhandledrejection", "securitypolicyviolation"]) addEventListener(kind, (e) => window.wrong.push(kind + " " + (e.message ?? e.reason ?? e.violatedDirective ?? e.target?.src)), true);
for (const kind of ["error", "warn"]) console[kind] = (...all) => window.wrong.push(kind + " " + all.join(" "));`

// look is what one page is, seen from inside it when its scripts have run.
const look = `JSON.stringify({
	status: performance.getEntriesByType("navigation")[0].responseStatus, lang: document.documentElement.lang,
	heading: [...document.querySelectorAll("h1")].map((h) => h.innerText).join(" | "), text: document.body.innerText,
	links: [...new Set([...document.querySelectorAll("a[href]")].map((a) => a.getAttribute("href")).filter((h) => h.startsWith("/") && !h.startsWith("/api/")).map((h) => h.split("#")[0]))],
	forms: [...document.querySelectorAll("form[method=post]")].map((f) => f.getAttribute("action")),
	menu: [...new Set([...document.querySelectorAll("header nav " +
		"a[href]")].map((a) => a.getAttribute("href")))].filter((h) => !h.includes("lang=")),
	alarm: document.querySelector("header .alarm") !== null,
})`

// In a browser, whose scripts have run: of the role that sees most and the one that sees least,
// each page is what TestEveryRoleOnEveryPage says, and nothing goes wrong in it.
func TestBrowserNothingGoesWrongOnAnyPage(t *testing.T) {
	o := busy(t)
	for _, r := range roles {
		if r.role != "admin" && r.role != "head" {
			continue
		}
		p := browser.Open(t, o.URL())
		p.Before(watching)
		signIn(p, r.role)
		cookie := o.cookieOf(t, r.role)
		for _, lang := range tongues {
			tried := map[string]bool{}
			for _, path := range r.pages() {
				p.Do(chromedp.Navigate(p.URL + path + "?lang=" + lang))
				text, err := chromedp.Run(p.Ctx, chromedp.Evaluate[string](look))
				require.NoError(t, err, path)
				var v looked
				require.NoError(t, json.Unmarshal([]byte(text), &v))
				r.mayBe(t, path, lang, v)
				o.mayFollow(t, r, path, v.Links, cookie+"; lang="+lang, tried)
				wrong, err := chromedp.Run(p.Ctx, chromedp.Evaluate[[]string](`window.wrong`)) // with what came a little later
				require.NoError(t, err, path)
				require.Empty(t, wrong, "%s on %s in %s", r.role, path, lang)
			}
		}
		p.Do(chromedp.Navigate(p.URL+"/account"),
			chromedp.Evaluate[chromedp.Void](`document.querySelector('form[action="/signout"]').requestSubmit()`))
		p.Comes("signed out", `document.querySelector("[name=login]") !== null`)
	}
}

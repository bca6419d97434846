package web_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/browser"
)

// violation is what axe-core finds, of it what a person needs to mend it.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct{ HTML, FailureSummary string }
}

// findings asks axe-core, which is in the page by then.
const findings = `axe.run({resultTypes: ["violations"]}).then((r) => JSON.stringify(r.violations.map((v) => ({ID: v.id, Impact: v.impact, Help: v.help, Nodes: v.nodes.map((n) => ({HTML: n.html, FailureSummary: n.failureSummary}))}))))`

// reader is somebody who prefers light or dark, at a screen of a width.
type reader struct {
	*browser.Person
	width int64
}

func read(t *testing.T, o *office, scheme string, width int64) reader {
	t.Helper()
	axe, err := os.ReadFile(filepath.Join("pages", "node_modules", "axe-core", "axe.min.js"))
	require.NoError(t, err, "npm ci installs it")
	r := reader{browser.Open(t, o.URL()), width}
	r.Before(string(axe))
	_, err = chromedp.Call(r.Ctx, emulation.SetEmulatedMedia,
		emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	require.NoError(t, err)
	r.Do(chromedp.EmulateViewport(width, 800))
	return r
}

// looks opens a page: it fits the screen, and axe-core finds nothing serious.
func (r reader) looks(path string) {
	r.T.Helper()
	r.Do(chromedp.Navigate(r.URL + path)) // waits until it is loaded whole
	require.True(r.T, r.Evaluate(`document.querySelector("main h1").checkVisibility()`), path)
	require.True(r.T, r.Evaluate(fmt.Sprintf(`document.documentElement.scrollWidth <= %d`, r.width)), "%s is wider than %d px", path, r.width)
	found, err := chromedp.Run(r.Ctx, chromedp.Evaluate[string](findings, chromedp.EvalAwaitPromise))
	require.NoError(r.T, err, path)
	var all []violation
	require.NoError(r.T, json.Unmarshal([]byte(found), &all))
	for _, v := range all {
		if v.Impact == "serious" || v.Impact == "critical" {
			r.T.Errorf("%s at %d px: %s (%s): %s", path, r.width, v.ID, v.Help, strings.Join(strings.Fields(fmt.Sprint(v.Nodes)), " "))
		}
	}
}

// No page has anything that keeps somebody out who uses a keyboard, a screen
// reader or a phone in the sun: axe-core finds nothing serious, in both
// languages, narrow and wide, light and dark, with something on each page.
func TestBrowserPagesForEverybody(t *testing.T) {
	o := startIn(t, t.TempDir(), oneVillage)
	o.wellAre(t, "loa-1")
	stranger := read(t, o, "light", 360)
	stranger.looks("/setup")
	o.send(t, "POST", "/api/v1/setup", object{"login": "lam", "name": "Nguyễn Văn Lâm", "password": memberPassword}, "Content-Type",
		"application/json").into(201, nil)
	stranger.looks("/setup") // leads to the door
	stranger.looks("/signin?lang=en")

	o.ask(t, "POST", "/api/v1/nodes/loa-1/reports", object{"kind": "silent", "words": "im từ sáng"}).object(201)
	o.ask(t, "PUT", "/api/v1/nodes/loa-1/place", object{"latitude": 11.25, "longitude": 107.8}).object(200)
	o.add(t, object{"title": "Bản tin chiều", "class": "normal", "at": later(time.Hour), "targets": object{"areas": array{"la-da"}},
		"rundown": array{object{"chime": true}}})
	clip := o.clip(t, "Mời bà con họp.")
	bulletin := o.ask(t, "POST", "/api/v1/bulletins", object{"title": "Họp thôn",
		"clips": object{"vi": clip, "tyz": clip}}).object(201)["id"].(string)
	for _, c := range []struct {
		scheme, lang string
		width        int64
	}{{"light", "vi", 360}, {"dark", "en", 1024}} {
		t.Run(c.scheme, func(t *testing.T) {
			t.Parallel()
			r := read(t, o, c.scheme, c.width)
			signIn(r.Person, "lam")
			for _, path := range []string{"/", "/live", "/emergency", "/drill", "/approvals", "/log", "/replay", "/situation", "/exercises",
				"/nodes",
				"/nodes/loa-1", "/bulletins",
				"/dictionary", "/bulletins/" + bulletin, "/calendar", "/audit", "/people", "/account",
				"/village", "/faults", "/settings", "/wizard/places", "/wizard/hours", "/wizard/node", "/wizard/hear", "/wizard/done", "/nowhere"} {
				r.looks(path + "?lang=" + c.lang)
			}
		})
	}
}

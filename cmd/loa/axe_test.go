package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// violation is what axe-core finds, of it what a person needs to mend it.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct{ HTML, FailureSummary string }
}

// No page has anything that keeps somebody out who uses a keyboard, a screen
// reader or a phone in the sun: axe-core finds nothing serious, in both
// languages, narrow and wide, light and dark, with something on each page.
func TestBrowserPagesForEverybody(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile(filepath.Join("..", "..", "controller", "web", "node_modules", "axe-core", "axe.min.js"))
	require.NoError(t, err, "npm ci installs it")
	o := newOffice(t)
	o.places()
	o.node("loa-1", "null")
	o.good(1)
	const password = "mưa rơi trên mái đình"
	o.send(http.MethodPost, "/api/v1/setup", map[string]any{"login": "lam", "name": "Nguyễn Văn Lâm", "password": password}, nil)
	o.send(http.MethodPost, "/api/v1/nodes/loa-1/reports", map[string]any{"kind": "silent", "words": "im từ sáng"}, nil)
	o.send(http.MethodPut, "/api/v1/nodes/loa-1/place", map[string]any{"latitude": 11.25, "longitude": 107.8}, nil)
	o.send(http.MethodPost, "/api/v1/programmes", map[string]any{"title": "Bản tin chiều", "class": "normal", "at": soon(time.Hour).Format(time.RFC3339),
		"targets": map[string]any{"areas": []string{"la-da"}}, "rundown": []any{map[string]any{"chime": true}}}, nil)
	var spoken clipAnswer
	o.send(http.MethodPost, "/api/v1/speech", map[string]any{"text": "Mời bà con họp."}, &spoken)
	var bulletin plannedBulletin
	o.send(http.MethodPost, "/api/v1/bulletins", map[string]any{"title": "Họp thôn", "clips": map[string]any{"vi": spoken.ID, "tyz": spoken.ID}}, &bulletin)
	p := o.person("")
	look := func(path string, width int64) {
		t.Helper()
		p.Do(chromedp.EmulateViewport(width, 800), chromedp.Navigate(o.info.URL+path), chromedp.WaitVisible("main h1"))
		require.True(t, p.Evaluate(fmt.Sprintf(`document.documentElement.scrollWidth <= %d`, width)), "%s is wider than %d px", path, width)
		p.Do(chromedp.Evaluate[chromedp.Void](string(axe)))
		found, err := chromedp.Run(p.Ctx, chromedp.Evaluate[string](`axe.run({resultTypes: ["violations"]}).then((r) => JSON.stringify(r.violations.map((v) => ({ID: v.id, Impact: v.impact, Help: v.help, Nodes: v.nodes.map((n) => ({HTML: n.html, FailureSummary: n.failureSummary}))}))))`, chromedp.EvalAwaitPromise))
		require.NoError(t, err, path)
		var all []violation
		require.NoError(t, json.Unmarshal([]byte(found), &all))
		for _, v := range all {
			if v.Impact == "serious" || v.Impact == "critical" {
				t.Errorf("%s at %d px: %s (%s): %s", path, width, v.ID, v.Help, strings.Join(strings.Fields(fmt.Sprint(v.Nodes)), " "))
			}
		}
	}
	scheme := func(name string) {
		_, err := chromedp.Call(p.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
		require.NoError(t, err)
	}
	for _, path := range []string{"/setup", "/signin?lang=en"} {
		look(path, 360)
	}
	p.Do(chromedp.Navigate(o.info.URL+"/signin"), chromedp.WaitVisible("[name=login]"), chromedp.SendKeys("[name=login]", "lam"), chromedp.SendKeys("[name=password]", password), chromedp.Submit("[name=password]"), chromedp.WaitReady(".menu-who"))
	for _, path := range []string{"/", "/live", "/emergency", "/drill", "/approvals", "/log", "/nodes", "/nodes/loa-1", "/bulletins", "/bulletins/" + bulletin.ID, "/calendar", "/audit", "/people", "/account", "/village", "/faults", "/settings", "/wizard/places", "/wizard/hours", "/wizard/node", "/wizard/hear", "/wizard/done", "/nowhere"} {
		scheme("light")
		look(path+"?lang=vi", 360)
		scheme("dark")
		look(path+"?lang=en", 1024)
	}
}

package public_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/browser"
	"loa/controller/public"
)

// findings asks axe-core, which is in the page by then.
const findings = `axe.run({resultTypes: ["violations"]}).then((r) => JSON.stringify(r.violations.map((v) =>
	v.id + " (" + v.impact + "): " + v.help + " " + v.nodes.map((n) => n.html).join(" "))))`

// villager opens pages as somebody who prefers light or dark, with or without scripts.
func villager(t *testing.T, b *board, scheme string, scripts bool) *browser.Person {
	t.Helper()
	p := browser.Open(t, b.url)
	axe, err := os.ReadFile(filepath.Join("..", "web", "pages", "node_modules", "axe-core", "axe.min.js"))
	require.NoError(t, err, "npm ci installs it")
	p.Before(string(axe))
	_, err = chromedp.Call(p.Ctx, emulation.SetEmulatedMedia,
		emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	require.NoError(t, err)
	_, err = chromedp.Call(p.Ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !scripts})
	require.NoError(t, err)
	return p
}

// Anybody reads and hears it, on a cheap phone and by a screen reader, in light and dark:
// axe-core finds nothing at all, no page is wider than the screen, and each is small.
func TestBrowserEverybody(t *testing.T) {
	b := open(t, public.Limits{}, lived)
	entry := "/t/" + b.code + "/" + b.first(t).ID
	for _, c := range []struct {
		scheme, lang string
		width        int64
	}{{"light", "", 360}, {"dark", "?lang=en", 768}, {"light", "", 1280}} {
		t.Run(fmt.Sprint(c.width), func(t *testing.T) {
			p := villager(t, b, c.scheme, true)
			p.Do(chromedp.EmulateViewport(c.width, 800))
			for name, path := range map[string]string{"commune": "/", "village": "/t/" + b.code, "entry": entry, "nowhere": "/t/nothing"} {
				p.Do(chromedp.Navigate(b.url + path + c.lang))
				require.True(t, p.Evaluate(`document.querySelector("main h1").checkVisibility()`), path)
				found, err := chromedp.Run(p.Ctx, chromedp.Evaluate[string](findings, chromedp.EvalAwaitPromise))
				require.NoError(t, err)
				var all []string
				require.NoError(t, json.Unmarshal([]byte(found), &all))
				require.Empty(t, all, "%s at %d px", path, c.width)
				p.Shot(fmt.Sprintf("public-%s-%s-%d", name, c.scheme, c.width), c.width)
			}
		})
	}
}

// Without a script all is there: the words, the sound with its controls, and each link leads
// to a page.
func TestBrowserWithoutScript(t *testing.T) {
	b := open(t, public.Limits{}, lived)
	p := villager(t, b, "light", false)
	p.Do(chromedp.EmulateViewport(360, 800), chromedp.Navigate(b.url), chromedp.WaitVisible("main h1"))
	p.Do(chromedp.Click(`.villages a[href="/t/`+b.code+`"]`), chromedp.WaitVisible(".entry.alert"))
	text := p.Text("main")
	for _, want := range []string{"Thôn 1", "KHẨN CẤP · còn hiệu lực", "Lũ về trên suối Đa Mi", "đã hết", "Mời họp thôn", "CẢI CHÍNH",
		"Tin này đã được cải chính lúc 08:00 20/11/2026", "DIỄN TẬP", "Sắp phát hôm nay", "Tiếp sóng Đài Lâm Đồng"} {
		require.Contains(t, text, want)
	}
	require.Contains(t, text, "Nước sinh hoạt", "what is long is cut")
	p.Do(chromedp.Click(".entry:not(.alert) .more"), chromedp.WaitVisible(".entry h1"))
	require.Equal(t, 40, strings.Count(p.Text("main"), "Nước sinh hoạt"), "and stands whole on its own page")
}

// It is heard: chromium plays the Opus, and the AAC that an old telephone gets.
func TestBrowserHears(t *testing.T) {
	b := open(t, public.Limits{}, lived)
	p := villager(t, b, "light", true)
	p.Do(chromedp.Navigate(b.url+"/t/"+b.code), chromedp.Click("h1")) // a page that was touched may play
	for _, kind := range []string{"opus", "m4a"} {
		p.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`{ window.all = [...document.querySelectorAll("audio")].slice(0, 2);
			for (const a of all) { a.src = a.querySelector('source[src$=%q]').src; a.muted = true; a.load(); }
			all[0].play(); }`, kind)))
		p.Sees(kind+" is heard", `all[0].currentTime > 0.1 || all[0].ended`)
		p.Do(chromedp.Evaluate[chromedp.Void](`all[1].play()`))
		p.Sees(kind+": the second ends the first", `(all[1].currentTime > 0.1 || all[1].ended) && (all[0].paused || all[0].ended)`)
	}
}

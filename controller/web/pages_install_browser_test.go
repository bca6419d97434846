package web_test

import (
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/browser"
)

// Loa can stand on a phone's home screen, in the person's language: chromium
// itself finds nothing that hinders it, and can draw both icons.
func TestBrowserCanInstall(t *testing.T) {
	o := startIn(t, t.TempDir(), oneVillage)
	o.member(t, "head", "la-da")
	p := browser.Whole(t, o.URL(), "") // a window of the shared chromium keeps nothing, so nothing can be installed from it
	signIn(p, "head")
	for lang, name := range map[string]string{"vi": "Loa – truyền thanh xã", "en": "Loa – the commune's loudspeakers"} {
		p.Do(chromedp.Navigate(p.URL+"/account?lang="+lang), chromedp.WaitVisible("main h1"))
		found, err := chromedp.Call(p.Ctx, page.GetAppManifest, page.GetAppManifestParams{})
		require.NoError(t, err)
		require.Empty(t, found.Errors)
		require.Contains(t, found.Data, `"name":"`+name+`"`)
		require.Contains(t, found.Data, `"lang":"`+lang+`"`)
		hindered, err := chromedp.Call(p.Ctx, page.GetInstallabilityErrors, cdp.Empty{})
		require.NoError(t, err)
		require.Empty(t, hindered.InstallabilityErrors)
	}
	m, err := chromedp.Run(p.Ctx, chromedp.Evaluate[map[string]any](`(async () => {
		const m = await (await fetch(document.querySelector("link[rel=manifest]").href)).json();
		m.drawn = await Promise.all(m.icons.filter((i) => i.type === "image/png").map(async (i) => {
			const b = await createImageBitmap(await (await fetch(i.src)).blob());
			return [i.sizes, b.width + "x" + b.height];
		}));
		m.head = document.querySelector("meta[name=theme-color]").content;
		return m;
	})()`, chromedp.EvalAwaitPromise))
	require.NoError(t, err)
	require.Equal(t, array{"/", "/", "standalone", m["head"], m["head"]}, array{m["id"], m["start_url"], m["display"], m["theme_color"],
		m["background_color"]})
	require.Equal(t, array{array{"192x192", "192x192"}, array{"512x512", "512x512"}}, m["drawn"])
}

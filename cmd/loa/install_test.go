package main

import (
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Loa can stand on a phone's home screen, in the person's language: chromium
// itself finds nothing that hinders it, and can draw both icons.
func TestBrowserCanInstall(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.places()
	p := o.signedIn("head", "la-da")
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
	require.Equal(t, []any{"/", "/", "standalone", m["head"], m["head"]}, []any{m["id"], m["start_url"], m["display"], m["theme_color"], m["background_color"]})
	require.Equal(t, []any{[]any{"192x192", "192x192"}, []any{"512x512", "512x512"}}, m["drawn"])
}

package web_test

import (
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/browser"
	"loa/cmd/prove/witness"
	"loa/controller/store"
)

// The tree of loudspeakers stays as a technician folded it, by the keyboard: when
// the list renews itself, and another day. New trouble opens by itself.
func TestBrowserTreeOfLoudspeakers(t *testing.T) {
	o := startIn(t, t.TempDir(), func(t *testing.T, s *store.Store) {
		for _, a := range []store.Area{{ID: "la-da", Name: "Xã La Dạ", Kind: store.Commune},
			{ID: "thon-1", Parent: "la-da", Name: "Thôn 1", Kind: store.Village}, {ID: "thon-2", Parent: "la-da", Name: "Thôn 2",
				Kind: store.Village}} {
			require.NoError(t, s.PutArea(t.Context(), a))
		}
	})
	puts := func(id, name, area string, mute bool) {
		require.Less(t, o.ask(t, "PUT", "/api/v1/nodes/"+id, object{"name": name, "area": area, "no_return": mute}).status, 300)
	}
	puts("cong", "Cổng làng", "thon-1", false)
	puts("fm", "Loa FM", "thon-2", true)
	p := browser.Open(t, o.URL())
	p.Do(chromedp.EmulateViewport(360, 800))
	p.Open(o.Token(), "/nodes")
	folded := func(what, one, two string) {
		t.Helper()
		p.Sees(
			what,
			`["thon-1", "thon-2"].map((id) => document.querySelector("#under-" + id).open ? "open" : "folded").join() === "`+one+","+two+`"`,
		)
	}
	key := func(village, key string) {
		p.Do(chromedp.Focus("#under-"+village+" > summary"), chromedp.KeyEvent(key))
	}
	folded("open where somebody is to look", "open", "folded")
	require.True(
		t,
		p.Evaluate(
			`[...document.querySelectorAll(".branch summary, .branch > .act")].every((e) => { const r = e.getBoundingClientRect(); return Math.min(r.width, r.height) >= 48; })`,
		),
		"a thumb finds it",
	)
	key("thon-2", "\r")
	key("thon-1", " ")
	folded("by the keyboard", "folded", "open")

	puts("cong", "Cổng làng Đồng", "thon-1", false)
	p.Sees("the list anew", `document.querySelector(".others").textContent.includes("Cổng làng Đồng")`)
	folded("the old trouble is known", "folded", "open")
	require.True(t, p.Evaluate(`document.activeElement.matches("#under-thon-1 > summary")`), "the keyboard is where it was")
	p.Do(chromedp.Reload(), chromedp.WaitVisible("main h1"))
	folded("remembered", "folded", "open")
	puts("cho", "Chợ", "thon-1", false)
	folded("new trouble", "open", "open")

	key("thon-1", " ")
	folded("folded again", "folded", "open")
	p.Do(chromedp.Click(`.others a[href="#cong"]`))
	folded("asked for by its name", "open", "open")
}

// A technician beside a loudspeaker says where it stands, by the phone's own
// position, and by a tap on the map.
func TestBrowserPlacesALoudspeaker(t *testing.T) {
	o := startIn(t, t.TempDir(), oneVillage)
	o.ask(t, "PUT", "/api/v1/nodes/loa-1", object{"name": "Cổng làng", "area": "thon-1"}).object(200)
	p := browser.Open(t, o.URL())
	p.Open(o.Token(), "/nodes")
	latitude, longitude, accuracy := 11.25, 107.8, 7.2
	_, err := chromedp.Call(p.Ctx, emulation.SetGeolocationOverride, emulation.SetGeolocationOverrideParams{Latitude: &latitude,
		Longitude: &longitude, Accuracy: &accuracy})
	require.NoError(t, err)
	_, err = chromedp.CallBrowser(p.Ctx, cdpbrowser.SetPermission, cdpbrowser.SetPermissionParams{
		Permission: &cdpbrowser.PermissionDescriptor{
			Name: "geolocation",
		}, Setting: cdpbrowser.PermissionSettingGranted, Origin: p.URL, BrowserContextID: chromedp.FromContext(p.Ctx).BrowserContextID})
	require.NoError(t, err)
	// not by its link: the list renews itself, now and then between the finding of a link and the click
	p.Do(chromedp.Navigate(p.URL+"/nodes/loa-1"), chromedp.WaitVisible("#place-here"), chromedp.Click("#place-here"))
	p.Sees(
		"the position",
		`document.querySelector("#place-field").value === "11.250000, 107.800000" && document.querySelector("#place-line").textContent.includes("khoảng 8 m")`,
	)
	p.Do(chromedp.Submit("#place-field"), chromedp.WaitVisible("#map .mark.here"))
	var n struct {
		Place struct{ Latitude, Longitude float64 }
	}
	o.ask(t, "GET", "/api/v1/nodes/loa-1", nil).into(200, &n)
	require.Equal(t, 11.25, n.Place.Latitude)
	p.Shot("node-360", 360)

	// the map is 600 m wide at least: its corner is 225 m north and 300 m west
	p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#map").scrollIntoView()`))
	at, err := chromedp.Run(
		p.Ctx,
		chromedp.Evaluate[[]float64](
			`(() => { const r = document.querySelector("#map").getBoundingClientRect(); return [r.x + r.width / 4, r.y + r.height / 2]; })()`,
		),
	)
	require.NoError(t, err)
	p.Do(chromedp.MouseClickXY(at[0], at[1]))
	p.Sees(
		"what was tapped",
		`document.querySelector("#place-field").value.startsWith("11.2500") && !document.querySelector("#place-field").value.endsWith("107.800000") && !document.querySelector("#chosen-place").hasAttribute("hidden")`,
	)
	p.Do(chromedp.Submit("#place-field"))
	witness.Await(t, "it is saved", 10*time.Second, func() bool { // the page looks as it did
		o.ask(t, "GET", "/api/v1/nodes/loa-1", nil).into(200, &n)
		return n.Place.Longitude != 107.8
	})
	require.InDelta(t, 107.8-150/(111_320*0.9808), n.Place.Longitude, 0.00003, "150 m to the west")
	p.Sees("the page is that of the loudspeaker", `document.querySelector("h1")?.innerText.includes("Cổng làng")`)
}

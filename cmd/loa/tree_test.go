package main

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// The tree of loudspeakers stays as a technician folded it, by the keyboard: when
// the list renews itself, and another day. New trouble opens by itself.
func TestBrowserTreeOfLoudspeakers(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.places()
	o.send(http.MethodPut, "/api/v1/areas/thon-2", map[string]any{"name": "Thôn 2", "kind": "village", "parent": "la-da"}, nil)
	puts := func(id, name, area string, mute bool) {
		o.send(http.MethodPut, "/api/v1/nodes/"+id, map[string]any{"name": name, "area": area, "no_return": mute}, nil)
	}
	puts("cong", "Cổng làng", "thon-1", false)
	puts("fm", "Loa FM", "thon-2", true)
	p := o.person("")
	p.Do(chromedp.EmulateViewport(360, 800))
	p.Open(o.token, "/nodes")
	folded := func(what, one, two string) {
		t.Helper()
		p.Sees(what, `["thon-1", "thon-2"].map((id) => document.querySelector("#under-" + id).open ? "open" : "folded").join() === "`+one+","+two+`"`)
	}
	key := func(village, key string) {
		p.Do(chromedp.Focus("#under-"+village+" > summary"), chromedp.KeyEvent(key))
	}
	folded("open where somebody is to look", "open", "folded")
	require.True(t, p.Evaluate(`[...document.querySelectorAll(".branch summary, .branch > .act")].every((e) => { const r = e.getBoundingClientRect(); return Math.min(r.width, r.height) >= 48; })`), "a thumb finds it")
	key("thon-2", "\r")
	key("thon-1", " ")
	folded("by the keyboard", "folded", "open")

	puts("cong", "Cổng làng Đồng", "thon-1", false)
	p.Sees("the list anew", `document.querySelector(".others").textContent.includes("Cổng làng Đồng")`)
	folded("the old trouble is known", "folded", "open")
	p.Do(chromedp.Reload(), chromedp.WaitVisible("main h1"))
	folded("remembered", "folded", "open")
	puts("cho", "Chợ", "thon-1", false)
	folded("new trouble", "open", "open")

	key("thon-1", " ")
	folded("folded again", "folded", "open")
	p.Do(chromedp.Click(`.others a[href="#cong"]`))
	folded("asked for by its name", "open", "open")
}

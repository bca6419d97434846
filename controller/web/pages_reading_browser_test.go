package web_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/browser"
)

// As one types, the page says how it will be read; where the reader is not sure,
// the other reading is one choice away and is written into the text.
func TestBrowserSaysHowItIsRead(t *testing.T) {
	o := startIn(t, t.TempDir(), twoVillages)
	p := browser.Open(t, o.URL())
	for page, before := range map[string]string{"/bulletins": `document.querySelector("input[name=way][value=text]").click()`, "/emergency": `document.querySelector("input[name=what][value=text]").click()`} {
		p.Open(o.Token(), page)
		p.Sees("the page "+page+" with its scripts", `document.querySelector(".reading") !== null`)
		p.Do(chromedp.Evaluate[chromedp.Void](before))
		p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#text").value = ""; document.querySelector("#text").focus()`), chromedp.KeyEvent("Sáng 08h30 gặp HS, nộp XYZQ."))
		p.Sees("how it is read", `document.querySelector(".reading:not([hidden])")?.textContent.includes("tám giờ ba mươi phút")`)
		require.True(t, p.Evaluate(`[...document.querySelectorAll(".reading mark")].some((m) => m.title === "Viết: 08h30")`))
		require.True(t, p.Evaluate(`document.querySelector(".reading select.unknown").selectedOptions[0].textContent === "XYZQ"`))
		if page == "/bulletins" {
			p.Shot("reading-360", 360)
			p.Shot("reading-1024", 1024)
		}
		p.Do(chromedp.Evaluate[chromedp.Void](`{ const s = document.querySelector(".reading select.doubt"); s.value = "hồ sơ"; s.dispatchEvent(new Event("change")); }`))
		require.True(t, p.Evaluate(`document.querySelector("#text").value === "Sáng 08h30 gặp hồ sơ, nộp XYZQ."`))
		p.Sees("no doubt any more", `document.querySelector(".reading select.doubt") === null && document.querySelector(".reading").textContent.includes("hồ sơ")`)
		p.Do(chromedp.Evaluate[chromedp.Void](`{ const f = document.querySelector("#text"); f.value = ""; f.dispatchEvent(new Event("input", {bubbles: true})); }`))
		p.Sees("nothing to read", `document.querySelector(".reading").hidden`)
	}
}

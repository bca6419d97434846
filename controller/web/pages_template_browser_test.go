package web_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/browser"
)

// fills writes into a field of the template that is chosen.
func fills(p *browser.Person, field, value string) {
	p.T.Helper()
	p.Do(chromedp.Evaluate[chromedp.Void](`{ const f = document.querySelector(".fill:not([hidden]) [data-field=` + field + `]"); f.value = ` + "`" + value + "`" + `; f.dispatchEvent(new Event("input", {bubbles: true})); }`))
}

// A person who must speak now presses what happens, fills a few fields and sees what
// the loudspeakers will say; what is missing is asked for. The drill does the same.
func TestBrowserFillsATemplate(t *testing.T) {
	o := startIn(t, t.TempDir(), twoVillages)
	p := browser.Open(t, o.URL())
	for _, c := range []struct{ page, lang, hazard, says, missing string }{
		{"/emergency", "vi", "flood", "Loa sẽ nói: “Nước lũ đang lên nhanh ở Thôn 2. Bà con đến nhà văn hóa ngay.", "“Bà con đến đâu”: hãy điền"},
		{"/drill", "en", "flash_flood", "The loudspeakers will say: “Lũ quét! Lũ quét ở Thôn 2! Bà con rời nhà ngay, chạy lên nhà văn hóa.",
			"“Where people go”: fill it in"},
	} {
		p.Open(o.Token(), "/")
		p.Do(chromedp.Navigate(p.URL+c.page+"?lang="+c.lang), chromedp.WaitVisible("main h1"))
		p.Sees("the page "+c.page+" with its scripts", `document.querySelector(".reading") !== null`)
		p.Do(chromedp.Evaluate[chromedp.Void](`for (const b of document.querySelectorAll("#places input")) if (b.checked !== (b.value === "thon-2")) b.click()`))
		p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("[data-hazard=` + c.hazard + `] input").click()`))
		p.Sees("its fields, with the place that is chosen",
			`document.querySelector(".fill:not([hidden])")?.dataset.fill === "`+c.hazard+`" && document.querySelector(".fill:not([hidden]) [data-field=where]").value === "Thôn 2"`)
		p.Sees("what is missing", `document.querySelector("#composed").textContent.startsWith("`+c.missing+`")`)
		p.Tap("#arm")
		p.Sees("no token without it", `document.querySelector("#trouble").textContent.startsWith("`+c.missing+`") && document.querySelector("#fire").disabled && document.activeElement.dataset.field === "shelter"`)
		fills(p, "shelter", "nhà văn hóa")
		p.Sees("what will be said", `document.querySelector("#composed.ready")?.textContent.startsWith("`+c.says+`") && document.querySelector("#trouble").hidden`)
		p.Shot("template"+strings.ReplaceAll(c.page, "/", "-")+"-360", 360)
		p.Tap("#arm")
		p.Sees("it is armed", `!document.querySelector("#fire").disabled`)
		p.Hold("#fire")
		p.State("air")
		call := o.ask(t, "GET", "/api/v1/calls", nil).items()[0]
		require.Contains(t, call["title"], "Thôn 2")
		require.Equal(t, c.page == "/drill", call["drill"] == true)
		require.Contains(t, call["said"].(object)["text"], "nhà văn hóa")
		o.ask(t, "POST", "/api/v1/calls/"+call["id"].(string)+"/stop", nil).object(200)
	}
}

// A cut of water or power, a correction, and what is over are bulletins too: title
// and text are written by the template, and may be changed.
func TestBrowserWritesABulletinByATemplate(t *testing.T) {
	o := startIn(t, t.TempDir(), twoVillages)
	p := browser.Open(t, o.URL())
	p.Open(o.Token(), "/bulletins")
	p.Sees("the page with its scripts", `document.querySelector(".reading") !== null`)
	p.Do(chromedp.Click("#templates summary"))
	p.Do(chromedp.Evaluate[chromedp.Void](`{ const s = document.querySelector("#template"); s.value = "power"; s.dispatchEvent(new Event("change")); }`))
	for field, value := range map[string]string{"where": "Thôn 1", "day": tomorrow(), "from": "7h", "until": "1730"} {
		fills(p, field, value)
	}
	p.Sees("title and text", `document.querySelector("#title").value === "Ngừng cấp điện: Thôn 1" && document.querySelector("#text").value.startsWith("Tạm ngừng cấp điện ở Thôn 1, từ 7 giờ đến 17 giờ 30 phút, `+saidTomorrow()+`.")`)
	p.Sees("how it is read", `document.querySelector(".reading:not([hidden])")?.textContent.includes("mười bảy giờ")`)
	p.Shot("template-bulletin-360", 360)
	p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("input[name=when][value=none]").click(); document.querySelector("#save").click()`))
	p.Sees("it is made", `!document.querySelector("#done").hidden`)
	b := o.ask(t, "GET", "/api/v1/bulletins", nil).items()[0]
	require.Equal(t, "Ngừng cấp điện: Thôn 1", b["title"])
	clip := clipNamed(t, o, b["clips"].(object)["vi"].(string))
	require.Equal(t, "outdoor", clip["style"])
	require.True(t, strings.HasPrefix(clip["text"].(string), "Ngừng cấp điện: Thôn 1\nTạm ngừng cấp điện"), "headline first")
}

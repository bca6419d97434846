package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// A page that is kept true takes nothing away that somebody writes or chooses:
// while it is in hand nothing is swapped, and afterwards it stands there still.
func TestBrowserKeepsWhatIsTyped(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.places()
	o.send(http.MethodPut, "/api/v1/areas/thon-2", map[string]any{"name": "Thôn 2", "kind": "village", "parent": "la-da"}, nil)
	for _, id := range []string{"loa-1", "loa-2"} {
		o.send(http.MethodPut, "/api/v1/nodes/"+id, map[string]any{"name": "Cụm loa " + id, "area": map[string]string{"loa-1": "thon-1", "loa-2": "thon-2"}[id], "volume": 50}, nil)
	}
	report := func(words string) {
		o.send(http.MethodPost, "/api/v1/nodes/loa-1/reports", map[string]any{"kind": "silent", "words": words}, nil)
	}
	report("im từ sáng")
	p := o.person("")
	p.Open(o.token, "/faults")
	const remark, who, village = `document.querySelector("input[name=remark]")`, `document.querySelector("#care-unknown-loa-1 input")`, `document.querySelector("main select")`
	write := func(field, text string) {
		p.Do(chromedp.Evaluate[chromedp.Void](field+`.focus()`), chromedp.KeyEvent(text))
	}
	p.Do(chromedp.Click("#care-unknown-loa-1 summary"))
	write(who, "Anh Tu")
	write(remark, "thay d")
	report("vẫn im")
	until(soon(time.Second))
	require.False(t, p.Evaluate(`document.querySelector("main").innerText.includes("vẫn im")`), "in hand")
	write(remark, "ay")
	require.True(t, p.Evaluate(remark+`.value === "thay day"`))
	p.Do(chromedp.Evaluate[chromedp.Void](remark + `.blur()`))
	p.Sees("what came meanwhile", `document.querySelector("main").innerText.includes("vẫn im")`)
	require.True(t, p.Evaluate(`[...document.querySelectorAll("input[name=remark]")].some((f) => f.value === "thay day")`))
	require.True(t, p.Evaluate(who+`.value === "Anh Tu"`))
	require.True(t, p.Evaluate(`document.querySelector("#care-unknown-loa-1").open`))

	p.Do(chromedp.Navigate(p.URL + "/village"))
	p.Sees("a choice", village+` !== null`)
	p.Do(chromedp.Evaluate[chromedp.Void](village + `.value = "thon-2"`))
	report("im hẳn")
	p.Sees("the news", `document.querySelector("main").innerText.includes("im hẳn")`)
	require.True(t, p.Evaluate(village+`.value === "thon-2"`))
}

// Esc, pressed twice, stops one's own call from any page, and nobody else's.
func TestBrowserStopsByKey(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.places()
	o.node("loa-1", "null")
	begin := func(title string) (call callAnswer) {
		o.send(http.MethodPost, "/api/v1/calls", map[string]any{"class": "live", "title": title, "targets": map[string]any{"areas": []string{"thon-1"}}, "chime": false}, &call)
		return call
	}
	own := begin("Của mình")
	p := o.person("")
	p.Open(o.token, "/people")
	p.Sees("what is on air", `document.querySelector("#air").textContent.includes("hoặc bấm Esc hai lần")`)
	p.Do(chromedp.KeyEvent("\x1b"), chromedp.KeyEvent("\x1b"))
	until(soon(time.Second))
	require.Nil(t, o.calls()[0].Ended, "this browser did not begin it")
	p.Do(chromedp.Evaluate[chromedp.Void](`localStorage.setItem("loa-own", JSON.stringify(["` + own.ID + `"]))`))
	p.Do(chromedp.KeyEvent("\x1b"))
	until(soon(time.Second))
	require.Nil(t, o.calls()[0].Ended, "once is a slip")
	until(soon(time.Second))
	p.Do(chromedp.KeyEvent("\x1b"), chromedp.KeyEvent("\x1b"))
	await(t, "it is stopped", 3*time.Second, func() bool { return o.calls()[0].Ended != nil })
}

// A live call to every village begins only after a sentence that names them, and
// KHẨN CẤP says who is reached at the places that are chosen.
func TestBrowserEveryVillageIsAsked(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.villages()
	path, _ := speech(t, "Kính chào bà con.")
	p := o.person(path)
	p.Open(o.token, "/live")
	p.Tap("#mic-check")
	p.Sees("it may begin", `!document.querySelector("#talk").disabled`)
	require.True(t, p.Evaluate(`document.querySelector("#all-sure").hidden`))
	p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("input[value=la-da]").click()`))
	p.Sees("it asks", `document.querySelector("#talk").disabled && ["Thôn 1", "Thôn 2", "3 cụm loa", "30 phút"].every((s) => document.querySelector("#all-what").textContent.includes(s))`)
	for _, width := range []int64{360, 1024} {
		p.Shot(map[int64]string{360: "live-all-360", 1024: "live-all-1024"}[width], width)
	}
	p.Tap("#all-yes")
	p.Sees("it may begin now", `!document.querySelector("#talk").disabled && document.querySelector("#all-sure").hidden`)

	p.Do(chromedp.Navigate(p.URL + "/emergency"))
	p.Sees("all", `document.querySelector("[data-part=reach]")?.textContent.includes("3/3 cụm loa có tín hiệu")`)
	p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("input[value=la-da]").click(); document.querySelector("input[value=thon-1]").click()`))
	p.Sees("the chosen village", `document.querySelector("[data-part=reach]").textContent.includes("1/1 cụm loa có tín hiệu")`)
	for _, width := range []int64{360, 1024} {
		p.Shot(map[int64]string{360: "emergency-360", 1024: "emergency-1024"}[width], width)
	}
}

// What a hurried finger presses is large: 64 px where an emergency is begun, 48 px
// elsewhere.
func TestBrowserTargetsAreLarge(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.places()
	var clip clipAnswer
	o.send(http.MethodPost, "/api/v1/speech", map[string]any{"text": "Mời bà con đi họp."}, &clip)
	o.schedule("Họp", soon(time.Second), nil, []any{map[string]any{"clip": clip.ID}})
	await(t, "the log has a line to listen to", 40*time.Second, func() bool {
		var log struct{ Items []struct{ Clips []string } }
		o.get("/api/v1/log", &log)
		return len(log.Items) > 0 && len(log.Items[0].Clips) > 0
	})
	p := o.person("")
	for path, least := range map[string][]any{"/emergency": {`.choice, #where summary, #arm, #fire, #stop-all`, 64}, "/": {`header .alarm, h2 > a`, 48}, "/settings": {`.rows li > a`, 48},
		"/log": {`.logged audio, .logged summary, .filter button, .filter a`, 48}} {
		p.Open(o.token, path)
		if path == "/log" {
			p.Do(chromedp.WaitVisible(".logged audio"))
		}
		small := fmt.Sprintf(`[...document.querySelectorAll(%q)].filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < %d).map((e) => e.outerHTML).join("\n")`, least...)
		found, err := chromedp.Run(p.Ctx, chromedp.Evaluate[string](small))
		require.NoError(t, err)
		require.Empty(t, found, path)
	}
}

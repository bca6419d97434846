package web_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/browser"
	"loa/cmd/prove/witness"
	"loa/controller/store"
)

// A page that is kept true takes nothing away that somebody writes or chooses:
// while it is in hand nothing is swapped, and afterwards it stands there still.
func TestBrowserKeepsWhatIsTyped(t *testing.T) {
	o := startIn(t, t.TempDir(), twoVillages)
	report := func(words string) {
		o.ask(t, "POST", "/api/v1/nodes/loa-1/reports", object{"kind": "silent", "words": words}).object(201)
	}
	report("im từ sáng")
	p := browser.Open(t, o.URL())
	p.Open(o.Token(), "/faults")
	const remark, who, village = `document.querySelector("input[name=remark]")`, `document.querySelector("#care-unknown-loa-1 input")`, `document.querySelector("main select")`
	write := func(field, text string) {
		p.Do(chromedp.Evaluate[chromedp.Void](field+`.focus()`), chromedp.KeyEvent(text))
	}
	p.Do(chromedp.Click("#care-unknown-loa-1 summary"))
	write(who, "Anh Tu")
	write(remark, "thay d")
	report("vẫn im")
	<-time.After(2 * time.Second)
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
	o := startIn(t, t.TempDir(), oneVillage)
	o.linked(t)
	own := o.begin(t, village(with("title", "Của mình")))
	o.speaks(t, own)
	ended := func() any { return o.ask(t, "GET", "/api/v1/calls", nil).items()[0]["ended"] }
	p := browser.Open(t, o.URL())
	p.Open(o.Token(), "/people")
	p.Sees("what is on air", `document.querySelector("#air").textContent.includes("hoặc bấm Esc hai lần")`)
	p.Escape(2)
	<-time.After(2 * time.Second)
	require.Nil(t, ended(), "this browser did not begin it")
	p.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`localStorage.setItem("loa-own", JSON.stringify([%q]))`, own["id"])))
	p.Escape(1)
	<-time.After(2 * time.Second)
	require.Nil(t, ended(), "once is a slip")
	p.Escape(2)
	witness.Await(t, "it is stopped", 10*time.Second, func() bool { return ended() != nil })
}

// speaks holds a call on the air: a voice that says nothing ends by itself.
func (o *office) speaks(t *testing.T, call object) {
	t.Helper()
	m := o.microphone(t, call, pcm)
	ctx, done := t.Context(), make(chan struct{})
	go func() {
		defer close(done)
		for tick := time.NewTicker(500 * time.Millisecond); ctx.Err() == nil; <-tick.C {
			if m.conn.Write(ctx, websocket.MessageBinary, tone()) != nil {
				return // it is stopped
			}
		}
	}()
	t.Cleanup(func() { <-done })
}

// A live call to every village begins only after a sentence that names them, and
// KHẨN CẤP says who is reached at the places that are chosen.
func TestBrowserEveryVillageIsAsked(t *testing.T) {
	o := startIn(t, t.TempDir(), twoVillages)
	o.wellAre(t, "loa-1", "loa-2", "loa-3")
	p := browser.Speaking(t, o.URL(), speech(t, "Kính chào bà con."))
	p.Open(o.Token(), "/live")
	p.Tap("#mic-check")
	p.Sees("it may begin", `!document.querySelector("#talk").disabled`)
	require.True(t, p.Evaluate(`document.querySelector("#all-sure").hidden`))
	p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("input[value=la-da]").click()`))
	p.Sees("it asks", `document.querySelector("#talk").disabled && ["Thôn 1", "Thôn 2", "3 cụm loa", "30 phút"].every((s) => document.querySelector("#all-what").textContent.includes(s))`)
	for _, width := range []int64{360, 1024} {
		p.Shot(fmt.Sprint("live-all-", width), width)
	}
	p.Tap("#all-yes")
	p.Sees("it may begin now", `!document.querySelector("#talk").disabled && document.querySelector("#all-sure").hidden`)

	p.Do(chromedp.Navigate(p.URL + "/emergency"))
	p.Sees("all", `document.querySelector("[data-part=reach]")?.textContent.includes("3/3 cụm loa có tín hiệu")`)
	p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("input[value=la-da]").click(); document.querySelector("input[value=thon-1]").click()`))
	p.Sees("the chosen village", `document.querySelector("[data-part=reach]").textContent.includes("1/1 cụm loa có tín hiệu")`)
	for _, width := range []int64{360, 1024} {
		p.Shot(fmt.Sprint("emergency-", width), width)
	}
}

// What a hurried finger presses is large: 64 px where an emergency is begun, 48 px
// elsewhere.
func TestBrowserTargetsAreLarge(t *testing.T) {
	at := time.Now().Add(-time.Hour).Truncate(time.Second)
	o := startIn(t, t.TempDir(), oneVillage)
	clip := o.clip(t, "Mời bà con đi họp.")
	s, err := store.OpenBeside(t.Context(), o.dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	b := aired(1, at)
	b.Clips = []string{clip}
	require.NoError(t, s.AddBroadcasts(t.Context(), []store.Broadcast{b}))
	_, err = s.AddPlays(t.Context(), []store.Play{said(b, "loa-1", "heard", "")})
	require.NoError(t, err)
	p := browser.Open(t, o.URL())
	for path, least := range map[string]array{"/emergency": {`.choice, #where summary, #arm, #fire, #stop-all`, 64},
		"/": {`header .alarm, h2 > a`, 48}, "/settings": {`.rows li > a`, 48},
		"/log": {`.logged audio, .logged summary, .filter button, .filter a`, 48}} {
		p.Open(o.Token(), path)
		if path == "/log" {
			p.Do(chromedp.WaitVisible(".logged audio"))
		}
		small := fmt.Sprintf(`[...document.querySelectorAll(%q)].filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < %d).map((e) => e.outerHTML).join("\n")`, least...)
		found, err := chromedp.Run(p.Ctx, chromedp.Evaluate[string](small))
		require.NoError(t, err)
		require.Empty(t, found, path)
	}
}

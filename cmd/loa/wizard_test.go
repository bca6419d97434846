package main

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/audio"
)

// types writes into a field, as a person does who knows what to write.
func (p *person) types(selector, text string) {
	p.t.Helper()
	p.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`{ const f = document.querySelector(%q); f.value = %q; f.dispatchEvent(new Event("change")); }`, selector, text)))
}

// sends presses the button of a form and waits for the page that follows.
func (p *person) sends(selector, next string) {
	p.t.Helper()
	p.do(chromedp.Click(selector))
	p.comes("the page "+next, fmt.Sprintf(`location.pathname === %q`, next))
}

// comes waits until an expression is true of the page that is there then:
// unlike sees, while one page goes and another comes.
func (p *person) comes(what, expression string) {
	p.t.Helper()
	await(p.t, what, 20*time.Second, func() bool {
		ok, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](`document.readyState === "complete" && !!(`+expression+`)`))
		return err == nil && ok
	})
}

// From an empty folder to a loudspeaker that somebody has heard, without a
// manual: account, commune and villages, hours, the first loudspeaker by the
// code on the page, and “did you hear it?”. It is left and taken up again.
func TestBrowserFirstSteps(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.person("")
	p.do(chromedp.EmulateViewport(360, 800), chromedp.Navigate(p.url+"/"), chromedp.WaitVisible("main h1"))
	p.comes("the first account", `location.pathname === "/setup"`)
	p.types("input[name=name]", "Nam")
	p.types("input[name=login]", "nam")
	p.types("input[name=password]", "cây đa bến nước sân đình")
	p.sends("main form button", "/wizard/places")
	screenshot(t, p.ctx, "wizard-places-360", 360)
	p.types("input[name=name]", "Xã La Dạ")
	p.types("textarea[name=names]", "Thôn 1\nThôn 2\nThôn Đa Mi")
	p.sends("main form button", "/wizard/hours")
	p.types("input[name=from]", "")
	p.types("input[name=to]", "") // or the test could not be heard at night
	p.sends("main form button", "/wizard/node")

	p.do(chromedp.Navigate(p.url+"/"), chromedp.WaitVisible("main h1"))
	require.Contains(t, p.text("main"), "Còn 2 bước cài đặt")
	p.sends(".do a", "/wizard/node")
	p.types("input[name=name]", "Cổng làng")
	p.do(chromedp.Click("main form button"), chromedp.WaitVisible("#command"))
	screenshot(t, p.ctx, "wizard-node-360", 360)
	command := strings.Fields(p.text("#command"))
	require.Equal(t, []string{"loa", "node", "enrol"}, command[:3])
	bin, err := loaBinary()
	require.NoError(t, err)
	v := &village{id: "thon-1-cong-lang", dir: t.TempDir()}
	run(t, "", bin, append(command[1:], "--out", v.dir, "--data", filepath.Join(v.dir, "data"), "--sound", "wav")...)
	v.start(t)
	p.comes("the page says by itself that it has come", `document.querySelector("#came") !== null`)
	p.sends("#came + p a", "/wizard/hear")
	await(t, "it is good", 15*time.Second, func() bool { return o.state(v.id) == "good" })

	until(v.horn(t).start.Add(2 * time.Second)) // so that there is something before the chime
	pressed := time.Now()
	p.do(chromedp.Click("button[value=play]"))
	p.comes("the question", `document.querySelector("button[value=yes]") !== null`)
	screenshot(t, p.ctx, "wizard-hear-360", 360)
	call := o.calls()[0]
	await(t, "the chime ends by itself", 10*time.Second, func() bool { return o.calls()[0].Ended != nil })
	until(time.Now().Add(time.Second))
	chime := audio.Chime()
	horn := v.horn(t)
	_, lag := match(chime, horn.cut(call.Start.Add(-time.Second), len(chime)+2*rate), time.Second)
	correlation := horn.like(chime, call.Start.Add(lag), stretched).whole
	ratio := loudness(horn.cut(call.Start.Add(lag), len(chime))) / loudness(chime)
	t.Logf("the chime was heard %v after the button; correlation %.3f, %.3f of its full strength", call.Start.Add(lag).Sub(pressed).Round(time.Millisecond), correlation, ratio)
	require.Greater(t, correlation, 0.9)
	require.Less(t, ratio, 0.25, "softly")
	require.Less(t, call.Start.Add(lag).Sub(pressed), 3*time.Second)

	p.do(chromedp.Click("button[value=no]"))
	p.comes("advice", `document.querySelector("main").innerText.includes("Cụm loa báo đã phát")`)
	require.Contains(t, p.text("main"), "Âm li đã bật")
	screenshot(t, p.ctx, "wizard-advice-360", 360)
	p.do(chromedp.Click("button[value=play]"))
	p.comes("the question again", `document.querySelector("button[value=yes]") !== null`)
	p.sends("button[value=yes]", "/wizard/done")
	require.Contains(t, p.text("main"), "Đã cài đặt xong")
	p.do(chromedp.Navigate(p.url+"/"), chromedp.WaitVisible("main h1"))
	require.NotContains(t, p.text("main"), "bước cài đặt")
	for _, path := range []string{"/settings", "/wizard/node", "/wizard/hear"} {
		for _, width := range []int64{360, 1024} {
			p.do(chromedp.Navigate(p.url+path), chromedp.WaitVisible("main h1"))
			screenshot(t, p.ctx, fmt.Sprint(strings.ReplaceAll(path[1:], "/", "-"), "-", width), width)
		}
	}
}

// loudness is the root of the mean square.
func loudness(pcm []float32) float64 {
	var sum float64
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum / float64(len(pcm)))
}

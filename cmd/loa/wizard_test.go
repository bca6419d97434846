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

	"loa/audio/tune"
	"loa/cmd/prove/witness"
)

// From an empty folder to a loudspeaker that somebody has heard, without a
// manual: account, commune and villages, hours, the first loudspeaker by the
// code on the page, and “did you hear it?”. It is left and taken up again.
func TestBrowserFirstSteps(t *testing.T) {
	t.Parallel()
	witness.Play(t, browserFirstSteps)
}

func browserFirstSteps(t testing.TB) {
	o := newOffice(t)
	p := o.person("")
	p.Do(chromedp.EmulateViewport(360, 800), chromedp.Navigate(p.URL+"/"), chromedp.WaitVisible("main h1"))
	p.Comes("the first account", `location.pathname === "/setup"`)
	p.Types("input[name=name]", "Nam")
	p.Types("input[name=login]", "nam")
	p.Types("input[name=password]", "cây đa bến nước sân đình")
	p.Sends("main form button", "/wizard/places")
	p.Shot("wizard-places-360", 360)
	p.Types("input[name=name]", "Xã La Dạ")
	p.Types("textarea[name=names]", "Thôn 1\nThôn 2\nThôn Đa Mi")
	p.Sends("main form button", "/wizard/hours")
	p.Types("input[name=from]", "")
	p.Types("input[name=to]", "") // or the test could not be heard at night
	p.Sends("main form button", "/wizard/node")

	p.Do(chromedp.Navigate(p.URL+"/"), chromedp.WaitVisible("main h1"))
	require.Contains(t, p.Text("main"), "Còn 2 bước cài đặt")
	p.Sends(".do a", "/wizard/node")
	p.Types("input[name=name]", "Cổng làng")
	p.Do(chromedp.Click("main form button"), chromedp.WaitVisible("#command"))
	p.Shot("wizard-node-360", 360)
	command := strings.Fields(p.Text("#command"))
	require.Equal(t, []string{"loa", "node", "enrol"}, command[:3])
	bin, err := loaBinary()
	require.NoError(t, err)
	v := &village{id: "thon-1-cong-lang", dir: t.TempDir()}
	run(t, "", bin, append(command[1:], "--out", v.dir, "--data", filepath.Join(v.dir, "data"), "--sound", "wav")...)
	v.start(t)
	p.Comes("the page says by itself that it has come", `document.querySelector("#came") !== null`)
	p.Sends("#came + p a", "/wizard/hear")
	await(t, "it is good", 15*time.Second, func() bool { return o.state(v.id) == "good" })

	until(v.horn(t).start.Add(2 * time.Second)) // so that there is something before the chime
	pressed := time.Now()
	p.Do(chromedp.Click("button[value=play]"))
	p.Comes("the question", `document.querySelector("button[value=yes]") !== null`)
	p.Shot("wizard-hear-360", 360)
	call := o.calls()[0]
	await(t, "the chime ends by itself", 10*time.Second, func() bool { return o.calls()[0].Ended != nil })
	until(time.Now().Add(time.Second))
	chime := tune.Chime()
	horn := v.horn(t)
	_, lag := match(chime, horn.cut(call.Start.Add(-time.Second), len(chime)+2*rate), time.Second)
	correlation := horn.like(chime, call.Start.Add(lag), stretched).whole
	ratio := loudness(horn.cut(call.Start.Add(lag), len(chime))) / loudness(chime)
	t.Logf("the chime was heard %v after the button; correlation %.3f, %.3f of its full strength",
		call.Start.Add(lag).Sub(pressed).Round(time.Millisecond), correlation, ratio)
	require.Less(t, ratio, 0.25, "softly")
	judge(t, call.Start, chime, func(t testing.TB) { require.Greater(t, correlation, 0.9) })
	witness.Judge(t, pressed, call.Start, func(t testing.TB) { require.Less(t, call.Start.Add(lag).Sub(pressed), 3*time.Second) })

	p.Do(chromedp.Click("button[value=no]"))
	p.Comes("advice", `document.querySelector("main").innerText.includes("Cụm loa báo đã phát")`)
	require.Contains(t, p.Text("main"), "Âm li đã bật")
	p.Shot("wizard-advice-360", 360)
	p.Do(chromedp.Click("button[value=play]"))
	p.Comes("the question again", `document.querySelector("button[value=yes]") !== null`)
	p.Sends("button[value=yes]", "/wizard/done")
	require.Contains(t, p.Text("main"), "Đã cài đặt xong")
	p.Do(chromedp.Navigate(p.URL+"/"), chromedp.WaitVisible("main h1"))
	require.NotContains(t, p.Text("main"), "bước cài đặt")
	for _, path := range []string{"/settings", "/wizard/node", "/wizard/hear"} {
		for _, width := range []int64{360, 1024} {
			p.Do(chromedp.Navigate(p.URL+path), chromedp.WaitVisible("main h1"))
			p.Shot(fmt.Sprint(strings.ReplaceAll(path[1:], "/", "-"), "-", width), width)
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

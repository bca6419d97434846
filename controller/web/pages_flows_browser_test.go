package web_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/browser"
	"loa/cmd/prove/witness"
	"loa/controller"
)

// counting has the browser itself count what a hand does: each press of a
// button of the mouse, by the mouse and not by a script.
const counting = `addEventListener("pointerdown", (e) => { if (e.isTrusted) sessionStorage.presses = 1 + Number(sessionStorage.presses ?? 0); }, true)`

// counted begins to count anew on a page.
func counted(p *browser.Person, path, shown string) {
	p.T.Helper()
	p.Do(chromedp.Navigate(p.URL+path), chromedp.WaitVisible(shown), chromedp.Evaluate[chromedp.Void](`sessionStorage.presses = 0`))
}

// atMost checks what was counted, and prints it.
func atMost(p *browser.Person, most int, flow string, more int) {
	p.T.Helper()
	pressed, err := chromedp.Run(p.Ctx, chromedp.Evaluate[int](`Number(sessionStorage.presses)`))
	require.NoError(p.T, err)
	p.T.Logf("%s: %d of at most %d", flow, pressed+more, most)
	require.LessOrEqual(p.T, pressed+more, most, flow)
	require.Positive(p.T, pressed+more, "the counter does not count")
}

// inAWeek is a day of the calendar on which nothing has been aired yet.
func inAWeek() string { return time.Now().AddDate(0, 0, 7).In(vn).Format(time.DateOnly) }

// What people do most, counted: as few presses as the house allows.
func TestBrowserFlows(t *testing.T) {
	o := startIn(t, t.TempDir(), oneVillage)
	o.wellAre(t, "loa-1")
	p := browser.Open(t, o.URL())
	p.Before(counting)
	p.Open(o.Token(), "/bulletins")

	// a bulletin is typed and scheduled
	counted(p, "/bulletins", "#save")
	p.Do(chromedp.KeyEvent("Mời họp thôn"), chromedp.Click("#text"), chromedp.KeyEvent("Mời bà con họp lúc 19 giờ."),
		chromedp.Click("label:has([name=when][value=daily])"), chromedp.Click("#save"))
	p.Sees("it asks, for all would hear it", `document.querySelector("#sure").open`)
	p.Do(chromedp.Click("#sure-yes"))
	p.Sees("it is scheduled", `document.querySelector("#done").textContent.includes("Đã đặt lịch")`)
	atMost(p, 5, "a bulletin typed and scheduled", 0)
	require.Len(t, o.programmes(t), 1)

	// one airing is cancelled, and comes back
	p.Do(chromedp.EmulateViewport(1024, 900))
	counted(p, "/calendar/week/"+inAWeek(), ".c2 .slot")
	p.Do(chromedp.Click(".c2 .slot"), chromedp.Click("#skip"))
	p.Sees("it is called off", `document.querySelector(".c2 .slot")?.dataset.state === "skipped"`)
	atMost(p, 3, "one airing cancelled", 0)
	require.Len(t, o.programmes(t)[0].Skipped, 1)
	require.Regexp(t, `Hoàn tác \((10|[1-9])\)`, p.Text("#toast-undo"), "ten seconds to take it back")
	p.Do(chromedp.Click("#toast-undo"))
	p.Sees("it is back", `document.querySelector(".c2 .slot")?.dataset.state === "planned"`)
	require.Empty(t, o.programmes(t)[0].Skipped)

	// a loudspeaker is enrolled: from the list, and with another village chosen,
	// whose list of choices costs two taps
	p.Do(chromedp.EmulateViewport(360, 800))
	counted(p, "/nodes", ".branch > .act")
	p.Do(chromedp.Click(`.branch > a[href*="thon-1"]`), chromedp.WaitVisible("#new-name"))
	p.Sees("ready to type", `document.activeElement.id === "new-name"`)
	p.Do(chromedp.KeyEvent("Cổng làng"), chromedp.Click("#new button"), chromedp.WaitVisible(".code .secret"))
	require.Contains(t, p.Text(".code .secret"), "loa node enrol http")
	atMost(p, 4, "a loudspeaker enrolled in the village before one's eyes", 0)
	counted(p, "/nodes", "#new summary")
	p.Do(chromedp.Click("#new summary"))
	p.Sees("ready to type", `document.activeElement.id === "new-name"`)
	p.Do(chromedp.KeyEvent("Chợ"))
	p.Types("#new select", "thon-1")
	p.Do(chromedp.Click("#new button"), chromedp.WaitVisible(".code .secret"))
	atMost(p, 4, "a loudspeaker enrolled in a village of the list", 2)

	// an emergency is on air
	p = browser.Speaking(t, o.URL(), speech(t, "Nước lũ đang lên nhanh."))
	p.Before(counting)
	p.Open(o.Token(), "/emergency")
	counted(p, "/emergency", "#arm")
	alarm(p)
	atMost(p, 2, "an emergency on air", 0)
	require.Len(t, o.ask(t, "GET", "/api/v1/calls", nil).items(), 1)
	p.Do(chromedp.KeyEvent("\x1b"))
	p.State("ended")
}

// alarm begins an emergency by voice, on its page.
func alarm(p *browser.Person) {
	p.T.Helper()
	p.Sees("the microphone is ready", `document.querySelector("#mic").dataset.state === "ready"`)
	p.Tap("#arm")
	p.Sees("armed", `!document.querySelector("#fire").disabled`)
	p.Hold("#fire")
	p.State("air")
}

// becomes signs somebody else in, in the same browser, who reads English.
func becomes(p *browser.Person, login string) {
	p.T.Helper()
	p.Do(chromedp.Navigate("about:blank")) // a page that finds itself signed out goes to the door by itself, and would be in the way
	_, err := chromedp.Call(p.Ctx, network.ClearBrowserCookies, cdp.Empty{})
	require.NoError(p.T, err)
	signIn(p, login)
	p.Do(chromedp.Navigate(p.URL+"/?lang=en"), chromedp.WaitVisible(`html[lang="en"] main h1`))
}

// Each flow by whose work it is, with no more rights than that, in English.
func TestBrowserFlowsOfEachRole(t *testing.T) {
	o := startIn(t, t.TempDir(), oneVillage)
	o.wellAre(t, "loa-1")
	for _, role := range []string{"operator", "approver", "speaker", "technician"} {
		o.member(t, role, "la-da")
	}
	o.member(t, "head", "thon-1")
	planned := func() []map[string]any { return o.airings(t, time.Now(), time.Now().AddDate(0, 0, 3), "") }
	p := browser.Open(t, o.URL())

	becomes(p, "operator") // writes, schedules, and waits
	p.Do(chromedp.EmulateViewport(1024, 900), chromedp.Navigate(p.URL+"/bulletins"), chromedp.WaitVisible("#save"))
	p.Do(chromedp.KeyEvent("Mời họp thôn"), chromedp.Click("#text"), chromedp.KeyEvent("Mời bà con họp lúc 19 giờ."),
		chromedp.Click("label:has([name=when][value=daily])"), chromedp.Click("#save"))
	p.Sees("it asks, for all would hear it", `document.querySelector("#sure").open`)
	p.Do(chromedp.Click("#sure-yes"))
	p.Sees("it waits", `document.querySelector("#done").textContent.includes("waits for approval")`)
	require.Empty(t, planned(), "nothing of it is planned")

	becomes(p, "approver") // hears it, and lets it pass: the bulletin, then the programme, which all would hear
	p.Do(chromedp.Navigate(p.URL+"/approvals"), chromedp.WaitVisible(".item audio"))
	const left = `document.querySelectorAll(".verdict form[action$='/approve']").length`
	for range 2 {
		waiting, err := chromedp.Run(p.Ctx, chromedp.Evaluate[int](left))
		require.NoError(t, err)
		if waiting == 0 {
			break // with the programme what it holds is approved
		}
		p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector(".verdict details[id^=all-]")?.setAttribute("open", "")`),
			chromedp.Click(`.verdict form[action$="/approve"] button`))
		p.Comes("one less", fmt.Sprintf("%s < %d", left, waiting))
	}
	require.NotEmpty(t, planned())

	becomes(p, "operator") // calls one airing off, and has it back
	p.Do(chromedp.Navigate(p.URL+"/calendar/week/"+inAWeek()), chromedp.WaitVisible(".c2 .slot"), chromedp.Click(".c2 .slot"),
		chromedp.Click("#skip"))
	p.Sees("it is called off", `document.querySelector(".c2 .slot")?.textContent.includes("called off")`)
	p.Do(chromedp.Click("#toast-undo"))
	p.Sees("it is back", `document.querySelector(".c2 .slot")?.dataset.state === "planned"`)

	speaker := browser.Speaking(t, o.URL(), speech(t, "Nước lũ đang lên nhanh."))
	becomes(speaker, "speaker") // speaks in an emergency, by his own voice
	speaker.Do(chromedp.EmulateViewport(360, 800), chromedp.Navigate(p.URL+"/emergency"), chromedp.WaitVisible("#arm"))
	alarm(speaker)
	require.Contains(t, speaker.Text("main"), "ON AIR: speak")
	speaker.Do(chromedp.KeyEvent("\x1b"))
	speaker.State("ended")
	speaker.Do(chromedp.Click(`label:has([name=what][value=text])`), chromedp.WaitVisible("#text"), chromedp.Click("#text"),
		chromedp.KeyEvent("Nước lên, chạy ngay.")) // or types it
	speaker.Tap("#arm")
	speaker.Sees("it is spoken, and armed", `!document.querySelector("#fire").disabled`)
	speaker.Hold("#fire")
	speaker.Sees("it is on air", `document.querySelector(".alert.on")?.textContent.includes("Nước lên")`)
	o.ask(t, "POST", "/api/v1/stop", object{"targets": object{"areas": array{"la-da"}}}).into(204, nil)

	p.Do(chromedp.EmulateViewport(360, 800))
	becomes(p, "technician") // puts up another loudspeaker
	p.Do(chromedp.Navigate(p.URL+"/nodes"), chromedp.WaitVisible(".branch > .act"), chromedp.Click(`.branch > a[href*="thon-1"]`),
		chromedp.WaitVisible("#new-name"),
		chromedp.KeyEvent("Chợ"), chromedp.Click("#new button"), chromedp.WaitVisible(".code .secret"))
	require.Contains(t, p.Text(".code .secret"), "loa node enrol http")

	becomes(p, "head") // reports that his own is broken
	p.Do(chromedp.Navigate(p.URL+"/village"), chromedp.WaitVisible("#report-loa-1 summary"), chromedp.Click("#report-loa-1 summary"),
		chromedp.Click("#report-loa-1 form button"), chromedp.WaitVisible(".well"))
	require.Contains(t, p.Text(".well"), "is reported")

	becomes(p, "technician") // has seen to it
	p.Do(chromedp.Navigate(p.URL+"/faults"), chromedp.WaitVisible(`form[action^="/faults/reports/"] button`),
		chromedp.Click(`form[action^="/faults/reports/"] button`))
	p.Comes("nothing is left", `!document.querySelector('form[action^="/faults/reports/"]')`)
}

// network.emulateNetworkConditions, which says it for all requests at once.
type slowLink struct {
	Offline            bool    `json:"offline"`
	Latency            float64 `json:"latency"`            // ms
	DownloadThroughput float64 `json:"downloadThroughput"` // bytes a second
	UploadThroughput   float64 `json:"uploadThroughput"`
}

var emulateLink = cdp.Command[slowLink, cdp.Empty]{Method: "Network.emulateNetworkConditions"}

// Do my loudspeakers work? A village head's cheap phone says so two seconds
// after its page was opened, by a bad link, with nothing kept from before and
// nothing to press. It counts milliseconds, so no other test runs beside it.
func TestBrowserVillageByBadLink(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	oneVillage(t, s)
	require.NoError(t, s.Close())
	o := startWith(t, dir, func(*controller.Config) {})
	o.wellAre(t, "loa-1")
	o.member(t, "head", "thon-1")
	witness.Play(t, func(t testing.TB) {
		p := browser.Open(t, o.URL())
		signIn(p, "head")
		p.Do(chromedp.EmulateViewport(360, 640))
		for command, run := range map[string]func() error{
			"network": func() error { _, err := chromedp.Call(p.Ctx, network.Enable, network.EnableParams{}); return err },
			"cache":   func() error { _, err := chromedp.Call(p.Ctx, network.ClearBrowserCache, cdp.Empty{}); return err },
			"cpu": func() error {
				_, err := chromedp.Call(p.Ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 4})
				return err
			},
			"link": func() error {
				_, err := chromedp.Call(p.Ctx, emulateLink, slowLink{Latency: 400, DownloadThroughput: 400_000 / 8, UploadThroughput: 400_000 / 8})
				return err
			},
		} {
			require.NoError(t, run(), command)
		}
		from := time.Now()
		p.Do(chromedp.Navigate(p.URL+"/village"), chromedp.WaitVisible(".sum-line.good"))
		require.Contains(t, p.Text(".sum-line"), "Tất cả cụm loa đều tốt")
		p.Sees("it is painted", `performance.getEntriesByName("first-contentful-paint").length === 1`)
		to := time.Now()
		painted, err := chromedp.Run(p.Ctx, chromedp.Evaluate[float64](`performance.getEntriesByName("first-contentful-paint")[0].startTime`))
		require.NoError(t, err)
		t.Logf("the sentence was seen %.0f ms after the page was asked for, with no press", painted)
		require.Greater(t, painted, 800.0, "page and style sheet, one after the other: the link is not slow")
		witness.Judge(t, from, to, func(t testing.TB) { require.LessOrEqual(t, painted, 2000.0) })
	})
}

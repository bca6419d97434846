package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// becomes signs somebody else in, in the same browser, who reads English.
func (p *person) becomes(login string) {
	p.T.Helper()
	_, err := chromedp.Call(p.Ctx, network.ClearBrowserCookies, cdp.Empty{})
	require.NoError(p.T, err)
	p.signIn(login)
	p.Do(chromedp.Navigate(p.URL+"/?lang=en"), chromedp.WaitVisible(`html[lang="en"] main h1`))
}

// Each flow by whose work it is, with no more rights than that, in English.
func TestBrowserFlowsOfEachRole(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.places()
	o.node("loa-1", "null")
	o.good(1)
	for _, role := range []string{"operator", "approver", "speaker", "technician"} {
		o.member(role, "la-da")
	}
	o.member("head", "thon-1")
	path, _ := speech(t, "Nước lũ đang lên nhanh.")
	p := o.person(path)

	p.becomes("operator") // writes, schedules, and waits
	p.Do(chromedp.EmulateViewport(1024, 900), chromedp.Navigate(p.URL+"/bulletins"), chromedp.WaitVisible("#save"))
	p.Do(chromedp.KeyEvent("Mời họp thôn"), chromedp.Click("#text"), chromedp.KeyEvent("Mời bà con họp lúc 19 giờ."),
		chromedp.Click("label:has([name=when][value=daily])"), chromedp.Click("#save"))
	p.Sees("it asks, for all would hear it", `document.querySelector("#sure").open`)
	p.Do(chromedp.Click("#sure-yes"))
	p.Sees("it waits", `document.querySelector("#done").textContent.includes("waits for approval")`)
	require.Empty(t, o.airings(), "nothing of it is planned")

	p.becomes("approver") // hears it, and lets it pass: the bulletin, then the programme, which all would hear
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
	await(t, "it is planned", 10*time.Second, func() bool { return len(o.airings()) > 0 })

	p.becomes("operator") // calls one airing off, and has it back
	next := time.Now().AddDate(0, 0, 7).In(time.FixedZone("", 7*3600)).Format(time.DateOnly)
	p.Do(chromedp.Navigate(p.URL+"/calendar/week/"+next), chromedp.WaitVisible(".c2 .slot"), chromedp.Click(".c2 .slot"), chromedp.Click("#skip"))
	p.Sees("it is called off", `document.querySelector(".c2 .slot")?.textContent.includes("called off")`)
	p.Do(chromedp.Click("#toast-undo"))
	p.Sees("it is back", `document.querySelector(".c2 .slot")?.dataset.state === "planned"`)

	p.becomes("speaker") // speaks in an emergency, by his own voice
	p.Do(chromedp.EmulateViewport(360, 800), chromedp.Navigate(p.URL+"/emergency"), chromedp.WaitVisible("#arm"))
	p.Sees("the microphone is ready", `document.querySelector("#mic").dataset.state === "ready"`)
	p.Tap("#arm")
	p.Sees("armed", `!document.querySelector("#fire").disabled`)
	p.Hold("#fire")
	p.State("air")
	require.Contains(t, p.Text("main"), "ON AIR: speak")
	p.Do(chromedp.KeyEvent("\x1b"))
	p.State("ended")

	p.becomes("technician") // puts up another loudspeaker
	p.Do(chromedp.Navigate(p.URL+"/nodes"), chromedp.WaitVisible(".branch > .act"), chromedp.Click(`.branch > a[href*="thon-1"]`), chromedp.WaitVisible("#new-name"),
		chromedp.KeyEvent("Chợ"), chromedp.Click("#new button"), chromedp.WaitVisible(".code .secret"))
	require.Contains(t, p.Text(".code .secret"), "loa node enrol http")

	p.becomes("head") // reports that his own is broken
	p.Do(chromedp.Navigate(p.URL+"/village"), chromedp.WaitVisible("#report-loa-1 summary"), chromedp.Click("#report-loa-1 summary"), chromedp.Click("#report-loa-1 form button"), chromedp.WaitVisible(".well"))
	require.Contains(t, p.Text(".well"), "is reported")

	p.becomes("technician") // has seen to it
	p.Do(chromedp.Navigate(p.URL+"/faults"), chromedp.WaitVisible(`form[action^="/faults/reports/"] button`), chromedp.Click(`form[action^="/faults/reports/"] button`))
	p.Comes("nothing is left", `!document.querySelector('form[action^="/faults/reports/"]')`)
}

// airings are those of the next days.
func (o *office) airings() []map[string]any {
	o.t.Helper()
	var l struct{ Items []map[string]any }
	now := time.Now().UTC()
	o.get("/api/v1/airings?from="+now.Format(time.RFC3339)+"&to="+now.AddDate(0, 0, 3).Format(time.RFC3339), &l)
	return l.Items
}

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
	p.t.Helper()
	_, err := chromedp.Call(p.ctx, network.ClearBrowserCookies, cdp.Empty{})
	require.NoError(p.t, err)
	p.signIn(login)
	p.do(chromedp.Navigate(p.url+"/?lang=en"), chromedp.WaitVisible(`html[lang="en"] main h1`))
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
	p.do(chromedp.EmulateViewport(1024, 900), chromedp.Navigate(p.url+"/bulletins"), chromedp.WaitVisible("#save"))
	p.do(chromedp.KeyEvent("Mời họp thôn"), chromedp.Click("#text"), chromedp.KeyEvent("Mời bà con họp lúc 19 giờ."),
		chromedp.Click("label:has([name=when][value=daily])"), chromedp.Click("#save"))
	p.sees("it asks, for all would hear it", `document.querySelector("#sure").open`)
	p.do(chromedp.Click("#sure-yes"))
	p.sees("it waits", `document.querySelector("#done").textContent.includes("waits for approval")`)
	require.Empty(t, o.airings(), "nothing of it is planned")

	p.becomes("approver") // hears it, and lets it pass: the bulletin, then the programme, which all would hear
	p.do(chromedp.Navigate(p.url+"/approvals"), chromedp.WaitVisible(".item audio"))
	const left = `document.querySelectorAll(".verdict form[action$='/approve']").length`
	for range 2 {
		waiting, err := chromedp.Run(p.ctx, chromedp.Evaluate[int](left))
		require.NoError(t, err)
		if waiting == 0 {
			break // with the programme what it holds is approved
		}
		p.do(chromedp.Evaluate[chromedp.Void](`document.querySelector(".verdict details[id^=all-]")?.setAttribute("open", "")`),
			chromedp.Click(`.verdict form[action$="/approve"] button`))
		p.comes("one less", fmt.Sprintf("%s < %d", left, waiting))
	}
	await(t, "it is planned", 10*time.Second, func() bool { return len(o.airings()) > 0 })

	p.becomes("operator") // calls one airing off, and has it back
	next := time.Now().AddDate(0, 0, 7).In(time.FixedZone("", 7*3600)).Format(time.DateOnly)
	p.do(chromedp.Navigate(p.url+"/calendar/week/"+next), chromedp.WaitVisible(".c2 .slot"), chromedp.Click(".c2 .slot"), chromedp.Click("#skip"))
	p.sees("it is called off", `document.querySelector(".c2 .slot")?.textContent.includes("called off")`)
	p.do(chromedp.Click("#toast-undo"))
	p.sees("it is back", `document.querySelector(".c2 .slot")?.dataset.state === "planned"`)

	p.becomes("speaker") // speaks in an emergency, by his own voice
	p.do(chromedp.EmulateViewport(360, 800), chromedp.Navigate(p.url+"/emergency"), chromedp.WaitVisible("#arm"))
	p.sees("the microphone is ready", `document.querySelector("#mic").dataset.state === "ready"`)
	p.tap("#arm")
	p.sees("armed", `!document.querySelector("#fire").disabled`)
	p.hold("#fire")
	p.state("air")
	require.Contains(t, p.text("main"), "ON AIR: speak")
	p.do(chromedp.KeyEvent("\x1b"))
	p.state("ended")

	p.becomes("technician") // puts up another loudspeaker
	p.do(chromedp.Navigate(p.url+"/nodes"), chromedp.WaitVisible(".branch > .act"), chromedp.Click(`.branch > a[href*="thon-1"]`), chromedp.WaitVisible("#new-name"),
		chromedp.KeyEvent("Chợ"), chromedp.Click("#new button"), chromedp.WaitVisible(".code .secret"))
	require.Contains(t, p.text(".code .secret"), "loa node enrol http")

	p.becomes("head") // reports that his own is broken
	p.do(chromedp.Navigate(p.url+"/village"), chromedp.WaitVisible("#report-loa-1 summary"), chromedp.Click("#report-loa-1 summary"), chromedp.Click("#report-loa-1 form button"), chromedp.WaitVisible(".well"))
	require.Contains(t, p.text(".well"), "is reported")

	p.becomes("technician") // has seen to it
	p.do(chromedp.Navigate(p.url+"/faults"), chromedp.WaitVisible(`form[action^="/faults/reports/"] button`), chromedp.Click(`form[action^="/faults/reports/"] button`))
	p.comes("nothing is left", `!document.querySelector('form[action^="/faults/reports/"]')`)
}

// airings are those of the next days.
func (o *office) airings() []map[string]any {
	o.t.Helper()
	var l struct{ Items []map[string]any }
	now := time.Now().UTC()
	o.get("/api/v1/airings?from="+now.Format(time.RFC3339)+"&to="+now.AddDate(0, 0, 3).Format(time.RFC3339), &l)
	return l.Items
}

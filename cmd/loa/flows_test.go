package main

import (
	"net/http"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
)

// counting has the browser itself count what a hand does: each press of a
// button of the mouse, by the mouse and not by a script.
const counting = `addEventListener("pointerdown", (e) => { if (e.isTrusted) sessionStorage.presses = 1 + Number(sessionStorage.presses ?? 0); }, true)`

// counted begins to count anew on a page.
func (p *person) counted(path, shown string) {
	p.T.Helper()
	p.Do(chromedp.Navigate(p.URL+path), chromedp.WaitVisible(shown), chromedp.Evaluate[chromedp.Void](`sessionStorage.presses = 0`))
}

// atMost checks what was counted, and prints it.
func (p *person) atMost(most int, flow string, more int) {
	p.T.Helper()
	pressed, err := chromedp.Run(p.Ctx, chromedp.Evaluate[int](`Number(sessionStorage.presses)`))
	require.NoError(p.T, err)
	p.T.Logf("%s: %d of at most %d", flow, pressed+more, most)
	require.LessOrEqual(p.T, pressed+more, most, flow)
	require.Positive(p.T, pressed+more, "the counter does not count")
}

// What people do most, counted: as few presses as the house allows.
func TestBrowserFlows(t *testing.T) {
	t.Parallel()
	witness.Play(t, browserFlows)
}

func browserFlows(t testing.TB) {
	o := newOffice(t)
	o.places()
	o.node("loa-1", "null")
	o.good(1)
	path, _ := speech(t, "Nước lũ đang lên nhanh.")
	p := o.person(path)
	p.Before(counting)
	p.Open(o.token, "/bulletins")
	p.Do(chromedp.EmulateViewport(360, 800))

	// a bulletin is typed and scheduled
	p.counted("/bulletins", "#save")
	p.Do(chromedp.KeyEvent("Mời họp thôn"), chromedp.Click("#text"), chromedp.KeyEvent("Mời bà con họp lúc 19 giờ."),
		chromedp.Click("label:has([name=when][value=daily])"), chromedp.Click("#save"))
	p.Sees("it asks, for all would hear it", `document.querySelector("#sure").open`)
	p.Do(chromedp.Click("#sure-yes"))
	p.Sees("it is scheduled", `document.querySelector("#done").textContent.includes("Đã đặt lịch")`)
	p.atMost(5, "a bulletin typed and scheduled", 0)
	require.Len(t, o.programmes(), 1)

	// one airing is cancelled, and comes back
	next := time.Now().AddDate(0, 0, 7).In(time.FixedZone("", 7*3600)).Format(time.DateOnly)
	p.Do(chromedp.EmulateViewport(1024, 900))
	p.counted("/calendar/week/"+next, ".c2 .slot")
	p.Do(chromedp.Click(".c2 .slot"), chromedp.Click("#skip"))
	p.Sees("it is called off", `document.querySelector(".c2 .slot")?.dataset.state === "skipped"`)
	p.atMost(3, "one airing cancelled", 0)
	require.Len(t, o.programmes()[0].Skipped, 1)
	require.Regexp(t, `Hoàn tác \((10|[6-9])\)`, p.Text("#toast-undo"), "ten seconds to take it back")
	p.Do(chromedp.Click("#toast-undo"))
	p.Sees("it is back", `document.querySelector(".c2 .slot")?.dataset.state === "planned"`)
	require.Empty(t, o.programmes()[0].Skipped)

	// an emergency is on air
	p.Do(chromedp.EmulateViewport(360, 800))
	p.counted("/emergency", "#arm")
	p.Sees("the microphone is ready", `document.querySelector("#mic").dataset.state === "ready"`)
	p.Tap("#arm")
	p.Sees("armed", `!document.querySelector("#fire").disabled`)
	p.Hold("#fire")
	p.State("air")
	p.atMost(2, "an emergency on air", 0)
	require.Equal(t, 1, len(o.calls()))
	p.Do(chromedp.KeyEvent("\x1b"))
	p.State("ended")

	// a loudspeaker is enrolled: from the list, and with another village chosen,
	// whose list of choices costs two taps
	p.counted("/nodes", ".branch > .act")
	p.Do(chromedp.Click(`.branch > a[href*="thon-1"]`), chromedp.WaitVisible("#new-name"))
	p.Sees("ready to type", `document.activeElement.id === "new-name"`)
	p.Do(chromedp.KeyEvent("Cổng làng"), chromedp.Click("#new button"), chromedp.WaitVisible(".code .secret"))
	require.Contains(t, p.Text(".code .secret"), "loa node enrol http")
	p.atMost(4, "a loudspeaker enrolled in the village before one's eyes", 0)
	p.counted("/nodes", "#new summary")
	p.Do(chromedp.Click("#new summary"))
	p.Sees("ready to type", `document.activeElement.id === "new-name"`)
	p.Do(chromedp.KeyEvent("Chợ"))
	p.Types("#new select", "thon-1")
	p.Do(chromedp.Click("#new button"), chromedp.WaitVisible(".code .secret"))
	p.atMost(4, "a loudspeaker enrolled in a village of the list", 2)
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
// nothing to press.
func TestBrowserVillageByBadLink(t *testing.T) {
	t.Parallel()
	witness.Play(t, browserVillageByBadLink)
}

func browserVillageByBadLink(t testing.TB) {
	o := newOffice(t)
	o.places()
	o.node("loa-1", "null")
	o.good(1)
	p := o.signedIn("head", "thon-1")
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
	p.Do(chromedp.Navigate(p.URL+"/village"), chromedp.WaitVisible(".sum-line.good"))
	require.Contains(t, p.Text(".sum-line"), "Tất cả cụm loa đều tốt")
	p.Sees("it is painted", `performance.getEntriesByName("first-contentful-paint").length === 1`)
	painted, err := chromedp.Run(p.Ctx, chromedp.Evaluate[float64](`performance.getEntriesByName("first-contentful-paint")[0].startTime`))
	require.NoError(t, err)
	t.Logf("the sentence was seen %.0f ms after the page was asked for, with no press", painted)
	require.Greater(t, painted, 800.0, "page and style sheet, one after the other: the link is not slow")
	require.LessOrEqual(t, painted, 2000.0)
}

// signedIn is a person with a role in a place.
func (o *office) signedIn(role, area string) *person {
	o.t.Helper()
	o.member(role, area)
	p := o.person("")
	p.signIn(role)
	return p
}

const memberPassword = "mưa rơi trên mái đình"

// member makes an account whose name is its role.
func (o *office) member(role, area string) {
	o.t.Helper()
	o.send(http.MethodPost, "/api/v1/people", map[string]any{"login": role, "name": "Người " + role, "password": memberPassword,
		"grants": []any{map[string]any{"role": role, "area": area}}}, nil)
}

func (p *person) signIn(login string) {
	p.T.Helper()
	p.Do(chromedp.Navigate(p.URL+"/signin"), chromedp.WaitVisible("[name=login]"), chromedp.SendKeys("[name=login]", login),
		chromedp.SendKeys("[name=password]", memberPassword), chromedp.Submit("[name=password]"), chromedp.WaitReady(".menu-who"))
}

// A technician beside a loudspeaker says where it stands, by the phone's own
// position, and by a tap on the map.
func TestBrowserPlacesALoudspeaker(t *testing.T) {
	t.Parallel()
	witness.Play(t, browserPlacesALoudspeaker)
}

func browserPlacesALoudspeaker(t testing.TB) {
	o := newOffice(t)
	o.places()
	o.send(http.MethodPut, "/api/v1/nodes/loa-1", map[string]any{"name": "Cổng làng", "area": "thon-1"}, nil)
	p := o.person("")
	p.Open(o.token, "/nodes")
	latitude, longitude, accuracy := 11.25, 107.8, 7.2
	_, err := chromedp.Call(p.Ctx, emulation.SetGeolocationOverride, emulation.SetGeolocationOverrideParams{Latitude: &latitude, Longitude: &longitude, Accuracy: &accuracy})
	require.NoError(t, err)
	_, err = chromedp.CallBrowser(p.Ctx, cdpbrowser.SetPermission, cdpbrowser.SetPermissionParams{
		Permission: &cdpbrowser.PermissionDescriptor{Name: "geolocation"}, Setting: cdpbrowser.PermissionSettingGranted, Origin: p.URL})
	require.NoError(t, err)
	// not by its link: the list renews itself, now and then between the finding of a link and the click
	p.Do(chromedp.Navigate(p.URL+"/nodes/loa-1"), chromedp.WaitVisible("#place-here"), chromedp.Click("#place-here"))
	p.Sees("the position", `document.querySelector("#place-field").value === "11.250000, 107.800000" && document.querySelector("#place-line").textContent.includes("khoảng 8 m")`)
	p.Do(chromedp.Submit("#place-field"), chromedp.WaitVisible("#map .mark.here"))
	var n struct {
		Place struct{ Latitude, Longitude float64 }
	}
	o.get("/api/v1/nodes/loa-1", &n)
	require.Equal(t, 11.25, n.Place.Latitude)
	p.Shot("node-360", 360)

	// the map is 600 m wide at least: its corner is 225 m north and 300 m west
	p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#map").scrollIntoView()`))
	at, err := chromedp.Run(p.Ctx, chromedp.Evaluate[[]float64](`(() => { const r = document.querySelector("#map").getBoundingClientRect(); return [r.x + r.width / 4, r.y + r.height / 2]; })()`))
	require.NoError(t, err)
	p.Do(chromedp.MouseClickXY(at[0], at[1]))
	p.Sees("what was tapped", `document.querySelector("#place-field").value.startsWith("11.2500") && !document.querySelector("#place-field").value.endsWith("107.800000") && !document.querySelector("#chosen-place").hasAttribute("hidden")`)
	p.Do(chromedp.Submit("#place-field"))
	await(t, "it is saved", 5*time.Second, func() bool { // the page looks as it did
		o.get("/api/v1/nodes/loa-1", &n)
		return n.Place.Longitude != 107.8
	})
	require.InDelta(t, 107.8-150/(111_320*0.9808), n.Place.Longitude, 0.00003, "150 m to the west")
	p.Sees("the page is that of the loudspeaker", `document.querySelector("h1")?.innerText.includes("Cổng làng")`)
}

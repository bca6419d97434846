package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
)

// A person restores a backup from the page of settings: they are told what is
// lost, must agree, and sign in again to what was restored.
func TestBrowserRestoresABackup(t *testing.T) {
	t.Parallel()
	witness.Play(t, browserRestoresABackup)
}

func browserRestoresABackup(t testing.TB) {
	o := newOffice(t)
	o.places()
	o.member("admin", "la-da")
	var b backupsAnswer
	o.send(http.MethodPost, "/api/v1/backups", nil, nil)
	await(t, "the backup", 20*time.Second, func() bool {
		b = backupsAnswer{}
		o.get("/api/v1/backups", &b)
		return !b.Busy
	})
	title := o.title()
	o.send(http.MethodPut, "/api/v1/areas/la-da", map[string]any{"name": "Sai", "kind": "commune"}, nil)

	p := o.person("")
	p.signIn("admin") // after the backup: of this session it knows nothing
	details := `document.getElementById("restore-` + b.Files[0].Name + `")`
	p.Do(chromedp.Navigate(p.URL+"/settings"), chromedp.WaitVisible("#backup"), chromedp.Click(`details[id^="restore-"] > summary`),
		chromedp.WaitVisible(`details[id^="restore-"] button`))
	told, err := chromedp.Run(p.Ctx, chromedp.Evaluate[string](details+`.textContent`))
	require.NoError(t, err)
	require.Contains(t, told, "Toàn bộ dữ liệu trong máy")
	require.Contains(t, told, "Mọi việc làm sau lúc đó không còn")
	const press = `details[id^="restore-"] button.danger`
	p.Do(chromedp.Click(press))
	p.Sees("nothing is done without agreement", details+`.querySelector("input:invalid") !== null && location.pathname === "/settings"`)
	require.Equal(t, "Sai", o.title())
	p.Do(chromedp.Click(`details[id^="restore-"] input[name=replace]`), chromedp.Click(press))
	o.awaitRestored()
	require.Equal(t, title, o.title())

	await(t, "the page leads to signing in, by itself", 20*time.Second, func() bool {
		led, err := chromedp.Run(p.Ctx, chromedp.Evaluate[bool](`document.querySelector("[name=login]") !== null && document.readyState === "complete"`))
		return err == nil && led // the page goes while it is asked
	})
	p.signIn("admin")
	p.Do(chromedp.Navigate(p.URL+"/settings"), chromedp.WaitVisible("[data-part=backup] .well"))
	require.Contains(t, p.Text("[data-part=backup] .well"), "Người admin")
	require.NotContains(t, p.Text("header .brand"), "Sai")
}

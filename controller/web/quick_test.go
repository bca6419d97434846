package web_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/browser"
	"loa/controller"
)

// What a telephone kept is sent as often as it likes and counts once, with the time of the
// tap; what another person tapped on it is not sent in this one's name; and a caller that is signed out
// is told so, for it to be kept.
func TestKeptReportIsSentOnce(t *testing.T) {
	w := newWorld(t)
	w.one("nodes")
	cookie, _ := w.as("head", "thon-1")
	send := func(form string, headers ...string) int {
		req := w.request("POST", "/village/quick", form, append([]string{"Accept", "application/json"}, headers...)...)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		res, err := client.Do(req.WithContext(ctx))
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return res.StatusCode
	}
	const form = "id=0123456789abcdef-1&area=thon-1&level=urgent&kind=flood&households=12&age=10800"
	for range 3 {
		require.Equal(t, http.StatusNoContent, send(form+"&person=p-head-thon-1", cookie...))
	}
	require.Equal(t, http.StatusConflict, send(form+"&person=p-other", cookie...))
	require.NotContains(t, []int{http.StatusNoContent, http.StatusOK}, send(form))
	kept, err := w.store.HeadReports(t.Context(), time.Time{}, time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Len(t, kept, 1)
	require.InDelta(t, 3*time.Hour, kept[0].Arrived.Sub(kept[0].Tapped), float64(time.Second))
}

// A head on a small telephone without anything but the form reports by three taps; it stands
// on the page of the situation and in the report for the leaders, which axe finds nothing in.
func TestBrowserThreeTaps(t *testing.T) {
	t.Parallel()
	o := openToAll(t, func(*controller.Config) {})
	o.member(t, "head", "thon-1")
	p := browser.Open(t, o.URL())
	axe, err := os.ReadFile(filepath.Join("pages", "node_modules", "axe-core", "axe.min.js"))
	require.NoError(t, err, "npm ci installs it")
	p.Before(string(axe))
	signIn(p, "head")
	p.Do(chromedp.EmulateViewport(360, 740), chromedp.Navigate(o.URL()+"/village/quick"), chromedp.WaitVisible("#quick"))
	p.Do(chromedp.Click(`[name="level"][value="urgent"]`), chromedp.Click(`[name="kind"][value="flood"]`),
		chromedp.SendKeys(`[name="households"]`, "12"), chromedp.SetUploadFiles(`[name="photo"]`, []string{photoFile(t)}),
		chromedp.Click(`#quick button`), chromedp.WaitVisible(".well"))
	p.Do(chromedp.Navigate(o.URL()+"/situation"), chromedp.WaitVisible("main h1"))
	for _, want := range []string{"Khẩn cấp: Ngập", "12 hộ", "Ảnh"} {
		require.Contains(t, p.Text("main"), want)
	}
	p.Do(chromedp.Navigate(o.URL()+"/situation/report"), chromedp.WaitVisible("h1"))
	require.Contains(t, p.Text("main"), "Khẩn cấp: Ngập")
	for name, path := range map[string]string{"quick": "/village/quick", "report": "/situation/report", "situation": "/situation"} {
		p.Do(chromedp.Navigate(o.URL()+path), chromedp.WaitVisible("h1"))
		found, err := chromedp.Run(p.Ctx, chromedp.Evaluate[string](findings, chromedp.EvalAwaitPromise))
		require.NoError(t, err)
		require.Equal(t, "[]", found, path)
		for _, width := range []int64{360, 1024} {
			p.Shot("leaders-"+name+"-"+map[int64]string{360: "360", 1024: "1024"}[width], width)
		}
	}
}
